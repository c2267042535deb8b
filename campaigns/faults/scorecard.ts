import { mean, median } from "simple-statistics";
import type { ParameterColumn } from "../columns";
import { summarizeValues, type Summary } from "../statistics/summary";
import { measuredRows, type Row } from "../table/rows";
import { faultPath } from "./schema";

/** What all faults together did to one of the things that are compared: a bus, a topology. */
export interface Score {
  /** The values of what was varied besides the faults, in words. */
  readonly of: string;
  /**
   * Share of the operations asked for that came through, percent: the mean over all faults and workloads of a
   * repetition, and over repetitions. Of calls those that were answered, of others the deliveries that there should
   * have been; late ones count.
   */
  readonly cameThrough: Summary;
  readonly faults: number;
  /** Faults of a workload after which service was not full again while it was watched. */
  readonly never: number;
  /** Median time until service was full again of the faults after which it was, seconds; undefined: of none. */
  readonly fullServiceSeconds: number | undefined;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** Servers and clients that were there, and got nothing any more; undefined: in no workload was it looked for. */
  readonly deafAgents: number | undefined;
  /** Queues that nobody read any more; undefined: this bus's can't be read. */
  readonly orphanQueues: number | undefined;
  /** Measurements after which the bus was not well again by itself; undefined: nobody looked. */
  readonly notHealed: number | undefined;
  /** Measurements that failed, and are in no other figure. */
  readonly failed: number;
}

/** One fault's line: what one workload saw of it, over the repetitions. */
export interface FaultLine {
  readonly of: string;
  readonly fault: string;
  readonly workload: string;
  readonly repetitions: number;
  readonly errors: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** As of a score. */
  readonly deafAgents: number | undefined;
  readonly orphanQueues: number | undefined;
  /** Means in seconds; undefined: in no repetition. */
  readonly firstErrorSeconds: Summary | undefined;
  readonly interruptedSeconds: Summary | undefined;
  readonly fullServiceSeconds: Summary | undefined;
  readonly never: number;
  /** What the worst site of those whose clients are at the fault saw, and the worst of the others. */
  readonly atFault: SitesLine | undefined;
  readonly elsewhere: SitesLine | undefined;
}

/** What the clients of some sites saw of a fault; undefined where no repetition has figures of such sites. */
export interface SitesLine {
  /** Means over the repetitions. */
  readonly errors: number;
  readonly interruptedSeconds: Summary | undefined;
  readonly fullServiceSeconds: Summary | undefined;
  readonly never: number;
}

export interface Scorecard {
  readonly scores: readonly Score[];
  readonly faults: readonly FaultLine[];
}

/**
 * The scorecard of what was broken on purpose, of workloads with one fault each; undefined where there are none.
 * @param rows All rows of a table, failed ones too.
 */
export function scorecardOf(
  rows: readonly Row[],
  parameters: readonly ParameterColumn[],
): Scorecard | undefined {
  const broken = measuredRows({ rows })
    .filter(({ fault }) => fault !== undefined)
    // In the order of the points; they were measured in a random one.
    .sort((one, other) => number(one.point) - number(other.point));
  const [first] = broken;
  if (first === undefined) return undefined;
  const varied = parameters.filter(({ path, values }) => path !== faultPath && new Set(values).size > 1);
  const nameOf = (row: Row) =>
    varied.flatMap(({ name }) => (row[name] === undefined ? [] : [String(row[name])])).join(", ") ||
    busOf(row) ||
    // A measurement that failed before it had results is of the same as the others, where nothing else was varied.
    busOf(first);
  const failed = grouped(
    rows.filter((row) => row.status === "failed" || row.workload_status === "failed"),
    nameOf,
  );
  const scores = [...grouped(broken, nameOf)].map(([of, own]) => scoreOf(of, own, failed.get(of) ?? []));
  const faults = [...grouped(broken, (row) => [nameOf(row), faultOf(row), row.workload].join("\n"))].map(
    ([, own]) => lineOf(own[0] ? nameOf(own[0]) : "", own),
  );
  return { scores, faults };
}

