import type { Cells } from "../../workloads/results/cells";
import type { Source } from "../compare/sources";
import { measuredRows, type Row } from "../table/rows";
import { rowName } from "./pointNames";
import { figureOf, type ShownFigure } from "./shownFigures";
import { byPoint, summarize, workloadsOf } from "./summary";

/** What a reader must know of the table. */
export const testCasesExplanation =
  "The metrics of OpenStack's massively distributed RPC plan under its names: means over the repetitions, with the lowest and highest (of five or more: a 95 % interval of the mean) in brackets. " +
  "By client and by server stand the least, the mean and the most of one repetition, each a mean over the repetitions, and the standard deviation of all clients or servers. " +
  "CPU is in % of a core, where the plan has MHz; of fanouts the plan asks for no rates.";

const figures: readonly ShownFigure[] = [
  { head: "Messages rate, /s", column: "plan_messages_rate_per_s" },
  { head: "Latency, ms", column: "plan_latency_ms" },
  { head: "Latency stddev, ms", column: "plan_latency_stddev_ms" },
  { head: "Sent", column: "plan_sent" },
  { head: "Processed", column: "plan_processed" },
  { head: "Throughput, kB/s", column: "plan_throughput_bytes_per_s", by: 1000 },
  { head: "CPU load, % of a core", column: "plan_cpu_load_percent" },
  { head: "RAM consumption, MiB", column: "plan_ram_consumption_bytes", by: 2 ** 20 },
  { head: "Opened Connection", column: "plan_opened_connections" },
];
/** Shown after what they are the parts of. */
const spreads: Readonly<Record<string, readonly [head: string, column: string]>> = {
  plan_sent: ["Sent by client", "plan_sent_by_client"],
  plan_processed: ["Processed by server", "plan_processed_by_server"],
};

/** A row a point and workload that is a test case of the plan; undefined: none is. */
export function testCasesOf(source: Source): Cells | undefined {
  const rows = measuredRows(source.table).filter(({ test_case }) => test_case !== undefined);
  if (rows.length === 0) return undefined;
  const told = figures.filter(({ column }) => rows.some((row) => row[column] !== undefined));
  const head = told.flatMap(({ head: name, column }) => [name, ...(spreads[column]?.slice(0, 1) ?? [])]);
  return {
    head: ["", "workload", "case", "tool", "n", ...head],
    rows: byPoint(rows).flatMap((group) =>
      workloadsOf(group).map((workload) => {
        const own = group.filter((row) => row.workload === workload);
        const [first] = own;
        return [
          rowName(source, first),
          workload,
          String(first?.test_case),
          String(first?.tool ?? "probe"),
          String(own.length),
          ...told.flatMap((one) => {
            const [, column] = spreads[one.column] ?? [];
            return [figureOf(own, one), ...(column === undefined ? [] : [spreadOf(own, column)])];
          }),
        ];
      }),
    ),
  };
}

/** `38 / 40 / 42 (1.2)`: least, mean, most and standard deviation. */
function spreadOf(rows: readonly Row[], column: string): string {
  const mean = (part: string) => {
    const summary = summarize(rows, `${column}_${part}`);
    return summary && String(Number(summary.mean.toPrecision(3)));
  };
  const [least, middle, most] = ["min", "mean", "max"].map(mean);
  if (least === undefined || middle === undefined || most === undefined) return "–";
  const deviation = mean("stddev");
  return `${least} / ${middle} / ${most}${deviation === undefined ? "" : ` (${deviation})`}`;
}
