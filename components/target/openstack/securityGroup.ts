import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { CloudRule } from "./plan";

export interface SecurityGroupArgs {
  cloudName: string;
  description: string;
  tags: readonly string[];
  /** Who is let in; nobody else is. Everything is let out. */
  rules: readonly CloudRule[];
}

/** A security group with its rules. */
export class SecurityGroup extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;

  /** @param groups Ids of the groups that rules speak of, by their names in the plan. */
  constructor(
    name: string,
    args: SecurityGroupArgs,
    groups: Readonly<Record<string, pulumi.Input<string>>>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:openstack:SecurityGroup", name, args, opts);
    const group = new openstack.networking.SecGroup(
      `${name}-group`,
      { name: args.cloudName, description: args.description, tags: [...args.tags] },
      { parent: this },
    );
    for (const { name: rule, protocol, ports, from } of args.rules)
      new openstack.networking.SecGroupRule(
        `${name}-${rule}`,
        {
          securityGroupId: group.id,
          direction: "ingress",
          ethertype: "IPv4",
          protocol,
          ...(ports ? { portRangeMin: ports[0], portRangeMax: ports[1] } : {}),
          ...("group" in from
            ? { remoteGroupId: mustGroup(groups, from.group) }
            : { remoteIpPrefix: from.prefix }),
        },
        { parent: this },
      );
    this.groupId = group.id;
    this.registerOutputs({ groupId: group.id });
  }
}

function mustGroup(
  groups: Readonly<Record<string, pulumi.Input<string>>>,
  name: string,
): pulumi.Input<string> {
  const id = groups[name];
  if (id === undefined) throw new Error(`a rule lets in the security group ${name}, which is not made`);
  return id;
}
