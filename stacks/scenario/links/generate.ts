import { alea } from "seedrandom";
import { expandPairs, pairKey } from "../expand";

/** Two sites, in the order in which `there` and `back` are meant. */
export type Pair = readonly [string, string];

/** Each site linked to `center`, which need not be among them. */
export function star(center: string, sites: readonly string[]): Pair[] {
  return sites.filter((site) => site !== center).map((site) => [center, site]);
}

/** Each site linked to the next, the last to the first. Two sites have one link. */
export function ring(sites: readonly string[]): Pair[] {
  const pairs = sites.map((site, index): Pair => [site, sites[(index + 1) % sites.length] ?? site]);
  return sites.length > 2 ? pairs : pairs.slice(0, sites.length - 1);
}

/** A tree filled level by level, `arity` sites below each; the first site is the root. */
export function tree(sites: readonly string[], arity: number): Pair[] {
  return sites.slice(1).map((site, index) => [sites[Math.floor(index / arity)] ?? site, site]);
}

/** Each pair of sites. */
export function mesh(sites: readonly string[]): Pair[] {
  return expandPairs(sites, sites);
}

/**
 * A random connected graph. By `probability`: each pair by its own draw (Gilbert's G(n, p)), which depends on
 * the seed and the pair alone, so that a new site leaves the pairs of others as they were. By `degree`: a
 * random tree, each site hanging from one before it, and then random pairs until the mean degree is
 * reached; a connected graph has at least 2 − 2/n. Parts that remain apart are joined, each by one link
 * of a random site of it to a random site of those before.
 */
export function random(
  sites: readonly string[],
  options: { readonly degree?: number | undefined; readonly probability?: number | undefined },
  seed: number,
): Pair[] {
  const pairs = new Map<string, Pair>();
  const add = (a: string, b: string) => pairs.set(pairKey(a, b), [a, b]);
  const { probability, degree = 0 } = options;
  const draw = alea(`links ${seed}`);
  const pick = (from: readonly string[]) => from[Math.floor(draw() * from.length)] ?? "";
  if (probability !== undefined) {
    for (const [a, b] of mesh(sites)) if (alea(`${seed} ${pairKey(a, b)}`)() < probability) add(a, b);
    const parts = components(sites, [...pairs.values()]);
    parts.slice(1).forEach((part, index) => add(pick(parts.slice(0, index + 1).flat()), pick(part)));
    return [...pairs.values()];
  }
  sites.slice(1).forEach((site, index) => add(pick(sites.slice(0, index + 1)), site));
  const most = (sites.length * (sites.length - 1)) / 2;
  const wanted = Math.min(most, Math.round((degree * sites.length) / 2));
  // Where most pairs are wanted, drawing until a free one turns up would take long: shuffle those left instead.
  if (wanted > most / 2) {
    const left = mesh(sites).filter(([a, b]) => !pairs.has(pairKey(a, b)));
    while (pairs.size < wanted) {
      const [chosen] = left.splice(Math.floor(draw() * left.length), 1);
      if (chosen) add(chosen[0], chosen[1]);
    }
  }
  while (pairs.size < wanted) {
    const [a, b] = [pick(sites), pick(sites)];
    if (a !== b && !pairs.has(pairKey(a, b))) add(a, b);
  }
  return [...pairs.values()];
}

/** A delay of a link, drawn uniformly from a range by the seed and the pair alone; whole microseconds, in ms. */
export function drawDelay(
  range: { readonly from: number; readonly to: number },
  [a, b]: Pair,
  seed: number,
): number {
  const share = alea(`delay ${seed} ${pairKey(a, b)}`)();
  return Math.round((range.from + share * (range.to - range.from)) * 1000) / 1000;
}

/** The parts of a graph that hang together, each in the order of `sites`. */
export function components(sites: readonly string[], pairs: readonly Pair[]): string[][] {
  const neighbours = new Map<string, string[]>(sites.map((site) => [site, []]));
  for (const [a, b] of pairs) {
    neighbours.get(a)?.push(b);
    neighbours.get(b)?.push(a);
  }
  const part = new Map<string, number>();
  let count = 0;
  for (const start of sites) {
    if (part.has(start)) continue;
    const reached = new Set([start]);
    for (const site of reached) for (const next of neighbours.get(site) ?? []) reached.add(next);
    for (const site of reached) part.set(site, count);
    count++;
  }
  const parts = Array.from({ length: count }, (): string[] => []);
  for (const site of sites) parts[part.get(site) ?? 0]?.push(site);
  return parts;
}
