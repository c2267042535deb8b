import { address, type Cidr } from "../../plan/cidr";
import type { HostsPlan } from "../hostsPlan";
import { bastionUserData, hostUserData } from "./cloudInit";
import { bastionFlavor, bastionPrefix, type CloudHosts, type PlacedInstance } from "./hosts";
import type { OpenstackTarget } from "./schema";
import { expiryTag, stackTag } from "./tags";

/** Who is let in by a security group: TCP or UDP at ports, or a ping. */
export interface CloudRule {
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** The first and the last port; absent: ICMP has none. */
  readonly ports?: readonly [number, number];
  /** Another group of the plan, by name, or an IPv4 prefix. */
  readonly from: { readonly group: "wan" | "bastion" } | { readonly prefix: string };
}

/** A network that is made, with its one subnet. */
export interface PlannedNetwork {
  readonly prefix: string;
  /** Addresses that the cloud may give by itself: all others are planned. */
  readonly pool: { readonly start: string; readonly end: string };
  /** Where its router is; absent: it has none. */
  readonly gateway?: string;
  /** Longest packet that it is to carry, bytes; absent: as the cloud sees fit. */
  readonly mtu?: number;
}

/** What a packet of sites takes more between hosts, bytes: VXLAN over IPv4 (RFC 7348). */
export const tunnelBytes = 50;

/** What every instance is. */
export interface CloudInstance {
  readonly flavor: string;
  readonly image: string;
  readonly availabilityZone?: string;
  readonly userData: string;
  readonly hints: Readonly<Record<string, string>>;
  /** The server group, by its name in the plan. */
  readonly serverGroup?: string;
}

/** A host: its own network with a router, unless it is on one that exists, and an instance. */
export interface PlannedCloudHost extends CloudInstance {
  readonly name: string;
  readonly network?: PlannedNetwork;
  /** Its address on the network that joins the hosts; absent: the cloud chooses one. */
  readonly address?: string;
  readonly rules: readonly CloudRule[];
}

export interface PlannedBastion extends CloudInstance {
  readonly network?: PlannedNetwork;
  readonly rules: readonly CloudRule[];
  /** A floating IP that the project has; absent: one is allocated. */
  readonly floatingIp?: string;
}

/** All that is made in a cloud before any service. Pure data, the same for the same input. */
export interface CloudPlan {
  readonly stack: string;
  /** The entry of clouds.yaml; absent: the environment's credentials. */
  readonly cloud?: string;
  readonly region?: string;
  /** Of everything that takes tags. */
  readonly tags: readonly string[];
  /** The same of instances, as metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly external?: string;
  /** The network that exists and joins the hosts; absent: `wan` is made. */
  readonly network?: string;
  readonly wan?: PlannedNetwork;
  readonly dns: readonly string[];
  readonly keypair: { readonly name: string } | { readonly publicKey: string };
  /** Policies of server groups by their names. */
  readonly serverGroups: Readonly<Record<string, string>>;
  readonly hosts: readonly PlannedCloudHost[];
  /** Absent: one that exists is used. */
  readonly bastion?: PlannedBastion;
  readonly lease?: { readonly ends: string };
  readonly budget?: OpenstackTarget["budget"];
}

/** The server group of all hosts that have none of their own. */
const commonGroup = "hosts";

