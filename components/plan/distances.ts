import type { PlannedLink } from "./links";
import { pathBetween, type NextHops } from "./routes";

/** Round-trip delay between two sites over the links, milliseconds; 0 within a site. */
export type Distance = (from: string, to: string) => number;

/** Distances along the planned routes, each direction by its own. The result's errors: there is no path. */
export function planDistances(
  routes: ReadonlyMap<string, NextHops>,
  links: readonly PlannedLink[],
): Distance {
  const delays = new Map<string, number>();
  for (const { between, there, back } of links) {
    delays.set(between.join(" "), there.delayMs);
    delays.set([...between].reverse().join(" "), back.delayMs);
  }
  const oneWay = (from: string, to: string): number =>
    pathBetween(routes, from, to).reduce(
      (sum, site, index, path) => sum + (delays.get(`${path[index - 1]} ${site}`) ?? 0),
      0,
    );
  return (from, to) => oneWay(from, to) + oneWay(to, from);
}
