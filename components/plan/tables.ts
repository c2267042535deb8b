import { long2ip } from "netmask";
import { mustCidr, type Cidr } from "./cidr";
import type { NextHops } from "./routes";

/** A gateway's routes: prefix to the WAN address of the gateway that is next on the way there. */
export type RouteTable = Readonly<Record<string, string>>;

/** What a table is made of. */
interface Addressed {
  readonly wan: Cidr;
  readonly sites: readonly { readonly name: string; readonly prefix: Cidr; readonly wanAddress: string }[];
  readonly routes: ReadonlyMap<string, NextHops>;
}

/** A prefix of the address space, whole or in halves. */
type Tile =
  | { readonly first: number; readonly length: number; readonly owner: number }
  | { readonly first: number; readonly length: number; readonly halves: readonly [Tile, Tile] };

/** No site's: nothing is routed there. */
const nobody = -1;

/**
 * The routes of every gateway, by site. A route to each site apart would be as many as there are pairs of sites, so prefixes
 * that lead to one neighbour are taken together; by the algorithm of Draves, King, Venkatachary and Zill
 * ("Constructing optimal IP routing tables", INFOCOM 1999) a table is as short as it can be.
 *
 * Addresses between sites belong, for all gateways alike, to a site nearby, so that prefixes may cover them: what is sent to
 * one goes the way to that site, whose gateway has no route for it, and says so. Nothing goes round in a circle. No
 * route overlaps the WAN or the gateway's own site. Errors: two prefixes overlap.
 */
export function routeTables({ wan, sites, routes }: Addressed): Map<string, RouteTable> {
  const index = new Map(sites.map(({ name }, position) => [name, position]));
  const tiles = tile([
    { first: wan.first, length: wan.length, owner: nobody },
    ...sites.map(({ prefix }, owner) => ({ first: prefix.first, length: prefix.length, owner })),
  ]);
  return new Map(
    sites.map(({ name }) => {
      const hops = new Int32Array(sites.length).fill(nobody);
      for (const [destination, hop] of routes.get(name) ?? []) {
        const at = index.get(destination);
        if (at !== undefined) hops[at] = index.get(hop) ?? nobody;
      }
      const table: Record<string, string> = {};
      choose(candidates(tiles, hops), nobody, ({ first, length }, hop) => {
        table[`${long2ip(first)}/${length}`] = sites[hop]?.wanAddress ?? "";
      });
      return [name, table];
    }),
  );
}

interface Owned {
  readonly first: number;
  readonly length: number;
  readonly owner: number;
}

/** Divides the smallest prefix that holds all of `owned` among their owners. */
function tile(owned: readonly Owned[]): Tile {
  const sorted = [...owned].sort((a, b) => a.first - b.first);
  const [lowest, highest] = [sorted[0]?.first ?? 0, sorted.at(-1)?.first ?? 0];
  const length = Math.min(Math.clz32(lowest ^ highest), ...owned.map((one) => one.length));
  const size = 2 ** (32 - length);
  return divide(Math.floor(lowest / size) * size, length, sorted);
}

function divide(first: number, length: number, within: readonly Owned[]): Tile {
  const [only] = within;
  if (within.length === 1 && only) return { first, length, owner: only.owner };
  if (within.some((one) => one.length <= length))
    throw new Error(`prefixes overlap in ${mustCidr(`${long2ip(first)}/${length}`).text}`);
  const middle = first + 2 ** (31 - length);
  const [low, high] = [
    within.filter((one) => one.first < middle),
    within.filter((one) => one.first >= middle),
  ];
  // A half without sites goes to the first site of the other.
  const half = (from: number, own: readonly Owned[], other: readonly Owned[]): Tile =>
    own.length > 0
      ? divide(from, length + 1, own)
      : {
          first: from,
          length: length + 1,
          owner: other.find(({ owner }) => owner !== nobody)?.owner ?? nobody,
        };
  return { first, length, halves: [half(first, low, high), half(middle, high, low)] };
}

/** A tile with the next hops of which any, given to all of it, leaves the fewest routes to make below it. */
interface Choice {
  readonly tile: Tile;
  /** In ascending order; `nobody` alone where part of the tile must have no route. */
  readonly hops: readonly number[];
  readonly halves?: readonly [Choice, Choice];
}

function candidates(tile: Tile, hops: Int32Array): Choice {
  if ("owner" in tile) return { tile, hops: [hops[tile.owner] ?? nobody] };
  const [low, high] = [candidates(tile.halves[0], hops), candidates(tile.halves[1], hops)];
  return { tile, hops: common(low.hops, high.hops), halves: [low, high] };
}

/** What both have; else what either has. A part without a route can't be cut out of a prefix that has one. */
function common(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 1 && b.length === 1 && a[0] === b[0]) return a;
  if (a[0] === nobody || b[0] === nobody) return [nobody];
  const others = new Set(b);
  const both = a.filter((hop) => others.has(hop));
  return both.length > 0 ? both : [...a, ...b].sort((one, other) => one - other);
}

function choose(
  { tile, hops, halves }: Choice,
  inherited: number,
  make: (tile: Tile, hop: number) => void,
): void {
  const hop = hops.includes(inherited) ? inherited : (hops[0] ?? nobody);
  if (hop !== inherited) make(tile, hop);
  for (const half of halves ?? []) choose(half, hop, make);
}
