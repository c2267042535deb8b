/** Of something that a project has a quota of. -1: there is no limit. */
export interface Quota {
  readonly limit: number;
  readonly used: number;
}

export const quotaNames = [
  "instances",
  "cores",
  "ram",
  "key_pairs",
  "server_groups",
  "network",
  "subnet",
  "router",
  "port",
  "security_group",
  "security_group_rule",
  "floatingip",
] as const;
export type QuotaName = (typeof quotaNames)[number];

export interface FoundFlavor {
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly ram: number;
  /** GiB. */
  readonly disk: number;
}

export interface FoundImage {
  readonly name: string;
  readonly status: string;
  /** GiB. */
  readonly minDisk: number;
  /** MiB. */
  readonly minRam: number;
}

export interface FoundNetwork {
  readonly id: string;
  readonly name: string;
  readonly external: boolean;
  /** Bytes; absent: Neutron does not say. */
  readonly mtu?: number;
  /** IPv4 prefixes of the subnets of the network that joins hosts; of others they are not asked. */
  readonly prefixes?: readonly string[];
}

/** A floating IP that is to be used, and is there. */
export interface FoundFloatingIp {
  /** The external network that it is of, by id. */
  readonly networkId: string;
  /** Whether it leads to a port that the stack has not made. */
  readonly taken: boolean;
}

/** Where in the world something is made. */
export interface CloudPlace {
  /** The project, by id. */
  readonly project: string;
  readonly region?: string;
}

/** An instance that the stack has made. */
export interface FoundServer {
  readonly name: string;
  readonly status: string;
  readonly flavor: string;
  readonly addresses: readonly string[];
}

/** What a cloud has that a stack is to use, and what it has of the stack. */
export interface CloudFacts {
  readonly quotas: ReadonlyMap<QuotaName, Quota>;
  readonly flavors: readonly FoundFlavor[];
  readonly images: readonly FoundImage[];
  /** Those that the plan names. */
  readonly networks: readonly FoundNetwork[];
  /** Whether the keypair that the plan names is there; a plan that makes one: true. */
  readonly keypair: boolean;
  readonly servers: readonly FoundServer[];
  /** The floating IPs that the stack has. */
  readonly floatingIps: readonly string[];
  /** The own networks of hosts that the stack has, by host, also of hosts that the scenario has no more. */
  readonly deployed: ReadonlyMap<string, string>;
  /** The networks to which the stack's routers lead, by id. */
  readonly externals: readonly string[];
  /** The floating IP that the plan names; absent: there is none, or none is named. */
  readonly floatingIp?: FoundFloatingIp;
  /** Where all this is. */
  readonly place: CloudPlace;
  /** How much of each quota is what the stack has already. */
  readonly own: ReadonlyMap<QuotaName, number>;
}
