import type { MeasurementInput, PlannedLoad } from "./input";

/** What a workload needs besides its window: agents start, servers are reached, messages drain. Seconds. */
const overheadSeconds = 6;

/** The same with ombt, whose controllers call the roll before the warm-up and before the window. Seconds. */
const ombtSeconds = 16;

/** Measuring all links once takes about this long, seconds. */
export const linksSeconds = 5;

/** Measuring a path takes about this long where two cores measure several at a time, seconds. */
const pathSeconds = 0.6;

/** About how long measuring the paths takes, seconds. */
export function pathsSeconds({ paths }: Pick<MeasurementInput, "paths">): number {
  return paths.sample.length === 0 ? 0 : 2 + pathSeconds * paths.sample.length;
}

/** A call on an idle local bus, seconds. */
const callSeconds = 0.008;

/** What Shaker takes for a pair besides its tests, and for a test besides what it measures. Seconds. */
const shakerSeconds = { pair: 12, test: 3.5 };

/** A task of Rally begins and ends in about so long; an iteration on a real control plane takes about so long. Seconds. */
const rallySeconds = { task: 20, iteration: 6 };

/** What a load of servers takes besides its window: the first server of each host, the last ones, deletions. Seconds. */
const serversSeconds = 45;

/** Asking for servers begins in about so long; a server, with its deletion and what follows, takes about so long. Seconds. */
const traceSeconds = { start: 20, server: 9 };

/** About how long a workload will take, seconds. A closed loop's window depends on what it is to find out. */
export function workloadSeconds(workload: PlannedLoad, input: MeasurementInput): number {
  if (workload.kind === "shaker") {
    const { pairs, tests, durationSeconds, omitSeconds } = workload;
    const each = tests.reduce(
      (sum, test) =>
        sum +
        (test === "ping" ? 1 : 2) *
          (shakerSeconds.test + durationSeconds + (test === "tcp" ? omitSeconds : 0)),
      shakerSeconds.pair,
    );
    return pairs.length * each;
  }
  if (workload.kind === "rally") {
    const iteration = workload.needsControlPlane ? rallySeconds.iteration : 1;
    const load = (workload.times / workload.concurrency) * iteration;
    return Math.min(workload.timeoutSeconds, rallySeconds.task + load);
  }
  if (workload.kind === "servers") return serversSeconds + workload.durationSeconds;
  if (workload.kind === "trace") {
    const hosts = Math.min(workload.hosts.length, workload.times);
    return (
      workload.backgroundSeconds + traceSeconds.start + (hosts + 2 * workload.times) * traceSeconds.server
    );
  }
  const longestRoundTripMs = Math.max(
    0,
    ...input.links.map(({ there, back }) => there.delayMs + back.delayMs),
  );
  const each = callSeconds + longestRoundTripMs / 1000 + (workload.pauseSeconds ?? 0);
  const closed = (workload.callsPerClient ?? 1) * each;
  const window = workload.ratePerSecond === undefined ? closed : (workload.durationSeconds ?? 0);
  return (workload.tool === "ombt" ? ombtSeconds : overheadSeconds) + workload.warmupSeconds + window;
}

/** `1 min 20 s`, rounded as a guess should be. */
export function inWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor((seconds % 60) / 10) * 10;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}
