import { carriedRate, missingShareOf, type Way } from "../links/composed";
import { medianDelay } from "../links/expected";
import { milliseconds } from "./figures";
import type { Impairment, LinkRecord, PathRecord } from "./schema";

/** More rows than that nobody reads; `results.json` has all. */
const mostLinks = 24;
const shownOfMany = 10;
const mostPaths = 12;

interface ExpectedDirection {
  /** Packets of which no sound copy should arrive, percent. */
  readonly lossPercent: number;
  /** Absent: no link on the way has a limit. */
  readonly rateBitsPerSecond?: number;
}

/** What the verdict holds a measurement against. */
export interface Expected {
  /** Median round trip, milliseconds: less than the sum of the delays where jitter has a long tail. */
  readonly rttMs: number;
  readonly there: ExpectedDirection;
  readonly back: ExpectedDirection;
}

/** A path with what its links lead one to expect. */
export type ExpectedPath = PathRecord & { readonly expected: Expected };

/** What each direction of each link does, by `<from> <to>`. */
export type Hops = ReadonlyMap<string, Impairment>;

interface Joined {
  readonly between: readonly [string, string];
  readonly there: Impairment;
  readonly back: Impairment;
}

export function hopsOf(links: readonly Joined[]): Hops {
  return new Map(
    links.flatMap(({ between: [a, b], there, back }): [string, Impairment][] => [
      [`${a} ${b}`, there],
      [`${b} ${a}`, back],
    ]),
  );
}

export function expectedOfLink({ asked: { there, back } }: Pick<LinkRecord, "asked">): Expected {
  return expectedOf([there], [back]);
}

/** What is expected of a path; where links on the way are not known, what they were said to add up to. */
export function expectedOfPath({ predicted: { there, back } }: PathRecord, hops: Hops): Expected {
  const [wayThere, wayBack] = [wayOf(there.sites, hops), wayOf(back.sites, hops)];
  if (wayThere && wayBack) return expectedOf(wayThere, wayBack);
  const direction = ({ lossPercent, rateBitsPerSecond }: typeof there): ExpectedDirection => ({
    lossPercent,
    ...(rateBitsPerSecond === undefined ? {} : { rateBitsPerSecond }),
  });
  return { rttMs: there.delayMs + back.delayMs, there: direction(there), back: direction(back) };
}

/** The same of all paths of a run, by its links. */
export function withExpected(paths: readonly PathRecord[], links: readonly LinkRecord[]): ExpectedPath[] {
  const hops = hopsOf(links.map(({ between, asked }) => ({ between, ...asked })));
  return paths.map((path) => ({ ...path, expected: expectedOfPath(path, hops) }));
}

function wayOf(sites: readonly string[], hops: Hops): Way | undefined {
  const way = sites.slice(1).flatMap((to, index) => hops.get(`${sites[index]} ${to}`) ?? []);
  return way.length === sites.length - 1 ? way : undefined;
}

function expectedOf(there: Way, back: Way): Expected {
  return {
    rttMs: medianDelay([...there, ...back]),
    there: expectedDirection(there),
    back: expectedDirection(back),
  };
}

function expectedDirection(way: Way): ExpectedDirection {
  const rate = way.length === 1 ? (way[0]?.rateBitsPerSecond ?? Infinity) : carriedRate(way);
  return {
    // Binary fractions leave something behind the ninth decimal.
    lossPercent: Number((missingShareOf(way) * 100).toFixed(9)),
    ...(rate === Infinity ? {} : { rateBitsPerSecond: rate }),
  };
}

/** How far a round trip is from what is expected of it, milliseconds. */
function missOf(expectedMs: number, measuredMs: number | undefined): number {
  return measuredMs === undefined ? 0 : Math.abs(measuredMs - expectedMs);
}

/**
 * Tells how far links are off, milliseconds. Those of one rule are asked for the same, and the median of what strays
 * unevenly takes a while to find.
 */
function linkMisses(): (link: LinkRecord) => number {
  const known = new Map<string, number>();
  return (link) => {
    const asked = JSON.stringify(link.asked);
    const expectedMs = known.get(asked) ?? expectedOfLink(link).rttMs;
    known.set(asked, expectedMs);
    return missOf(expectedMs, shownMeasurement(link, "rtt")?.rttMs.median);
  };
}

export function pathMissMs({ expected, measured }: ExpectedPath): number {
  return missOf(expected.rttMs, measured.rttMs.median);
}

/** When a figure of a link was measured that is shown: before the workloads, unless it deviates after them alone. */
export function shownWhen({ before, after, deviations }: LinkRecord, what: string): "before" | "after" {
  const own = deviations.filter((deviation) => deviation.what.startsWith(what));
  const onlyAfter = own.length > 0 && own.every(({ when }) => when === "after");
  return before && !(after && onlyAfter) ? "before" : "after";
}

function shownMeasurement(link: LinkRecord, what: string): LinkRecord["before"] {
  return link[shownWhen(link, what)];
}

/** Where there are many: those beyond tolerance, then those farthest from what is expected, in the order given. */
function farthest<T extends { readonly deviations: readonly unknown[] }>(
  all: readonly T[],
  most: number,
  miss: (one: T) => number,
): T[] {
  if (all.length <= most) return [...all];
  const ranked = [...all].sort(
    (one, other) =>
      Number(other.deviations.length > 0) - Number(one.deviations.length > 0) || miss(other) - miss(one),
  );
  const chosen = new Set(ranked.slice(0, shownOfMany));
  return all.filter((one) => chosen.has(one));
}

/** The links that a table shows, and a sentence on the others; undefined: there are none. */
export function mostDeviating(all: readonly LinkRecord[]): {
  links: LinkRecord[];
  omitted: string | undefined;
} {
  const linkMissMs = linkMisses();
  const links = farthest(all, mostLinks, linkMissMs);
  if (links.length === all.length) return { links, omitted: undefined };
  return {
    links,
    omitted: `Shown are the ${links.length} links farthest from what was asked, of ${all.length}: ${spreadOf(all.map(linkMissMs))}.`,
  };
}

/** The paths that a table shows. */
export function shownPaths(all: readonly ExpectedPath[]): ExpectedPath[] {
  return farthest(all, mostPaths, pathMissMs);
}

/** In words, how far round trips are from what was to be expected. */
export function spreadOf(misses: readonly number[]): string {
  const sorted = [...misses].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `round trips are off by ${milliseconds(median)} ms in the middle, ${milliseconds(sorted.at(-1))} ms at most`;
}
