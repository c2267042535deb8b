import Heap from "mnemonist/heap";
import type { PlannedLink } from "./links";

/** From a site to every other: the neighbour that the shortest path leaves by. */
export type NextHops = ReadonlyMap<string, string>;

/** One hop counts like this much delay, so that of two equally long paths the one with fewer hops is taken. */
const hopMicroseconds = 1;

/**
 * Next hops of every site by least total delay (Dijkstra), each direction by its own delays. Every gateway
 * decides for itself, hop by hop; as each hop has a positive length, what remains always shrinks and no
 * packet can go round in a circle.
 */
export function planRoutes(sites: readonly string[], links: readonly PlannedLink[]): Map<string, NextHops> {
  const graph = adjacency(sites, links);
  return new Map(
    sites.map((site, source) => {
      const hops = new Map<string, string>();
      firstHops(graph, source).forEach((hop, destination) => {
        if (hop !== none) hops.set(sites[destination] ?? "", sites[hop] ?? "");
      });
      return [site, hops];
    }),
  );
}

/** Links out of each site: indices of the sites they lead to, and their lengths in microseconds. */
type Adjacency = readonly { readonly to: number; readonly length: number }[][];

function adjacency(sites: readonly string[], links: readonly PlannedLink[]): Adjacency {
  const index = new Map(sites.map((site, position) => [site, position]));
  const out: { to: number; length: number }[][] = sites.map(() => []);
  for (const { between, there, back, name } of links) {
    const [a, b] = between.map((site) => index.get(site));
    if (a === undefined || b === undefined) throw new Error(`link ${name} leads to a site that there is not`);
    out[a]?.push({ to: b, length: there.delayMs * 1000 + hopMicroseconds });
    out[b]?.push({ to: a, length: back.delayMs * 1000 + hopMicroseconds });
  }
  return out;
}

const none = -1;

/**
 * The neighbour by which the shortest path to each site leaves; {@link none} for the source and for what it does not
 * reach. A library would build every path as a list: with a thousand sites, a million lists to read one
 * element of.
 */
function firstHops(graph: Adjacency, source: number): Int32Array {
  const distance = new Float64Array(graph.length).fill(Infinity);
  const hop = new Int32Array(graph.length).fill(none);
  const settled = new Uint8Array(graph.length);
  const reached = new Heap<{ site: number; at: number }>((a, b) => a.at - b.at || a.site - b.site);
  distance[source] = 0;
  reached.push({ site: source, at: 0 });
  for (let next = reached.pop(); next; next = reached.pop()) {
    const { site, at } = next;
    if (settled[site]) continue;
    settled[site] = 1;
    for (const { to, length } of graph[site] ?? []) {
      if (at + length >= (distance[to] ?? 0)) continue;
      distance[to] = at + length;
      hop[to] = site === source ? to : (hop[site] ?? none);
      reached.push({ site: to, at: at + length });
    }
  }
  return hop;
}

/** The sites on the way from `from` to `to`, both included. Errors: there is no path. */
export function pathBetween(routes: ReadonlyMap<string, NextHops>, from: string, to: string): string[] {
  const path = [from];
  for (let here = from; here !== to;) {
    const next = routes.get(here)?.get(to);
    if (next === undefined) throw new Error(`no path leads from ${from} to ${to}`);
    path.push(next);
    here = next;
  }
  return path;
}
