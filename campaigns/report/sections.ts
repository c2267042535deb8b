import { caveatsOf } from "../../workloads/results/caveats";
import { baselineRatios } from "../baselines/ratios";
import { publishedCells, publishedExplanation } from "./published";
import { figure as shown } from "../compare/words";
import { metrics } from "../compare/metrics";
import { outcomeInWords, outcomesOf } from "../search/outcomes";
import type { Source } from "../compare/sources";
import { leastRepetitions } from "../statistics/bootstrap";
import { effectOf } from "../statistics/effect";
import { measuredRows, type Row } from "../table/rows";
import { escape, list, section, table } from "./html";
import { shownScorecard, sitesExplanation } from "./scorecard";
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

/** Every figure of a workload, a row a point: the mean over repetitions with its interval, and how many failed. */
export function figures(source: Source, workload: string): string {
  const axes = chooseAxes(source);
  // A run that came to no workload failed for all of them.
  const all = source.table.rows.filter((row) => row.workload === workload || row.workload === undefined);
  const rows = measuredRows({ rows: all });
  const told = metrics.filter((metric) => rows.some((row) => (row[metric.column] ?? 0) !== 0));
  const someFailed = rows.length < all.length;
  return table(
    [...head(axes), "n", ...(someFailed ? ["failed"] : []), ...told.map(({ label }) => label)],
    byPoint(all).map((everything) => {
      const group = measuredRows({ rows: everything });
      const [row] = everything;
      return [
        ...(row ? place(row, axes) : []),
        group.length,
        ...(someFailed ? [everything.length - group.length] : []),
        ...told.map((metric) => {
          const summary = summarize(group, metric.column);
          if (!summary) return "–";
          const { mean, low, high, repetitions } = summary;
          const range =
            repetitions > 1 && low !== high
              ? ` [${shown(low, bare(metric))}, ${shown(high, bare(metric))}]`
              : "";
          return `${shown(mean, metric)}${range}`;
        }),
      ];
    }),
  );
}

function bare(metric: (typeof metrics)[number]): (typeof metrics)[number] {
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
  const found = baselineRatios(measuredRows(source.table));
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
  const { table: all, runs } = source;
  const failed = all.rows.filter(({ status }) => status === "failed");
  const repetitions = new Map<number, number>();
  for (const { point } of runs) repetitions.set(point, (repetitions.get(point) ?? 0) + 1);
  const fewest = Math.min(...repetitions.values());
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
  const busy = runs.flatMap(({ results }) =>
    results.workloads.filter(({ services }) => {
      const used = services.reduce((sum, { cpuPercentMean }) => sum + cpuPercentMean, 0);
      return used > 80 * results.provenance.host.cores;
    }),
  );
  const sentences = [
    ...(failed.length > 0
      ? [
          `${failed.length} of ${all.rows.length} measurements failed, and are in no figure: ${[...new Set(failed.map(({ failure }) => String(failure)))].slice(0, 3).join("; ")}.`,
        ]
      : []),
    fewest < leastRepetitions
      ? `The fewest repetitions of a point are ${fewest}: too few for an interval (${leastRepetitions} are needed), so spreads are the lowest and highest value.`
      : `Intervals are of the mean over ${fewest} or more repetitions; they say nothing of another machine.`,
    ...(errors.length > 0
      ? [
          `Links were emulated by ${emulators.join(", ")}: round-trip times were off by at most ${Number(Math.max(...errors).toPrecision(2))} ms from what was asked for.`,
        ]
      : []),
    ...(busy.length > 0
      ? [
          `In ${busy.length} workloads the services used more than 80 % of the machine: those figures are the machine's as much as the bus's.`,
        ]
      : []),
    "All sites shared one machine: compare the points with each other, not their absolutes with another machine's.",
  ];
  return list([...sentences, ...ofRuns(runs.map(({ results }) => caveatsOf(results)))]);
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
