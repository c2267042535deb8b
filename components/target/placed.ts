import type { TargetDefinition } from "./schema";
import type { PlacedHosts } from "./hostsPlan";
import { placeSites, type PlacementIssue } from "./machines/placement";
import { cloudHosts } from "./openstack/hosts";
import type { OpenstackTarget } from "./openstack/schema";

/** What is wrong with where a target is to have sites, each with its path in the target. */
export function placementIssues(
  target: TargetDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): readonly PlacementIssue[] {
  switch (target.kind) {
    case "local":
      return [];
    case "machines":
      return placeSites(target, groups).issues;
    case "openstack":
      return cloudHosts(target, groups).issues;
  }
}

/**
 * The hosts of a target that has any, with the sites that each has; undefined: all sites are on this machine.
 * @param groups Each name in the scenario's `sites` to its sites.
 * @param deployed The own networks of hosts that the stack has in a cloud, by host.
 */
export function placedHosts(
  target: TargetDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
  deployed?: ReadonlyMap<string, string>,
): PlacedHosts | undefined {
  switch (target.kind) {
    case "local":
      return undefined;
    case "machines": {
      const { hosts, hostOf } = placeSites(target, groups);
      return { hosts, hostOf, ...common(target) };
    }
    case "openstack":
      return placedInCloud(target, groups, deployed);
  }
}

/** Instances are not there when this is planned: how they are reached is known once they are made. */
function placedInCloud(
  target: OpenstackTarget,
  groups: ReadonlyMap<string, readonly string[]>,
  deployed?: ReadonlyMap<string, string>,
): PlacedHosts {
  const { issues: _, ...cloud } = cloudHosts(target, groups, deployed);
  return {
    hosts: cloud.hosts.map(({ name, address }) => ({
      name,
      ssh: { host: address ?? name, user: target.ssh.user },
      ...(address === undefined ? {} : { address }),
    })),
    hostOf: cloud.hostOf,
    ...common(target),
    // What hosts must go on reaching, as far as it is known before they are there.
    busy: [
      ...(target.network === undefined ? [target.block] : []),
      ...target.dns.map((address) => `${address}/32`),
    ],
    cloud,
  };
}

function common({
  mtu,
  firstPort,
}: {
  readonly mtu: number;
  readonly firstPort?: number | undefined;
}): Pick<PlacedHosts, "mtu" | "firstPort"> {
  return { mtu, ...(firstPort === undefined ? {} : { firstPort }) };
}
