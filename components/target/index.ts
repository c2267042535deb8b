import * as pulumi from "@pulumi/pulumi";
import type { SshDestination } from "../../workloads/hosts/destination";
import { HostsTarget } from "./hosts/target";
import type { HostsPlan } from "./hostsPlan";
import type { ImageSource } from "./images";
import { LocalTarget } from "./local/target";
import { makeInfrastructure, makeOpenstackTarget } from "./openstack/target";
import type { TargetDefinition } from "./schema";
import type { Target } from "./target";

/** What a target must know of the machine and the checkout before anything is made. */
export interface TargetFacts {
  /** Sources of every image, by name. */
  readonly images: Readonly<Record<string, ImageSource>>;
  /** The version of the control groups in which its engine runs containers, 1 or 2; absent: nobody is to read them. */
  readonly controlGroups?: 1 | 2 | undefined;
  /** Told of each host that the stack itself has made, once it can be used. */
  readonly reached?: ((host: string, ssh: SshDestination) => void) | undefined;
}

/** The target of a scenario. @param hosts Where its sites are, if they are on hosts. */
export function makeTarget(
  definition: TargetDefinition,
  stack: string,
  { images, controlGroups, reached = () => undefined }: TargetFacts,
  hosts?: HostsPlan,
): Target {
  const { emulator } = definition;
  switch (definition.kind) {
    case "local":
      return new LocalTarget("target", {
        stack,
        emulator,
        images,
        ...(controlGroups === undefined ? {} : { controlGroups }),
      });
    case "machines":
      if (!hosts) throw new Error("a target of hosts was planned without them");
      return new HostsTarget("buswide:target:Machines", "target", { stack, emulator, images, plan: hosts });
    case "openstack":
      if (!hosts) throw new Error("a target of hosts was planned without them");
      return makeOpenstackTarget(definition, { stack, images }, hosts, reached);
  }
}

/**
 * What a stack gives out whose hosts alone are made: where they are, and the bastion.
 * Errors: the target's hosts are not made by the stack.
 */
export function makeHosts(
  definition: TargetDefinition,
  stack: string,
  hosts: HostsPlan | undefined,
): { readonly hosts: pulumi.Output<Record<string, string>>; readonly bastion?: pulumi.Output<string> } {
  if (definition.kind !== "openstack" || !hosts)
    throw new Error(`hosts of the target ${definition.kind} are not made by the stack`);
  const { hosts: made, bastion } = makeInfrastructure(definition, stack, hosts);
  const addresses = [...made].map(([name, { address }]) => [name, address] as const);
  return {
    hosts: pulumi.all(Object.fromEntries(addresses)),
    ...(bastion ? { bastion: bastion.address } : {}),
  };
}
