import { isUnderFault, namesIn } from "../faults/names";
import type { MeasuredRun, Source } from "../compare/sources";
import { measuredRows, type Row } from "../table/rows";
import type { Plot } from "./encodings";
import { networkUnder } from "./network";
import { loadSecondsOf, secondsOf, timelineOf, type Second } from "./series";
import { measuredRuns } from "./unmeasured";

/** Beyond this many repetitions nobody tells one line from another. */
const mostLines = 10;

/**
 * What was served in each second, a plot for each bus and fault, with the rate asked for and the fault below it: a line
 * a repetition. A second in which nothing was served is zero, as long as something was asked for.
 */
export function faultPlots(workload: string, source: Source): Plot[] {
  const broken = measuredRows(source.table).filter(isUnderFault);
  const { nameOf, nameOfFault } = namesIn(broken, source.table.parameters);
  const runs = measuredRuns(source);
  const groups = new Map<string, { readonly row: Row; readonly runs: MeasuredRun[] }>();
  for (const row of broken
    .filter((one) => one.workload === workload)
    .sort((one, other) => pointOf(one) - pointOf(other))) {
    const run = runs.find((one) => one.point === pointOf(row) - 1 && one.repetition === row.repetition);
    if (!run) continue;
    const name = `${nameOf(row)}: ${nameOfFault(row)}`;
    const group = groups.get(name) ?? { row, runs: [] };
    group.runs.push(run);
    groups.set(name, group);
  }
  return [...groups].flatMap(([name, group], index) =>
    faultPlot(`${workload}-fault-${index + 1}`, name, workload, group),
  );
}

/** Tables count points from 1. */
function pointOf({ point }: Row): number {
  return Number(point ?? 1);
}

function faultPlot(
  file: string,
  title: string,
  workload: string,
  { row, runs }: { readonly row: Row; readonly runs: readonly MeasuredRun[] },
): Plot[] {
  const isCall = row.pattern === "call";
  const served = ({ succeeded, received }: Second) => (isCall ? succeeded : received);
  const shown = runs
    .slice(0, mostLines)
    .map((run) => ({ run, seconds: secondsOf(run, workload) }))
    .filter(({ seconds }) => seconds.length > 0);
  const [first] = shown;
  if (!first) return [];
  const offered = Number(row.full_service_per_s);
  const until = loadSecondsOf(first.run, workload) ?? Number(row.duration_s);
  const values = shown.flatMap(({ run, seconds }) =>
    seconds
      .slice(0, 1 + seconds.findLastIndex((second) => second.asked || served(second) > 0))
      .map((second) => ({
        second: second.second,
        // After the load a second in which nothing came is a gap, and no outage.
        served: second.asked || served(second) > 0 ? served(second) : null,
        repetition: String(run.repetition),
      })),
  );
  const last = values.reduce((most, { second }) => Math.max(most, second), 0);
  const strip = networkUnder([timelineOf(first.run, workload)], last);
  const x = {
    type: "quantitative",
    title: "seconds since the window opened",
    axis: { tickMinStep: 1, offset: strip.height },
  };
  const y = { type: "quantitative", title: isCall ? "answered a second" : "delivered a second" };
  const many = shown.length > 1;
  return [
    {
      name: file,
      title,
      caption: [
        `What was ${isCall ? "answered" : "delivered"} of ${workload} in each second${many ? `, a line each of ${shown.length} repetitions` : ""}; dashed, what was asked for.`,
        ...(shown.length < runs.length ? [`${runs.length - shown.length} more are not drawn.`] : []),
        ...(strip.caption === "" ? [] : [`${strip.caption.trim()}${many ? " They are of the first." : ""}`]),
      ].join(" "),
      spec: {
        data: { values },
        layer: [
          {
            data: { values: [{ from: 0, until, offered }] },
            mark: { type: "rule", strokeDash: [5, 4], color: "var(--plot-4)" },
            encoding: {
              x: { field: "from", ...x },
              x2: { field: "until" },
              y: { field: "offered", ...y, scale: { zero: true } },
            },
          },
          {
            mark: {
              ...{ type: "line", interpolate: "step-after", strokeWidth: 1.5 },
              ...{ color: "var(--plot-0)", opacity: many ? 0.6 : 1 },
            },
            encoding: {
              x: { field: "second", ...x },
              y: { field: "served", ...y },
              detail: { field: "repetition", type: "nominal" },
            },
          },
          ...strip.layers.map(({ encoding, ...layer }) => ({
            ...layer,
            encoding: { x: { field: "from", ...x }, ...encoding },
          })),
        ],
      },
    },
  ];
}
