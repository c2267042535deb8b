import { caveatsOf } from "../../workloads/results/caveats";
import { baselineRatios } from "../baselines/ratios";
import { publishedCells, publishedExplanation } from "./published";
import { figure as shown } from "../compare/words";
import { awaitedIn, metrics, type Metric } from "../compare/metrics";
import { outcomeInWords, outcomesOf } from "../search/outcomes";
import type { Source } from "../compare/sources";
import { effectOf } from "../statistics/effect";
import type { Summary } from "../statistics/summary";
import { measuredRows, type Row } from "../table/rows";
import { busyInWords, whereSitesWere } from "./machines";
import { escape, list, section, table } from "./html";
import { shownScorecard, sitesExplanation } from "./scorecard";
import { shownServers } from "./serversScorecard";
import { withNever } from "./shownFigures";
import {
  byPoint,
  chooseAxes,
  labelled,
  placeOf,
  shownUnit,
  summarize,
  workloadsOf,
  type Axes,
} from "./summary";
import { testCasesExplanation, testCasesOf } from "./testCases";
import { begunAt, measuredRuns, unmeasuredInWords } from "./unmeasured";

/** From one end of the axis to the other: what changed, in a sentence a workload and line. */
export function inShort(source: Source): string[] {
  const axes = chooseAxes(source);
  const { x } = axes;
  if (!x) return [];
  const rows = measuredRows(source.table);
  const unit = x.unit === undefined ? "" : ` ${shownUnit(x.unit)}`;
  return workloadsOf(rows).flatMap((workload) => {
    const own = byPoint(rows.filter((row) => row.workload === workload)).flat();
    const lines = [...new Set(own.map((row) => placeOf(row, axes).series))];
    const {
      column,
      what,
      shown: inUnit,
    } = own.some((row) => row.rally_median_s !== undefined)
      ? { column: "rally_median_s", what: "median", shown: seconds }
      : { column: "latency_p50_ms", what: "median latency", shown: ms };
    return lines.flatMap((line) => {
      const along = own.filter((row) => placeOf(row, axes).series === line);
      const places = [...new Set(along.map((row) => Number(row[x.name])))].sort((a, b) => a - b);
      const values = (place: number | undefined) =>
        along
          .filter((row) => row[x.name] === place)
          .map((row) => row[column])
          .filter((value) => typeof value === "number");
      const [first, last] = [values(places[0]), values(places.at(-1))];
      if (places.length < 2 || first.length === 0 || last.length === 0) return [];
      const { interval, means, verdict } = effectOf(first, last, true);
      const factor = (value: number) => `×${Number((1 + value).toPrecision(3))}`;
      const certain =
        verdict === "too few repetitions to say"
          ? `${Math.min(first.length, last.length)} repetitions: no interval`
          : `95 % interval ${factor(interval.low)} to ${factor(interval.high)}`;
      return [
        `${workload}${line ? `, ${line}` : ""}: from ${String(places[0])} to ${String(places.at(-1))}${unit} of ${labelled(source, x.path)} the ${what} goes from ${inUnit(means[0])} to ${inUnit(means[1])}, ${factor(interval.estimate)} (${certain}).`,
      ];
    });
  });
}

function ms(value: number): string {
  return `${Number(value.toPrecision(3))} ms`;
}

function seconds(value: number): string {
  return `${Number(value.toPrecision(3))} s`;
}

/** The limits that a campaign's search found. */
export function found(source: Source): string {
  if (source.kind === "runs") return "";
  const { journal } = source;
  const { search } = journal.definition;
  if (!search) return "";
  const bounds = search.holds.map(({ column, most, least }) =>
    [
      ...(least === undefined ? [] : [`${column} at least ${least}`]),
      ...(most === undefined ? [] : [`${column} at most ${most}`]),
    ].join(" and "),
  );
  return section(
    "found",
    "What was found",
    `<p>Searched along ${escape(labelled(source, search.path))} for where this stops to hold: ${escape(bounds.join("; "))}. A value is decided by the majority of its measurements, which the brackets count.</p>`,
    list(outcomesOf(journal).map((outcome) => outcomeInWords(outcome, journal))),
  );
}

/** What came of the faults that were made on purpose. */
export function scorecard(source: Source): string {
  const shown = shownScorecard(source);
  if (!shown) return "";
  const { explanation, scores, faults, sites } = shown;
  return section(
    "scorecard",
    "Scorecard",
    `<p>${escape(explanation)}</p>`,
    table(scores.head, scores.rows),
    "<h3>Fault by fault</h3>",
    table(faults.head, faults.rows),
    ...(sites
      ? [
          "<h3>Clients at a fault and elsewhere</h3>",
          `<p>${escape(sitesExplanation)}</p>`,
          table(sites.head, sites.rows),
        ]
      : []),
  );
}

/** What was measured of test cases of the massively distributed RPC plan. */
export function testCases(source: Source): string {
  const cells = testCasesOf(source);
  return cells
    ? section(
        "test-cases",
        "Test case",
        `<p>${escape(testCasesExplanation)}</p>`,
        table(cells.head, cells.rows),
      )
    : "";
}

/** What users of a control plane saw of the faults that were made on purpose. */
export function serversScorecard(source: Source): string {
  const shown = shownServers(source);
  if (!shown) return "";
  return section(
    "servers-under-faults",
    "Servers and tokens under faults",
    `<p>${escape(shown.explanation)}</p>`,
    table(shown.head, shown.rows),
  );
}

