import { costRttMs, type Finding, type FindingKind } from "../results/patterns";
import { milliseconds } from "./analysis";
import type { Exchange } from "./exchanges";
import { wayThere } from "./exchangeMap";
import { legsOf, linksOf, messagesOf, tallyOf, type Legs } from "./legs";
import type { Placements } from "./placements";
import { isFar, isHandOver, type PlacedWait, type RequestPatterns, type Surroundings } from "./request";
import { requestOf } from "./naming";
import type { TracedServices } from "./input";
import { serviceOf, type Place, type Span } from "./spans";
import { rounded } from "./traffic";

/** Exchanges of one service, with all of its servers, for one thing that it did, over the same links. */
interface Group {
  readonly who: string;
  readonly doing: string;
  readonly over: readonly string[];
  readonly isSql: boolean;
  readonly evidence: Evidence;
  readonly waits: PlacedWait[];
  /** Ways of those that were not waited for. */
  readonly besides: Legs[];
  bytes: number;
  /** Whether somebody told the bytes of all. */
  told: boolean;
  /** The requests in which there were any. */
  readonly requests: Set<RequestPatterns>;
}

/** How often the same was told or asked. */
export class Evidence {
  private readonly counts = new Map<string, Finding["evidence"][number]>();

  add({ pattern, to, what }: Omit<Finding["evidence"][number], "count">, count = 1): void {
    const key = JSON.stringify([pattern, to, what]);
    const known = this.counts.get(key)?.count ?? 0;
    this.counts.set(key, { pattern, ...(to === undefined ? {} : { to }), what, count: known + count });
  }

  /** Of so many requests, each; the most first. */
  per(requests: number): Finding["evidence"] {
    return [...this.counts.values()]
      .map((one) => ({ ...one, count: rounded(one.count / requests) }))
      .sort((a, b) => b.count - a.count || a.what.localeCompare(b.what));
  }
}

/** The anti-patterns of requests, the dearest first. */
export function findingsOf(
  requests: readonly RequestPatterns[],
  surroundings: Surroundings,
  placements: Placements,
): Finding[] {
  const groups = groupsOf(requests, surroundings);
  const count = requests.length;
  const asked = groups.map((group): Finding => {
    const { waits, besides, bytes, told } = group;
    const tallies = waits.flatMap(({ tally }) => tally ?? []);
    const roundTrips = tallies.reduce((sum, tally) => sum + tally.roundTrips, 0) / count;
    const local = placements.localBy([...waits.flatMap(({ legs }) => legs ?? []), ...besides]);
    return {
      kind: kindOf(group),
      ...{ who: group.who, doing: group.doing, over: [...group.over], evidence: group.evidence.per(count) },
      waits: rounded(waits.length / count),
      roundTrips: rounded(roundTrips),
      costMs: rounded(roundTrips * costRttMs),
      predictedMs: rounded(tallies.reduce((sum, { delayMs }) => sum + delayMs, 0) / count),
      measuredMs: milliseconds(waits.reduce((sum, { waited = 0 }) => sum + waited, 0) / count),
      besides: rounded(besides.length / count),
      ...(told ? { bytes: rounded(bytes / count) } : {}),
      ...(local === undefined ? {} : { local }),
    };
  });
  return [...asked, ...fanoutsOf(requests, surroundings, placements)].sort(
    (a, b) => b.costMs - a.costMs || b.besides - a.besides || (b.bytes ?? 0) - (a.bytes ?? 0),
  );
}