/** Plans what is made in a cloud for hosts. @param ports Where each site's gateway is. */
export function planCloud(
  target: OpenstackTarget,
  stack: string,
  { wan, hosts }: CloudHosts,
  { places }: Pick<HostsPlan, "places">,
): CloudPlan {
  const { lease, bastion, ssh } = target;
  const tags: Record<string, string> = {
    ...target.tags,
    ...(lease === undefined ? {} : { [expiryTag]: lease.ends }),
  };
  const made = bastionFlavor(target);
  const fromBastion: CloudRule["from"][] =
    made === undefined ? bastion.from.map((prefix) => ({ prefix })) : [{ group: "bastion" }];
  const instance = (
    own: Partial<Pick<OpenstackTarget["sites"][string], "availabilityZone" | "hints" | "reservation">>,
  ): Pick<CloudInstance, "availabilityZone" | "hints"> => {
    const availabilityZone = own.availabilityZone ?? target.availabilityZone;
    const reservation = own.reservation ?? lease?.reservation;
    return {
      ...(availabilityZone === undefined ? {} : { availabilityZone }),
      hints: { ...(reservation === undefined ? {} : { reservation }), ...own.hints },
    };
  };
  const groupOf = ({ group }: PlacedInstance): string | undefined =>
    target.sites[group]?.affinity !== undefined
      ? `site-${group}`
      : target.affinity === undefined
        ? undefined
        : commonGroup;
  return {
    stack,
    ...(target.cloud === undefined ? {} : { cloud: target.cloud }),
    ...(target.region === undefined ? {} : { region: target.region }),
    tags: [stackTag(stack), ...Object.entries(tags).map(([name, value]) => `${name}=${value}`)],
    metadata: { "buswide-stack": stack, ...tags },
    ...(target.external === undefined ? {} : { external: target.external }),
    ...(target.network === undefined ? {} : { network: target.network }),
    ...(wan
      ? {
          wan: {
            prefix: wan.text,
            pool: { start: address(wan, 1), end: address(wan, 15) },
            mtu: target.mtu + tunnelBytes,
          },
        }
      : {}),
    dns: target.dns,
    keypair: ssh.publicKey === undefined ? { name: ssh.keypair ?? "" } : { publicKey: ssh.publicKey },
    serverGroups: Object.fromEntries(
      hosts.flatMap((host): [string, string][] => {
        const name = groupOf(host);
        const policy = target.sites[host.group]?.affinity ?? target.affinity;
        return name === undefined || policy === undefined ? [] : [[name, policy]];
      }),
    ),
    hosts: hosts.map((host): PlannedCloudHost => {
      const serverGroup = groupOf(host);
      return {
        name: host.name,
        flavor: host.flavor,
        image: host.image,
        userData: hostUserData(ssh.user, target.packages),
        ...instance(target.sites[host.group] ?? {}),
        ...(serverGroup === undefined ? {} : { serverGroup }),
        ...(host.prefix ? { network: ownNetwork(host.prefix) } : {}),
        ...(host.address === undefined ? {} : { address: host.address }),
        rules: hostRules(
          [...places.values()].filter((place) => place.host === host.name).map(({ port }) => port),
          fromBastion,
        ),
      };
    }),
    ...(made === undefined
      ? {}
      : {
          bastion: {
            flavor: made,
            image: bastion.image ?? target.image,
            userData: bastionUserData(),
            ...instance(bastion),
            rules: bastion.from.map((prefix) => sshRule({ prefix }, `ssh-${prefix}`)),
            ...(wan ? { network: ownNetwork(bastionPrefix(target.block)) } : {}),
            ...(bastion.floatingIp === undefined ? {} : { floatingIp: bastion.floatingIp }),
          },
        }),
    ...(lease === undefined ? {} : { lease: { ends: lease.ends } }),
    ...(target.budget === undefined ? {} : { budget: target.budget }),
  };
}

function ownNetwork(prefix: Cidr): PlannedNetwork {
  return {
    prefix: prefix.text,
    pool: { start: address(prefix, 2), end: address(prefix, -2) },
    gateway: address(prefix, 1),
  };
}

function sshRule(from: CloudRule["from"], name: string): CloudRule {
  return { name, protocol: "tcp", ports: [22, 22], from };
}

/** SSH from the bastion; tunnels of other hosts' gateways, and their pings, which are asked for before anything is made. */
function hostRules(ports: readonly number[], fromBastion: readonly CloudRule["from"][]): CloudRule[] {
  return [
    ...fromBastion.map((from) => sshRule(from, "prefix" in from ? `ssh-${from.prefix}` : "ssh")),
    ...(ports.length === 0
      ? []
      : [
          {
            name: "tunnels",
            protocol: "udp" as const,
            ports: [Math.min(...ports), Math.max(...ports)] as const,
            from: { group: "wan" as const },
          },
        ]),
    { name: "ping", protocol: "icmp", from: { group: "wan" } },
  ];
}
