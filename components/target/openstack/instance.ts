import * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import type { CloudInstance } from "./plan";

/** What all instances of a stack have in common. */
export interface SharedInstanceArgs {
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly keyPair: pulumi.Input<string>;
  /** Ids of server groups by their names in the plan. */
  readonly serverGroups: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Makes an instance with these ports, in their order: the first one's network has its default route. Its ports have addresses that
 * its successor is to have, so that it goes before that comes.
 */
export function makeInstance(
  name: string,
  cloudName: string,
  plan: CloudInstance,
  shared: SharedInstanceArgs,
  ports: readonly pulumi.Input<string>[],
  opts: pulumi.CustomResourceOptions,
): openstack.compute.Instance {
  const group = plan.serverGroup === undefined ? undefined : shared.serverGroups[plan.serverGroup];
  const hints = {
    ...(group === undefined ? {} : { group }),
    ...(Object.keys(plan.hints).length === 0 ? {} : { additionalProperties: { ...plan.hints } }),
  };
  return new openstack.compute.Instance(
    name,
    {
      name: cloudName,
      flavorName: plan.flavor,
      imageName: plan.image,
      keyPair: shared.keyPair,
      userData: plan.userData,
      // Which networks it is on is told by it also where nobody answers for metadata on the first of them.
      configDrive: true,
      networks: ports.map((port) => ({ port })),
      ...(plan.availabilityZone === undefined ? {} : { availabilityZone: plan.availabilityZone }),
      ...(Object.keys(hints).length === 0 ? {} : { schedulerHints: [hints] }),
      metadata: { ...shared.metadata },
      tags: [...shared.tags],
    },
    {
      ...opts,
      deleteBeforeReplace: true,
      // In place it would be a reboot or another disk, with the same id: nothing of what was on it runs, and nothing would be made anew.
      replaceOnChanges: ["flavorName", "imageName"],
      // Bare metal boots for long.
      customTimeouts: { create: "1h" },
    },
  );
}
