import { alea } from "seedrandom";
import type { Impairment } from "../../workloads/results/schema";
import type { PlannedLink } from "./links";
import { pathBetween } from "./routes";
import type { Plan } from "./plan";

/** One direction of a path, as the links on it add up. */
export interface PlannedDirection {
  /** The sites on the way, both ends included. */
  readonly sites: readonly string[];
  /** Sum of the links' one-way delays, milliseconds. */
  readonly delayMs: number;
  /** Sum of the links' jitters, milliseconds. Where all are uniform, no packet deviates from the delay by more. */
  readonly jitterMs: number;
  /** Packets lost on any of the links, percent: 1 − ∏(1 − p), as the links lose independently of each other. */
  readonly lossPercent: number;
  /** Rate of the narrowest link, bits per second; absent: no link has a limit. */
  readonly rateBitsPerSecond?: number;
}

/** What is to be expected between two sites. */
export interface PlannedPath {
  readonly between: readonly [string, string];
  readonly there: PlannedDirection;
  /** The way back, which may lead over other sites where delays differ by direction. */
  readonly back: PlannedDirection;
  /** Round trip: the delay there and back, milliseconds. Without load; what gateways and queues take comes on top. */
  readonly rttMs: number;
  /** Links on the way there. */
  readonly hops: number;
}

type Planned = Pick<Plan, "links" | "routes"> & Sites;
interface Sites {
  readonly sites: readonly { readonly name: string }[];
}

/**
 * Predicts paths between sites.
 * @param pairs Which pairs, in the order wanted; default: each pair of sites once.
 * Errors: no path leads between the sites of a pair.
 */
export function predictPaths(
  plan: Planned,
  pairs: Iterable<readonly [string, string]> = allPairs(plan),
): PlannedPath[] {
  const impairments = impairmentsByHop(plan.links);
  const predict = (from: string, to: string) => addUp(pathBetween(plan.routes, from, to), impairments);
  return [...pairs].map(([from, to]) => {
    const [there, back] = [predict(from, to), predict(to, from)];
    return {
      between: [from, to] as const,
      there,
      back,
      rttMs: exact(there.delayMs + back.delayMs),
      hops: there.sites.length - 1,
    };
  });
}

/** A pair of sites, and the number of links on the way there. */
export interface PairWithHops {
  readonly between: readonly [string, string];
  readonly hops: number;
}

/**
 * Each pair of sites with its hops: what {@link samplePairs} needs, for a fraction of the time and memory that
 * predicting every path of a thousand sites takes.
 */
export function countHops(plan: Planned): PairWithHops[] {
  const routes = plan.routes;
  return [...allPairs(plan)].map(([from, to]) => {
    let hops = 0;
    for (let here = from; here !== to; hops++) {
      const next = routes.get(here)?.get(to);
      if (next === undefined) throw new Error(`no path leads from ${from} to ${to}`);
      here = next;
    }
    return { between: [from, to] as const, hops };
  });
}

/** Each pair of sites once, in the order of the sites. */
export function* allPairs({ sites }: Sites): Generator<readonly [string, string]> {
  for (const [index, a] of sites.entries()) for (const b of sites.slice(index + 1)) yield [a.name, b.name];
}

/**
 * A sample of at most `count` paths (or pairs with their hops), the same for the same seed, in the order given: where every path cannot be
 * measured, each number of hops is, as long as `count` allows (the fewest and the most hops first). The rest is
 * drawn evenly from all the others.
 */
export function samplePairs<T extends { readonly hops: number }>(
  paths: readonly T[],
  count: number,
  seed: number,
): T[] {
  if (count >= paths.length) return [...paths];
  const draw = alea(`paths ${seed}`);
  const order = shuffled(paths, draw);
  const hopCounts = [...new Set(paths.map(({ hops }) => hops))].sort((a, b) => a - b);
  const chosen = new Set<T>();
  for (const hops of fromBothEnds(hopCounts).slice(0, count)) {
    const path = order.find((candidate) => candidate.hops === hops);
    if (path) chosen.add(path);
  }
  for (const path of order) {
    if (chosen.size >= count) break;
    chosen.add(path);
  }
  return paths.filter((path) => chosen.has(path));
}

/** First, last, second, second to last, … */
function fromBothEnds<T>(values: readonly T[]): T[] {
  return values.flatMap((_, index) => {
    const value = index % 2 === 0 ? values[index / 2] : values[values.length - (index + 1) / 2];
    return value === undefined ? [] : [value];
  });
}

/** Fisher and Yates's shuffle, by the draws given. */
function shuffled<T>(values: readonly T[], draw: () => number): T[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    const [a, b] = [order[last], order[other]];
    if (a !== undefined && b !== undefined) [order[last], order[other]] = [b, a];
  }
  return order;
}

type Hops = ReadonlyMap<string, ReadonlyMap<string, Impairment>>;

function impairmentsByHop(links: readonly PlannedLink[]): Hops {
  const hops = new Map<string, Map<string, Impairment>>();
  const add = (from: string, to: string, impairment: Impairment) => {
    const row = hops.get(from);
    if (row) row.set(to, impairment);
    else hops.set(from, new Map([[to, impairment]]));
  };
  for (const { between, there, back } of links) {
    add(between[0], between[1], there);
    add(between[1], between[0], back);
  }
  return hops;
}

function addUp(sites: readonly string[], hops: Hops): PlannedDirection {
  let [delayMs, jitterMs, arriving, narrowest] = [0, 0, 1, Infinity];
  for (let index = 1; index < sites.length; index++) {
    const [from, to] = [sites[index - 1] ?? "", sites[index] ?? ""];
    const hop = hops.get(from)?.get(to);
    if (!hop) throw new Error(`the path from ${from} to ${to} leads over a link that is not planned`);
    delayMs += hop.delayMs;
    jitterMs += hop.jitterMs;
    arriving *= 1 - hop.lossPercent / 100;
    narrowest = Math.min(narrowest, hop.rateBitsPerSecond ?? Infinity);
  }
  return {
    sites,
    delayMs: exact(delayMs),
    jitterMs: exact(jitterMs),
    lossPercent: exact((1 - arriving) * 100),
    ...(narrowest === Infinity ? {} : { rateBitsPerSecond: narrowest }),
  };
}

/** Takes away what adding binary fractions leaves behind the ninth decimal: 0.1 + 0.2 is 0.3. */
function exact(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
