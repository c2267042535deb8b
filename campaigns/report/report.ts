import type { Source } from "../compare/sources";
import { measuredRows } from "../table/rows";
import { toolRows } from "../table/toolRows";
import { drawFile, drawInline, widths } from "./draw";
import { escape, figure, list, page, section } from "./html";
import { patternSection } from "./patterns";
import { plotsOf } from "./plots";
import { provenance } from "./provenance";
import {
  caveats,
  figures,
  found,
  inShort,
  published,
  scorecard,
  serversScorecard,
  testCases,
  varied,
} from "./sections";
import { labelled as labelledPath, workloadsOf } from "./summary";

/** A finished report. */
export interface Report {
  /** The page: one file that needs nothing else. */
  readonly html: string;
  /** SVG by file name: every plot as a file of its own. */
  readonly figures: ReadonlyMap<string, string>;
}

export interface ReportInput {
  readonly source: Source;
  /** What was to be found out. */
  readonly question: string;
  /** The topology as SVG; absent if it can no longer be drawn. */
  readonly topology?: string;
  /** What services tell each other, drawn on it, by workload. */
  readonly maps?: ReadonlyMap<string, string>;
}

/** There is nothing to report on. */
export class EmptyReportError extends Error {
  override readonly name = "EmptyReportError";
}

/** Reports on a campaign or on runs. Errors: {@link EmptyReportError}. */
export async function makeReport({
  source,
  question,
  topology,
  maps = new Map(),
}: ReportInput): Promise<Report> {
  const rows = measuredRows(source.table);
  if (rows.length === 0)
    throw new EmptyReportError(`${source.label}: nothing was measured that a report could show`);
  const plots = plotsOf(source);
  const files = new Map<string, string>();
  const parts: string[] = [];
  for (const workload of workloadsOf(rows)) {
    const drawn: string[] = [];
    for (const plot of plots.get(workload) ?? []) {
      const wide = await drawInline(plot.spec, widths.wide);
      const narrow = await drawInline(plot.spec, widths.narrow);
      files.set(`${plot.name}.svg`, await drawFile(plot.spec));
      drawn.push(
        figure(
          { wide: labelled(wide, plot.title), narrow: labelled(narrow, plot.title) },
          plot.title,
          plot.caption,
        ),
      );
    }
    parts.push(
      section(
        `workload-${workload}`,
        `Workload ${workload}`,
        `<p>${escape(describeWorkload(source, workload))}</p>`,
        `<div class="plots">${drawn.join("\n")}</div>`,
        "<h3>Figures</h3>",
        figures(source, workload),
      ),
    );
  }
  if (topology !== undefined) files.set("topology.svg", topology);
  for (const [workload, map] of maps) files.set(`${workload.replace(/[^\w-]+/g, "-")}-patterns.svg`, map);
  const short = inShort(source);
  const content = [
    `<p class="muted">buswide, ${escape(source.label)}</p>`,
    `<h1>${escape(question)}</h1>`,
    ...(short.length > 0 ? [list(short)] : []),
    topology === undefined
      ? ""
      : section(
          "topology",
          "Topology",
          `<div class="topology">${withoutProlog(topology)}</div>`,
          asWritten(source),
        ),
    found(source),
    scorecard(source),
    serversScorecard(source),
    patternSection(source, new Map([...maps].map(([workload, map]) => [workload, withoutProlog(map)]))),
    section("varied", "What was varied", varied(source), progress(source)),
    testCases(source),
    ...parts,
    published(source),
    section("caveats", "Caveats", caveats(source)),
    section("provenance", "Provenance", provenance(source)),
  ].join("\n");
  return { html: page(question, content), figures: files };
}

/** A campaign's topology is drawn once, with one value of what it varied. */
function asWritten(source: Source): string {
  const paths = [...new Set(source.table.parameters.map(({ path }) => labelledPath(source, path)))];
  return paths.length === 0
    ? ""
    : `<p class="muted">As the scenario is written. The campaign varied: ${escape(paths.join(", "))}.</p>`;
}

function progress(source: Source): string {
  if (source.kind === "runs") return "";
  const { cells, points, definition } = source.journal;
  const complete = cells.filter(({ status }) => status === "complete").length;
  if (definition.search)
    return `<p>A search by bisection: ${points.length} values, each measured until the majority of ${definition.repetitions} was certain; ${complete} of ${cells.length} measurements complete.</p>`;
  return `<p>${points.length} points, each ${definition.repetitions} times in random order (randomised complete blocks, seed ${definition.seed}): ${complete} of ${cells.length} measurements complete.</p>`;
}

/** The workload as the first run had it. */
function describeWorkload({ runs }: Source, workload: string): string {
  const record = runs.flatMap(({ results }) => results.workloads).find(({ name }) => name === workload);
  if (!record) return describeTool(runs, workload);
  const { kind, pattern, loop, clients, servers, topics, messageBytes, offeredPerSecond } = record;
  const load =
    loop === "open"
      ? `open loop${offeredPerSecond === undefined ? "" : ` at ${offeredPerSecond}/s`}, latency counted from the intended start`
      : "closed loop, one operation at a time a client";
  return `${kind === "rpc" ? `RPC ${pattern}` : "Notifications"}: ${clients} clients, ${servers} servers, ${topics} topic${topics === 1 ? "" : "s"}, ${messageBytes} bytes; ${load}.`;
}

/** The same of what another tool measured, by the name that its rows have. */
function describeTool(runs: Source["runs"], workload: string): string {
  for (const { results } of runs) {
    const row = toolRows(results).find((one) => one.workload === workload);
    if (row?.kind === "shaker")
      return `The data plane between ${String(row.pair).replace("--", " and ")}, by Shaker: there is from the first to the second. TCP and UDP are payload.`;
    if (row?.kind === "rally")
      return `${String(row.rally_scenario)}, by Rally: ${String(row.rally_times)} times, ${String(row.rally_concurrency ?? "some")} at a time.`;
    const load = (results.servers ?? []).find(({ name }) => name === workload);
    if (load)
      return `Open loop: ${Number((60 * load.ratePerSecond).toPrecision(3))} servers a minute and ${load.authenticationsPerSecond} tokens a second, asked for at ${load.site}. Lost are servers that were accepted and were neither ACTIVE nor ERROR ${load.waitSeconds} s after the window.`;
    const trace = (results.traces ?? []).find(({ name }) => name === workload);
    if (trace)
      return `A user at ${trace.site} asks for a server and waits until it is active, traced by OSProfiler and untraced in turn. Traced figures hold what tracing takes; of a kind it is the time in which such a span was open without one of its own parts.`;
  }
  return "";
}

/** With a name for those who do not see it. */
function labelled(svg: string, title: string): string {
  return svg.replace("<svg ", `<svg role="img" aria-label="${escape(title)}" `);
}

/** What begins an SVG file has no place inside a page. */
function withoutProlog(svg: string): string {
  return svg.replace(/^\s*<\?xml[^>]*\?>\s*/, "").replace(/^\s*<!DOCTYPE[^>]*>\s*/, "");
}
