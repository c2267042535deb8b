import { z } from "zod";
import { resolveSites } from "../../stacks/scenario/expand";
import { siteName } from "../../stacks/scenario/names";

/** Nodes of a database at each site, by site or group. */
export const nodesAtSites = z.record(siteName, z.int().min(1).max(9), {
  error: (issue) =>
    issue.code === "invalid_type"
      ? "expected sites with how many nodes at each, such as { core: 1, edge: 1 }"
      : undefined,
});

/**
 * How many nodes each site has, in the order of the definition; names that are no site's are left out.
 * @param site Where three are if the definition says nothing.
 */
export function nodeCounts(
  nodes: Readonly<Record<string, number>> | undefined,
  site: string,
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, count] of Object.entries(nodes ?? { [site]: 3 }))
    for (const one of resolveSites(groups, name) ?? []) counts.set(one, (counts.get(one) ?? 0) + count);
  return counts;
}
