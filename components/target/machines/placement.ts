import { machineHosts, type MachineHost } from "./hosts";
import type { MachinesTarget } from "./schema";

/** Something wrong with where sites are to be, by its path in the target. */
export interface PlacementIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface Placement {
  /** The hosts on which there are sites, in the order of the scenario. */
  readonly hosts: readonly MachineHost[];
  /** Site to host, by names. */
  readonly hostOf: ReadonlyMap<string, string>;
}

type PlacedTarget = Pick<MachinesTarget, "hosts" | "inventory" | "ssh" | "sites">;

/**
 * Which site is on which host. Sites of a group are dealt over the hosts that are named for it in turn, so that a further site moves
 * none; what is said of one site goes before what is said of its group.
 * @param groups Each name in the scenario's `sites` to its sites.
 */
export function placeSites(
  target: PlacedTarget,
  groups: ReadonlyMap<string, readonly string[]>,
): Placement & { readonly issues: readonly PlacementIssue[] } {
  const hosts = machineHosts(target);
  const issues: PlacementIssue[] = [];
  if (hosts.length === 0)
    issues.push({
      path: ["hosts"],
      message: "there are none: name hosts, such as { alpha: { host: 10.0.0.5 } }, or give an inventory",
    });
  const sites = new Set([...groups.values()].flat());
  for (const name of Object.keys(target.sites))
    if (!groups.has(name) && !sites.has(name))
      issues.push({
        path: ["sites", name],
        message: `there is no site "${name}"; ${listed("the sites are", [...groups.keys()])}`,
      });
  const hostOf = new Map<string, string>();
  for (const [group, members] of groups) {
    const own = members.filter((site) => site !== group && Object.hasOwn(target.sites, site));
    const others = members.filter((site) => !own.includes(site));
    for (const site of own) deal([site], site, { target, hosts, issues, hostOf });
    if (others.length > 0 && hosts.length > 0) deal(others, group, { target, hosts, issues, hostOf });
  }
  const used = new Set(hostOf.values());
  return { hosts: hosts.filter(({ name }) => used.has(name)), hostOf, issues };
}

interface Dealing {
  readonly target: PlacedTarget;
  readonly hosts: readonly MachineHost[];
  readonly issues: PlacementIssue[];
  readonly hostOf: Map<string, string>;
}

function deal(sites: readonly string[], name: string, { target, hosts, issues, hostOf }: Dealing): void {
  const said = Object.hasOwn(target.sites, name) ? target.sites[name] : undefined;
  const path = ["sites", name];
  const named = said ?? [name];
  const found = named.map((one) => resolve(one, hosts));
  const missing = named.find((_, index) => found[index]?.length === 0);
  if (missing !== undefined) {
    issues.push({
      path,
      message:
        said === undefined
          ? `no host is named for "${name}", and no host or group has its name: say ${name}: <host or group>; ${known(hosts)}`
          : `there is no host or group "${missing}"; ${known(hosts)}`,
    });
    return;
  }
  const over = [...new Set(found.flat())];
  if (over.length > sites.length)
    issues.push({
      path,
      message: `${over.length} hosts (${over.slice(0, 5).join(", ")}${over.length > 5 ? ", …" : ""}) for ${
        sites.length === 1 ? `the one site "${sites[0]}"` : `${sites.length} sites`
      }: a site is on one host; name ${sites.length === 1 ? "one" : `${sites.length} or fewer`}, or have more sites`,
    });
  sites.forEach((site, index) => hostOf.set(site, over[index % over.length] ?? ""));
}

/** The hosts that a name stands for: a host, or the members of a group. */
function resolve(name: string, hosts: readonly MachineHost[]): string[] {
  const host = hosts.find((one) => one.name === name);
  if (host) return [host.name];
  return hosts.filter(({ groups }) => groups.includes(name)).map((one) => one.name);
}

function known(hosts: readonly MachineHost[]): string {
  const groups = [...new Set(hosts.flatMap((host) => host.groups))];
  const names = listed(
    "the hosts are",
    hosts.map(({ name }) => name),
  );
  return groups.length === 0 ? names : `${names}; ${listed("the groups are", groups)}`;
}

function listed(what: string, names: readonly string[]): string {
  return `${what} ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`;
}
