import type { Cells } from "./cells";
import { bytes, milliseconds, missing } from "./figures";
import {
  costRttMs,
  type BackgroundExchange,
  type BackgroundFindings,
  type Carried,
  type Finding,
  type Move,
  type Patterns,
  type RequestExchange,
} from "./patterns";

/** The map of requests. */
export function mapCells(exchanges: readonly RequestExchange[]): Cells {
  return {
    head: [
      "from",
      "to",
      "pattern",
      "what",
      "over",
      "a request",
      "B sent",
      "B received",
      "waited for",
      "round trips",
    ],
    rows: exchanges.map((row) => [
      ...whoAndWhat(row),
      number(row.count),
      bytes(row.sentBytes),
      bytes(row.receivedBytes),
      number(row.waits),
      number(row.roundTrips),
    ]),
  };
}

/** The map of what is told while nobody asks anything. */
export function backgroundCells(exchanges: readonly BackgroundExchange[]): Cells {
  return {
    head: ["from", "to", "pattern", "what", "over", "periodic task", "1/s", "B/s sent", "B/s received"],
    rows: exchanges.map((row) => [
      ...whoAndWhat(row),
      row.task ?? "",
      number(row.perSecond),
      bytes(row.sentBytesPerSecond),
      bytes(row.receivedBytesPerSecond),
    ]),
  };
}

function whoAndWhat({ from, to, pattern, what, over }: RequestExchange | BackgroundExchange): string[] {
  return [from, to ?? missing, pattern, what, over === undefined ? missing : over.join(", ")];
}

/** What requests, or seconds, put on links. */
export function carriedCells(links: readonly Carried[], per: "a request" | "1/s"): Cells {
  return {
    head: ["link", "from", "to", `messages ${per}`, per === "1/s" ? "B/s" : "B a request"],
    rows: links.map(({ link, from, to, messages, bytes: carried }) => [
      link,
      from,
      to,
      number(messages),
      bytes(carried),
    ]),
  };
}

/** Anti-patterns of requests. */
export function findingCells(findings: readonly Finding[]): Cells {
  return {
    head: [
      "anti-pattern",
      "who",
      "doing",
      "over",
      "what",
      "waits",
      "round trips",
      `ms at ${costRttMs} ms`,
      "ms by delays here",
      "ms measured",
      "besides",
      "B",
      "local if",
    ],
    rows: findings.map((finding) => [
      finding.kind,
      finding.who,
      finding.doing ?? "",
      finding.over.join(", "),
      evidenceInWords(finding, 4),
      number(finding.waits),
      number(finding.roundTrips),
      milliseconds(finding.costMs),
      milliseconds(finding.predictedMs),
      milliseconds(finding.measuredMs),
      number(finding.besides),
      bytes(finding.bytes),
      localInWords(finding),
    ]),
  };
}

/** Anti-patterns of what is told while nobody asks anything: they cost links, and no request. */
export function backgroundFindingCells(findings: readonly Finding[]): Cells {
  return {
    head: [
      "anti-pattern",
      "who",
      "doing",
      "over",
      "what, while it was watched",
      "1/s",
      "round trips/s",
      "B/s",
      "local if",
    ],
    rows: findings.map((finding) => [
      finding.kind,
      finding.who,
      finding.doing ?? "",
      finding.over.join(", "),
      evidenceInWords(finding, 4),
      number(finding.perSecond ?? 0),
      number(finding.roundTripsPerSecond ?? 0),
      bytes(finding.bytes),
      localInWords(finding),
    ]),
  };
}

/** What would be otherwise if services were elsewhere. */
export function moveCells({ moves, critical }: Pick<Patterns, "moves" | "critical">): Cells {
  const row = (
    what: string,
    to: string,
    { roundTrips, predictedMs, savedMs, savedAtCostMs }: Omit<Move, "services" | "to">,
  ) => [
    what,
    to,
    number(roundTrips),
    milliseconds(predictedMs),
    milliseconds(savedMs),
    milliseconds(savedAtCostMs),
  ];
  return {
    head: ["moved", "to", "round trips", "ms by delays here", "saved, ms", `saved at ${costRttMs} ms, ms`],
    rows: [
      row("nothing", "", { ...critical, savedMs: 0, savedAtCostMs: 0 }),
      ...moves.map((move) => row(move.services.join(", "), move.to, move)),
    ],
  };
}

