import { cidr, contains, mustCidr, overlaps, prefixOf } from "../../plan/cidr";
import type { PlanFacts } from "../../plan/plan";
import { underlayName, type PlacedHosts } from "../hostsPlan";
import { isIpv4 } from "../machines/inventory/host";
import { privateBlocks } from "../settings";
import { hostOfUnderlayNetwork, siteOfNetwork, stackLabel, wanLabel } from "../names";
import type { DockerNetwork, HostFacts } from "./facts";

/** Devices of engines' own networks, and of the machine alone: what they have is told of otherwise, or is nobody's. */
const ownDevices = /^(lo|docker\d|br-|veth)/;

/**
 * What a plan must know of hosts: prefixes that any of them uses for something else, and where the stack itself is deployed.
 * @param found What each host said, by its name.
 * @param placed The hosts as the scenario has them.
 */
export function planFactsOf(
  stack: string,
  found: ReadonlyMap<string, HostFacts>,
  placed: PlacedHosts["hosts"],
): PlanFacts {
  const networks = [...found.values()].flatMap(({ docker }) =>
    docker.state === "runs" ? docker.networks : [],
  );
  const isOwn = ({ Labels }: DockerNetwork) => Labels?.[stackLabel] === stack;
  const subnets = ({ IPAM }: DockerNetwork) =>
    (IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet !== undefined && cidr(Subnet) ? [Subnet] : []));
  const own = networks.filter(isOwn);
  const ownPrefixes = own.flatMap(subnets).map(mustCidr);
  const interfaces = [...found.values()].flatMap(({ addresses }) =>
    addresses.flatMap(({ device, prefix }) => (ownDevices.test(device) ? [] : [prefixOf(prefix)])),
  );
  const routed = [...found.values()].flatMap(({ routes }) =>
    routes.flatMap(({ device, prefix }) =>
      (device !== undefined && ownDevices.test(device)) || isSummary(prefix) ? [] : [prefix],
    ),
  );
  const needed = [
    ...[...found.values()].flatMap(({ needed: addresses }) => addresses),
    ...placed.flatMap(({ ssh, address }) => [
      ssh.host,
      ...(ssh.jump ?? []).map(({ host }) => host),
      address ?? "",
    ]),
  ];
  const deployed = own.flatMap((network): (readonly [string, string])[] => {
    const host = hostOfUnderlayNetwork(stack, network.Name);
    const name = host === undefined ? siteOfNetwork(stack, network.Name) : underlayName(host);
    const [prefix] = subnets(network);
    return name === undefined || prefix === undefined ? [] : [[name, prefix]];
  });
  return {
    stack,
    busy: [
      ...new Set([
        ...networks.filter((network) => !isOwn(network)).flatMap(subnets),
        ...needed.filter(isIpv4).map((address) => `${address}/32`),
        ...[...interfaces, ...routed].filter(
          (prefix) => !ownPrefixes.some((mine) => overlaps(mine, mustCidr(prefix))),
        ),
      ]),
    ],
    deployedWan: own.map(({ Labels }) => Labels?.[wanLabel]).find((wan) => wan !== undefined),
    deployedSites: new Map(deployed),
    hostAddresses: new Map(
      [...found].flatMap(([name, { defaultAddress }]) =>
        defaultAddress === undefined ? [] : [[name, defaultAddress] as const],
      ),
    ),
    hostEngines: new Map(
      [...found].flatMap(([name, { docker }]) =>
        docker.state === "runs" ? [[name, docker.identity] as const] : [],
      ),
    ),
  };
}

/**
 * Whether a route is to all private addresses of a kind, as a site's routers have one. It says no more than the default route that something
 * may be there; what has to be reached by it is known by its address.
 */
function isSummary(prefix: string): boolean {
  const route = cidr(prefix);
  return route !== undefined && privateBlocks.some((block) => contains(route, block));
}
