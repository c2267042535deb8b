import { styleText } from "util";
import { busColumns } from "./busTable";
import { caveatsOf } from "./caveats";
import { bits, milliseconds, missing, percent, perSecond } from "./figures";
import { both, fitting, newTable, shortened, wrap, type Paint } from "./layout";
import { metricsSentences } from "./metrics";
import { patternSentences, patternTables } from "./patternTable";
import { pathTables, pathsSentence } from "./pathTable";
import { rallySentences, rallyTables } from "./rallyTable";
import { leftoversLines, recoveryTable } from "./recoveryTable";
import type { Impairment, LinkMeasurement, LinkRecord, Results, WorkloadRecord } from "./schema";
import { serversSentences, serversTables } from "./serversTable";
import { expectedOfLink, mostDeviating, shownWhen, withExpected } from "./selection";
import { shakerSentences, shakerTables } from "./shakerTable";
import { traceSentences, traceTables } from "./traceTable";

/** How the table is to be shown. */
export interface RenderOptions {
  color: boolean;
  /** Characters a line may have; 80 is the least that is laid out for. */
  width: number;
}

/** The results of a run for a person: what was asked of the links and what they are, and what it costs a bus. */
export function renderResults(results: Results, options: RenderOptions): string {
  const paint: Paint = (style, text) =>
    options.color ? colored(style, text, { validateStream: false }) : text;
  const { links, omitted } = mostDeviating(results.links);
  const paths = results.paths;
  const measuredPaths = withExpected(paths?.measured ?? [], results.links);
  const recoveries = recoveryTable(results.workloads, paint);
  const tools = [
    shakerTables(results.shaker, paint),
    rallyTables(results.rally, paint),
    serversTables(results.servers, paint),
    traceTables(results.traces, paint),
    patternTables(results, paint),
  ];
  const parts = [
    heading(results, paint),
    ...(links.length === 0 ? [] : [fitting(options.width, linkTables(links, paint))]),
    ...(omitted === undefined ? [] : [wrap(omitted, options.width)]),
    ...(measuredPaths.length === 0 ? [] : [fitting(options.width, pathTables(measuredPaths, paint))]),
    ...(paths === undefined ? [] : [wrap(pathsSentence(paths, measuredPaths), options.width)]),
    ...(results.workloads.length === 0
      ? []
      : [fitting(options.width, workloadTables(results.workloads, paint))]),
    ...(recoveries === undefined ? [] : [recoveries]),
    ...leftoversLines(results.workloads).map((line) => wrap(line, options.width)),
    ...busTables(results.workloads, options.width, paint),
    ...tools.flatMap((tables) => (tables === undefined ? [] : [fitting(options.width, tables)])),
    ...[
      ...shakerSentences(results.shaker),
      ...rallySentences(results.rally),
      ...serversSentences(results.servers),
      ...traceSentences(results.traces),
      ...patternSentences(results),
      ...metricsSentences(results.metrics),
    ].map((sentence) => wrap(sentence, options.width)),
    ...caveatsOf(results).map((caveat) => wrap(caveat, options.width)),
  ];
  return `${parts.join("\n").replace(/ +$/gm, "")}\n`;
}

/** Whether to colour has been decided: it is not for the stream this may be going to. */
const colored = styleText as unknown as (
  style: Parameters<typeof styleText>[0],
  text: string,
  options: { validateStream: false },
) => string;

function heading(results: Results, paint: Paint): string {
  const { bus, status } = results;
  const versions = [...new Set(bus.brokers.flatMap(({ version }) => version ?? []))].join(", ");
  const name = [bus.kind, versions, bus.topology ?? ""].filter((part) => part !== "").join(" ");
  const outcome =
    status === "complete"
      ? paint("green", status)
      : paint(["bold", "red"], status === "running" ? "not ended" : status);
  return `${paint("bold", results.stack)}, run ${results.run}: ${name}, ${outcome}`;
}

/** The table of links in full, and a narrower one. */
function linkTables(links: readonly LinkRecord[], paint: Paint): [string, string] {
  return [linkTable(links, true, paint), linkTable(links, false, paint)];
}

/**
 * Delays add up over a round trip, and so does jitter; loss and rate are a direction's. What was asked for is put as
 * the median and the loss that follow from it, as what is measured is these.
 */
function linkTable(links: readonly LinkRecord[], wide: boolean, paint: Paint): string {
  const measured = "\n\nmeasured";
  const head = [
    "link",
    "RTT\nms\nasked",
    measured,
    ...(wide ? ["\n\nafter"] : []),
    "loss\n%\nasked",
    measured,
  ];
  const table = newTable(
    [...head, "rate\nbit/s\nasked", measured, ...(wide ? ["\nemulated\nby"] : [])],
    1,
    paint,
  );
  for (const link of links) {
    const { there, back } = link.asked;
    const expected = expectedOfLink(link);
    const jitter = Math.max(there.jitterMs, back.jitterMs);
    table.push([
      shortened(link.name),
      milliseconds(expected.rttMs) + (jitter > 0 ? ` ±${milliseconds(there.jitterMs + back.jitterMs)}` : ""),
      ...(wide ? rttCells(link, paint) : [measuredCell(link, "rtt", roundTrip, paint)]),
      both(percent(expected.there.lossPercent), percent(expected.back.lossPercent)),
      measuredCell(
        link,
        "loss",
        (seen) => both(percent(seen?.there.lossPercent), percent(seen?.back.lossPercent)),
        paint,
      ),
      both(rate(there), rate(back)),
      measuredCell(
        link,
        "rate",
        (seen) => both(bits(seen?.there.rateBitsPerSecond), bits(seen?.back.rateBitsPerSecond)),
        paint,
      ),
      ...(wide ? [link.emulator] : []),
    ]);
  }
  return table.toString();
}

