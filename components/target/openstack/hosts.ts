import { AddressingError, planAddresses } from "../../plan/addressing";
import { mustCidr, subnet, type Cidr } from "../../plan/cidr";
import type { PlacementIssue } from "../machines/placement";
import type { OpenstackTarget } from "./schema";

/** An instance that sites are to be on. */
export interface PlacedInstance {
  readonly name: string;
  /** The site or group of sites whose settings it has. */
  readonly group: string;
  readonly flavor: string;
  readonly image: string;
  /** Its own network in the cloud, by which it reaches everything outside; absent: it is on a network that exists. */
  readonly prefix?: Cidr;
  /** Its address on the network that joins the hosts, where that is made; absent: the cloud chooses one. */
  readonly address?: string;
}

/** The network that joins the hosts, and which host is where. */
export interface CloudHosts {
  /** Absent: a network that exists joins them. */
  readonly wan?: Cidr;
  readonly hosts: readonly PlacedInstance[];
  /** Site to host, by names. */
  readonly hostOf: ReadonlyMap<string, string>;
}

/** Prefix length of a host's own network in the cloud: its router, its port, and what gives addresses there. */
const ownPrefix = 28;

type PlacedTarget = Pick<
  OpenstackTarget,
  "image" | "flavor" | "bastion" | "network" | "block" | "sites" | "budget"
>;

/**
 * Which instances there are, and which sites are on which: one for each site, or for a group as many as it says, over which its sites
 * are dealt in turn, so that a further site moves none. Addresses in the cloud follow from names, so that they stay.
 * @param groups Each name in the scenario's `sites` to its sites.
 * @param deployed The own networks of hosts that the stack has, by host, also of hosts that are no more: they stay, and are nobody else's.
 */
export function cloudHosts(
  target: PlacedTarget,
  groups: ReadonlyMap<string, readonly string[]>,
  deployed: ReadonlyMap<string, string> = new Map(),
): CloudHosts & { readonly issues: readonly PlacementIssue[] } {
  const issues: PlacementIssue[] = [];
  for (const name of Object.keys(target.sites))
    if (!groups.has(name))
      issues.push({
        path: ["sites", name],
        message: `there is no site or group "${name}"; the sites are ${[...groups.keys()].slice(0, 12).join(", ")}${groups.size > 12 ? ", …" : ""}`,
      });
  const hostOf = new Map<string, string>();
  const named = new Map<string, string>();
  for (const [group, members] of groups) {
    const count = target.sites[group]?.hosts ?? members.length;
    if (count > members.length)
      issues.push({
        path: ["sites", group, "hosts"],
        message: `${count} instances for ${members.length === 1 ? `the one site "${members[0]}"` : `${members.length} sites`}: a site is on one instance; use ${members.length} or fewer`,
      });
    const names =
      count >= members.length
        ? members
        : Array.from({ length: count }, (_, index) => `${group}-host-${index + 1}`);
    for (const name of names) {
      const other = named.get(name);
      if (other !== undefined)
        issues.push({
          path: ["sites", group, "hosts"],
          message: `an instance of "${group}" and one of "${other}" would both be called "${name}": call one of the groups otherwise`,
        });
      named.set(name, group);
    }
    members.forEach((site, index) => hostOf.set(site, names[index % names.length] ?? ""));
  }
  const room = target.network === undefined ? roomIn(target.block) : Infinity;
  if (named.size > room) {
    issues.push({
      path: ["block"],
      message: `${target.block} has room for ${room} hosts, and there are ${named.size}: use a larger one, or fewer hosts`,
    });
    return { hosts: [], hostOf, issues };
  }
  const placed = addressesIn(target, [...named.keys()], deployed);
  if (placed instanceof AddressingError) {
    issues.push({ path: ["block"], message: placed.message });
    return { hosts: [], hostOf, issues };
  }
  const hosts = [...named].map(([name, group]): PlacedInstance => {
    const place = placed?.sites.get(name);
    return {
      name,
      group,
      flavor: target.sites[group]?.flavor ?? target.flavor,
      image: target.sites[group]?.image ?? target.image,
      ...(place ? { prefix: place.prefix, address: place.wanAddress } : {}),
    };
  });
  issues.push(...budgetIssues(target, hosts));
  return { ...(placed ? { wan: placed.wan } : {}), hosts, hostOf, issues };
}

/** The bastion's flavor; undefined: it exists. */
export function bastionFlavor({
  bastion,
  flavor,
}: Pick<OpenstackTarget, "bastion" | "flavor">): string | undefined {
  return bastion.host === undefined ? (bastion.flavor ?? flavor) : undefined;
}

/** How many hosts a block has room for, each with its own network and an address on the one that joins them. */
function roomIn(block: string): number {
  const { length } = mustCidr(block);
  // As addresses are planned: the last sixteenth joins them, its first sixteen addresses are nobody's. One network is the bastion's.
  const joined = 2 ** (32 - length - 4);
  return Math.min(Math.floor((15 * joined) / 2 ** (32 - ownPrefix)), joined - 17) - 1;
}

/** Where hosts are; undefined: on a network that exists. An error: the block has no place for them beside what is deployed. */
function addressesIn(
  { network, block }: Pick<PlacedTarget, "network" | "block">,
  names: readonly string[],
  deployed: ReadonlyMap<string, string>,
) {
  if (network !== undefined) return undefined;
  try {
    return planAddresses({
      stack: "",
      sites: names,
      sitePrefix: ownPrefix,
      block,
      busy: [],
      // The network that joins the bastion with the outside is the first of the block: no host's may be there.
      deployedSites: new Map([...deployed, ["", bastionPrefix(block).text]]),
    });
  } catch (error) {
    if (error instanceof AddressingError) return error;
    throw error;
  }
}

/** The bastion's own network. */
export function bastionPrefix(block: string): Cidr {
  return subnet(mustCidr(block), ownPrefix, 0);
}

function budgetIssues(target: PlacedTarget, hosts: readonly PlacedInstance[]): PlacementIssue[] {
  const { budget } = target;
  if (!budget) return [];
  const made = bastionFlavor(target);
  const used = [...hosts.map(({ flavor }) => flavor), ...(made === undefined ? [] : [made])];
  const unknown = [...new Set(used)].filter((flavor) => !Object.hasOwn(budget.flavors, flavor));
  if (unknown.length > 0)
    return unknown.map((flavor) => ({
      path: ["budget", "flavors"],
      message: `the flavor "${flavor}" is used, and the budget does not have it: use ${Object.keys(budget.flavors).join(" or ") || "no instance"}, or add it with its cores`,
    }));
  const cores = used.reduce((sum, flavor) => sum + (budget.flavors[flavor] ?? 0), 0);
  return cores <= budget.cores
    ? []
    : [
        {
          path: ["budget", "cores"],
          message: `${used.length} instances have ${cores} cores, and the budget is ${budget.cores}: use fewer hosts (sites.<group>.hosts), smaller flavors, or a larger budget`,
        },
      ];
}
