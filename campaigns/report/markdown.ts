import type { Source } from "../compare/sources";
import type { Json } from "../schema";
import { measuredRows, type Row } from "../table/rows";
import { EmptyReportError } from "./report";
import { shownScorecard } from "./scorecard";
import { byPoint, inWords, summarize, workloadsOf } from "./summary";

/** A column of the page: what it is called and the figure of a run's table that it shows. */
interface Shown {
  readonly head: string;
  readonly column: string;
  /** What the figure is divided by; default 1. */
  readonly by?: number;
}

const columns: readonly Shown[] = [
  { head: "p50 ms", column: "latency_p50_ms" },
  { head: "p99 ms", column: "latency_p99_ms" },
  { head: "per second", column: "throughput_per_s" },
  { head: "lost", column: "lost" },
  { head: "doubled", column: "duplicated" },
  { head: "errors", column: "errors" },
  { head: "local %", column: "local_percent" },
  { head: "WAN B/delivery", column: "wan_bytes_per_delivery" },
  { head: "bus CPU %", column: "brokers_cpu_percent" },
  { head: "bus MiB", column: "brokers_memory_max_bytes", by: 2 ** 20 },
];

/** Counts of what went wrong: a mean would hide one among many repetitions. */
const sums = new Set(["lost", "duplicated", "errors"]);

/**
 * A campaign or runs as a page of Markdown: a table a workload, a row a point, and where each figure comes from.
 * Errors: {@link EmptyReportError}, nothing was measured.
 * @param question What was to be found out.
 * @param command The command that writes the page again.
 */
export function renderMarkdown(source: Source, question: string, command: string): string {
  const rows = measuredRows(source.table);
  if (rows.length === 0) throw new EmptyReportError(`${source.label}: nothing was measured`);
  const failed = source.table.rows.filter(({ status }) => status === "failed");
  return [
    `<!-- Written by \`${command}\` from ${source.label}; not by hand. -->`,
    "",
    `# ${question}`,
    "",
    ...description(source),
    ...scorecard(source),
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
    ]),
    ...(failed.length === 0
      ? []
      : [
          "## Failed",
          "",
          ...[...new Set(failed.map((row) => `- ${labelOf(source, row)}: ${String(row.failure)}`))],
          "",
        ]),
    "## Where the figures come from",
    "",
    ...provenance(source),
    "",
  ].join("\n");
}

function scorecard(source: Source): string[] {
  const shown = shownScorecard(source);
  if (!shown) return [];
  const { explanation, scores, faults } = shown;
  return [
    ...["## Scorecard", "", explanation, "", ...table(scores.head, scores.rows), ""],
    ...["## Fault by fault", "", ...table(faults.head, faults.rows), "", "## All figures", ""],
  ];
}

function description(source: Source): string[] {
  if (source.kind !== "campaign") return [];
  const { description: text } = source.journal.scenario as { readonly description?: Json };
  return typeof text === "string" ? [text, ""] : [];
}

function workloadTable(source: Source, rows: readonly Row[]): string[] {
  const told = columns.filter(({ column }) => rows.some((row) => row[column] !== undefined));
  const body = byPoint(rows).map((group) => [
    group[0] ? labelOf(source, group[0]) : "",
    String(group.length),
    ...told.map((one) => cell(group, one)),
  ]);
  return table(["", "n", ...told.map(({ head }) => head)], body);
}

function cell(rows: readonly Row[], { column, by = 1 }: Shown): string {
  if (sums.has(column)) {
    const values = rows.map((row) => row[column]).filter((value) => typeof value === "number");
    return values.length === 0 ? "–" : String(values.reduce((sum, value) => sum + value, 0));
  }
  const summary = summarize(rows, column);
  if (!summary) return "–";
  return inWords(summary, { by });
}

/** A point as the campaign wrote what it varies: the words of `{ kind: rabbitmq, topology: single }`. */
function labelOf(source: Source, row: Row): string {
  const point = source.kind === "campaign" ? source.journal.points[Number(row.point) - 1] : undefined;
  if (!point) return `${String(row.stack ?? "")} ${String(row.run_number ?? "")}`.trim();
  return Object.values(point).map(words).join(", ");
}

function words(value: Json): string {
  if (Array.isArray(value)) return value.map(words).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => (["kind", "topology"].includes(key) ? words(inner) : `${key} ${words(inner)}`))
    .join(", ");
}

function provenance(source: Source): string[] {
  const all = source.runs.map(({ results }) => results);
  const distinct = (values: readonly (string | undefined)[]): string =>
    [...new Set(values.map((value) => value ?? "not known"))].join(", ");
  const times = all.flatMap(({ provenance: { startedAt, finishedAt } }) => [startedAt, finishedAt]).sort();
  const rows = [
    ["runs", distinct(all.map(({ stack, run }) => `\`runs/${stack}/${run}\``))],
    ["measured", `${times[0] ?? "–"} to ${times.at(-1) ?? "–"}`],
    [
      "commit",
      distinct(
        all.map(({ provenance: { commit, dirty } }) =>
          commit === undefined
            ? undefined
            : `${commit.slice(0, 12)}${dirty ? " with uncommitted changes" : ""}`,
        ),
      ),
    ],
    [
      "machine",
      distinct(
        all.map(
          ({ provenance: { host } }) => `${host.cpu}, ${host.cores} cores, ${host.os}, kernel ${host.kernel}`,
        ),
      ),
    ],
    ["links emulated by", distinct(all.flatMap(({ links }) => links.map(({ emulator }) => emulator)))],
    [
      "brokers",
      distinct(
        all.flatMap(({ bus }) => bus.brokers.map(({ version }) => version && `${bus.kind} ${version}`)),
      ),
    ],
    ["seeds", distinct(all.map(({ provenance: { seed } }) => String(seed)))],
    [
      "scenarios, SHA-256",
      distinct(all.map(({ provenance: { scenarioSha256 } }) => scenarioSha256.slice(0, 12))),
    ],
  ];
  return [
    ...table(["what", "which"], rows),
    "",
    "All sites shared one machine: compare the rows with each other, not their absolutes with another machine's.",
    ...(source.kind === "campaign"
      ? [
          "",
          `Again: \`npx buswide campaign run ${source.journal.name}\` (this was execution ${source.journal.number}).`,
        ]
      : []),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
