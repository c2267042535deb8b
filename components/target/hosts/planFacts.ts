import { cidr, mustCidr, overlaps, prefixOf } from "../../plan/cidr";
import type { PlanFacts } from "../../plan/plan";
import { underlayName } from "../hostsPlan";
import { hostOfUnderlayNetwork, siteOfNetwork, stackLabel, wanLabel } from "../names";
import type { DockerNetwork, HostFacts } from "./facts";

/** Devices of engines' own networks, and of the machine alone: what they have is told of otherwise, or is nobody's. */
const ownDevices = /^(lo|docker\d|br-|veth)/;

/**
 * What a plan must know of hosts: prefixes that any of them uses for something else, and where the stack itself is deployed.
 * @param found What each host said, by its name.
 */
export function planFactsOf(stack: string, found: ReadonlyMap<string, HostFacts>): PlanFacts {
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
        ...interfaces.filter((prefix) => !ownPrefixes.some((mine) => overlaps(mine, mustCidr(prefix)))),
      ]),
    ],
    deployedWan: own.map(({ Labels }) => Labels?.[wanLabel]).find((wan) => wan !== undefined),
    deployedSites: new Map(deployed),
    hostAddresses: new Map(
      [...found].flatMap(([name, { defaultAddress }]) =>
        defaultAddress === undefined ? [] : [[name, defaultAddress] as const],
      ),
    ),
  };
}
