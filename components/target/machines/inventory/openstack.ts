import { z } from "zod";
import { cidr, contains, mustCidr } from "../../../plan/cidr";
import { groupsByName, isIpv4, wrong, type Inventory, type InventoryHost } from "./host";

/**
 * A server as `openstack server list -f json` tells of it. Networks are a map of lists, or in clients of 2020 and before one text,
 * `net=10.0.0.3, 192.0.2.7; other=10.1.0.3`.
 */
const servers = z.array(
  z.object({
    Name: z.string(),
    Status: z.string(),
    Networks: z.union([z.string(), z.record(z.string(), z.array(z.string()))]),
  }),
);

/** Nobody reaches these from outside of where they are (RFC 1918, RFC 6598). */
const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(mustCidr);

/**
 * Reads what `openstack server list -f json` prints, of Chameleon or any other cloud. SSH goes to a server's floating IP where it
 * has one; other hosts reach it at the first of its own addresses. A group is a name without its number: `edge` of `edge-1`.
 */
export function readOpenstack(text: string): Inventory {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong("this is no JSON: use what `openstack server list -f json` prints");
  }
  const parsed = servers.safeParse(value);
  if (!parsed.success)
    return wrong(
      "this is no list of servers with Name, Status and Networks: use what `openstack server list -f json` prints",
    );
  const problems = parsed.data.flatMap(({ Name, Status, Networks }) => {
    if (Status !== "ACTIVE") return [`${Name} is ${Status}, not ACTIVE: wait for it, or take it out`];
    return addressesIn(Networks).length > 0 ? [] : [`${Name} has no IPv4 address`];
  });
  if (parsed.data.length === 0) problems.push("it has no server");
  if (problems.length > 0) return { hosts: [], problems };
  return {
    hosts: parsed.data.map(({ Name, Networks }) => hostOf(Name, addressesIn(Networks))),
    problems: [],
  };
}

/** The same servers with what is taken over of them alone. Errors: it is no list of servers. */
export function reduceOpenstack(text: string): string {
  return `${JSON.stringify(servers.parse(JSON.parse(text)), undefined, 1)}\n`;
}

function addressesIn(networks: z.infer<typeof servers>[number]["Networks"]): string[] {
  const lists =
    typeof networks === "string"
      ? networks.split(";").map((network) => network.slice(network.indexOf("=") + 1).split(","))
      : Object.values(networks);
  return lists
    .flat()
    .map((address) => address.trim())
    .filter(isIpv4);
}

function hostOf(name: string, addresses: readonly string[]): InventoryHost {
  const isPrivate = (address: string) => {
    const one = cidr(`${address}/32`);
    return one !== undefined && privateBlocks.some((range) => contains(range, one));
  };
  const own = addresses.find(isPrivate) ?? addresses[0] ?? "";
  const outside = addresses.find((address) => !isPrivate(address)) ?? addresses.at(-1) ?? "";
  return { name, host: outside, address: own, groups: groupsByName(name) };
}
