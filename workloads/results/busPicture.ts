import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { brokerOf } from "./brokerName";
import { episodesOf, linesOf, type Episode } from "./episodes";
import type { Results } from "./schema";

/** A point of a line over time. */
interface Point {
  /** Seconds since the first reading of the run. */
  second: number;
  value: number;
  /** Which line, and which line of that name: readings of two workloads are not joined. */
  line: string;
  workload: string;
}

interface Panel {
  readonly title: string;
  readonly points: readonly Point[];
}

/** A line of `series.jsonl` as far as it is read here. */
interface Entry {
  readonly kind?: string;
  readonly workload: string;
  readonly time: number;
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  readonly bytes: number;
  readonly broker: string;
  readonly service: string;
  readonly messagesReady?: number;
  readonly messagesUnacknowledged?: number;
  readonly connections: number;
  readonly channels?: number;
  readonly queues?: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** Readings closer than this are one: two at an edge make no rate. */
const leastSeconds = 0.5;

/** Rows of what was done on purpose: more would take more room than a panel. */
const mostRows = 12;
const rowHeight = 16;

const plotWidth = 560;
const barColour = "#c0504d";

/**
 * Draws what a run's links carried and what its brokers held over time as SVG, a panel each, warm-ups included, and
 * above them what was done to links and services on purpose, when it was.
 * @param series The text of the run's `series.jsonl`; a last line that was cut off is left out.
 * Errors: there is nothing to draw.
 */
export async function drawBus(
  { stack, run, bus }: Pick<Results, "stack" | "run" | "bus">,
  series: string,
): Promise<string> {
  const entries = linesOf<Entry>(series, /"kind":"(carried|broker|usage)"/);
  const panels = panelsOf(
    entries,
    bus.brokers.map(({ name }) => name),
  );
  const [first] = panels;
  if (!first) throw new Error(`run ${run} of ${stack} has no readings of links or brokers to draw`);
  const workloads = [...new Set(panels.flatMap(({ points }) => points.map(({ workload }) => workload)))];
  const rows = rowsOf(episodesOf(series), entries);
  const bars = rows.flatMap(({ bars: own }) => [...own]);
  const x = timeAxis([
    ...bars.flatMap(({ from, until }) => [from, until]),
    ...panels.flatMap(({ points }) => points.map(({ second }) => second)),
  ]);
  const spec: TopLevelSpec = {
    background: "white",
    padding: 12,
    title: {
      text: `Bus and links of ${stack}, run ${run}`,
      subtitle: [
        `While measured, one after the other, warm-ups included: ${workloads.join(", ")}.`,
        ...(rows.length > 0 ? [bandInWords(rows.length)] : []),
      ],
      anchor: "start",
    },
    resolve: { scale: { color: "independent" } },
    vconcat: [
      ...(rows.length > 0 ? [bandSpec(rows.slice(0, mostRows), x)] : []),
      ...panels.map((panel) => panelSpec(panel, bars, x)),
    ],
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A bar of the band, in seconds since the first reading. */
interface Bar {
  readonly row: string;
  readonly from: number;
  readonly until: number;
}

interface Row {
  readonly name: string;
  readonly bars: readonly Bar[];
}

/** A row for each thing that was done to a place, in the order of their beginnings. */
function rowsOf(episodes: readonly Episode[], entries: readonly Entry[]): Row[] {
  const start = startOf(entries);
  const rows = new Map<string, Bar[]>();
  for (const { workload, place, what, from, until } of episodes) {
    const row = `${place}: ${what}`;
    // What nobody ended was so as long as its workload was watched.
    const end = until ?? Math.max(from, lastOf(workload, entries) ?? from);
    const bar = { row, from: sinceStart(from, start), until: sinceStart(end, start) };
    rows.set(row, [...(rows.get(row) ?? []), bar]);
  }
  return [...rows].map(([name, bars]) => ({ name, bars }));
}

/** The last reading while a workload was measured; undefined: there is none. */
function lastOf(workload: string, entries: readonly Entry[]): number | undefined {
  return entries.findLast((entry) => entry.workload === workload)?.time;
}

function bandInWords(rows: number): string {
  const above = "Above, and shaded: what was done on purpose, at the times recorded.";
  return rows > mostRows ? `${above} ${rows - mostRows} more are shaded without a name.` : above;
}

type TimeAxis = ReturnType<typeof timeAxis>;

/** The same in every panel, so that what is above each other was at one time. */
function timeAxis(seconds: readonly number[]) {
  const least = seconds.reduce((one, other) => Math.min(one, other), 0);
  const most = seconds.reduce((one, other) => Math.max(one, other), 0);
  return {
    type: "quantitative" as const,
    title: "seconds since the first reading",
    scale: { domain: [least, most] },
  };
}

/** The band: names stand to the right of it, where those of lines do, so that none lies on a bar. */
function bandSpec(rows: readonly Row[], x: TimeAxis) {
  return {
    width: plotWidth,
    height: { step: rowHeight },
    data: { values: rows.flatMap(({ bars }) => [...bars]) },
    mark: { type: "bar" as const, color: barColour, opacity: 0.75, height: 0.7 * rowHeight },
    encoding: {
      x: { field: "from", ...x, title: null, axis: { labels: false, ticks: false } },
      x2: { field: "until" },
      y: {
        field: "row",
        type: "nominal" as const,
        sort: rows.map(({ name }) => name),
        title: null,
        axis: { orient: "right" as const, labelLimit: 0, domain: false, ticks: false },
      },
    },
  };
}

/** Lines, and the times of the bars behind them. */
function panelSpec({ title, points }: Panel, bars: readonly Bar[], x: TimeAxis) {
  return {
    width: plotWidth,
    height: 130,
    layer: [
      {
        data: { values: [...bars] },
        mark: { type: "rect" as const, color: barColour, opacity: 0.08 },
        encoding: { x: { field: "from", ...x }, x2: { field: "until" } },
      },
      {
        data: { values: [...points] },
        mark: { type: "line" as const, strokeWidth: 1.5 },
        encoding: {
          x: { field: "second", ...x },
          y: { field: "value", type: "quantitative" as const, title },
          color: {
            field: "line",
            type: "nominal" as const,
            scale: { scheme: "tableau10" as const },
            title: null,
            // Names are told apart by their ends.
            legend: { labelLimit: 0 },
          },
          detail: { field: "workload" },
        },
      },
    ],
  };
}

function startOf(entries: readonly Entry[]): number {
  return entries.reduce((least, { time }) => Math.min(least, time), Infinity);
}

function sinceStart(time: number, start: number): number {
  return Math.round((time - start) * 1000) / 1000;
}

function panelsOf(entries: readonly Entry[], brokers: readonly string[]): Panel[] {
  const start = startOf(entries);
  const at = ({ time, workload }: Entry, line: string, value: number): Point => {
    return { second: sinceStart(time, start), value, line, workload };
  };
  // Not every broker has queues.
  const ifAny = (entry: Entry, line: string, value: number | undefined): Point[] =>
    value === undefined ? [] : [at(entry, line, value)];
  const of = (kind: string): Entry[] => entries.filter((entry) => entry.kind === kind);
  const carried = of("carried")
    .filter(({ seconds }) => seconds >= leastSeconds)
    .map((entry) => at(entry, `${entry.from} → ${entry.to}`, (8 * entry.bytes) / entry.seconds / 1e6));
  const counted = of("broker");
  const used = of("usage").filter(({ service }) => brokers.includes(brokerOf(service)));
  const panels: Panel[] = [
    { title: "link, Mbit/s", points: carried },
    { title: "broker CPU, % of a core", points: cpu(used, at) },
    {
      title: "broker memory, MiB",
      points: used.map((entry) => at(entry, brokerOf(entry.service), entry.memoryBytes / 2 ** 20)),
    },
    {
      title: "messages in queues",
      points: counted.flatMap((entry) => [
        ...ifAny(entry, `${entry.broker} ready`, entry.messagesReady),
        ...ifAny(entry, `${entry.broker} unacknowledged`, entry.messagesUnacknowledged),
      ]),
    },
    {
      title: "connections, channels, queues",
      points: counted.flatMap((entry) => [
        at(entry, `${entry.broker} connections`, entry.connections),
        ...ifAny(entry, `${entry.broker} channels`, entry.channels),
        ...ifAny(entry, `${entry.broker} queues`, entry.queues),
      ]),
    },
  ];
  return panels.filter(({ points }) => points.length > 0);
}

/** CPU between two readings of one broker in one workload, percent of a core. */
function cpu(usage: readonly Entry[], at: (entry: Entry, line: string, value: number) => Point): Point[] {
  const last = new Map<string, Entry>();
  return usage.flatMap((entry) => {
    const broker = brokerOf(entry.service);
    const key = `${entry.workload} ${broker}`;
    const before = last.get(key);
    if (before !== undefined && entry.time - before.time < leastSeconds) return [];
    last.set(key, entry);
    // A counter that falls is a container that was started again.
    if (before === undefined || entry.cpuSeconds < before.cpuSeconds) return [];
    const share = (100 * (entry.cpuSeconds - before.cpuSeconds)) / (entry.time - before.time);
    return [at(entry, broker, Math.round(share * 10) / 10)];
  });
}
