import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { SharedCloud } from "./cloudHost";
import { addressedPort, CloudNetwork } from "./cloudNetwork";
import { makeInstance } from "./instance";
import type { PlannedBastion } from "./plan";

export interface BastionArgs {
  plan: PlannedBastion;
  cloudName: string;
  /** The external network by name, of which the floating IP is; default: none, the floating IP is there. */
  external?: string;
}

/** The one instance that is reached from outside: it has the only floating IP, and passes connections on to the hosts. */
export class Bastion extends pulumi.ComponentResource {
  readonly instance: openstack.compute.Instance;
  /** Where it is reached from outside. */
  readonly address: pulumi.Output<string>;

  /** @param groupId Its security group: hosts let in who is in it. */
  constructor(
    name: string,
    args: BastionArgs,
    shared: SharedCloud,
    groupId: pulumi.Input<string>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:openstack:Bastion", name, args, opts);
    const { plan, cloudName, external } = args;
    const tags = [...shared.tags];
    const own = plan.network
      ? new CloudNetwork(
          `${name}-own`,
          {
            plan: plan.network,
            cloudName,
            tags,
            dns: shared.dns,
            ...(shared.externalNetworkId === undefined
              ? {}
              : { externalNetworkId: shared.externalNetworkId }),
          },
          { parent: this },
        )
      : undefined;
    const portIn = (suffix: string, networkId: pulumi.Input<string>, subnetId?: pulumi.Input<string>) =>
      new openstack.networking.Port(
        `${name}-${suffix}`,
        {
          name: `${cloudName}-${suffix}`,
          networkId,
          adminStateUp: true,
          ...(subnetId === undefined ? {} : { fixedIps: [{ subnetId }] }),
          securityGroupIds: [groupId],
          tags,
        },
        { parent: this, ...addressedPort },
      );
    const inner = portIn("port", shared.wan.networkId, shared.wan.subnetId);
    const outer = own ? portIn("own-port", own.networkId, own.subnetId) : inner;
    this.instance = makeInstance(
      `${name}-instance`,
      cloudName,
      plan,
      shared,
      own ? [outer.id, inner.id] : [inner.id],
      { parent: this, ...(own ? { dependsOn: [...own.ready] } : {}) },
    );
    const address = plan.floatingIp ?? this.#allocate(name, external, tags).address;
    const association = new openstack.networking.FloatingIpAssociate(
      `${name}-floating-ip-association`,
      { floatingIp: address, portId: outer.id },
      {
        parent: this,
        // A port has one floating IP: another is refused as long as it has this.
        deleteBeforeReplace: true,
        // The interface of a router does not go while a floating IP leads through it, to whichever port.
        replaceOnChanges: ["portId"],
        // There is no way from outside to a port before its network has a router.
        ...(own ? { dependsOn: [...own.ready] } : {}),
      },
    );
    this.address = association.floatingIp;
    this.registerOutputs({ instanceId: this.instance.id, address: this.address });
  }

  #allocate(
    name: string,
    pool: string | undefined,
    tags: readonly string[],
  ): openstack.networking.FloatingIp {
    if (pool === undefined) throw new Error("a floating IP is to be allocated from no external network");
    return new openstack.networking.FloatingIp(
      `${name}-floating-ip`,
      { pool, tags: [...tags] },
      { parent: this },
    );
  }
}
