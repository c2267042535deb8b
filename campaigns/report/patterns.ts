import { linearRegression } from "simple-statistics";
import { countedOf, patternsIn } from "../../workloads/results/patternTable";
import { backgroundParts, patternParts } from "../../workloads/results/patternHtml";
import type { Cells } from "../../workloads/results/cells";
import type { MeasuredRun, Source } from "../compare/sources";
import { measuredRows, type Row } from "../table/rows";
import { escape, section, table } from "./html";
import { workloadsOf } from "./summary";

/** What stands above the table of slowdowns. */
export const slowdownExplanation =
  "A request that waits for so many round trips over links is slower by as much where these are longer. Predicted is what crossing the links takes of it, by their delays and by what it waits for one after the other; a slope of 1 is a request that gets slower by exactly that, and `paid` are the round trips that the slope makes of those found. More than 1: something that waits for links is not in the map, or takes more round trips than it is taken to. Untraced requests were not slowed by being traced.";

/** The run whose map is shown: the newest, or of a campaign, whose topology is drawn as at its first point, the first. */
export function mappedRun({ kind, runs }: Source): MeasuredRun | undefined {
  const mapped = runs.filter(({ results }) => patternsIn(results).length > 0);
  return kind === "campaign" ? mapped[0] : mapped.at(-1);
}

/**
 * Who tells whom what, by the workloads that traced requests; empty where there are none.
 * @param drawings The map of each workload, drawn.
 */
export function patternSection(source: Source, drawings: ReadonlyMap<string, string>): string {
  const run = mappedRun(source);
  if (run === undefined) return "";
  const slowdown = slowdownCells(source);
  const { results } = run;
  const backgrounds = new Map((results.traces ?? []).map(({ name, background }) => [name, background]));
  return section(
    "patterns",
    "Communication patterns",
    ...(slowdown === undefined
      ? []
      : [
          "<h3>Found, and paid for</h3>",
          `<p>${escape(slowdownExplanation)}</p>`,
          table(slowdown.head, slowdown.rows),
        ]),
    ...patternsIn(results).flatMap(({ name, patterns }) => {
      const drawing = drawings.get(name);
      const background = backgrounds.get(name);
      return [
        `<h3>${escape(name)}</h3>`,
        `<p class="muted">Run ${results.run} of ${escape(results.stack)}.</p>`,
        ...(drawing === undefined ? [] : [`<div class="topology">${drawing}</div>`]),
        ...patternParts(patterns, 4),
        ...(background === undefined ? [] : backgroundParts(background, countedOf(background), 4)),
      ];
    }),
  );
}

/** Delays are what the slowdown is by; whatever else differs makes lines of its own. */
const isDelay = /(^|\.)delay$/;

/** Less of a difference is no difference of delays, milliseconds. */
const leastApartMs = 1;

/** How much slower requests are where links are longer, beside how much they should be; undefined where they nowhere are. */
export function slowdownCells(source: Source): Cells | undefined {
  const others = source.table.parameters.filter(
    ({ path, values }) => !isDelay.test(path) && new Set(values).size > 1,
  );
  const rows = measuredRows(source.table).filter((row) => typeof row.trace_far_predicted_ms === "number");
  const lines = workloadsOf(rows).flatMap((workload) => {
    const own = rows.filter((row) => row.workload === workload);
    const lineOf = (row: Row) => others.map(({ name }) => String(row[name] ?? "–")).join(", ");
    return [...new Set(own.map(lineOf))].flatMap((line) =>
      slowdownOf(
        workload,
        line,
        own.filter((row) => lineOf(row) === line),
      ),
    );
  });
  if (lines.length === 0) return undefined;
  return {
    head: [
      ...["workload", "", "n", "predicted, ms", "traced, ms", "untraced, ms"],
      ...["slope, traced", "slope, untraced", "round trips found", "paid"],
    ],
    rows: lines,
  };
}

function slowdownOf(workload: string, line: string, rows: readonly Row[]): string[][] {
  const predicted = numbers(rows, "trace_far_predicted_ms");
  const [least, most] = [Math.min(...predicted), Math.max(...predicted)];
  if (rows.length < 2 || most - least < leastApartMs) return [];
  const found = numbers(rows, "trace_round_trips");
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  const slopes = ["trace_traced_ms", "trace_untraced_ms"].map((column) => slopeOf(rows, column));
  const [traced, untraced] = slopes;
  const paid = untraced ?? traced;
  return [
    [
      ...[workload, line, String(rows.length), span(predicted)],
      ...["trace_traced_ms", "trace_untraced_ms"].map((column) => span(numbers(rows, column))),
      ...slopes.map((slope) => (slope === undefined ? "–" : shown(slope))),
      shown(mean),
      paid === undefined ? "–" : shown(paid * mean),
    ],
  ];
}

/** Milliseconds that a request takes longer for each that it is predicted to (least squares); undefined: too few have both. */
function slopeOf(rows: readonly Row[], column: string): number | undefined {
  const points = rows.flatMap((row): [number, number][] => {
    const [x, y] = [row.trace_far_predicted_ms, row[column]];
    return typeof x === "number" && typeof y === "number" ? [[x, y]] : [];
  });
  const places = points.map(([x]) => x);
  if (points.length < 2 || Math.max(...places) - Math.min(...places) < leastApartMs) return undefined;
  return linearRegression(points).m;
}

function numbers(rows: readonly Row[], column: string): number[] {
  return rows.map((row) => row[column]).filter((value) => typeof value === "number");
}

function span(values: readonly number[]): string {
  if (values.length === 0) return "–";
  const [from, to] = [Math.min(...values), Math.max(...values)].map(shown);
  return from === to ? `${from}` : `${from} to ${to}`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