/** What was varied, and what was not. */
export function varied(source: Source): string {
  const { parameters } = source.table;
  if (parameters.length === 0)
    return "<p>Nothing was varied: these are runs of one scenario. <code>buswide campaign</code> varies parameters.</p>";
  return table(
    ["parameter", "what", "unit", "values"],
    parameters.map(({ name, path, unit, values }) => [
      name,
      labelled(source, path) === path ? "" : labelled(source, path),
      unit === undefined ? "" : shownUnit(unit),
      // A space before, so that a list that begins with a number is not set as one.
      ` ${[...new Set(values)].map((value) => (value === undefined ? "–" : String(value))).join(", ")}`,
    ]),
  );
}

/** Every figure of a workload, a row a point: the mean over repetitions with its interval, and how many were not measured. */
export function figures(source: Source, workload: string): string {
  const axes = chooseAxes(source);
  const points = byPoint(source.table.rows).flatMap((all) => {
    const measured = measuredRows({ rows: all });
    const group = measured.filter((row) => row.workload === workload);
    const [row] = all;
    // What was measured at a point without this workload has none; a run that failed may have failed before it.
    if (!row || (measured.length > 0 && !all.some((one) => one.workload === workload))) return [];
    return [{ row, group, missing: begunAt(source, Number(row.point ?? 1) - 1) - group.length }];
  });
  const rows = points.flatMap(({ group }) => group);
  const told = metrics.filter(
    (metric) =>
      rows.some((row) => (row[metric.column] ?? 0) !== 0) || (awaitedIn(rows, metric)?.never ?? 0) > 0,
  );
  const someMissing = points.some(({ missing }) => missing > 0);
  return table(
    [...head(axes), "n", ...(someMissing ? ["not measured"] : []), ...told.map(({ label }) => label)],
    points.map(({ row, group, missing }) => {
      return [
        ...place(row, axes),
        group.length,
        ...(someMissing ? [missing] : []),
        ...told.map((metric) => {
          const summary = summarize(group, metric.column);
          return withNever(summary && summaryOf(summary, metric), awaitedIn(group, metric));
        }),
      ];
    }),
  );
}

function summaryOf({ mean, low, high, repetitions }: Summary, metric: Metric): string {
  const range =
    repetitions > 1 && low !== high ? ` [${shown(low, bare(metric))}, ${shown(high, bare(metric))}]` : "";
  return `${shown(mean, metric)}${range}`;
}

function bare(metric: Metric): Metric {
  return { ...metric, unit: metric.unit === "B" ? "B" : "" };
}

function head({ x, series }: Axes): string[] {
  return [...(x ? [x.name] : []), ...(series.length > 0 ? [series.map(({ name }) => name).join(", ")] : [])];
}

function place(row: Row, axes: Axes): (string | number)[] {
  const found = placeOf(row, axes);
  return [...(axes.x ? [Number(found.x)] : []), ...(axes.series.length > 0 ? [found.series] : [])];
}

/** The ratios of published figures beside ours. */
export function published(source: Source): string {
  const found = baselineRatios(measuredRows(source.table), source.table.parameters);
  if (found.length === 0) return "";
  return section(
    "published",
    "Published figures beside these",
    `<p>${publishedExplanation}</p>`,
    ...found.map((one) => {
      const { head: columns, rows } = publishedCells(one);
      return [
        `<h3>${escape(one.title)}</h3>`,
        `<p class="muted">${escape(one.source)}. ${escape(one.conditions)}</p>`,
        `<p>${escape(one.caution)}</p>`,
        table(
          columns,
          // A space before, so that what begins with a number is not set as one.
          rows.map(([what = "", ...values]) => [` ${what}`, ...values]),
        ),
      ].join("\n");
    }),
  );
}

/** What a reader must know so as not to be misled. */
export function caveats(source: Source): string {
  const runs = measuredRuns(source);
  const errors = runs.flatMap(({ results }) =>
    results.links.flatMap(({ asked, before, after }) =>
      [before, after].flatMap((found) =>
        found ? [Math.abs(found.rttMs.median - asked.there.delayMs - asked.back.delayMs)] : [],
      ),
    ),
  );
  const emulators = [
    ...new Set(runs.flatMap(({ results }) => results.links.map(({ emulator }) => emulator))),
  ];
  const sentences = [
    ...unmeasuredInWords(source),
    `Spreads are, of five or more repetitions, a 95 % interval of the mean; of fewer, the lowest and highest. ${fewestInWords(source)} Intervals say nothing of another machine.`,
    ...(errors.length > 0
      ? [
          `Links were emulated by ${emulators.join(", ")}: round-trip times were off by at most ${Number(Math.max(...errors).toPrecision(2))} ms from what was asked for.`,
        ]
      : []),
    ...busyInWords(runs.map(({ results }) => results)),
    whereSitesWere(
      runs.map(({ results }) => results),
      "points",
    ),
  ];
  return list([...sentences, ...ofRuns(runs.map(({ results }) => caveatsOf(results)))]);
}

/** Of the least that a spread is of. A point at which a workload was never measured has none. */
function fewestInWords({ table: all }: Source): string {
  const rows = measuredRows(all);
  const counts = workloadsOf(rows).flatMap((workload) =>
    byPoint(rows.filter((row) => row.workload === workload)).map(({ length }) => length),
  );
  return `The fewest that were measured of a workload at a point are ${Math.min(...counts)}.`;
}

/** The runs' own caveats, those that differ only in numbers told once. */
function ofRuns(all: readonly (readonly string[])[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const caveats of all)
    for (const caveat of caveats) {
      const kind = caveat.replace(/\d[\d.]*/g, "#");
      kinds.set(kind, [...(kinds.get(kind) ?? []), caveat]);
    }
  return [...kinds.values()].map(([first = "", ...more]) =>
    more.length === 0
      ? first
      : `${first} (and likewise in ${more.length} of the other ${all.length - 1} runs)`,
  );
}
