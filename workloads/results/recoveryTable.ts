import { missing } from "./figures";
import { newTable, shortened, type Paint } from "./layout";
import { leftoversInWords } from "./leftovers";
import { sitesTogether } from "./recovery";
import type { RecoveryRecord, WorkloadRecord } from "./schema";

/**
 * A line a fault: what its workload saw of it; and where clients are at several sites, what those at the fault and what
 * those elsewhere saw, the worst site of each. Undefined: there was none.
 */
export function recoveryTable(workloads: readonly WorkloadRecord[], paint: Paint): string | undefined {
  const rows = workloads.flatMap(({ name, recovery }) => (recovery ?? []).map((one) => [name, one] as const));
  if (rows.length === 0) return undefined;
  const head = [
    "fault",
    "of",
    "workload",
    "at\ns",
    "until\ns",
    "errors",
    "error\ns",
    "down\ns",
    "served\ns",
    "full\ns",
  ];
  const table = newTable(head, 3, paint);
  for (const [workload, fault] of rows) {
    const errors = Object.values(fault.errors).reduce((sum, count) => sum + count, 0);
    table.push([
      fault.what,
      subjectsOf(fault),
      shortened(workload, 14),
      seconds(fault.atSeconds),
      seconds(fault.untilSeconds),
      ...figures({ ...fault, errors }, paint),
    ]);
    if ((fault.bySite?.length ?? 0) < 2) continue;
    for (const atFault of [true, false]) {
      const own = sitesTogether(fault, atFault);
      if (own) table.push(["", atFault ? "at the fault" : "elsewhere", "", "", "", ...figures(own, paint)]);
    }
  }
  return table.toString();
}

/** What the faults of each workload left behind, in words; nothing of workloads in which nothing was broken. */
export function leftoversLines(workloads: readonly WorkloadRecord[]): string[] {
  return workloads.flatMap(({ name, leftovers }) => {
    if (leftovers === undefined) return [];
    const left = leftoversInWords(leftovers);
    return [`Left behind by the faults, ${name}: ${left.length === 0 ? "nothing" : left.join("; ")}.`];
  });
}

type Figures = Pick<
  RecoveryRecord,
  "interruptedSeconds" | "firstErrorSeconds" | "firstServedSeconds" | "fullServiceSeconds"
> & { readonly errors: number };

function figures(seen: Figures, paint: Paint): string[] {
  return [
    seen.errors > 0 ? paint("red", String(seen.errors)) : "0",
    seconds(seen.firstErrorSeconds),
    seconds(seen.interruptedSeconds),
    seconds(seen.firstServedSeconds),
    seen.fullServiceSeconds === undefined
      ? paint(["bold", "red"], "never")
      : seconds(seen.fullServiceSeconds),
  ];
}

function subjectsOf({ subjects: [first = missing, ...others] }: RecoveryRecord): string {
  return others.length === 0 ? shortened(first) : `${shortened(first)}\nand ${others.length} more`;
}

function seconds(value: number | undefined): string {
  return value === undefined ? missing : String(Math.round(value * 10) / 10);
}
