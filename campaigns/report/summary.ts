import type { ParameterColumn, Value } from "../columns";
import type { Source } from "../compare/sources";
import { summarizeValues, type Summary } from "../statistics/summary";
import type { Row } from "../table/rows";
import { namesOfValues, pointsOf } from "../table/valueNames";

/** The parameter that plots go along, and what tells their lines apart. */
export interface Axes {
  /** Absent: nothing that is a number was varied. */
  readonly x?: ParameterColumn;
  /** The axis's name for people, with its unit. */
  readonly title: string;
  readonly series: readonly ParameterColumn[];
  /** What a row's line is called: lines that are not one have unlike names. */
  readonly nameOf: (row: Row) => string;
}

/** The numeric parameter with most values goes along the axis; every other that varies makes lines. */
export function chooseAxes(source: Source): Axes {
  const { table } = source;
  const varying = table.parameters.filter(({ values }) => new Set(values).size > 1);
  const distinct = ({ values }: ParameterColumn) => new Set(values).size;
  const [x] = varying
    .filter(({ values }) => values.every((value) => typeof value === "number"))
    .sort((a, b) => distinct(b) - distinct(a));
  const unit = x?.unit === undefined ? "" : `, ${shownUnit(x.unit)}`;
  const title = x ? `${labelled(source, x.path)}${unit}` : "";
  const series = varying.filter((parameter) => parameter !== x);
  const nameOf = namesOfValues(
    series,
    pointsOf(series),
    (value, parameter) => `${value}${unitOf(parameter)}`,
  );
  return { ...(x ? { x } : {}), title, series, nameOf };
}

/** What the campaign calls a parameter; its path where it has no other name. */
export function labelled(source: Source, path: string): string {
  return (source.kind === "campaign" ? source.journal.definition.labels[path] : undefined) ?? path;
}

/** Where a row's point lies: its place along the axis, and its line. */
export function placeOf(row: Row, { x, nameOf }: Axes): { readonly x: Value; readonly series: string } {
  return { x: x ? row[x.name] : undefined, series: nameOf(row) };
}

function unitOf({ unit }: Pick<ParameterColumn, "unit">): string {
  return unit === undefined ? "" : ` ${shownUnit(unit)}`;
}

/** A column's unit for people. */
export function shownUnit(unit: string): string {
  return { percent: "%", per_s: "/s", bit_per_s: "bit/s", bytes: "B", km_per_s: "km/s" }[unit] ?? unit;
}

export function workloadsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ workload }) => String(workload)))];
}

/** Sums up a column over repetitions; undefined where there is no figure. */
export function summarize(rows: readonly Row[], column: string): Summary | undefined {
  return summarizeValues(rows.map((row) => row[column]).filter((value) => typeof value === "number"));
}

/** A mean with its interval or extremes: `4.2 [4, 4.5]`; each divided by `by`, with so many digits that mean something. */
export function inWords({ mean, low, high }: Summary, { digits = 3, by = 1 } = {}): string {
  const [middle, from, to] = [mean, low, high].map((value) => Number((value / by).toPrecision(digits)));
  return `${middle}${low === high ? "" : ` [${from}, ${to}]`}`;
}

/** Rows by point, in the order of the points. */
export function byPoint(rows: readonly Row[]): Row[][] {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const point = Number(row.point ?? 0);
    groups.set(point, [...(groups.get(point) ?? []), row]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}
