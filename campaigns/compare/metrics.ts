/** A figure of the table that comparisons and reports look at. */
export interface Metric {
  /** The column of the table. */
  readonly column: string;
  readonly label: string;
  /** For people; empty: a count. */
  readonly unit: string;
  readonly lowerIsBetter: boolean;
}

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
  { column: "local_percent", label: "kept in its site", unit: "%", lowerIsBetter: false },
];