/** What a request's time was along what it waited for, one after the other. */
export function criticalCells({ critical }: Pick<Patterns, "critical">): Cells {
  const parts: readonly (readonly [string, number])[] = [
    ["work of services", critical.workMs],
    ["waited for, near", critical.nearMs],
    ["waited for, over links", critical.farMs],
    ["waited for, nobody knows where", critical.placelessMs],
    ["done, and not yet seen", critical.lookMs],
    ["whoever asked had something else to do", critical.userMs],
    ["not known", critical.unknownMs],
  ];
  return {
    head: ["part of a request", "ms", "%"],
    rows: parts
      .filter(([, ms]) => ms > 0)
      .map(([what, ms]) => [what, milliseconds(ms), String(Math.round((100 * ms) / critical.totalMs))]),
  };
}

/** Whether what was waited for over links is as long as crossing them takes. */
export function checkInWords({ critical }: Pick<Patterns, "critical">): string {
  const { farMs, predictedMs, comparedMs = predictedMs, roundTrips, handOverRoundTrips, links } = critical;
  if (roundTrips === 0) return "Nothing that crosses a link is waited for.";
  const by = links.map(({ link, roundTrips: of }) => `${number(of)} over ${link}`).join(", ");
  const ratio = `${Number((farMs / comparedMs).toPrecision(3))} times as long`;
  const measured =
    comparedMs === 0
      ? "; nobody measured how long was waited for these"
      : comparedMs === predictedMs
        ? `; measured were ${milliseconds(farMs)} ms, ${ratio}`
        : `; ${milliseconds(comparedMs)} ms of these were measured: ${milliseconds(farMs)} ms, ${ratio}`;
  return (
    `A request waits for ${number(roundTrips)} round trips over links, one after the other (${by})` +
    `${handOverRoundTrips > 0 ? `, of these ${number(handOverRoundTrips)} for casts by which it goes on` : ""}: ` +
    `${milliseconds(predictedMs)} ms by the links' delays${measured}. ` +
    `Where a link's round trip is ${costRttMs} ms these are ${milliseconds(roundTrips * costRttMs)} ms.`
  );
}

/** An anti-pattern as a sentence. */
export function findingInWords(finding: Finding): string {
  const { kind, who, doing, over, waits, besides, reaches, perSecond, roundTripsPerSecond } = finding;
  const links = over.join(", ");
  const what = evidenceInWords(finding, 3);
  const local = finding.local === undefined ? "" : ` Local if ${localInWords(finding)}.`;
  if (kind === "fanout") {
    const whom =
      reaches === undefined || reaches.sites.length === 0 ? "nobody that is known" : reaches.sites.join(", ");
    const all =
      reaches && reaches.sites.length === reaches.of
        ? "every site"
        : `${reaches?.sites.length ?? 0} of ${reaches?.of ?? 0} sites`;
    const often =
      perSecond === undefined
        ? `delivered ${number(besides)} times a request`
        : `delivered ${number(perSecond)} times a second`;
    return `fanout: ${who} tells all ${doing ?? ""} over ${links}, which reaches ${all} (${whom}): ${often}, and nobody waits for it to come.${local}`;
  }
  if (kind === "chatty-task")
    return `chatty-task: ${who}, ${doing ?? ""}, over ${links}: ${number(perSecond ?? 0)} exchanges a second, ${number(roundTripsPerSecond ?? 0)} round trips and ${bytes(finding.bytes)} B a second (${what}).${local}`;
  const task = doing === undefined ? "" : `, for ${doing}`;
  if (waits === 0)
    return `${kind}: ${who} asks ${number(besides)} times over ${links}${task} (${what}), while the request waits for something else.${local}`;
  const how =
    kind === "chain"
      ? `waits ${number(waits)} times one after the other`
      : kind === "far-sql"
        ? `waits for ${number(waits)} statements`
        : `waits for ${number(waits)} answer${waits === 1 ? "" : "s"} from afar`;
  const aside =
    besides > 0 ? ` Besides, while the request waits for something else: ${number(besides)}.` : "";
  return (
    `${kind}: ${who} ${how} over ${links}${task} (${what}): ` +
    `${number(finding.roundTrips)} round trips, ${milliseconds(finding.costMs)} ms of a request at ${costRttMs} ms each; ` +
    `by the delays here ${milliseconds(finding.predictedMs)} ms, measured ${milliseconds(finding.measuredMs)} ms.${aside}${local}`
  );
}

