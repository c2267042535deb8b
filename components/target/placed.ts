import type { TargetDefinition } from "./schema";
import type { PlacedHosts } from "./hostsPlan";
import { placeSites, type PlacementIssue } from "./machines/placement";

/** What is wrong with where a target is to have sites, each with its path in the target. */
export function placementIssues(
  target: TargetDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): readonly PlacementIssue[] {
  return target.kind === "machines" ? placeSites(target, groups).issues : [];
}

/**
 * The hosts of a target that has any, with the sites that each has; undefined: all sites are on this machine.
 * @param groups Each name in the scenario's `sites` to its sites.
 */
export function placedHosts(
  target: TargetDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): PlacedHosts | undefined {
  if (target.kind !== "machines") return undefined;
  const { hosts, hostOf } = placeSites(target, groups);
  const { mtu, firstPort } = target;
  return { hosts, hostOf, mtu, ...(firstPort === undefined ? {} : { firstPort }) };
}
