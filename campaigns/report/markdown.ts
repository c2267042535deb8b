import { baselineRatios } from "../baselines/ratios";
import { awaitedInColumn } from "../compare/metrics";
import type { Source } from "../compare/sources";
import type { Json } from "../schema";
import { measuredRows, type Row } from "../table/rows";
import { glanceExplanation, glanceOf } from "./glance";
import { markdownTable } from "./markdownTable";
import { rowName } from "./pointNames";
import { publishedCells, publishedExplanation } from "./published";
import { drawFile } from "./draw";
import { faultPlots } from "./faultPlots";
import { EmptyReportError } from "./report";
import { shownScorecard, sitesExplanation } from "./scorecard";
import { shownServers } from "./serversScorecard";
import { sourcesInMarkdown } from "./sourcesInMarkdown";
import { testCasesExplanation, testCasesOf } from "./testCases";
import { figureOf, type ShownFigure } from "./shownFigures";
import { byPoint, workloadsOf } from "./summary";
import { unmeasuredByPoint } from "./unmeasured";

const columns: readonly ShownFigure[] = [
  { head: "p50, ms", column: "latency_p50_ms" },
  { head: "p99, ms", column: "latency_p99_ms" },
  { head: "throughput, /s", column: "throughput_per_s" },
  { head: "lost", column: "lost" },
  { head: "doubled", column: "duplicated" },
  { head: "errors", column: "errors" },
  { head: "local, %", column: "local_percent" },
  { head: "WAN, B per delivery", column: "wan_bytes_per_delivery" },
  { head: "bus CPU, % of a core", column: "brokers_cpu_percent" },
  { head: "bus memory, MiB", column: "brokers_memory_max_bytes", by: 2 ** 20 },
  { head: "RTT, ms", column: "shaker_rtt_ms" },
  { head: "TCP there, Mbit/s", column: "shaker_tcp_there_bit_per_s", by: 1e6 },
  { head: "TCP back, Mbit/s", column: "shaker_tcp_back_bit_per_s", by: 1e6 },
  { head: "UDP loss there, %", column: "shaker_udp_loss_there_percent" },
  { head: "UDP loss back, %", column: "shaker_udp_loss_back_percent" },
  { head: "UDP jitter there, ms", column: "shaker_udp_jitter_there_ms" },
  { head: "UDP jitter back, ms", column: "shaker_udp_jitter_back_ms" },
  { head: "min, s", column: "rally_min_s" },
  { head: "median, s", column: "rally_median_s" },
  { head: "90 %, s", column: "rally_p90_s" },
  { head: "95 %, s", column: "rally_p95_s" },
  { head: "max, s", column: "rally_max_s" },
  { head: "success, %", column: "rally_success_percent" },
  { head: "to ACTIVE, s", column: "servers_median_s" },
  { head: "traced, ms", column: "trace_traced_ms" },
  { head: "untraced, ms", column: "trace_untraced_ms" },
  { head: "round trips waited for", column: "trace_round_trips" },
  { head: "waited for over links, ms", column: "trace_far_ms" },
  { head: "by the links' delays, ms", column: "trace_far_predicted_ms" },
  { head: "servers refused", column: "servers_refused" },
  { head: "in ERROR", column: "servers_error" },
  { head: "servers lost", column: "servers_lost" },
  { head: "servers well again, s", column: "servers_back_s" },
  { head: "token, s", column: "tokens_median_s" },
  { head: "tokens refused", column: "tokens_refused" },
  { head: "tokens well again, s", column: "tokens_back_s" },
  { head: "Nova's services up, s", column: "nova_services_up_s" },
  { head: "Nova's services heard of, s", column: "nova_services_reported_s" },
];

/** Counts of what went wrong: a mean would hide one among many repetitions. */
const sums = new Set([
  ...["lost", "duplicated", "errors"],
  ...["servers_refused", "servers_error", "servers_lost", "tokens_refused"],
]);

/**
 * A campaign or runs as a page of Markdown: a table a workload, a row a point, and where each figure comes from.
 * Errors: {@link EmptyReportError}, nothing was measured.
 * @param question What was to be found out.
 * @param command The command that writes the page again.
 * @param pictures Path from the page to the folder with its pictures; absent: it has none.
 */
