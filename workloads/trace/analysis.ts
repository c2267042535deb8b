import { rounded } from "../results/figures";
import type { SpanKind, TracedRequest, TraceExchange } from "../results/trace";
import type { TracedServices, Way } from "./input";
import { lengthOf, united, within, without, type Interval } from "./intervals";
import { serverSite } from "./databases";
import { serviceOf, type Place, type Span } from "./spans";

/** A traced request: when it was, and what was done for it. Times are microseconds of Unix time. */
export interface Trace {
  readonly start: number;
  readonly end: number;
  readonly spans: readonly Span[];
}

type Figures = Pick<
  TracedRequest,
  "spans" | "unfinished" | "kinds" | "unseenMs" | "services" | "exchanges" | "links" | "missing"
>;

/** What lies between services, and where their databases are. */
type Traced = Pick<TracedServices, "databases" | "servers" | "ways">;

const exchangeKinds = ["bus", "database", "http"] as const;
const allKinds: readonly SpanKind[] = [...exchangeKinds, "service"];

/** A span's time that is its own: none of its children was open. */
interface Own {
  readonly span: Span;
  readonly own: readonly Interval[];
  /** Who answered; undefined: who did left no span of it. */
  readonly answered: Place | undefined;
}

/**
 * Where a request's time went. A span's own time is that in which none of its children was open: of a call that
 * is what the bus and whoever was to answer took until they began, and from when they were done. What a cast brings about goes on
 * when it has ended, and the time from its end to the beginning of that is the bus's as well.
 *
 * Only what is within the request counts: spans that begin later, as services do this and that for a server that is active
 * already, are left out, and so is the time after it of those that are still open.
 * @param expected The services that it went through.
 */
export function analyse(trace: Trace, services: Traced, expected: readonly Place[]): Figures {
  const owns = ownTimes(trace);
  const exchanges = exchangesOf(owns, services);
  const seen = new Set(trace.spans.map(({ place }) => serviceOf(place)));
  const covered = owns.flatMap(({ own }) => own);
  return {
    spans: owns.length,
    unfinished: owns.filter(({ span }) => span.unfinished).length,
    kinds: Object.fromEntries(
      allKinds.map((kind) => {
        const mine = owns.filter(({ span }) => span.kind === kind);
        return [
          kind,
          {
            spans: mine.length,
            selfMs: milliseconds(selfOf(mine)),
            coveredMs: milliseconds(lengthOf(united(mine.flatMap(({ own }) => own)))),
          },
        ];
      }),
    ) as TracedRequest["kinds"],
    unseenMs: milliseconds(lengthOf(without([trace.start, trace.end], covered))),
    services: servicesOf(owns),
    exchanges,
    links: linksOf(exchanges),
    missing: [...new Set(expected.map(serviceOf))].filter((name) => !seen.has(name)),
  };
}

function ownTimes({ start, end, spans }: Trace): Own[] {
  const children = new Map<string, Span[]>();
  for (const span of spans) children.set(span.parent, [...(children.get(span.parent) ?? []), span]);
  const counted = spans.filter((span) => span.start < end);
  return counted.map((span) => {
    const mine = children.get(span.id) ?? [];
    // A request may come to a service of its own; spans of a caller's own process answer nothing.
    const answers = mine
      .filter(({ name }) => name === (span.kind === "http" ? "wsgi" : "rpc"))
      .sort((a, b) => a.start - b.start);
    const [first] = span.kind === "http" || span.kind === "bus" ? answers : [];
    const times: Interval[] = without(
      [span.start, span.end],
      mine.map((child): Interval => [child.start, child.end]),
    );
    if (span.name === "cast" && first !== undefined) times.push([span.end, first.start]);
    const own = times.flatMap((time) => {
      const part = within(time, [start, end]);
      return part === undefined ? [] : [part];
    });
    return { span, own, answered: first?.place };
  });
}

function exchangesOf(owns: readonly Own[], services: Traced): TraceExchange[] {
  const { ways } = services;
  const found = new Map<string, { exchange: TraceExchange; owns: Own[] }>();
  for (const own of owns) {
    const { kind, place, server } = own.span;
    if (kind === "service") continue;
    const to = kind === "database" ? serverSite(services, place.site, server) : own.answered?.site;
    // Nobody knows whom a span waited for that nobody answered.
    if (to === undefined) continue;
    const key = [kind, place.site, to].join(" ");
    const links = wayOf(kind === "bus" ? ways.bus : ways.direct, place.site, to);
    const { owns: mine } = getOrSet(found, key, {
      exchange: { kind, from: place.site, to, spans: 0, selfMs: 0, ...(links && { links: [...links] }) },
      owns: [],
    });
    mine.push(own);
  }
  return [...found.values()]
    .map(({ exchange, owns: mine }) => ({
      ...exchange,
      spans: mine.length,
      selfMs: milliseconds(selfOf(mine)),
    }))
    .sort((a, b) => b.selfMs - a.selfMs);
}

function linksOf(exchanges: readonly TraceExchange[]): TracedRequest["links"] {
  const found = new Map<string, TracedRequest["links"][number]>();
  for (const { kind, spans, selfMs, links = [] } of exchanges) {
    for (const link of links)
      getOrSet(found, link, {
        link,
        crossings: 0,
        selfMs: { bus: 0, database: 0, http: 0 },
      }).crossings += spans;
    // One that is crossed twice on one way is waited for once.
    for (const link of new Set(links)) {
      const figures = found.get(link);
      if (figures) figures.selfMs[kind] = rounded(figures.selfMs[kind] + selfMs);
    }
  }
  return [...found.values()].sort((a, b) => a.link.localeCompare(b.link));
}

function servicesOf(owns: readonly Own[]): TracedRequest["services"] {
  const names = [...new Set(owns.map(({ span }) => span.place.name))];
  return names
    .map((service) => {
      const mine = owns.filter(({ span }) => span.place.name === service);
      return {
        service,
        spans: mine.length,
        selfMs: milliseconds(selfOf(mine.filter(({ span }) => span.kind === "service"))),
      };
    })
    .sort((a, b) => b.selfMs - a.selfMs);
}

function wayOf(ways: readonly Way[], from: string, to: string): readonly string[] | undefined {
  return ways.find((way) => way.from === from && way.to === to)?.links;
}

function selfOf(owns: readonly Own[]): number {
  return owns.reduce((sum, { own }) => sum + lengthOf(own), 0);
}

function getOrSet<K, V>(map: Map<K, V>, key: K, value: V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  map.set(key, value);
  return value;
}

/** Milliseconds of microseconds, to the microsecond. */
export function milliseconds(value: number): number {
  return rounded(value / 1000);
}
