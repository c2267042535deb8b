import type { PlannedPair, PlannedShaker, ShakerTest } from "./input";

/** A test as Shaker is told to do it, and what it stands for. */
export interface Test {
  readonly kind: ShakerTest;
  readonly direction: "there" | "back";
  /** Unique in the scenario; records name the test by it. */
  readonly title: string;
  readonly definition: Readonly<Record<string, string | number | boolean>>;
}

/** flent's time between two pings, seconds. */
const pingInterval = 0.2;

/** The tests between two sites, in order: round trips first, before anything fills a queue. */
export function testsOf(workload: PlannedShaker, { between, udpBitsPerSecond }: PlannedPair): Test[] {
  const { tests, durationSeconds: time, omitSeconds } = workload;
  const ways = ["there", "back"] as const;
  const test = (
    kind: ShakerTest,
    direction: "there" | "back",
    definition: Readonly<Record<string, string | number | boolean>>,
  ): Test => ({
    kind,
    direction,
    title: `${between.join(" to ")}: ${kind === "ping" ? kind : `${kind} ${direction}`}`,
    definition: { ...definition, time },
  });
  const iperf = (direction: "there" | "back") => ({
    class: "iperf3",
    ...(direction === "back" ? { reverse: true } : {}),
  });
  // Not of UDP: iperf3 3.12 tells the sender what was lost in the omitted seconds too, and of datagrams those without them.
  const omit: Record<string, string> = omitSeconds === 0 ? {} : { args: `--omit ${omitSeconds}` };
  return [
    ...(tests.includes("ping")
      ? [test("ping", "there", { class: "flent", method: "ping", interval: pingInterval })]
      : []),
    ...(tests.includes("tcp")
      ? ways.map((direction) => test("tcp", direction, { ...iperf(direction), ...omit }))
      : []),
    ...(tests.includes("udp")
      ? ways.map((direction) =>
          test("udp", direction, {
            ...iperf(direction),
            udp: true,
            bandwidth: Math.round(udpBitsPerSecond[direction]),
          }),
        )
      : []),
  ];
}

/**
 * A scenario of Shaker (https://pyshaker.readthedocs.io/en/latest/usage.html), as JSON, which is YAML: with static
 * agents the first site's executes the tests against the second's; in a spot scenario the program itself does.
 * @param addresses Where the two sites' containers are.
 */
export function renderShakerScenario(
  workload: PlannedShaker,
  pair: PlannedPair,
  addresses: readonly [string, string],
): string {
  const [from, to] = pair.between;
  const tests = testsOf(workload, pair).map(({ title, definition }) => ({
    title,
    ...definition,
    ...(workload.mode === "spot" ? { host: addresses[1] } : {}),
  }));
  const agents = [
    { id: from, ip: addresses[0], mode: "primary", minion_id: to },
    { id: to, ip: addresses[1], mode: "minion", primary_id: from },
  ];
  return JSON.stringify({
    title: pair.between.join(" to "),
    ...(workload.mode === "spot" ? {} : { deployment: { agents } }),
    execution: { tests },
  });
}
