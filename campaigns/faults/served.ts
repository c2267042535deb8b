import type { Row } from "../table/rows";

/** Share of what was asked for in a workload that came through, percent. */
export function cameThroughPercent(row: Row): number {
  const operations = operationsOf(row);
  const copies = number(row.full_service_per_s) / number(row.offered_per_s);
  const came = number(row.pattern === "call" ? row.succeeded : row.received);
  return operations === 0 ? 0 : Math.min(100, (100 * came) / (operations * copies));
}

/** How long full service would have taken for what did not come through, seconds. */
export function serviceLostSeconds(row: Row): number {
  const operations = operationsOf(row);
  // Not `duration_s`, which goes on until the last operation ended: that is later by a timeout where calls time out.
  const windowSeconds = operations === 0 ? number(row.duration_s) : operations / number(row.offered_per_s);
  return ((100 - cameThroughPercent(row)) * windowSeconds) / 100;
}

/** Every operation of an open loop ends well or as an error. */
function operationsOf(row: Row): number {
  return number(row.succeeded) + number(row.errors);
}

/** A figure that a row may lack. */
export function number(value: Row[string]): number {
  return typeof value === "number" ? value : 0;
}