/** The best placements as a sentence; undefined: there are none that are better. */
export function movesInWords({
  moves,
  unmovable,
}: Pick<Patterns, "moves" | "unmovable">): string | undefined {
  if (unmovable !== undefined) return `No other placement was looked at: ${unmovable}.`;
  if (moves.length === 0) return undefined;
  const each = moves.map(
    ({ services, to, roundTrips, savedAtCostMs }) =>
      `${services.join(" and ")} at ${to}: ${number(roundTrips)} round trips, ${milliseconds(savedAtCostMs)} ms less at ${costRttMs} ms each`,
  );
  return `Placed otherwise, the same exchanges would take: ${each.join("; ")}.`;
}

/** What a map lacks, as sentences; none: nothing that is known of. */
export function unknownInWords({ unknown }: Pick<Patterns, "unknown">): string[] {
  const { missing: services, unanswered, wayless, unfinished, unmeasured } = unknown;
  return [
    ...(services.length === 0 ? [] : [`Of ${services.join(", ")} there is no span in some of the requests.`]),
    ...(unanswered === 0
      ? []
      : [
          `Of ${number(unanswered)} exchanges a request nobody knows whom they went to: they are in the map, and in links' figures at most as far as the broker.`,
        ]),
    ...(wayless === 0 ? [] : [`Of ${number(wayless)} exchanges a request nobody knows the way.`]),
    ...(unfinished === 0
      ? []
      : [`${number(unfinished)} spans a request never ended, and count with no time.`]),
    ...(unmeasured === 0 ? [] : [`Of ${number(unmeasured)} exchanges a request nobody told the bytes.`]),
  ];
}

/** What was counted while services were watched, by others than these. */
export interface Counted {
  /** Of the brokers of the region that was watched. */
  readonly publishedPerSecond?: number | undefined;
  /** Of all that there is. */
  readonly linkBytesPerSecond?: number | undefined;
  /** How many regions that is; absent: one. */
  readonly regions?: number | undefined;
}

/** What was told in the background, beside what brokers and gateways counted. */
export function backgroundInWords(
  { seconds, exchanges, links, publishedPerSecond, silent }: BackgroundFindings,
  counted: Counted,
): string {
  const total = exchanges.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const told = links.reduce((sum, link) => sum + link.bytes, 0);
  const brokers =
    counted.publishedPerSecond === undefined
      ? ""
      : `, where brokers counted ${number(counted.publishedPerSecond)}`;
  const wan =
    counted.linkBytesPerSecond === undefined
      ? ""
      : ` of the ${bytes(counted.linkBytesPerSecond)} B/s${counted.regions === undefined ? "" : " of all regions"} that gateways counted: the rest is ${counted.regions === undefined ? "" : "the other regions', "}what carries it, heartbeats, and what nobody told`;
  return (
    `While nobody asked anything, for ${number(seconds)} s, services made ${number(total)} exchanges a second, and gave ${number(publishedPerSecond)} messages a second to the bus${brokers}. ` +
    `On links that was ${bytes(told)} B/s${wan}.${
      silent.length === 0 ? "" : ` Nothing was heard of ${silent.join(", ")}.`
    }`
  );
}

function evidenceInWords({ evidence }: Pick<Finding, "evidence">, most: number): string {
  const shown = evidence
    .slice(0, most)
    .map(
      ({ pattern, to, what, count }) =>
        `${number(count)} ${pattern} ${what}${to === undefined ? "" : ` of ${to}`}`,
    );
  const more = evidence.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more kinds`] : [])].join(", ");
}

function localInWords({ local }: Pick<Finding, "local">): string {
  if (local === undefined) return "";
  const { services, to, roundTrips } = local;
  const then =
    roundTrips === undefined ? "" : ` (a request then takes ${number(roundTrips)} round trips over links)`;
  return `${services.join(", ")} ${services.length === 1 ? "was" : "were"} at ${to}${then}`;
}

/** Counts and means of counts, with the digits that mean something. */
export function number(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
