import { HostsTarget } from "../hosts/target";
import type { HostsPlan } from "../hostsPlan";
import type { DockerTargetArgs } from "../docker/target";
import type { SshDestination } from "../../../workloads/hosts/destination";
import { CloudAccess } from "./access";
import { CloudInfrastructure } from "./infrastructure";
import { planCloud } from "./plan";
import type { OpenstackTarget } from "./schema";

/** Makes what a target has in its cloud, and nothing on it. */
export function makeInfrastructure(
  target: OpenstackTarget,
  stack: string,
  hosts: HostsPlan,
): CloudInfrastructure {
  if (!hosts.cloud) throw new Error("a target in a cloud was planned without its hosts there");
  return new CloudInfrastructure("cloud", { plan: planCloud(target, stack, hosts.cloud, hosts) });
}

/**
 * Sites on hosts that are instances of a cloud, made first.
 * @param reached Told of each host once it can be used.
 */
export function makeOpenstackTarget(
  target: OpenstackTarget,
  args: Omit<DockerTargetArgs, "emulator">,
  plan: HostsPlan,
  reached: (host: string, ssh: SshDestination) => void,
): HostsTarget {
  const { stack } = args;
  const { ssh, bastion, emulator } = target;
  const access = new CloudAccess("access", { stack, ssh, bastion }, makeInfrastructure(target, stack, plan));
  access.tell(reached);
  return new HostsTarget("buswide:target:Openstack", "target", {
    ...args,
    emulator,
    plan,
    reach: access.hosts,
  });
}
