import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { Bastion } from "./bastion";
import { CloudHost, type SharedCloud } from "./cloudHost";
import { CloudNetwork } from "./cloudNetwork";
import type { CloudPlan } from "./plan";
import { SecurityGroup } from "./securityGroup";

export interface CloudInfrastructureArgs {
  plan: CloudPlan;
}

/**
 * Everything that hosts are in an OpenStack cloud: networks, routers, security groups, ports, instances, and the bastion with the one
 * floating IP. Nothing of it is reached: what is then put on the hosts is others' business.
 */
export class CloudInfrastructure extends pulumi.ComponentResource {
  readonly hosts: ReadonlyMap<string, CloudHost>;
  /** Absent: one that exists is used. */
  readonly bastion?: Bastion;

  constructor(name: string, args: CloudInfrastructureArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buswide:openstack:Infrastructure", name, args, opts);
    const { plan } = args;
    const provider = new openstack.Provider(
      `${name}-provider`,
      {
        ...(plan.cloud === undefined ? {} : { cloud: plan.cloud }),
        ...(plan.region === undefined ? {} : { region: plan.region }),
      },
      { parent: this },
    );
    // No host is called what begins with a hyphen.
    const cloudName = (of: string) => `buswide-${plan.stack}-${of}`;
    const inCloud = { parent: this, providers: { openstack: provider } };
    const found = (network: string, external: boolean) =>
      openstack.networking.getNetworkOutput(
        { name: network, ...(external ? { external } : {}) },
        { parent: this, provider },
      ).id;
    const { tags, metadata, dns } = plan;
    const wan = plan.wan
      ? new CloudNetwork(
          `${name}-wan`,
          { plan: plan.wan, cloudName: cloudName("-wan"), tags, dns: [] },
          inCloud,
        )
      : { networkId: found(plan.network ?? "", false) };
    const wanGroup = new SecurityGroup(
      `${name}-hosts`,
      {
        cloudName: cloudName("-hosts"),
        description: "all hosts, for rules that let them in",
        tags,
        rules: [],
      },
      {},
      inCloud,
    );
    const bastionGroup = plan.bastion
      ? new SecurityGroup(
          `${name}-bastion-access`,
          {
            cloudName: cloudName("-bastion"),
            description: "SSH from where the deployment is made",
            tags,
            rules: plan.bastion.rules,
          },
          {},
          inCloud,
        )
      : undefined;
    const shared: SharedCloud = {
      tags,
      metadata,
      dns,
      wan,
      groups: { wan: wanGroup.groupId, ...(bastionGroup ? { bastion: bastionGroup.groupId } : {}) },
      keyPair:
        "name" in plan.keypair
          ? plan.keypair.name
          : new openstack.compute.Keypair(
              `${name}-keypair`,
              { name: cloudName("-key"), publicKey: plan.keypair.publicKey },
              { parent: this, provider },
            ).name,
      serverGroups: Object.fromEntries(
        Object.entries(plan.serverGroups).map(([group, policy]) => [
          group,
          new openstack.compute.ServerGroup(
            `${name}-${group}-server-group`,
            { name: cloudName(`-${group}`), policies: [policy] },
            { parent: this, provider },
          ).id,
        ]),
      ),
      ...(plan.external !== undefined && plan.wan ? { externalNetworkId: found(plan.external, true) } : {}),
    };
    this.hosts = new Map(
      plan.hosts.map((host) => [
        host.name,
        new CloudHost(
          `${name}-host-${host.name}`,
          { plan: host, cloudName: cloudName(host.name) },
          shared,
          inCloud,
        ),
      ]),
    );
    if (plan.bastion && bastionGroup)
      this.bastion = new Bastion(
        `${name}-bastion`,
        {
          plan: plan.bastion,
          cloudName: cloudName("-bastion"),
          ...(plan.external === undefined ? {} : { external: plan.external }),
        },
        shared,
        bastionGroup.groupId,
        inCloud,
      );
    // A policy is shown what components give out, and not what they are made of.
    this.registerOutputs({
      ...(plan.lease ? { lease: plan.lease } : {}),
      ...(plan.budget ? { budget: plan.budget } : {}),
      hosts: Object.fromEntries([...this.hosts].map(([host, { address }]) => [host, address])),
      ...(this.bastion ? { bastion: this.bastion.address } : {}),
    });
  }
}
