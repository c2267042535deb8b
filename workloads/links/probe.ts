import type { Containers, ExecResult } from "../containers";
import type { LinkMeasurement } from "../results/schema";
import { startBackground, startPatienceMs, type Background } from "./background";
import { longestMs, missingShareOf } from "./composed";
import { pathDeviations } from "./deviations";
import { parseIrtt, type IrttResult } from "./irtt";
import { inParallel, probesAtATime } from "./parallel";
import { planPathProbe, type AskedPath, type ProbePlan } from "./probePlan";

/** A gateway, and the address by which it is meant. */
export interface End {
  readonly container: string;
  readonly address: string;
}

/** What is probed: a link, or a path over several. */
export interface Probed {
  /** In messages, such as `link core--edge`. */
  readonly label: string;
  readonly from: End;
  readonly to: End;
  readonly asked: AskedPath;
}

/**
 * Runs `measure`, which probes everything once and confirms it, while the far gateway of everything that is to be
 * probed has an irtt server. Errors: as for `measure`; a server does not start.
 */
export async function withServers<T>(
  containers: Containers,
  probed: readonly Probed[],
  measure: () => Promise<T>,
): Promise<T> {
  const ends = new Map(probed.map(({ to }) => [`${to.container} ${to.address}`, to]));
  const longestSeconds = mostSeconds(probed);
  const servers: Background[] = [];
  try {
    // A thousand at once would keep each other from being ready in time.
    await inParallel([...ends.values()], probesAtATime(), async ({ container, address }) => {
      // Without -i 0 the server refuses more than a packet every 10 ms.
      const command = ["irtt", "server", "-b", address, "-i", "0"];
      servers.push(
        await startBackground(containers, container, command, { ready: "starting", longestSeconds }),
      );
    });
    return await measure();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Probes beyond the first for delays that deviate. */
const confirmations = 4;

/**
 * The most that all of this takes, one after the other and each as long as it may, seconds. That is far more than it
 * does take: a server that ends too early fails a run, one whose end nobody asked for only lives longer.
 */
function mostSeconds(probed: readonly Probed[]): number {
  const milliseconds = probed.map(
    ({ asked }) => startPatienceMs + (1 + confirmations) * timesOf(asked).timeoutMs,
  );
  return Math.ceil(milliseconds.reduce((sum, each) => sum + each, 0) / 1000);
}

/** Enough for four packets of five to be lost each way. */
const mostTries = 200;

/** The times of a probe, milliseconds. */
interface ProbeTimes extends ProbePlan {
  /** How long irtt waits for the answer to each packet with which it opens. */
  readonly openMs: number;
  /** How many packets it opens with at most. */
  readonly tries: number;
  /** The most that all of it may take. */
  readonly timeoutMs: number;
}

function timesOf(asked: AskedPath): ProbeTimes {
  const plan = planPathProbe(asked);
  const rttMs = longestMs(asked.there) + longestMs(asked.back);
  // irtt opens with one packet a time-out; as many tries as make even a bad link fail once in a thousand.
  const openMs = Math.round(Math.max(250, 1.5 * rttMs + 100));
  const success = (1 - missingShareOf(asked.there)) * (1 - missingShareOf(asked.back));
  const tries = Math.min(
    mostTries,
    Math.ceil(Math.log(0.001) / Math.log(1 - Math.min(0.99, Math.max(success, 0.01)))) + 2,
  );
  return { ...plan, openMs, tries, timeoutMs: plan.durationMs + tries * openMs + 4 * openMs + 20_000 };
}

/** Measures delay and loss. Errors: irtt fails, as it does where no packet comes back. */
export async function probe(
  containers: Containers,
  { label, from, to, asked }: Probed,
  oneWay: boolean,
): Promise<LinkMeasurement> {
  const { intervalMs, durationMs, openMs, tries, timeoutMs } = timesOf(asked);
  const command = [
    ...["irtt", "client", "-Q", "-o", "-", "--fill=none"],
    ...["-i", `${Math.round(intervalMs * 1000)}us`, "-d", `${Math.round(durationMs)}ms`],
    `--timeouts=${Array<string>(tries).fill(`${openMs}ms`).join(",")}`,
    // Twice the longest round trip seen, for the replies to the last packets.
    `--wait=2x${2 * openMs}ms`,
    // Replies have to find the way back to where the packets came from.
    `--local=${from.address}`,
    to.address,
  ];
  const text = output(label, await containers.exec(from.container, command, { timeoutMs }));
  return toMeasurement(parseIrtt(text), oneWay);
}

/**
 * Probes again, alone, what has delays that deviate: a machine that was busy for a moment makes one probe late,
 * a link with a wrong delay makes all of them so. The delays of the first probe that fits count, else those of
 * the last; loss is always that of the first, as choosing among several would hide what it should show.
 */
export async function confirmDelays(
  containers: Containers,
  probed: Probed,
  oneWay: boolean,
  first: LinkMeasurement,
): Promise<LinkMeasurement> {
  const late = (measurement: LinkMeasurement): boolean =>
    pathDeviations(probed.asked, measurement, "before").some(({ unit }) => unit === "ms");
  let result = first;
  for (let i = 0; i < confirmations && late(result); i++) {
    const again = await probe(containers, probed, oneWay);
    result = {
      rttMs: again.rttMs,
      there: { ...first.there, delayMs: again.there.delayMs },
      back: { ...first.back, delayMs: again.back.delayMs },
    };
  }
  return result;
}

function output(label: string, result: ExecResult): string {
  if (result.exitCode === 0) return result.stdout;
  throw new Error(`${label}: irtt failed with code ${result.exitCode}: ${result.stderr.trim()}`);
}

function toMeasurement(result: IrttResult, oneWay: boolean): LinkMeasurement {
  const direction = ({ delayMs, lost, packets }: IrttResult["there"]): LinkMeasurement["there"] => ({
    ...(oneWay ? { delayMs } : {}),
    lossPercent: packets ? (100 * lost) / packets : 100,
    packets,
  });
  return { rttMs: result.rttMs, there: direction(result.there), back: direction(result.back) };
}
