import { createInterface } from "readline";
import { setTimeout as sleep } from "timers/promises";
import type { Containers } from "../containers";
import type { ClocksRecord, ClockReading } from "../results/schema";
import type { MeasurementInput } from "../runner/input";

/** Exchanges with a host's clock; the quickest of them counts. */
const exchanges = 40;
const answerMs = 5_000;

/** How far clocks may be apart for one-way latencies to be given, as a share of the shortest delay between hosts. */
export const toleratedShare = 0.05;

/** Tells the time for each line that it is asked by. In every gateway's image; it tells nanoseconds of Unix time. */
const teller = "import sys, time\nfor _ in sys.stdin:\n    print(time.time_ns(), flush=True)\n";

type ClocksInput = Pick<MeasurementInput, "sites" | "links" | "services" | "clockShared" | "clocksAgree">;

/** Whether what one container says of a time can be compared with what another says. */
export function tellOneTime({
  clockShared,
  clocksAgree,
}: Pick<MeasurementInput, "clockShared" | "clocksAgree">): boolean {
  return clockShared || clocksAgree === true;
}

/**
 * How far each host's clock is ahead of this machine's, and how well that is known: of many exchanges the one with the shortest
 * round trip, as F. Cristian, "Probabilistic clock synchronization", 1989; it bounds the error by half of itself.
 * @param containers One container of each host, by host.
 * Errors: a container can't be asked.
 */
export async function readClocks(
  containers: Pick<Containers, "spawn">,
  places: ReadonlyMap<string, string>,
): Promise<Record<string, ClockReading>> {
  const readings = await Promise.all(
    [...places].map(async ([host, container]) => [host, await readClock(containers, container)] as const),
  );
  return Object.fromEntries(readings);
}

async function readClock(containers: Pick<Containers, "spawn">, container: string): Promise<ClockReading> {
  const process = await containers.spawn(container, ["python3", "-ISu", "-c", teller]);
  process.stdin.on("error", () => undefined);
  process.stderr.resume();
  const answers = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  let best = { offsetMs: NaN, boundMs: Infinity };
  try {
    for (let exchange = 0; exchange < exchanges; exchange++) {
      const before = now();
      process.stdin.write("\n");
      const answer = await Promise.race([answers.next(), sleep(answerMs, undefined, { ref: false })]);
      const after = now();
      if (answer === undefined || answer.done === true)
        throw new Error(`${container}: its clock does not answer`);
      const boundMs = (after - before) / 2;
      if (boundMs < best.boundMs)
        best = { offsetMs: Number(BigInt(answer.value) / 1000n) / 1000 - (before + after) / 2, boundMs };
    }
  } finally {
    process.stdin.end();
  }
  return { offsetMs: rounded(best.offsetMs), boundMs: rounded(best.boundMs) };
}

/** Unix time with the resolution of the monotonic clock, milliseconds. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** How far two of the clocks may be apart at most, milliseconds: what was found, and what it may be wrong by. */
export function furthestApart(readings: readonly ClockReading[]): number {
  const most = Math.max(...readings.map(({ offsetMs, boundMs }) => offsetMs + boundMs));
  const least = Math.min(...readings.map(({ offsetMs, boundMs }) => offsetMs - boundMs));
  return readings.length < 2 ? 0 : rounded(most - least);
}

/**
 * How far clocks may be apart for one-way latencies to be given, milliseconds: a share of the shortest way between two hosts,
 * so that no figure is further off than that; whatever crosses hosts crosses at least one such link.
 */
export function toleratedMs({ sites, links, services }: ClocksInput): number {
  const hostOf = hostsOfSites({ sites, services });
  const delays = links
    .filter(({ between: [a, b] }) => hostOf.get(a) !== hostOf.get(b))
    .flatMap(({ there, back }) => [there.delayMs, back.delayMs]);
  return delays.length === 0 ? Infinity : rounded(toleratedShare * Math.min(...delays));
}

/** Each site's host; undefined: this machine. */
function hostsOfSites({
  sites,
  services,
}: Pick<ClocksInput, "sites" | "services">): Map<string, string | undefined> {
  const hosts = new Map(services.map(({ container, host }) => [container, host]));
  return new Map(sites.map(({ name, gateway }) => [name, hosts.get(gateway.container)]));
}

/** One gateway of each host, by host. */
export function gatewaysByHost(input: Pick<ClocksInput, "sites" | "services">): Map<string, string> {
  const hostOf = hostsOfSites(input);
  const places = new Map<string, string>();
  for (const { name, gateway } of input.sites) {
    const host = hostOf.get(name);
    if (host !== undefined && !places.has(host)) places.set(host, gateway.container);
  }
  return places;
}

/** What is said of clocks in a run's provenance, before its workloads. */
export function recordClocks(
  input: ClocksInput,
  readings: Readonly<Record<string, ClockReading>>,
): ClocksRecord {
  const apartMs = furthestApart(Object.values(readings));
  const tolerated = toleratedMs(input);
  return {
    before: { ...readings },
    apartMs,
    ...(Number.isFinite(tolerated) ? { toleratedMs: tolerated } : {}),
    agree: apartMs <= tolerated,
  };
}

/** The same after the workloads. */
export function recordClocksAfter(
  record: ClocksRecord,
  readings: Readonly<Record<string, ClockReading>>,
): ClocksRecord {
  const apartMs = Math.max(record.apartMs, furthestApart(Object.values(readings)));
  return { ...record, after: { ...readings }, apartMs };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
