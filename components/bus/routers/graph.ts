import type { Distance } from "../../plan/distances";
import type { PlannedLink } from "../../plan/links";
import { nearest } from "../nearest";
import type { Routers } from "./schema";

/** A connection between two interior routers, opened by the site that is later in the order of the scenario. */
export interface RouterLink {
  readonly from: string;
  readonly to: string;
  readonly cost: number;
}

/**
 * Who connects to whom. A site's connections are only to sites before it, so that another site changes no router that is
 * there already.
 */
export function interiorLinks(
  topology: Routers["topology"],
  sites: readonly string[],
  links: readonly Pick<PlannedLink, "between">[],
  distance: Distance,
): RouterLink[] {
  const linked = new Set(
    links.flatMap(({ between: [a, b] }) => [JSON.stringify([a, b]), JSON.stringify([b, a])]),
  );
  return sites.flatMap((from, at) =>
    sites
      .slice(0, at)
      .filter((to, before) => {
        switch (topology) {
          case "links":
            return linked.has(JSON.stringify([from, to]));
          case "line":
            return before === at - 1;
          case "ring":
            return before === at - 1 || (before === 0 && at === sites.length - 1);
          case "star":
            return before === 0;
          case "tree":
            return before === Math.floor((at - 1) / 2);
          case "complete":
            return true;
        }
      })
      .map((to) => ({ from, to, cost: costOf(distance(from, to)) })),
  );
}

/** The interior site that each edge router connects to: the nearest, the first of equally near ones. */
export function uplinks(
  edge: readonly string[],
  interior: readonly string[],
  distance: Distance,
): Map<string, string> {
  return new Map(
    edge.flatMap((site): [string, string][] => {
      const [uplink] = nearest(site, interior, distance);
      return uplink === undefined ? [] : [[site, uplink]];
    }),
  );
}

/** The sites that no way leads to from the first. */
export function unreached(sites: readonly string[], links: readonly RouterLink[]): string[] {
  const reached = new Set(sites.slice(0, 1));
  // A set is walked on over what is added meanwhile.
  for (const site of reached)
    for (const { from, to } of links) {
      if (from === site) reached.add(to);
      if (to === site) reached.add(from);
    }
  return sites.filter((site) => !reached.has(site));
}

/**
 * The cost of a connection is its round trip in milliseconds, rounded: routers take the way with the least sum
 * (skrouterd's `cost`, a whole number of at least 1).
 */
export function costOf(roundTripMs: number): number {
  return Math.max(1, Math.round(roundTripMs));
}
