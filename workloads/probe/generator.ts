import { busyProcessPercent, saturatedPercent } from "../results/caveats";
import type { WorkloadRecord } from "../results/schema";

/** A reading of a process: seconds since the round started, and CPU time used until then, seconds. */
type Reading = readonly [at: number, cpuSeconds: number];

/** Less than this between the first and the last reading says little of the rest of a window, seconds. */
const leastSeconds = 1;

/**
 * Watches how near to its limit the load generator is. Its processes are interpreters, which use one core at most:
 * one that does answers no faster however fast the bus is.
 */
export class GeneratorWatch {
  private readonly first = new Map<number, Reading>();
  private readonly last = new Map<number, Reading>();

  /** Takes in what an agent process said of itself in the measured round. */
  add(agent: number, reading: Reading): void {
    // What it did before the round started is another matter.
    if (reading[0] < 0) return;
    if (!this.first.has(agent)) this.first.set(agent, reading);
    this.last.set(agent, reading);
  }

  /** How near it was, in a record's form; undefined if no process was read twice, far enough apart. */
  summary(lateStartsPercent: number | undefined): WorkloadRecord["generator"] {
    const shares = [...this.first].flatMap(([agent, [from, before]]) => {
      const [to, after] = this.last.get(agent) ?? [from, before];
      return to - from >= leastSeconds ? [(100 * (after - before)) / (to - from)] : [];
    });
    if (shares.length === 0) return undefined;
    const busiest = Math.max(...shares);
    return {
      busiestProcessCpuPercent: Math.round(10 * busiest) / 10,
      saturated: busiest > busyProcessPercent || (lateStartsPercent ?? 0) > saturatedPercent,
    };
  }
}
