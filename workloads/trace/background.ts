import { z } from "zod";
import type { BackgroundExchange, BackgroundFindings, ExchangePattern, Finding } from "../results/patterns";
import type { Addresses } from "./addresses";
import { ExchangeMap, describeRow, wayThere, type Told } from "./exchangeMap";
import { Evidence, sitesOnBus } from "./findings";
import { legsOf, linksOf, messagesOf, tallyOf, type Legs } from "./legs";
import { isExchange, patternOf, whatOf } from "./naming";
import { Placements } from "./placements";
import type { Surroundings } from "./request";
import { serviceOf, toldOfExchange, type Place } from "./spans";
import { rounded } from "./traffic";

/** A line of a service that was watched (images/openstack, buswide_openstack/exchanges.py). */
const line = toldOfExchange.extend({
  name: z.string().describe("As spans are called; `served`: it was called for something."),
  started: z.number().describe("Unix time, seconds."),
  took: z.number(),
  task: z.string().optional().describe("The periodic task that it was at."),
});
export type Line = z.infer<typeof line>;

/** What a service told others while it was watched. */
export interface Watched {
  readonly place: Place;
  readonly lines: readonly Line[];
}

/** Reads what a service kept; the last line may be cut off where it was being written. Errors: a line is none. */
export function parseLines(text: string): Line[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((one) => line.parse(JSON.parse(one)));
}

/** Something that was told or asked, so often; a fanout by its receivers. */
interface Said extends Told {
  readonly task: string | undefined;
  readonly times: number;
}

/** One is no habit. */
const leastTimes = 2;

/**
 * What services tell each other while nobody asks anything of them: rates, what they put on links, and which of it is an
 * anti-pattern.
 *
 * Whoever sends a message to a topic does not know who gets it: that is whoever said so of that topic and method meanwhile. Of a
 * method that several services answer nobody knows which call went to which; nor, of several servers of one, to which of them. A
 * message that names no host goes over its sender's bus: a cell of Nova's has one of its own.
 */
export function backgroundOf(
  watched: readonly Watched[],
  startedAt: Date,
  seconds: number,
  surroundings: Surroundings,
): BackgroundFindings {
  const start = startedAt.getTime() / 1000;
  const within = watched.map(({ place, lines }) => ({
    place,
    lines: lines.filter(({ started }) => started >= start && started < start + seconds),
  }));
  const said = saidIn(within, surroundings);
  const map = new ExchangeMap<Said>(surroundings);
  for (const one of said) map.add(one, one.times, one.task);
  const published = said
    .filter(({ copied }) => !copied)
    .reduce((sum, { pattern }) => sum + publishedBy[pattern], 0);
  const each = (sum: number) => rounded(sum / seconds);
  return {
    startedAt: startedAt.toISOString(),
    seconds,
    exchanges: map.rows.map((row): BackgroundExchange => {
      const { task } = row.first;
      return {
        ...describeRow(row),
        ...(task === undefined ? {} : { task }),
        perSecond: each(row.times),
        ...(row.told
          ? { sentBytesPerSecond: each(row.sent), receivedBytesPerSecond: each(row.received) }
          : {}),
        times: Math.round(row.times),
      };
    }),
    links: map.traffic.per(seconds),
    publishedPerSecond: each(published),
    silent: within.filter(({ lines }) => lines.length === 0).map(({ place }) => place.name),
    findings: findingsOf(said, seconds, surroundings),
  };
}

/** Messages that are given to the bus for one: a call has a reply. */
const publishedBy: Readonly<Record<ExchangePattern, number>> = {
  ...{ call: 2, cast: 1, fanout: 1, notification: 1 },
  ...{ rest: 0, sql: 0 },
};

function saidIn(watched: readonly Watched[], { addresses }: Surroundings): Said[] {
  const listeners = listenersOf(watched);
  const sent = sendersOf(watched);
  return watched.flatMap(({ place, lines }) =>
    lines.flatMap((told): Said[] => {
      const { name, task } = told;
      if (!isExchange(name)) return [];
      const pattern = patternOf(name, told);
      const database = name === "db" ? addresses.ofStatement(place, told) : undefined;
      const common = {
        ...{ pattern, what: whatOf(name, told), from: place, used: told.used ?? {}, task },
        ...(database === undefined ? {} : { database }),
      };
      const subject = subjectOf(place, told);
      const heard = listeners.get(subject) ?? [];
      if (pattern === "fanout" && heard.length > 0)
        // Of several who send the same, each is taken to have been heard as often as any other.
        return heard.flatMap((listener, index) => {
          const one = { ...common, to: listener.place };
          const times = listener.times / (sent.get(subject) ?? 1);
          if (index > 0 || times <= 1) return [{ ...one, times, copied: index > 0 }];
          // However many servers in one place get it, it goes to the broker once.
          return [
            { ...one, times: 1, copied: false },
            { ...one, times: times - 1, copied: true },
          ];
        });
      const isToAny = (name === "call" || name === "cast") && !told.rpc?.server;
      const to = isToAny ? oneOf(heard, addresses) : addresses.of(told);
      return [{ ...common, to, times: 1, copied: false }];
    }),
  );
}

