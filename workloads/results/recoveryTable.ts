import { missing } from "./figures";
import { newTable, shortened, type Paint } from "./layout";
import type { RecoveryRecord, WorkloadRecord } from "./schema";

/** A line a fault: what its workload saw of it. Undefined: there was none. */
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
      errors > 0 ? paint("red", String(errors)) : "0",
      seconds(fault.firstErrorSeconds),
      seconds(fault.interruptedSeconds),
      seconds(fault.firstServedSeconds),
      fault.fullServiceSeconds === undefined
        ? paint(["bold", "red"], "never")
        : seconds(fault.fullServiceSeconds),
    ]);
  }
  return table.toString();
}

function subjectsOf({ subjects: [first = missing, ...others] }: RecoveryRecord): string {
  return others.length === 0 ? shortened(first) : `${shortened(first)}\nand ${others.length} more`;
}

function seconds(value: number | undefined): string {
  return value === undefined ? missing : String(Math.round(value * 10) / 10);
}