type Seen = LinkMeasurement | undefined;

function roundTrip(seen: Seen): string {
  return milliseconds(seen?.rttMs.median);
}

/** The round trip before the workloads and the one after them, whichever deviates marked. */
function rttCells({ before, after, deviations }: LinkRecord, paint: Paint): string[] {
  const cell = (seen: Seen, whens: readonly string[]): string => {
    const beyond = deviations.some(({ what, when }) => what.startsWith("rtt") && whens.includes(when));
    return beyond ? paint(["bold", "red"], `${roundTrip(seen)} !`) : roundTrip(seen);
  };
  return [cell(before ?? after, before ? ["before"] : ["after"]), cell(after, ["after"])];
}

/** A figure from before the workloads; or, said so, from after them, where only that deviates. */
function measuredCell(link: LinkRecord, what: string, textOf: (seen: Seen) => string, paint: Paint): string {
  const when = shownWhen(link, what);
  const text = textOf(link[when]);
  if (!link.deviations.some((deviation) => deviation.what.startsWith(what))) return text;
  return paint(["bold", "red"], `${text} !${when === "after" && link.before ? "\nafter" : ""}`);
}

function rate(direction: Impairment): string {
  return bits(direction.rateBitsPerSecond);
}

const countHead = ["sent", "received", "lost", "dup.", "errors"];
const latencyHead = ["p50\nms", "p90\nms", "p99\nms", "p99.9\nms", "max\nms"];

/** One line a workload, and two narrower tables. */
function workloadTables(workloads: readonly WorkloadRecord[], paint: Paint): [string, string] {
  const narrow = `${countTable(workloads, paint)}\n${latencyTable(workloads, paint)}`;
  return [workloadTable(workloads, paint), narrow];
}

function workloadTable(workloads: readonly WorkloadRecord[], paint: Paint): string {
  const head = [
    "workload",
    "pattern",
    "clients→\nservers",
    ...countHead,
    "through-\nput 1/s",
    ...latencyHead,
  ];
  const table = newTable(head, 2, paint);
  for (const record of workloads) {
    table.push([
      name(record, paint),
      record.pattern,
      `${record.clients}→${record.servers}`,
      ...counts(record, paint),
      perSecond(record.throughputPerSecond),
      ...latencies(record),
    ]);
  }
  return table.toString();
}

function countTable(workloads: readonly WorkloadRecord[], paint: Paint): string {
  const table = newTable(["workload", "pattern", "clients→\nservers", ...countHead], 2, paint);
  for (const record of workloads) {
    table.push([
      name(record, paint),
      record.pattern,
      `${record.clients}→${record.servers}`,
      ...counts(record, paint),
    ]);
  }
  return table.toString();
}

function latencyTable(workloads: readonly WorkloadRecord[], paint: Paint): string {
  const table = newTable(["workload", "through-\nput 1/s", ...latencyHead], 1, paint);
  for (const record of workloads) {
    table.push([name(record, paint), perSecond(record.throughputPerSecond), ...latencies(record)]);
  }
  return table.toString();
}

/** What the workloads cost bus and WAN: one table where there is room, else one of each. */
function busTables(workloads: readonly WorkloadRecord[], width: number, paint: Paint): string[] {
  const parts = busColumns(workloads);
  const tableOf = (columns: (typeof parts)[number]): string => {
    const table = newTable(["workload", ...columns.map(([head]) => head)], 1, paint);
    for (const record of workloads)
      table.push([name(record, paint), ...columns.map(([, cell]) => cell(record))]);
    return table.toString();
  };
  return parts.length === 0 ? [] : [fitting(width, [tableOf(parts.flat()), parts.map(tableOf).join("\n")])];
}

function name(record: WorkloadRecord, paint: Paint): string {
  const short = shortened(record.name);
  return record.status === "failed" ? paint(["bold", "red"], `${short} !`) : short;
}

function counts(record: WorkloadRecord, paint: Paint): string[] {
  const errors = Object.values(record.errors).reduce((sum, count) => sum + count, 0);
  const bad = (count: number): string => (count > 0 ? paint("red", String(count)) : "0");
  return [
    String(record.sent),
    String(record.received),
    bad(record.lost),
    bad(record.duplicated),
    bad(errors),
  ];
}

function latencies(record: WorkloadRecord): string[] {
  const summary = record.latencyMs;
  if (summary === undefined) return latencyHead.map(() => missing);
  const supported = (share: number, value: number): string =>
    summary.count * (1 - share) >= 1 ? milliseconds(value) : missing;
  return [
    milliseconds(summary.p50),
    supported(0.9, summary.p90),
    supported(0.99, summary.p99),
    // 1 - 0.999 is a little less than a thousandth in floating point; a thousand values are enough.
    summary.count >= 1000 ? milliseconds(summary.p999) : missing,
    milliseconds(summary.max),
  ];
}
