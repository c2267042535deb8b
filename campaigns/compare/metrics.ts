import { spanKind } from "../../workloads/results/trace";
import type { Row } from "../table/rows";

/** A figure of the table that comparisons and reports look at. */
export interface Metric {
  /** The column of the table. */
  readonly column: string;
  readonly label: string;
  /** For people; empty: a count. */
  readonly unit: string;
  readonly lowerIsBetter: boolean;
  /**
   * Of a time until something came: whether a row is of a fault after which that was looked for. Such a row without the
   * figure is one in which it never came, and no row without a figure of it. Absent: the figure is none of these.
   */
  readonly awaited?: (row: Row) => boolean;
}

const askedAfter = (what: "servers" | "tokens") => (row: Row) =>
  row.fault !== undefined &&
  Number(row[`during_${what}_asked`] ?? 0) + Number(row[`after_${what}_asked`] ?? 0) > 0;
const toldOfNova = (row: Row) => row.fault !== undefined && row.nova_services_down_max !== undefined;

/** When all was well again after a fault, seconds from its start. */
const untilWell: readonly Metric[] = [
  { column: "servers_back_s", label: "servers well again", awaited: askedAfter("servers") },
  { column: "tokens_back_s", label: "tokens well again", awaited: askedAfter("tokens") },
  { column: "nova_services_up_s", label: "Nova's services up", awaited: toldOfNova },
  { column: "nova_services_reported_s", label: "Nova's services heard of", awaited: toldOfNova },
].map((metric) => ({ ...metric, unit: "s", lowerIsBetter: true }));

export const metrics: readonly Metric[] = [
  { column: "latency_p50_ms", label: "latency p50", unit: "ms", lowerIsBetter: true },
  { column: "latency_p90_ms", label: "latency p90", unit: "ms", lowerIsBetter: true },
  { column: "latency_p99_ms", label: "latency p99", unit: "ms", lowerIsBetter: true },
  { column: "throughput_per_s", label: "throughput", unit: "/s", lowerIsBetter: false },
  { column: "lost", label: "lost", unit: "", lowerIsBetter: true },
  { column: "duplicated", label: "duplicated", unit: "", lowerIsBetter: true },
  { column: "errors", label: "errors", unit: "", lowerIsBetter: true },
  { column: "brokers_cpu_percent", label: "bus CPU", unit: "% of a core", lowerIsBetter: true },
  { column: "brokers_memory_max_bytes", label: "bus memory", unit: "B", lowerIsBetter: true },
  { column: "wan_bytes_per_delivery", label: "WAN per delivery", unit: "B/delivery", lowerIsBetter: true },
  // The plan's other figures are others of these under its names: twice they would count twice among what chance shows.
  // Its throughput is all bytes that the bus's containers got, from each other too: neither more nor less is better.
  { column: "plan_latency_ms", label: "plan: latency", unit: "ms", lowerIsBetter: true },
  { column: "plan_latency_stddev_ms", label: "plan: latency stddev", unit: "ms", lowerIsBetter: true },
  { column: "plan_opened_connections", label: "plan: opened connections", unit: "", lowerIsBetter: true },
  { column: "local_percent", label: "kept in its site", unit: "%", lowerIsBetter: false },
  { column: "shaker_rtt_ms", label: "RTT", unit: "ms", lowerIsBetter: true },
  { column: "shaker_tcp_there_bit_per_s", label: "TCP there", unit: "bit/s", lowerIsBetter: false },
  { column: "shaker_tcp_back_bit_per_s", label: "TCP back", unit: "bit/s", lowerIsBetter: false },
  { column: "shaker_udp_loss_there_percent", label: "UDP loss there", unit: "%", lowerIsBetter: true },
  { column: "shaker_udp_loss_back_percent", label: "UDP loss back", unit: "%", lowerIsBetter: true },
  { column: "shaker_udp_jitter_there_ms", label: "UDP jitter there", unit: "ms", lowerIsBetter: true },
  { column: "shaker_udp_jitter_back_ms", label: "UDP jitter back", unit: "ms", lowerIsBetter: true },
  { column: "rally_median_s", label: "median", unit: "s", lowerIsBetter: true },
  { column: "rally_p90_s", label: "90 %", unit: "s", lowerIsBetter: true },
  { column: "rally_p95_s", label: "95 %", unit: "s", lowerIsBetter: true },
  { column: "rally_max_s", label: "max", unit: "s", lowerIsBetter: true },
  { column: "rally_min_s", label: "min", unit: "s", lowerIsBetter: true },
  { column: "rally_success_percent", label: "success", unit: "%", lowerIsBetter: false },
  { column: "servers_median_s", label: "to ACTIVE, median", unit: "s", lowerIsBetter: true },
  { column: "servers_max_s", label: "to ACTIVE, max", unit: "s", lowerIsBetter: true },
  { column: "servers_refused", label: "servers refused", unit: "", lowerIsBetter: true },
  { column: "servers_error", label: "servers in ERROR", unit: "", lowerIsBetter: true },
  { column: "servers_lost", label: "servers lost", unit: "", lowerIsBetter: true },
  { column: "trace_untraced_ms", label: "untraced", unit: "ms", lowerIsBetter: true },
  { column: "trace_traced_ms", label: "traced", unit: "ms", lowerIsBetter: true },
  ...spanKind.options.map((kind) => ({
    ...{ column: `trace_${kind}_covered_ms`, label: `in ${kind}`, unit: "ms" },
    lowerIsBetter: true,
  })),
  { column: "trace_round_trips", label: "round trips waited for", unit: "", lowerIsBetter: true },
  { column: "trace_far_ms", label: "waited for over links", unit: "ms", lowerIsBetter: true },
  { column: "trace_link_bytes", label: "told over links", unit: "B/request", lowerIsBetter: true },
  {
    ...{ column: "trace_background_link_bytes_per_s", label: "told over links when idle", unit: "B/s" },
    lowerIsBetter: true,
  },
  { column: "tokens_median_s", label: "token, median", unit: "s", lowerIsBetter: true },
  { column: "tokens_max_s", label: "token, max", unit: "s", lowerIsBetter: true },
  { column: "tokens_refused", label: "tokens refused", unit: "", lowerIsBetter: true },
  ...untilWell,
];

/** In how many rows something was waited for, and in how many of these it never came. */
export interface Awaited {
  readonly of: number;
  readonly never: number;
}

/** Undefined: the metric is no time until something, or in no row was it waited for. */
export function awaitedIn(
  rows: readonly Row[],
  { column, awaited }: Pick<Metric, "column" | "awaited">,
): Awaited | undefined {
  const own = awaited ? rows.filter(awaited) : [];
  if (own.length === 0) return undefined;
  return { of: own.length, never: own.filter((row) => row[column] === undefined).length };
}

/** The same of a column by its name. */
export function awaitedInColumn(rows: readonly Row[], column: string): Awaited | undefined {
  const metric = untilWell.find((one) => one.column === column);
  return metric && awaitedIn(rows, metric);
}

/** A metric's figures, one a row that has it. */
export function valuesOf(rows: readonly Row[], { column }: Pick<Metric, "column">): number[] {
  return rows.map((row) => row[column]).filter((value) => typeof value === "number");
}
