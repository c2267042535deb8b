import type { Source } from "../compare/sources";
import { measuredRows, type Row } from "../table/rows";
import { colourEncoding, scaleFor, xEncoding, type Plot, type PlotSpec } from "./encodings";
import { faultPlots } from "./faultPlots";
import { inLines, inRows } from "./nominal";
import { rowName } from "./pointNames";
import { distributions, timeSeries } from "./runPlots";
import { byPoint, chooseAxes, placeOf, summarize, workloadsOf, type Axes } from "./summary";

const whiskers =
  "Marks are means over repetitions; whiskers are 95 % BCa bootstrap intervals, or the extremes where there are fewer than five repetitions.";

/** Figures that have a plot of their own, in order. */
const plotted: readonly {
  readonly column: string;
  readonly name: string;
  readonly title: string;
  /** What a value is multiplied by; default 1. */
  readonly factor?: number;
  /** Where there was none anywhere, a plot would be of zeros: the table says it. */
  readonly onlySome?: boolean;
}[] = [
  { column: "throughput_per_s", name: "throughput", title: "operations per second" },
  { column: "errors", name: "errors", title: "errors in a repetition", onlySome: true },
  { column: "lost", name: "lost", title: "lost in a repetition", onlySome: true },
  { column: "brokers_cpu_percent", name: "bus-cpu", title: "CPU of the bus, % of a core" },
  {
    column: "brokers_memory_max_bytes",
    name: "bus-memory",
    title: "memory of the bus, MiB",
    factor: 2 ** -20,
  },
  { column: "wan_bytes_per_delivery", name: "wan-bytes", title: "bytes on the WAN for each delivery" },
  { column: "rally_median_s", name: "median", title: "median of an iteration, s" },
  { column: "rally_p95_s", name: "p95", title: "95 % of iterations, s" },
  { column: "shaker_rtt_ms", name: "rtt", title: "round trip, ms" },
  { column: "shaker_tcp_there_bit_per_s", name: "tcp", title: "TCP there, Mbit/s", factor: 1e-6 },
  { column: "shaker_udp_loss_there_percent", name: "udp-loss", title: "UDP loss there, %" },
];

/** Where the marks of a plot lie: along a number, or a row each. */
interface Places {
  /** Absent: no number was varied, so that each point has a row of its own, with its name. */
  readonly axes?: Axes;
  readonly place: (row: Row) => { readonly series: string; readonly point?: string };
}

/** All plots of a source, by workload. */
export function plotsOf(source: Source): Map<string, Plot[]> {
  const axes = chooseAxes(source);
  const places: Places = axes.x
    ? { axes, place: (row) => placeOf(row, axes) }
    : { place: (row) => ({ point: inLines(rowName(source, row)), series: "" }) };
  const rows = measuredRows(source.table);
  return new Map(
    workloadsOf(rows).map((workload) => {
      const own = rows.filter((row) => row.workload === workload);
      return [
        workload,
        [
          ...[
            percentiles(workload, own, places),
            ...plotted.map((one) => along(workload, own, places, one)),
          ].filter((plot) => plot !== undefined),
          ...distributions(workload, source, axes),
          ...timeSeries(workload, source, axes),
          ...faultPlots(workload, source),
        ],
      ];
    }),
  );
}

function percentiles(workload: string, rows: readonly Row[], { axes, place }: Places): Plot | undefined {
  const columns = { p50: "latency_p50_ms", p90: "latency_p90_ms", p99: "latency_p99_ms" };
  const values = byPoint(rows).flatMap((group) =>
    Object.entries(columns).flatMap(([percentile, column]) => {
      const summary = summarize(group, column);
      const [row] = group;
      return summary && row ? [{ ...place(row), percentile, ...summary }] : [];
    }),
  );
  if (values.length === 0) return undefined;
  const lines = new Set(values.map(({ series }) => series)).size > 1;
  const colour = lines ? "series" : "percentile";
  const means = values.map(({ mean }) => mean);
  const scale = scaleFor(means);
  return {
    name: `${workload}-latency`,
    title: axes ? "Latency by parameter" : "Latency by point",
    caption: `Percentiles of ${workload}. ${whiskers}`,
    spec: axes
      ? withWhiskers(values, {
          x: xEncoding(axes),
          y: { field: "mean", type: "quantitative", title: "latency, ms", scale },
          color: colourEncoding(colour),
          // Where colours are percentiles, their legend says it already.
          strokeDash: {
            field: "percentile",
            type: "nominal",
            title: null,
            ...(lines ? {} : { legend: null }),
          },
        })
      : inRows(values, { title: "latency, ms", scale, color: colourEncoding("percentile") }),
  };
}

function along(
  workload: string,
  rows: readonly Row[],
  { axes, place }: Places,
  { column, name, title, factor = 1, onlySome = false }: (typeof plotted)[number],
): Plot | undefined {
  const values = byPoint(rows).flatMap((group) => {
    const summary = summarize(group, column);
    const [row] = group;
    if (!summary || !row) return [];
    const { mean, low, high } = summary;
    return [{ ...place(row), mean: factor * mean, low: factor * low, high: factor * high }];
  });
  if (values.length === 0 || (onlySome && values.every(({ high }) => high === 0))) return undefined;
  const lines = new Set(values.map(({ series }) => series)).size > 1;
  const color = lines ? colourEncoding("series") : { value: "var(--plot-0)" };
  const scale = { zero: true };
  return {
    name: `${workload}-${name}`,
    title: title.replace(/^./, (letter) => letter.toUpperCase()),
    caption: `During ${workload}. ${whiskers}`,
    spec: axes
      ? withWhiskers(values, {
          x: xEncoding(axes),
          y: { field: "mean", type: "quantitative", title, scale },
          color,
        })
      : inRows(values, { title, scale, color }),
  };
}

function withWhiskers(values: readonly object[], encoding: Readonly<Record<string, object>>): PlotSpec {
  const { strokeDash, ...plain } = encoding;
  return {
    data: { values },
    encoding: plain,
    layer: [
      { mark: { type: "line", strokeWidth: 2 }, encoding: strokeDash ? { strokeDash } : {} },
      { mark: { type: "point", filled: true, size: 40, opacity: 1 } },
      {
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      },
    ],
  };
}
