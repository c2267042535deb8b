import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { brokerOf } from "./brokerName";
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

/**
 * Draws what a run's links carried and what its brokers held over time as SVG, a panel each, warm-ups included.
 * @param series The text of the run's `series.jsonl`; a last line that was cut off is left out.
 * Errors: there is nothing to draw.
 */
export async function drawBus(
  { stack, run, bus }: Pick<Results, "stack" | "run" | "bus">,
  series: string,
): Promise<string> {
  const panels = panelsOf(
    parse(series),
    bus.brokers.map(({ name }) => name),
  );
  const [first] = panels;
  if (!first) throw new Error(`run ${run} of ${stack} has no readings of links or brokers to draw`);
  const workloads = [...new Set(panels.flatMap(({ points }) => points.map(({ workload }) => workload)))];
  const spec: TopLevelSpec = {
    background: "white",
    padding: 12,
    title: {
      text: `Bus and links of ${stack}, run ${run}`,
      subtitle: `While measured, one after the other, warm-ups included: ${workloads.join(", ")}.`,
      anchor: "start",
    },
    resolve: { scale: { color: "independent" } },
    vconcat: panels.map(({ title, points }) => ({
      width: 560,
      height: 130,
      data: { values: [...points] },
      mark: { type: "line", strokeWidth: 1.5 },
      encoding: {
        x: { field: "second", type: "quantitative", title: "seconds since the first reading" },
        y: { field: "value", type: "quantitative", title },
        color: {
          field: "line",
          type: "nominal",
          scale: { scheme: "tableau10" },
          title: null,
          // Names are told apart by their ends.
          legend: { labelLimit: 0 },
        },
        detail: { field: "workload" },
      },
    })),
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function parse(series: string): Entry[] {
  return series.split("\n").flatMap((line) => {
    if (!/"kind":"(carried|broker|usage)"/.test(line) || !line.endsWith("}")) return [];
    return [JSON.parse(line) as Entry];
  });
}

function panelsOf(entries: readonly Entry[], brokers: readonly string[]): Panel[] {
  const start = Math.min(...entries.map(({ time }) => time));
  const at = ({ time, workload }: Entry, line: string, value: number): Point => {
    return { second: Math.round((time - start) * 1000) / 1000, value, line, workload };
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
