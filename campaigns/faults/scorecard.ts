import { mean, median } from "simple-statistics";
import type { ParameterColumn } from "../columns";
import { summarizeValues, type Summary } from "../statistics/summary";
import { measuredRows, type Row } from "../table/rows";
import { grouped } from "./grouped";
import { missingOf, type MissingFaults } from "./missing";
import { isUnderFault, namesIn } from "./names";
import { cameThroughPercent, number, serviceLostSeconds } from "./served";

/** What all faults together did to one of the things that are compared: a bus, a topology. */
export interface Score {
  /** The values of what was varied besides the faults, in words. */
  readonly of: string;
  /**
   * Share of the operations asked for that came through, percent: the mean over the repetitions of each fault and
   * workload, and over these. Of calls those that were answered, of others the deliveries that there should have been;
   * late ones count. The spread is of the repetitions in which every one of them was measured, and `repetitions` counts
   * these; where there is none, `low` and `high` are the mean.
   */
  readonly cameThrough: Summary;
  /**
   * Seconds of full service that a fault cost: the share that did not come through of the window's length, in the same
   * means and with the same spread. A share is smaller in a longer window, and these seconds are not.
   */
  readonly serviceLostSeconds: Summary;
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
  /** Workloads of which it could not be found out what their fault left behind: they are in neither count. */
  readonly leftoversUnknown: number;
  /** Measurements after which the bus was not well again by itself; undefined: nobody looked. */
  readonly notHealed: number | undefined;
  /** Runs, each a repetition of a point, that failed or did not end, and are in no other figure but `notHealed`. */
  readonly failed: number;
  /** All runs, those too. */
  readonly runs: number;
}

/** One fault's line: what one workload saw of it, over the repetitions. */
export interface FaultLine {
  readonly of: string;
  readonly fault: string;
  readonly workload: string;
  readonly repetitions: number;
  readonly errors: number;
  /** The same by kind, the most frequent first. */
  readonly errorsByKind: readonly (readonly [kind: string, count: number])[];
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** As of a score. */
  readonly deafAgents: number | undefined;
  readonly orphanQueues: number | undefined;
  readonly leftoversUnknown: number;
  /** After how many of how many measurements of this fault, failed ones too, the bus was well by itself; undefined: nobody looked. */
  readonly healed: { readonly well: number; readonly of: number } | undefined;
  /** As of a score. */
  readonly serviceLostSeconds: Summary | undefined;
  /** Means in seconds; undefined: in no repetition. */
  readonly firstErrorSeconds: Summary | undefined;
  readonly interruptedSeconds: Summary | undefined;
  /** Of the repetitions in which service was interrupted and came back. */
  readonly firstServedSeconds: Summary | undefined;
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
  readonly missing: readonly MissingFaults[];
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
    .filter(isUnderFault)
    // In the order of the points; they were measured in a random one.
    .sort((one, other) => number(one.point) - number(other.point));
  if (broken.length === 0) return undefined;
  const { nameOf, nameOfFault } = namesIn(broken, parameters);
  const measured = new Set(measuredRows({ rows }));
  const unmeasured = rows.filter((row) => !measured.has(row));
  const failed = grouped(unmeasured, nameOf);
  const scores = [...grouped(broken, nameOf)].map(([of, own]) =>
    scoreOf(of, own, failed.get(of) ?? [], nameOfFault),
  );
  const faults = [
    ...grouped(broken, (row) => [nameOf(row), nameOfFault(row), row.workload].join("\n")).values(),
  ].map((own) => lineOf(own, unmeasured, nameOf, nameOfFault));
  return { scores, faults, missing: missingOf(rows, parameters, { nameOf }, isOnBus) };
}

/** What other tools than the probe and ombt make rows of, which have no score. */
const otherTools: readonly Row[string][] = ["servers", "shaker", "rally", "trace"];

/** Whether a row is of a workload on the bus. */
function isOnBus({ workload, kind }: Row): boolean {
  return workload !== undefined && !otherTools.includes(kind);
}

