import { readFileSync } from "fs";
import type { MeasurementInput } from "./input";

/** From this share on it is worth a word. */
const leastShare = 0.01;

/**
 * Watches what the host of a virtual machine takes of its processors' time (`steal` in proc_stat(5)), from now on.
 *
 * @returns Says in words what share it was until then; undefined where it was less than 1 %, or is not counted.
 */
export function watchSteal(
  read: () => string = () => readFileSync("/proc/stat", "utf8"),
): () => string | undefined {
  const before = processorTimes(read);
  return () => {
    const after = processorTimes(read);
    if (before === undefined || after === undefined) return undefined;
    const share = (after.stolen - before.stolen) / (after.all - before.all);
    if (!(share >= leastShare)) return undefined;
    return `the host of this virtual machine took ${Math.round(100 * share)} % of its processors' time meanwhile, and what it does late is late: measure when the host is less busy`;
  };
}

/** As {@link watchSteal}, where containers are on this machine: of hosts, what is taken from this one says nothing. */
export function watchStealOf(
  { hosts = {} }: Pick<MeasurementInput, "hosts">,
  read?: () => string,
): () => string | undefined {
  return Object.keys(hosts).length > 0 ? () => undefined : watchSteal(read);
}

/** Ticks since the machine was started, of all processors together. */
function processorTimes(read: () => string): { stolen: number; all: number } | undefined {
  let text: string;
  try {
    text = read();
  } catch {
    return undefined;
  }
  // user nice system idle iowait irq softirq steal; what follows is part of user and nice.
  const ticks = /^cpu +(\d+(?: \d+){7})/.exec(text)?.[1]?.split(" ").map(Number);
  const stolen = ticks?.[7];
  return ticks === undefined || stolen === undefined
    ? undefined
    : { stolen, all: ticks.reduce((sum, value) => sum + value, 0) };
}
