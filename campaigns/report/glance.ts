import type { Source } from "../compare/sources";
import { measuredRows, type Row } from "../table/rows";
import { rowName } from "./pointNames";
import type { Cells } from "../../workloads/results/cells";
import { byPoint, inWords, summarize, workloadsOf } from "./summary";

/** What a reader must know of the table. */
export const glanceExplanation =
  "Over all workloads and repetitions: what was lost, doubled or failed is added up; latencies are means of p50 and of p99; bytes on the WAN are all of them over all messages received, of the workloads of which both are known; CPU is the mean, memory the most of any workload, each of all brokers together. `n` is how many repetitions count.";

/**
 * All of a campaign in one table, a row a point; undefined where a workload's own table says as much.
 * A point that failed every time has its row, without figures.
 */
export function glanceOf(source: Source): Cells | undefined {
  const workloads = workloadsOf(measuredRows(source.table));
  if (workloads.length < 2) return undefined;
  const local = workloads.filter((workload) => source.table.rows.some((row) => isLocal(row, workload)));
  const head = [
    "",
    "n",
    "lost",
    "doubled",
    "errors",
    ...workloads.map((workload) => `${workload}: p50 / p99, ms`),
    ...local.map((workload) => `${workload}: local, %`),
    "WAN, B per delivery",
    "bus CPU, % of a core",
    "bus memory, MiB",
  ];
  const rows = byPoint(source.table.rows).map((all) => {
    const counted = measuredRows({ rows: all });
    const of = (workload: string) => counted.filter((row) => row.workload === workload);
    return [
      rowName(source, all[0]),
      repetitionsOf(all, counted),
      ...["lost", "duplicated", "errors"].map((column) => known(total(counted, column))),
      ...workloads.map((workload) => latencies(of(workload))),
      ...local.map((workload) => known(meanOf(of(workload), "local_percent"))),
      known(bytesPerDelivery(counted)),
      known(meanOf(counted, "brokers_cpu_percent")),
      known(largest(counted, "brokers_memory_max_bytes"), 2 ** 20),
    ];
  });
  return { head, rows };
}

/** Whether servers in the caller's own site answered any of a workload's messages. */
function isLocal(row: Row, workload: string): boolean {
  return row.workload === workload && typeof row.local_percent === "number" && row.local_percent > 0;
}

/** `3`, or `2 of 3` where some did not come to an end. */
function repetitionsOf(all: readonly Row[], counted: readonly Row[]): string {
  const repetitions = (rows: readonly Row[]) => new Set(rows.map(({ repetition }) => repetition)).size;
  const [found, asked] = [repetitions(counted), repetitions(all)];
  return found === asked ? String(found) : `${found} of ${asked}`;
}

function latencies(rows: readonly Row[]): string {
  const [p50, p99] = ["latency_p50_ms", "latency_p99_ms"].map((column) => meanOf(rows, column));
  return p50 === undefined || p99 === undefined ? "–" : `${known(p50)} / ${known(p99)}`;
}

function meanOf(rows: readonly Row[], column: string): number | undefined {
  return summarize(rows, column)?.mean;
}

function numbers(rows: readonly Row[], column: string): number[] {
  return rows.map((row) => row[column]).filter((value) => typeof value === "number");
}

function total(rows: readonly Row[], column: string): number | undefined {
  const values = numbers(rows, column);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function largest(rows: readonly Row[], column: string): number | undefined {
  const values = numbers(rows, column);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** Both sums over the same rows: Rally's have bytes and no messages, and others messages that nobody counted bytes of. */
function bytesPerDelivery(rows: readonly Row[]): number | undefined {
  const both = rows.filter((row) => ["wan_bytes", "received"].every((name) => typeof row[name] === "number"));
  const [bytes, received] = [total(both, "wan_bytes"), total(both, "received")];
  return bytes === undefined || received === undefined || received === 0 ? undefined : bytes / received;
}

function known(value: number | undefined, by = 1): string {
  return value === undefined
    ? "–"
    : inWords({ mean: value, low: value, high: value, repetitions: 1, spread: "extremes" }, { by });
}
