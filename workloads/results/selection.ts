import { milliseconds } from "./figures";
import type { LinkRecord, PathRecord } from "./schema";

/** More rows than that nobody reads; `results.json` has all. */
const mostLinks = 24;
const shownOfMany = 10;
const mostPaths = 12;

/** How far a round trip is from what its links should take together, milliseconds. */
function missOf(askedMs: number, measuredMs: number | undefined): number {
  return measuredMs === undefined ? 0 : Math.abs(measuredMs - askedMs);
}

export function linkMissMs({ asked, before, after }: LinkRecord): number {
  return missOf(asked.there.delayMs + asked.back.delayMs, (before ?? after)?.rttMs.median);
}

export function pathMissMs({ predicted: { there, back }, measured }: PathRecord): number {
  return missOf(there.delayMs + back.delayMs, measured.rttMs.median);
}

/** Where there are many: those beyond tolerance, then those farthest from what was asked, in the order given. */
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
  const links = farthest(all, mostLinks, linkMissMs);
  if (links.length === all.length) return { links, omitted: undefined };
  return {
    links,
    omitted: `Shown are the ${links.length} links farthest from what was asked, of ${all.length}: ${spreadOf(all.map(linkMissMs))}.`,
  };
}

/** The paths that a table shows. */
export function shownPaths(all: readonly PathRecord[]): PathRecord[] {
  return farthest(all, mostPaths, pathMissMs);
}

/** In words, how far round trips are from what was to be expected. */
export function spreadOf(misses: readonly number[]): string {
  const sorted = [...misses].sort((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `round trips are off by ${milliseconds(median)} ms in the middle, ${milliseconds(sorted.at(-1))} ms at most`;
}
