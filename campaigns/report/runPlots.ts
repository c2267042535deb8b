import { decodeHistogram, emptyHistogram } from "../../workloads/probe/latency";
import type { MeasuredRun, Source } from "../compare/sources";
import { colourEncoding, scaleFor, type Plot } from "./encodings";
import { isUnderFault } from "../faults/names";
import { measuredRows } from "../table/rows";
import { networkUnder } from "./network";
import { secondsOf, timelineOf } from "./series";
import { placeOf, shownUnit, type Axes } from "./summary";
import { measuredRuns } from "./unmeasured";

/** Fewer samples than this beyond a share, and a distribution's tail says nothing there. */
const leastSamples = 10;
const pointsPerDecade = 24;
/** Beyond this many lines nobody tells one from another. */
const mostLines = 10;

/** The share of operations that took longer than a time: the tail is as legible as the middle. */
export function distributions(workload: string, source: Source, axes: Axes): Plot[] {
  return groupRuns(workload, source, axes).flatMap(({ series, name, groups }) => {
    const values = groups.flatMap(({ label, runs }) => {
      const merged = emptyHistogram();
      for (const { results } of runs) {
        const histogram = results.workloads.find((record) => record.name === workload)?.histogram;
        if (histogram !== undefined) merged.add(decodeHistogram(histogram));
      }
      if (merged.totalCount === 0) return [];
      const least = leastSamples / merged.totalCount;
      const points = [{ label, slower: 1, ms: merged.minNonZeroValue / 1000 }];
      for (let step = 1; 10 ** (-step / pointsPerDecade) >= least; step += 1) {
        const slower = 10 ** (-step / pointsPerDecade);
        points.push({ label, slower, ms: merged.getValueAtPercentile(100 * (1 - slower)) / 1000 });
      }
      return points;
    });
    if (values.length === 0) return [];
    return [
      {
        name: `${workload}-distribution${name}`,
        title: `Distribution of latency${series}`,
        caption: `Share of operations of ${workload} that took longer (the ECDF, turned over), all repetitions that were measured together; a curve ends where fewer than ten are left.${firstOnly(groups)}`,
        spec: {
          data: { values },
          mark: { type: "line", interpolate: "step-after", strokeWidth: 2 },
          encoding: {
            x: {
              field: "ms",
              type: "quantitative",
              scale: { type: "log", nice: false },
              title: "latency, ms",
            },
            y: {
              field: "slower",
              type: "quantitative",
              scale: { type: "log", domainMax: 1 },
              axis: { values: [1, 0.1, 0.01, 0.001, 0.0001], format: "~%" },
              title: "slower operations",
            },
            color: lineColours(values),
          },
        },
      },
    ];
  });
}

/**
 * The median latency of every second of one repetition, the first of those that were measured. A line has a gap where
 * nothing ended well. Where the workload was measured under one fault, the plot of that fault takes its place.
 */
export function timeSeries(workload: string, source: Source, axes: Axes): Plot[] {
  const ofFaults = new Set(
    measuredRows(source.table)
      .filter((row) => row.workload === workload && isUnderFault(row))
      .map(({ point }) => Number(point ?? 1) - 1),
  );
  return groupRuns(workload, source, axes, (point) => !ofFaults.has(point)).flatMap(
    ({ series, name, groups }) => {
      const values = groups.flatMap(({ label, runs: [first] }) =>
        (first ? secondsOf(first, workload) : []).map(({ second, p50 = null }) => ({ second, p50, label })),
      );
      const known = values.flatMap(({ p50 }) => p50 ?? []);
      if (known.length === 0) return [];
      const network = networkUnder(
        groups.map(({ runs: [first] }) => first && timelineOf(first, workload)),
        values.reduce((most, { second }) => Math.max(most, second), 0),
      );
      const x = {
        type: "quantitative",
        title: "seconds since the window opened",
        axis: { tickMinStep: 1, offset: network.height },
      };
      return [
        {
          name: `${workload}-series${name}`,
          title: `Over time${series}`,
          caption: `Median latency of each second of ${workload}, in the first repetition that was measured.${network.caption}${firstOnly(groups)}`,
          spec: {
            data: { values },
            layer: [
              {
                mark: { type: "line", strokeWidth: 1.5, point: { size: 12 } },
                encoding: {
                  x: { field: "second", ...x },
                  y: {
                    field: "p50",
                    type: "quantitative",
                    title: "median latency, ms",
                    scale: scaleFor(known),
                  },
                  color: lineColours(values),
                },
              },
              ...network.layers.map(({ encoding, ...layer }) => ({
                ...layer,
                encoding: { x: { field: "from", ...x }, ...encoding },
              })),
            ],
          },
        },
      ];
    },
  );
}

/** The points of one plot, a line each. */
interface RunGroups {
  /** What its points have in common, for its title; empty where there is but one plot. */
  readonly series: string;
  /** The end of its file's name. */
  readonly name: string;
  readonly groups: readonly { readonly label: string; readonly runs: readonly MeasuredRun[] }[];
}

/**
 * The runs that measured a workload by point: a plot for each line of the other plots, a line for each place along the
 * axis. Runs that failed or did not end are in no plot, as they are in no table.
 */
function groupRuns(
  workload: string,
  source: Source,
  axes: Axes,
  isShown: (point: number) => boolean = () => true,
): RunGroups[] {
  const runs = measuredRuns(source).filter(
    ({ point, results }) =>
      isShown(point) &&
      results.workloads.some(({ name, status }) => name === workload && status === "complete"),
  );
  const plots = new Map<string, { label: string; runs: MeasuredRun[] }[]>();
  for (const point of [...new Set(runs.map((run) => run.point))].sort((a, b) => a - b)) {
    const row = source.table.rows.find((entry) => Number(entry.point ?? 1) === point + 1);
    const own = runs.filter((run) => run.point === point);
    const { x, series } = row ? placeOf(row, axes) : { x: undefined, series: "" };
    const unit = axes.x?.unit === undefined ? "" : ` ${shownUnit(axes.x.unit)}`;
    // Without an axis each series is a line, and all are in one plot.
    const [plot, label] = axes.x ? [series, `${String(x)}${unit}`] : ["", series || workload];
    plots.set(plot, [...(plots.get(plot) ?? []), { label, runs: own }]);
  }
  return [...plots].map(([series, groups], index) => ({
    series: plots.size > 1 ? `, ${series}` : "",
    name: plots.size > 1 ? `-${index + 1}` : "",
    groups: groups.slice(0, mostLines),
  }));
}

function firstOnly(groups: RunGroups["groups"]): string {
  return groups.length === mostLines ? ` At most the first ${mostLines} points are shown.` : "";
}

function lineColours(values: readonly { readonly label: string }[]): object {
  const order = [...new Set(values.map(({ label }) => label))];
  return order.length === 1 ? { value: "var(--plot-0)" } : { ...colourEncoding("label"), sort: order };
}
