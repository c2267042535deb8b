import type { ParameterColumn } from "../columns";
import type { Row } from "../table/rows";
import { namesOfValues, pointsOf } from "../table/valueNames";
import { faultPath } from "./schema";

/**
 * Whether a row is of a workload on the bus under one fault. A control plane's servers and tokens are no operations on
 * the bus.
 */
export function isUnderFault({ fault, kind }: Row): boolean {
  return fault !== undefined && kind !== "servers";
}

/** What the rows of a table are called. */
export interface Names {
  /** What is compared: the values of what was varied besides the faults; where that is nothing, the bus. */
  readonly nameOf: (row: Row) => string;
  readonly nameOfFault: (row: Row) => string;
}

/** @param broken the rows with a fault, of which the first lends its bus to rows that failed before they had one */
export function namesIn(broken: readonly Row[], parameters: readonly ParameterColumn[]): Names {
  const varied = parameters.filter(({ path, values }) => path !== faultPath && new Set(values).size > 1);
  const valuesOf = namesOfValues(varied, [...pointsOf(parameters), ...broken]);
  const nameOf = (row: Row) =>
    valuesOf(row) ||
    busOf(row) ||
    // A measurement that failed before it had results is of the same as the others, where nothing else was varied.
    busOf(broken[0] ?? {});
  return { nameOf, nameOfFault: namesOfFaults(broken, parameters) };
}

/** What faults are called: what happened to what, and, where that happened in several ways, in which. */
function namesOfFaults(rows: readonly Row[], parameters: readonly ParameterColumn[]): (row: Row) => string {
  const ways = new Map<string, Set<string>>();
  for (const row of rows) {
    const fault = faultOf(row);
    ways.set(fault, (ways.get(fault) ?? new Set()).add(wayOf(row, parameters)));
  }
  return (row) => {
    const fault = faultOf(row);
    return (ways.get(fault)?.size ?? 0) > 1 ? `${fault} (${wayOf(row, parameters)})` : fault;
  };
}

/** A point's fault as the campaign wrote it: when, what, how long; empty where faults were not varied. */
export function wayOf(row: Row, parameters: readonly ParameterColumn[]): string {
  const own = parameters.filter(({ path }) => path === faultPath);
  return own
    .flatMap(({ name }) => (row[name] === undefined || row[name] === "[]" ? [] : [String(row[name])]))
    .join(", ");
}

function busOf(row: Row): string {
  return [row.bus_kind, row.bus_topology].filter((part) => part !== undefined).join(" ");
}

function faultOf({ fault, fault_of: subject }: Row): string {
  return `${String(fault)} ${String(subject)}`;
}
