import { busyProcessPercent, saturatedPercent } from "../results/caveats";
import type { WorkloadRecord } from "../results/schema";

/** A reading of a process: seconds since the round started, and CPU time used until then, seconds. */
type Reading = readonly [at: number, cpuSeconds: number];

/** Less than this between the first and the last reading says little of the rest of a window, seconds. */
const leastSeconds = 1;

/** A process that is at its limit for this long holds up what is measured, however idle it is otherwise, seconds. */
const stretchSeconds = 10;

/** What a process said of itself. */
interface Watched {
  readonly readings: Reading[];
  /** How many readings there were when it had last done something. */
  done: number;
}

/**
 * Watches how near to its limit the load generator is. Its processes are interpreters, which use one core at most:
 * one that does answers no faster however fast the bus is.
 */
export class GeneratorWatch {
  private readonly processes = new Map<number, Watched>();

  /**
   * Takes in what an agent process said of itself in the measured round.
   * @param active whether an operation of it had ended well, or a message had arrived, since the reading before
   */
  add(agent: number, reading: Reading, active: boolean): void {
    // What it did before the round started is another matter.
    if (reading[0] < 0) return;
    const watched = this.processes.get(agent) ?? { readings: [], done: 0 };
    this.processes.set(agent, watched);
    watched.readings.push(reading);
    if (active) watched.done = watched.readings.length;
  }

  /**
   * How near it was, in a record's form; undefined if no process was read twice, far enough apart. A process is judged
   * until it is done, not by its idleness while it waits for others or for a timeout.
   */
  summary(lateStartsPercent: number | undefined): WorkloadRecord["generator"] {
    const shares = [...this.processes.values()].flatMap(
      ({ readings, done }) => highestShare(readings.slice(0, done)) ?? [],
    );
    if (shares.length === 0) return undefined;
    const busiest = Math.max(...shares);
    return {
      busiestProcessCpuPercent: Math.round(10 * busiest) / 10,
      saturated: busiest > busyProcessPercent || (lateStartsPercent ?? 0) > saturatedPercent,
    };
  }
}

/** The highest CPU over a stretch, percent of a core: of all readings if they are of a shorter time. Undefined: of too short a one. */
function highestShare(readings: readonly Reading[]): number | undefined {
  const span = (readings.at(-1)?.[0] ?? 0) - (readings[0]?.[0] ?? 0);
  if (span < leastSeconds) return undefined;
  const stretch = Math.min(stretchSeconds, span);
  let highest = 0;
  for (const [to, after] of readings) {
    // The latest start is that of the shortest stretch that is long enough.
    const start = readings.findLast(([at]) => to - at >= stretch);
    if (start === undefined) continue;
    const [from, before] = start;
    highest = Math.max(highest, (100 * (after - before)) / (to - from));
  }
  return highest;
}