/** Whatever crossed links and somebody waited for, but for casts by which a request went on elsewhere. */
function groupsOf(requests: readonly RequestPatterns[], { network, services }: Surroundings): Group[] {
  const groups = new Map<string, Group>();
  for (const request of requests) {
    const byId = new Map(request.trace.spans.map((span) => [span.id, span]));
    const waits = new Map(request.waits.map((wait) => [wait.span.id, wait]));
    for (const exchange of request.exchanges) {
      if (exchange.copied) continue;
      const wait = waits.get(exchange.span.id);
      const isWaited = wait !== undefined && isFar(wait) && !isHandOver(wait);
      const legs = isWaited
        ? wait.legs
        : legsOf(exchange, { there: true, back: true, confirmed: false }, services);
      const isAnswered = ["call", "rest", "sql"].includes(exchange.pattern);
      if (legs === undefined || (!isWaited && !isAnswered)) continue;
      const way = network.there(legs.route);
      const tally = tallyOf(legs, network);
      if (way === undefined || tally === undefined || tally.roundTrips === 0) continue;
      const task = taskOf(exchange, byId);
      const who = serviceOf(exchange.from);
      const key = JSON.stringify([who, task, linksOf(way), exchange.pattern === "sql"]);
      const group = groups.get(key) ?? {
        ...{ who, doing: task, over: linksOf(way), isSql: exchange.pattern === "sql" },
        ...{ evidence: new Evidence(), waits: [], besides: [], bytes: 0, told: true },
        requests: new Set<RequestPatterns>(),
      };
      groups.set(key, group);
      group.requests.add(request);
      group.evidence.add({
        pattern: exchange.pattern,
        ...(exchange.to === undefined ? {} : { to: exchange.to.name }),
        what: exchange.what,
      });
      if (isWaited) group.waits.push(wait);
      else group.besides.push(legs);
      const { sent, received = 0 } = exchange.used;
      group.bytes += (sent ?? 0) + received;
      group.told &&= sent !== undefined;
    }
  }
  return [...groups.values()];
}

/** Several that are waited for in a request that does them at all are a chain. */
function kindOf({ isSql, waits, requests }: Group): FindingKind {
  if (isSql) return "far-sql";
  return waits.length / requests.size >= 2 ? "chain" : "far-reply";
}

/** What whoever asked for something was at: the outermost of what its service did for one call or request. */
function taskOf({ span, from }: Exchange, byId: ReadonlyMap<string, Span>): string {
  let outermost = span;
  for (;;) {
    const parent = byId.get(outermost.parent);
    // Where a service asks itself, what it answers is another thing that it does.
    if (parent === undefined || parent.place.name !== from.name || parent.kind !== "service") break;
    outermost = parent;
  }
  return outermost === span ? "the request itself" : taskName(outermost);
}

function taskName({ name, what, notifications }: Span): string {
  const request = notifications[0]?.info.request;
  if (request) return requestOf(request.method, request.path);
  // What methods are called holds their module and class.
  return name === "rpc" ? (what.split(".").at(-1) ?? what) : what;
}

/** How many sites have services on somebody's bus: a cell has one of its own. */
export function sitesOnBus({ cell }: Place, { brokers }: Pick<TracedServices, "brokers">): number {
  return cell === undefined ? Object.keys(brokers).length : 1;
}

/** Messages for all that cross links, by who sends them. */
function fanoutsOf(
  requests: readonly RequestPatterns[],
  { network, services }: Surroundings,
  placements: Placements,
): Finding[] {
  const found = new Map<string, { all: Exchange[]; evidence: Evidence }>();
  for (const exchange of requests.flatMap((request) => request.exchanges)) {
    if (exchange.pattern !== "fanout") continue;
    const who = serviceOf(exchange.from);
    const key = JSON.stringify([who, exchange.what]);
    const one = found.get(key) ?? { all: [], evidence: new Evidence() };
    found.set(key, one);
    one.all.push(exchange);
    const to = exchange.to === undefined ? {} : { to: exchange.to.name };
    one.evidence.add({ pattern: "fanout", ...to, what: exchange.what });
  }
  return [...found.values()].flatMap(({ all, evidence }): Finding[] => {
    const [first] = all;
    if (first === undefined) return [];
    const ways = all.map((exchange) => wayThere(exchange, network));
    const crossed = ways.flatMap((way) => way ?? []);
    if (crossed.length === 0) return [];
    const legs = all.flatMap((exchange) => messagesOf(exchange) ?? []);
    const local = legs.length === 0 ? undefined : placements.localBy(legs);
    const sites = [...new Set(all.flatMap(({ to }) => to?.site ?? []))].sort();
    const told = all.every(({ used }) => used.sent !== undefined);
    const bytes = all.reduce((sum, { used }, at) => sum + (used.sent ?? 0) * (ways[at]?.length ?? 0), 0);
    return [
      {
        kind: "fanout",
        ...{ who: serviceOf(first.from), doing: first.what, over: [...new Set(linksOf(crossed))].sort() },
        evidence: evidence.per(requests.length),
        ...{ waits: 0, roundTrips: 0, costMs: 0, predictedMs: 0, measuredMs: 0 },
        besides: rounded(all.length / requests.length),
        ...(told ? { bytes: rounded(bytes / requests.length) } : {}),
        reaches: { sites, of: sitesOnBus(first.from, services) },
        ...(local === undefined ? {} : { local }),
      },
    ];
  });
}
