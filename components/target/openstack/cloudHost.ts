import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { addressedPort, CloudNetwork } from "./cloudNetwork";
import { makeInstance, type SharedInstanceArgs } from "./instance";
import type { PlannedCloudHost } from "./plan";
import { SecurityGroup } from "./securityGroup";

export interface CloudHostArgs {
  plan: PlannedCloudHost;
  /** What the cloud calls it. */
  cloudName: string;
}

/** What all hosts of a stack share. */
export interface SharedCloud extends SharedInstanceArgs {
  /** The network that joins the hosts, and its subnet; a subnet is named where addresses are planned. */
  readonly wan: { readonly networkId: pulumi.Input<string>; readonly subnetId?: pulumi.Input<string> };
  /** Ids of the security groups that rules speak of: `wan` is that of all hosts. */
  readonly groups: Readonly<
    Record<"wan", pulumi.Input<string>> & Partial<Record<"bastion", pulumi.Input<string>>>
  >;
  readonly externalNetworkId?: pulumi.Input<string>;
  readonly dns: readonly string[];
}

/**
 * A host in the cloud: an instance on the network that joins the hosts, and on one of its own by whose router it reaches the outside;
 * on a network that exists it has one port.
 */
export class CloudHost extends pulumi.ComponentResource {
  readonly instance: openstack.compute.Instance;
  /** Where the bastion and the other hosts reach it. */
  readonly address: pulumi.Output<string>;

  constructor(
    name: string,
    args: CloudHostArgs,
    shared: SharedCloud,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:openstack:Host", name, args, opts);
    const { plan, cloudName } = args;
    const tags = [...shared.tags];
    const group = new SecurityGroup(
      `${name}-access`,
      {
        cloudName,
        description: `what reaches ${cloudName}: its bastion, and the gateways of other hosts`,
        tags,
        rules: plan.rules,
      },
      definedOf(shared.groups),
      { parent: this },
    );
    const port = new openstack.networking.Port(
      `${name}-port`,
      {
        name: cloudName,
        networkId: shared.wan.networkId,
        adminStateUp: true,
        ...(plan.address === undefined || shared.wan.subnetId === undefined
          ? {}
          : { fixedIps: [{ subnetId: shared.wan.subnetId, ipAddress: plan.address }] }),
        securityGroupIds: [shared.groups.wan, group.groupId],
        tags,
      },
      { parent: this, ...addressedPort },
    );
    const own = plan.network && this.#ownNetwork(name, args, plan.network, shared, group);
    this.instance = makeInstance(
      `${name}-instance`,
      cloudName,
      plan,
      shared,
      [...(own ? [own.port.id] : []), port.id],
      { parent: this, ...(own ? { dependsOn: [...own.ready] } : {}) },
    );
    this.address =
      plan.address === undefined ? port.allFixedIps.apply(firstIpv4) : pulumi.output(plan.address);
    this.registerOutputs({ instanceId: this.instance.id, address: this.address });
  }

  #ownNetwork(
    name: string,
    { cloudName }: CloudHostArgs,
    plan: NonNullable<PlannedCloudHost["network"]>,
    shared: SharedCloud,
    group: SecurityGroup,
  ) {
    const network = new CloudNetwork(
      `${name}-own`,
      {
        plan,
        cloudName,
        tags: shared.tags,
        dns: shared.dns,
        ...(shared.externalNetworkId === undefined ? {} : { externalNetworkId: shared.externalNetworkId }),
      },
      { parent: this },
    );
    const port = new openstack.networking.Port(
      `${name}-own-port`,
      {
        name: `${cloudName}-own`,
        networkId: network.networkId,
        adminStateUp: true,
        fixedIps: [{ subnetId: network.subnetId }],
        securityGroupIds: [group.groupId],
        tags: [...shared.tags],
      },
      { parent: this, ...addressedPort },
    );
    return { port, ready: network.ready };
  }
}

/** The first IPv4 address of a port. Errors: it has none. */
export function firstIpv4(addresses: readonly string[]): string {
  const found = addresses.find((address) => /^\d+(\.\d+){3}$/.test(address));
  if (found === undefined)
    throw new Error(`a port has no IPv4 address: ${addresses.join(", ") || "none at all"}`);
  return found;
}

function definedOf<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, T][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
