import { createHash } from "crypto";
import { ip2long } from "netmask";
import type { SshDestination } from "../../workloads/hosts/destination";
import { address, type Cidr } from "../plan/cidr";
import type { CloudHosts } from "./openstack/hosts";

/** What a target of several hosts says of them before any of them is asked. */
export interface PlacedHosts {
  /** The hosts on which there are sites. */
  readonly hosts: readonly {
    readonly name: string;
    readonly ssh: SshDestination;
    /** Where other hosts reach it; absent: the host is asked. */
    readonly address?: string;
  }[];
  /** Site to host, by names. */
  readonly hostOf: ReadonlyMap<string, string>;
  /** Longest packet of sites and links, bytes. */
  readonly mtu: number;
  /** The first of the UDP ports that are gateways'; absent: chosen by the stack's name. */
  readonly firstPort?: number;
  /** Prefixes that sites' must keep off, besides those that hosts say; absent: none. */
  readonly busy?: readonly string[];
  /** Where hosts are in the cloud in which they are made; absent: they are there. */
  readonly cloud?: CloudHosts;
}

/** A host as planned. */
export interface PlannedHost {
  readonly name: string;
  readonly ssh: SshDestination;
  /** The IPv4 address at which other hosts reach it; absent: nobody has asked it. */
  readonly address?: string;
  /** What tells its engine from all others; absent: nobody has asked it. */
  readonly engine?: string;
  /** The network of its engine between gateways and the host. */
  readonly underlay: Cidr;
  readonly sites: readonly string[];
}

/** Where a site is, and by which ways its gateway is reached. */
export interface PlannedPlace {
  readonly host: string;
  /** The host's UDP port that is the gateway's; no other gateway of the stack has the same. */
  readonly port: number;
  /** The gateway's address in the underlay. */
  readonly underlayAddress: string;
}

/** Where the sites of a plan are, if they are on hosts. */
export interface HostsPlan {
  readonly hosts: ReadonlyMap<string, PlannedHost>;
  /** By site. */
  readonly places: ReadonlyMap<string, PlannedPlace>;
  readonly mtu: number;
  /** Identifies the stack's WAN among those of other stacks on the same hosts. */
  readonly tunnelId: number;
  /** Where hosts are in the cloud in which they are made; absent: they are there. */
  readonly cloud?: CloudHosts;
}

/** Ports that stacks choose theirs from by default, a band each: above those of services, below those of clients. */
const [firstBand, bands, bandSize] = [10_000, 22, 1000];

/** Identifiers of VXLAN have 24 bits, and 0 is none. */
const tunnelIds = 2 ** 24 - 1;

/** What a host's underlay is called among the networks whose addresses are planned; no site can be. */
export function underlayName(host: string): string {
  return `@${host}`;
}

/** The host whose underlay has a name; undefined: it is a site's. */
export function hostOfUnderlay(name: string): string | undefined {
  return name.startsWith("@") ? name.slice(1) : undefined;
}

/** Something that does not fit, and the setting that it would be changed by. */
export class HostsPlanError extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Plans what a target of hosts needs besides its sites.
 * @param networks Network of each site and of each host's underlay; each site's address on the WAN.
 * @param known Addresses of hosts and what tells their engines apart, as those that were asked have said.
 * Errors: {@link HostsPlanError}: a host has more sites than its underlay has addresses, or there are too few ports.
 */
export function planHosts(
  placed: PlacedHosts,
  stack: string,
  wan: Cidr,
  networks: ReadonlyMap<string, { readonly prefix: Cidr; readonly wanAddress: string }>,
  known: {
    readonly addresses?: ReadonlyMap<string, string> | undefined;
    readonly engines?: ReadonlyMap<string, string> | undefined;
  } = {},
): HostsPlan {
  const firstPort = placed.firstPort ?? firstBand + (hash(stack) % bands) * bandSize;
  const position = (site: string) => {
    const place = networks.get(site);
    if (!place) throw new Error(`no addresses were planned for ${site}`);
    return ip2long(place.wanAddress) - wan.first;
  };
  const places = new Map<string, PlannedPlace>();
  const hosts = placed.hosts.map(({ name, ssh, address: said }): PlannedHost => {
    const sites = [...placed.hostOf].filter(([, host]) => host === name).map(([site]) => site);
    const underlay = networks.get(underlayName(name))?.prefix;
    if (!underlay) throw new Error(`no underlay was planned for ${name}`);
    const offsets = dealOffsets(sites, position, underlay, name);
    for (const site of sites) {
      const port = firstPort + position(site);
      if (port > 65_535)
        throw new HostsPlanError(
          "target.firstPort",
          `${firstPort} leaves too few ports for all gateways: use ${65_535 - (wan.size - 1)} or less`,
        );
      places.set(site, { host: name, port, underlayAddress: address(underlay, offsets.get(site) ?? 0) });
    }
    const [where, engine] = [said ?? known.addresses?.get(name), known.engines?.get(name)];
    return {
      ...{ name, ssh, underlay, sites },
      ...(where === undefined ? {} : { address: where }),
      ...(engine === undefined ? {} : { engine }),
    };
  });
  return {
    hosts: new Map(hosts.map((host) => [host.name, host])),
    places,
    mtu: placed.mtu,
    tunnelId: 1 + (hash(stack) % tunnelIds),
    ...(placed.cloud ? { cloud: placed.cloud } : {}),
  };
}

/**
 * Where in the underlay each gateway is: by its place on the WAN, so that it stays when others come and go; where two would be at one,
 * the later of them on the WAN is at the next that is free. Network, broadcast and the host's own address are nobody's.
 */
function dealOffsets(
  sites: readonly string[],
  position: (site: string) => number,
  underlay: Cidr,
  host: string,
): Map<string, number> {
  const room = underlay.size - 3;
  if (sites.length > room)
    throw new HostsPlanError(
      "target.addresses.sitePrefix",
      `${underlay.length} leaves a host ${room} gateways, and ${sites.length} sites are on "${host}": use ${underlay.length - Math.ceil(Math.log2((sites.length + 3) / underlay.size))} or less, or more hosts`,
    );
  const taken = new Set<number>();
  const offsets = new Map<string, number>();
  for (const site of [...sites].sort((a, b) => position(a) - position(b))) {
    let at = position(site) % room;
    while (taken.has(at)) at = (at + 1) % room;
    taken.add(at);
    offsets.set(site, at + 2);
  }
  return offsets;
}

function hash(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}
