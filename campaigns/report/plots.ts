import type { Source } from "../compare/sources";
import { measuredRows, type Row } from "../table/rows";
import { colourEncoding, scaleFor, xEncoding, type Plot, type PlotSpec } from "./encodings";
import { distributions, timeSeries } from "./runPlots";
import { byPoint, chooseAxes, placeOf, summarize, workloadsOf, type Axes } from "./summary";

const whiskers =
  "Marks are means over repetitions; whiskers are 95 % BCa bootstrap intervals, or the extremes where there are fewer than five repetitions.";

/** All plots of a source, by workload. */
export function plotsOf(source: Source): Map<string, Plot[]> {
  const axes = chooseAxes(source);
  const rows = measuredRows(source.table);
  return new Map(
    workloadsOf(rows).map((workload) => {
      const own = rows.filter((row) => row.workload === workload);
      return [
        workload,
        [
          ...(axes.x
            ? [
                percentiles(workload, own, axes),
                along(workload, own, axes, "throughput_per_s", "throughput", "operations per second", 1),
                along(
                  workload,
                  own,
                  axes,
                  "brokers_cpu_percent",
                  "bus-cpu",
                  "CPU of the bus, % of a core",
                  1,
                ),
                along(
                  workload,
                  own,
                  axes,
                  "brokers_memory_max_bytes",
                  "bus-memory",
                  "memory of the bus, MiB",
                  2 ** -20,
                ),
                along(
                  workload,
                  own,
                  axes,
                  "wan_bytes_per_delivery",
                  "wan-bytes",
                  "bytes on the WAN for each delivery",
                  1,
                ),
                along(workload, own, axes, "rally_median_s", "median", "median of an iteration, s", 1),
                along(workload, own, axes, "rally_p95_s", "p95", "95 % of iterations, s", 1),
                along(workload, own, axes, "shaker_rtt_ms", "rtt", "round trip, ms", 1),
                along(workload, own, axes, "shaker_tcp_there_bit_per_s", "tcp", "TCP there, Mbit/s", 1e-6),
                along(
                  workload,
                  own,
                  axes,
                  "shaker_udp_loss_there_percent",
                  "udp-loss",
                  "UDP loss there, %",
                  1,
                ),
              ].filter((plot) => plot !== undefined)
            : []),
          ...distributions(workload, source, axes),
          ...timeSeries(workload, source, axes),
        ],
      ];
    }),
  );
}

function percentiles(workload: string, rows: readonly Row[], axes: Axes): Plot | undefined {
  const columns = { p50: "latency_p50_ms", p90: "latency_p90_ms", p99: "latency_p99_ms" };
  const values = byPoint(rows).flatMap((group) =>
    Object.entries(columns).flatMap(([percentile, column]) => {
      const summary = summarize(group, column);
      const [row] = group;
      return summary && row ? [{ ...placeOf(row, axes), percentile, ...summary }] : [];
    }),
  );
  if (values.length === 0) return undefined;
  const lines = new Set(values.map(({ series }) => series)).size > 1;
  const colour = lines ? "series" : "percentile";
  const means = values.map(({ mean }) => mean);
  return {
    name: `${workload}-latency`,
    title: "Latency by parameter",
    caption: `Percentiles of ${workload}. ${whiskers}`,
    spec: withWhiskers(values, {
      x: xEncoding(axes),
      y: {
        field: "mean",
        type: "quantitative",
        title: "latency, ms",
        scale: scaleFor(means),
      },
      color: colourEncoding(colour),
      // Where colours are percentiles, their legend says it already.
      strokeDash: { field: "percentile", type: "nominal", title: null, ...(lines ? {} : { legend: null }) },
    }),
  };
}

function along(
  workload: string,
  rows: readonly Row[],
  axes: Axes,
  column: string,
  name: string,
  title: string,
  factor: number,
): Plot | undefined {
  const values = byPoint(rows).flatMap((group) => {
    const summary = summarize(group, column);
    const [row] = group;
    if (!summary || !row) return [];
    const { mean, low, high } = summary;
    return [{ ...placeOf(row, axes), mean: factor * mean, low: factor * low, high: factor * high }];
  });
  if (values.length === 0) return undefined;
  const lines = new Set(values.map(({ series }) => series)).size > 1;
  return {
    name: `${workload}-${name}`,
    title: title.replace(/^./, (letter) => letter.toUpperCase()),
    caption: `During ${workload}. ${whiskers}`,
    spec: withWhiskers(values, {
      x: xEncoding(axes),
      y: { field: "mean", type: "quantitative", title, scale: { zero: true } },
      color: lines ? colourEncoding("series") : { value: "var(--plot-0)" },
    }),
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