function scoreOf(of: string, rows: readonly Row[], failed: readonly Row[]): Score {
  const repetitions = [...grouped(rows, ({ repetition }) => String(repetition ?? 1)).values()];
  const cameThrough = summarizeValues(repetitions.map((own) => mean(own.map(cameThroughPercent))));
  if (cameThrough === undefined) throw new Error("a score needs a measurement");
  const full = rows.map(({ full_service_s }) => full_service_s).filter((value) => typeof value === "number");
  return {
    of,
    cameThrough,
    faults: new Set(rows.map(faultOf)).size,
    never: rows.length - full.length,
    fullServiceSeconds: full.length === 0 ? undefined : median(full),
    lost: total(rows, "lost"),
    duplicated: total(rows, "duplicated"),
    reordered: total(rows, "reordered"),
    deafAgents: known(rows, ["deaf_servers", "unserved_clients"]),
    orphanQueues: known(rows, ["orphan_queues"]),
    notHealed: notHealedOf([...rows, ...failed]),
    failed: failed.length,
  };
}

function lineOf(of: string, rows: readonly Row[]): FaultLine {
  const [first = {}] = rows;
  const summary = (column: string) => summaryOf(rows, column);
  return {
    of,
    fault: faultOf(first),
    workload: String(first.workload),
    repetitions: rows.length,
    errors: total(rows, "errors"),
    lost: total(rows, "lost"),
    duplicated: total(rows, "duplicated"),
    reordered: total(rows, "reordered"),
    deafAgents: known(rows, ["deaf_servers", "unserved_clients"]),
    orphanQueues: known(rows, ["orphan_queues"]),
    firstErrorSeconds: summary("first_error_s"),
    interruptedSeconds: summary("interrupted_s"),
    fullServiceSeconds: summary("full_service_s"),
    never: rows.filter(({ full_service_s }) => full_service_s === undefined).length,
    atFault: sitesLine(rows, "at_fault"),
    elsewhere: sitesLine(rows, "elsewhere"),
  };
}

function sitesLine(rows: readonly Row[], where: "at_fault" | "elsewhere"): SitesLine | undefined {
  const own = rows.filter((row) => row[`${where}_sites`] !== undefined);
  if (own.length === 0) return undefined;
  const full = `${where}_full_service_s`;
  return {
    errors: total(own, `${where}_errors`) / own.length,
    interruptedSeconds: summaryOf(own, `${where}_interrupted_s`),
    fullServiceSeconds: summaryOf(own, full),
    never: own.filter((row) => row[full] === undefined).length,
  };
}

function summaryOf(rows: readonly Row[], column: string): Summary | undefined {
  return summarizeValues(rows.map((row) => row[column]).filter((value) => typeof value === "number"));
}

/** Of what was asked for in a workload, in percent. Every operation of an open loop ends well or as an error. */
function cameThroughPercent(row: Row): number {
  const operations = number(row.succeeded) + number(row.errors);
  const copies = number(row.full_service_per_s) / number(row.offered_per_s);
  const came = number(row.pattern === "call" ? row.succeeded : row.received);
  return operations === 0 ? 0 : Math.min(100, (100 * came) / (operations * copies));
}

function busOf(row: Row): string {
  return [row.bus_kind, row.bus_topology].filter((part) => part !== undefined).join(" ");
}

function faultOf({ fault, fault_of: subject }: Row): string {
  return `${String(fault)} ${String(subject)}`;
}

function total(rows: readonly Row[], column: string): number {
  return rows.reduce((sum, row) => sum + number(row[column]), 0);
}

/** A bus is looked after once a measurement, which has a row for each of its workloads. */
function notHealedOf(rows: readonly Row[]): number | undefined {
  const looked = rows.filter(({ bus_healed }) => bus_healed !== undefined);
  if (looked.length === 0) return undefined;
  const ill = looked.filter(({ bus_healed }) => bus_healed === false);
  return new Set(ill.map(({ point, repetition }) => `${String(point)} ${String(repetition)}`)).size;
}

/** The sum of columns; undefined if no row has any of them. */
function known(rows: readonly Row[], columns: readonly string[]): number | undefined {
  const given = columns.filter((column) => rows.some((row) => row[column] !== undefined));
  return given.length === 0 ? undefined : given.reduce((sum, column) => sum + total(rows, column), 0);
}

function number(value: Row[string]): number {
  return typeof value === "number" ? value : 0;
}

function grouped(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