/** Whoever it was of those who were called for something; undefined: they are of several services, or nobody was. */
function oneOf(heard: readonly { readonly place: Place }[], addresses: Addresses): Place | undefined {
  const [first, ...others] = heard.map(({ place }) => place);
  if (first === undefined || others.length === 0) return first;
  const service = serviceOf(first);
  return others.every((one) => serviceOf(one) === service) ? addresses.anyOf(service) : undefined;
}

/** Who was called for what, and how often. */
function listenersOf(watched: readonly Watched[]): Map<string, { place: Place; times: number }[]> {
  const found = new Map<string, { place: Place; times: number }[]>();
  for (const { place, lines } of watched)
    for (const told of lines) {
      if (told.name !== "served") continue;
      const subject = subjectOf(place, told);
      const listeners = found.get(subject) ?? [];
      found.set(subject, listeners);
      const known = listeners.find((listener) => listener.place.name === place.name);
      if (known) known.times += 1;
      else listeners.push({ place, times: 1 });
    }
  return found;
}

/** How often something was told all. */
function sendersOf(watched: readonly Watched[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { place, lines } of watched)
    for (const told of lines) {
      if (told.name !== "cast" || !told.rpc?.fanout) continue;
      const subject = subjectOf(place, told);
      found.set(subject, (found.get(subject) ?? 0) + 1);
    }
  return found;
}

/** What is for whoever listens, by the bus that it is on. */
function subjectOf({ cell }: Place, { rpc }: Line): string {
  return JSON.stringify([cell, rpc?.topic, rpc?.method]);
}

/** What is told for one thing, and what of it crosses links. */
interface Group {
  readonly isForAll: boolean;
  readonly doing: string;
  readonly all: Said[];
  readonly over: Set<string>;
  readonly legs: Legs[];
  readonly evidence: Evidence;
  /** How often a link was crossed at all. */
  far: number;
  roundTrips: number;
  /** Of a message for all on each link; of others there and back. */
  bytes: number;
}

/**
 * Whatever came again and again over links, by who sends it and what for, and what was for all: that with all of its receivers, if the
 * way to one of them crosses a link.
 */
function findingsOf(said: readonly Said[], seconds: number, surroundings: Surroundings): Finding[] {
  const { network, services } = surroundings;
  const placements = new Placements(network, services, [], 0);
  const groups = new Map<string, Group>();
  for (const one of said) {
    const isForAll = one.pattern === "fanout";
    const way = wayThere(one, network) ?? [];
    if (way.length === 0 && !isForAll) continue;
    const doing = isForAll ? one.what : (one.task ?? one.what);
    const key = JSON.stringify([one.from.name, doing, isForAll ? "" : linksOf(way), isForAll]);
    const group = groups.get(key) ?? {
      ...{ isForAll, doing, all: [], over: new Set(), legs: [], evidence: new Evidence() },
      ...{ far: 0, roundTrips: 0, bytes: 0 },
    };
    groups.set(key, group);
    group.all.push(one);
    for (const link of linksOf(way)) group.over.add(link);
    const legs = isForAll
      ? messagesOf(one)
      : legsOf(
          one,
          { there: true, back: one.pattern !== "cast" && one.pattern !== "notification", confirmed: false },
          services,
        );
    if (legs !== undefined) group.legs.push(legs);
    const { sent = 0, received = 0 } = one.used;
    const crossed = isForAll ? way.length / 2 : ((legs && tallyOf(legs, network)?.roundTrips) ?? 0);
    if (way.length > 0) group.far += one.times;
    group.roundTrips += crossed * one.times;
    group.bytes += (isForAll ? sent * way.length : sent + received) * one.times;
    group.evidence.add(
      { pattern: one.pattern, ...(one.to === undefined ? {} : { to: one.to.name }), what: one.what },
      one.times,
    );
  }
  return [...groups.values()]
    .flatMap(({ isForAll, doing, all, over, legs, evidence, far, roundTrips, bytes }): Finding[] => {
      const [first] = all;
      if (first === undefined || far < leastTimes) return [];
      const times = all.reduce((sum, one) => sum + one.times, 0);
      const local = legs.length === 0 ? undefined : placements.localBy(legs);
      return [
        {
          kind: isForAll ? "fanout" : "chatty-task",
          ...{ who: first.from.name, doing, over: [...over] },
          evidence: evidence.per(1),
          ...{ waits: 0, roundTrips: 0, costMs: 0, predictedMs: 0, measuredMs: 0, besides: 0 },
          ...(all.every(({ used }) => used.sent !== undefined) ? { bytes: rounded(bytes / seconds) } : {}),
          perSecond: rounded(times / seconds),
          roundTripsPerSecond: rounded(roundTrips / seconds),
          ...(isForAll
            ? {
                reaches: {
                  sites: [...new Set(all.flatMap(({ to }) => to?.site ?? []))].sort(),
                  of: sitesOnBus(first.from, services),
                },
              }
            : {}),
          ...(local === undefined ? {} : { local }),
        },
      ];
    })
    .sort((a, b) => (b.roundTripsPerSecond ?? 0) - (a.roundTripsPerSecond ?? 0));
}
