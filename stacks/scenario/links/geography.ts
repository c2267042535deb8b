import { geoDistance } from "d3-geo";
import { expandPairs, pairKey } from "../expand";
import type { Pair } from "./generate";

/** Latitude and longitude, degrees north and east. */
export type Place = readonly [number, number];

/** Mean radius of the Earth, kilometres (IUGG: (2a + b) / 3 of GRS 80). */
const earthRadiusKm = 6371.0088;

/** Length of the great circle between two places, kilometres. */
export function greatCircleKm(a: Place, b: Place): number {
  return geoDistance([a[1], a[0]], [b[1], b[0]]) * earthRadiusKm;
}

/**
 * One-way delay of a cable between two places: the great circle, stretched as cables are, at the speed of
 * light in it (km/s). Whole microseconds, in milliseconds.
 */
export function cableDelayMs(
  a: Place,
  b: Place,
  cable: { readonly fibreSpeed: number; readonly stretch: number },
): number {
  return Math.round(((greatCircleKm(a, b) * cable.stretch) / cable.fibreSpeed) * 1e6) / 1e3;
}

/** Which sites have a link: all pairs, each site's nearest, or those within a distance (km). */
export type Neighbours = "all" | { readonly nearest: number } | { readonly within: number };

/** The pairs that `neighbours` asks for, each once, in the order of the sites. */
export function neighbouringPairs(places: ReadonlyMap<string, Place>, neighbours: Neighbours): Pair[] {
  const sites = [...places.keys()];
  const all = expandPairs(sites, sites);
  if (neighbours === "all") return all;
  const length = ([a, b]: Pair) => {
    const [from, to] = [places.get(a), places.get(b)];
    return from && to ? greatCircleKm(from, to) : Infinity;
  };
  if ("within" in neighbours) return all.filter((pair) => length(pair) <= neighbours.within);
  const measured = new Map(all.map((pair) => [pairKey(...pair), length(pair)]));
  const chosen = new Set(
    sites.flatMap((site) =>
      sites
        .filter((other) => other !== site)
        .map((other) => pairKey(site, other))
        .sort((a, b) => (measured.get(a) ?? 0) - (measured.get(b) ?? 0) || (a < b ? -1 : 1))
        .slice(0, neighbours.nearest),
    ),
  );
  return all.filter((pair) => chosen.has(pairKey(...pair)));
}