export function renderMarkdown(source: Source, question: string, command: string, pictures?: string): string {
  const rows = measuredRows(source.table);
  if (rows.length === 0) throw new EmptyReportError(`${source.label}: nothing was measured`);
  const missing = unmeasuredByPoint(source);
  return [
    `<!-- Written by \`${command}\` from ${source.label}; not by hand. -->`,
    "",
    `# ${question}`,
    "",
    ...description(source),
    ...serversScorecard(source),
    ...scorecard(source),
    ...testCases(source),
    ...glance(source),
    "Figures are means over the repetitions, with the lowest and highest (of five or more: a 95 % interval of the mean) in brackets; what was lost, doubled or failed is added up. `local` is the share of answered calls that a server in the caller's own site executed (of others: of deliveries in the sender's site). WAN bytes are Ethernet frames over all links and directions, for each message received; a message that crosses two links pays twice, and a call's reply is in it. See [results](../results.md).",
    "",
    ...workloadsOf(rows).flatMap((workload) => [
      `## ${workload}`,
      "",
      ...workloadTable(
        source,
        rows.filter((row) => row.workload === workload),
      ),
      "",
      ...(pictures === undefined ? [] : picturesOf(source, workload, pictures)),
    ]),
    ...(missing.length === 0 ? [] : ["## Not measured", "", ...missing.map((item) => `- ${item}`), ""]),
    ...published(source, rows),
    "## Where the figures come from",
    "",
    ...sourcesInMarkdown(source),
    "",
  ].join("\n");
}

/** The plots of faults of a campaign or runs as SVG by their files' names. */
export async function markdownPictures(source: Source): Promise<Map<string, string>> {
  const drawn = new Map<string, string>();
  for (const workload of workloadsOf(measuredRows(source.table)))
    for (const { name, spec } of faultPlots(workload, source)) drawn.set(`${name}.svg`, await drawFile(spec));
  return drawn;
}

function picturesOf(source: Source, workload: string, folder: string): string[] {
  return faultPlots(workload, source).flatMap(({ name, title, caption }) => [
    ...[`### ${title}`, "", `![${title}](${folder}/${name}.svg)`, "", caption, ""],
  ]);
}

function scorecard(source: Source): string[] {
  const shown = shownScorecard(source);
  if (!shown) return [];
  const { explanation, scores, faults, sites } = shown;
  return [
    ...["## Scorecard", "", explanation, "", ...markdownTable(scores), ""],
    ...["## Fault by fault", "", ...markdownTable(faults), ""],
    ...(sites
      ? ["## Clients at a fault and elsewhere", "", sitesExplanation, "", ...markdownTable(sites), ""]
      : []),
    ...["## All figures", ""],
  ];
}

function testCases(source: Source): string[] {
  const cells = testCasesOf(source);
  return cells ? ["## Test case", "", testCasesExplanation, "", ...markdownTable(cells), ""] : [];
}

function serversScorecard(source: Source): string[] {
  const shown = shownServers(source);
  if (!shown) return [];
  return ["## Servers and tokens under faults", "", shown.explanation, "", ...markdownTable(shown), ""];
}

/** A scorecard already puts its points side by side. */
function glance(source: Source): string[] {
  const cells = shownScorecard(source) ? undefined : glanceOf(source);
  return cells
    ? [...["## At a glance", "", glanceExplanation, "", ...markdownTable(cells), ""], "## By workload", ""]
    : [];
}

function published({ table }: Source, rows: readonly Row[]): string[] {
  const found = baselineRatios(rows, table.parameters);
  if (found.length === 0) return [];
  return [
    ...["## Published figures beside these", "", publishedExplanation, ""],
    ...found.flatMap((one) => [
      ...[`### ${one.title}`, "", `${one.source}. ${one.conditions}`, "", one.caution, ""],
      ...[...markdownTable(publishedCells(one)), ""],
    ]),
  ];
}

function description(source: Source): string[] {
  if (source.kind !== "campaign") return [];
  const { description: text } = source.journal.scenario as { readonly description?: Json };
  return typeof text === "string" ? [text, ""] : [];
}

function workloadTable(source: Source, rows: readonly Row[]): string[] {
  const told = columns.filter(({ column }) => isKnown(rows, column));
  const body = byPoint(rows).map((group) => [
    rowName(source, group[0]),
    String(group.length),
    ...told.map((one) => cell(group, one)),
  ]);
  return markdownTable({ head: ["", "n", ...told.map(({ head }) => head)], rows: body });
}

/** Whether there is anything to say of a figure: that something never came, is. */
function isKnown(rows: readonly Row[], column: string): boolean {
  return rows.some((row) => row[column] !== undefined) || awaitedInColumn(rows, column) !== undefined;
}

function cell(rows: readonly Row[], shown: ShownFigure): string {
  const { column } = shown;
  if (sums.has(column)) {
    const values = rows.map((row) => row[column]).filter((value) => typeof value === "number");
    return values.length === 0 ? "–" : String(values.reduce((sum, value) => sum + value, 0));
  }
  return figureOf(rows, shown);
}
