import type { Row } from "../table/rows";
import type { Condition } from "./schema";

/**
 * What may be at its limit: where sites are on hosts the one that is used most, `host`, or, where it is not known which one a service
 * was on, all of them together.
 */
export type Saturated = "load generator" | "machine" | "host" | "hosts";

/** What a measurement says of a search's conditions. */
export interface Verdict {
  readonly holds: boolean;
  /** Which conditions did not hold, and what else stood in the way, in words. */
  readonly reasons: readonly string[];
  /** What was at its limit, and so may be what was found instead of the bus's: absent, nothing was seen to be. */
  readonly saturated?: Saturated;
}

/** Share of late starts, percent, above which the load generator was at its limit; a latency holds their wait. */
const latePercent = 1;
/** Share of late starts, percent, above which the rate asked for was not what the bus got, whatever the latency is. */
const tooLatePercent = 10;
/** Share of a machine's cores above which services took from each other what they needed, percent. */
const machinePercent = 90;

/** Judges a workload's row of the table. A load generator that did not offer what was asked for decides against. */
export function judge(row: Row, conditions: readonly Condition[]): Verdict {
  const reasons = conditions.flatMap(({ column, most, least }) => {
    const value = row[column];
    if (typeof value !== "number") return [`there is no figure of ${column}`];
    if (most !== undefined && value > most) return [`${column} is ${shown(value)}, above ${most}`];
    if (least !== undefined && value < least) return [`${column} is ${shown(value)}, below ${least}`];
    return [];
  });
  const late = typeof row.late_starts_percent === "number" ? row.late_starts_percent : 0;
  const generator = late > latePercent || row.generator_saturated === true;
  if (late > tooLatePercent)
    reasons.push(`${shown(late)} % of operations started late: the load was not what was asked for`);
  const saturated = generator ? "load generator" : usedUp(row);
  return { holds: reasons.length === 0, reasons, ...(saturated === undefined ? {} : { saturated }) };
}

/** The machine that services used up, as far as its cores are known. The one that measures is none of the hosts that sites are on. */
function usedUp(row: Row): Exclude<Saturated, "load generator"> | undefined {
  const busiest = row.busiest_host_cores_percent;
  if (typeof busiest === "number") return busiest > machinePercent ? "host" : undefined;
  const [what, cores] =
    row.hosts === undefined ? (["machine", row.cores] as const) : (["hosts", row.hosts_cores] as const);
  const cpu = row.services_cpu_percent;
  // A machine that could not be asked has none.
  if (typeof cpu !== "number" || typeof cores !== "number" || cores === 0) return undefined;
  return cpu > machinePercent * cores ? what : undefined;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