function scoreOf(
  of: string,
  rows: readonly Row[],
  failed: readonly Row[],
  nameOfFault: (row: Row) => string,
): Score {
  const full = rows.map(({ full_service_s }) => full_service_s).filter((value) => typeof value === "number");
  return {
    of,
    cameThrough: alike(rows, nameOfFault, cameThroughPercent),
    serviceLostSeconds: alike(rows, nameOfFault, serviceLostSeconds),
    faults: new Set(rows.map(nameOfFault)).size,
    never: rows.length - full.length,
    fullServiceSeconds: full.length === 0 ? undefined : median(full),
    lost: total(rows, "lost"),
    duplicated: total(rows, "duplicated"),
    reordered: total(rows, "reordered"),
    deafAgents: known(rows, ["deaf_servers", "unserved_clients"]),
    orphanQueues: known(rows, ["orphan_queues"]),
    leftoversUnknown: rows.filter(({ deaf_servers }) => deaf_servers === undefined).length,
    notHealed: notHealedOf([...rows, ...failed]),
    failed: runsOf(failed),
    runs: runsOf([...rows, ...failed]),
  };
}

/**
 * A figure of which each fault and workload counts alike, however often it was measured: else a repetition that failed,
 * or one that was only begun, would change what the score is of.
 */
function alike(
  rows: readonly Row[],
  nameOfFault: (row: Row) => string,
  figureOf: (row: Row) => number,
): Summary {
  const byKind = (own: readonly Row[]) => grouped(own, (row) => [nameOfFault(row), row.workload].join("\n"));
  const kinds = byKind(rows);
  const figure = (groups: Map<string, Row[]>) =>
    mean([...groups.values()].map((own) => mean(own.map(figureOf))));
  const whole = [...grouped(rows, ({ repetition }) => String(repetition ?? 1)).values()]
    .map(byKind)
    .filter(({ size }) => size === kinds.size);
  const middle = figure(kinds);
  const spread = summarizeValues(whole.map(figure));
  return spread
    ? { ...spread, mean: middle }
    : { mean: middle, low: middle, high: middle, repetitions: 0, spread: "extremes" };
}

function lineOf(
  rows: readonly Row[],
  unmeasured: readonly Row[],
  nameOf: (row: Row) => string,
  nameOfFault: (row: Row) => string,
): FaultLine {
  const [first = {}] = rows;
  const summary = (column: string) => summaryOf(rows, column);
  const points = new Set(rows.map(({ point }) => point));
  const failed = unmeasured.filter(({ point }) => points.has(point));
  return {
    of: nameOf(first),
    fault: nameOfFault(first),
    workload: String(first.workload),
    repetitions: rows.length,
    errors: total(rows, "errors"),
    errorsByKind: kindsOf(rows),
    lost: total(rows, "lost"),
    duplicated: total(rows, "duplicated"),
    reordered: total(rows, "reordered"),
    deafAgents: known(rows, ["deaf_servers", "unserved_clients"]),
    orphanQueues: known(rows, ["orphan_queues"]),
    leftoversUnknown: rows.filter(({ deaf_servers }) => deaf_servers === undefined).length,
    healed: healedOf([...rows, ...failed]),
    serviceLostSeconds: summarizeValues(rows.map(serviceLostSeconds)),
    firstErrorSeconds: summary("first_error_s"),
    interruptedSeconds: summary("interrupted_s"),
    firstServedSeconds: summary("first_served_s"),
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

function total(rows: readonly Row[], column: string): number {
  return rows.reduce((sum, row) => sum + number(row[column]), 0);
}

/** Errors of all rows by kind, the most frequent first. */
function kindsOf(rows: readonly Row[]): [kind: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { errors_by_kind: kinds } of rows) {
    if (typeof kinds !== "string") continue;
    for (const [kind, count] of Object.entries(JSON.parse(kinds) as Record<string, number>))
      counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
}

function notHealedOf(rows: readonly Row[]): number | undefined {
  const healed = healedOf(rows);
  return healed && healed.of - healed.well;
}

/** A bus is looked after once a measurement, which has a row for each of its workloads. */
function healedOf(rows: readonly Row[]): FaultLine["healed"] {
  const looked = rows.filter(({ bus_healed }) => bus_healed !== undefined);
  if (looked.length === 0) return undefined;
  const of = runsOf(looked);
  return { well: of - runsOf(looked.filter(({ bus_healed }) => bus_healed === false)), of };
}

/** How many runs rows are of. */
function runsOf(rows: readonly Row[]): number {
  return new Set(rows.map(({ point, repetition }) => `${String(point)} ${String(repetition)}`)).size;
}

/** The sum of columns; undefined if no row has any of them. */
function known(rows: readonly Row[], columns: readonly string[]): number | undefined {
  const given = columns.filter((column) => rows.some((row) => row[column] !== undefined));
  return given.length === 0 ? undefined : given.reduce((sum, column) => sum + total(rows, column), 0);
}
