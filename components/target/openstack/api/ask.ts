import { z } from "zod";
import type { CloudPlan } from "../plan";
import { stackTag } from "../tags";
import type { CloudClient } from "./client";
import {
  quotaNames,
  type CloudFacts,
  type FoundImage,
  type FoundNetwork,
  type FoundServer,
  type Quota,
  type QuotaName,
} from "./found";

const limits = z.object({
  limits: z.object({
    absolute: z.looseObject({
      maxTotalInstances: z.number(),
      totalInstancesUsed: z.number(),
      maxTotalCores: z.number(),
      totalCoresUsed: z.number(),
      maxTotalRAMSize: z.number(),
      totalRAMUsed: z.number(),
      maxTotalKeypairs: z.number(),
      maxServerGroups: z.number().optional(),
      totalServerGroupsUsed: z.number().optional(),
    }),
  }),
});
const quotaDetails = z.object({
  quota: z.record(
    z.string(),
    z.object({ limit: z.number(), used: z.number(), reserved: z.number().optional() }),
  ),
});
const flavorPage = z.object({
  flavors: z.array(
    z.object({ id: z.string(), name: z.string(), vcpus: z.number(), ram: z.number(), disk: z.number() }),
  ),
});
const imagePage = z.object({
  images: z.array(
    z.object({
      name: z.string().nullish(),
      status: z.string(),
      min_disk: z.number().nullish(),
      min_ram: z.number().nullish(),
    }),
  ),
});
const networkPage = z.object({
  networks: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      "router:external": z.boolean().nullish(),
      mtu: z.number().nullish(),
    }),
  ),
});
const floatingIpPage = z.object({
  floatingips: z.array(z.object({ floating_network_id: z.string(), port_id: z.string().nullish() })),
});
const subnetPage = z.object({ subnets: z.array(z.object({ cidr: z.string(), ip_version: z.number() })) });
const serverPage = z.object({
  servers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      status: z.string(),
      flavor: z.object({ original_name: z.string() }),
      addresses: z.record(z.string(), z.array(z.object({ addr: z.string(), version: z.number() }))),
    }),
  ),
});
const keypairs = z.object({ keypairs: z.array(z.object({ keypair: z.object({ name: z.string() }) })) });
const serverGroups = z.object({ server_groups: z.array(z.object({ name: z.string() })) });

/** Nova's microversion with tags of servers (2.26) and their flavors by name (2.47). */
const novaVersion = "2.47";

/**
 * Asks a cloud for what a plan is to use. Everything is read, nothing is changed.
 * Errors: {@link CloudError}.
 */
export async function askCloud(client: CloudClient, plan: CloudPlan): Promise<CloudFacts> {
  const instances = [...plan.hosts, ...(plan.bastion ? [plan.bastion] : [])];
  const imageNames = [...new Set(instances.map(({ image }) => image))];
  const networkNames = [plan.external, plan.network].filter((name) => name !== undefined);
  const tag = `tags=${encodeURIComponent(stackTag(plan.stack))}`;
  const [{ limits: nova }, neutron, flavors, servers, keys, groups, images, networks, own, address] =
    await Promise.all([
      client.get("compute", "/limits", limits),
      client.find("network", `/quotas/${client.projectId}/details.json`, quotaDetails),
      pages(client, "/flavors/detail", flavorPage, (page) => page.flavors),
      pages(client, `/servers/detail?${tag}`, serverPage, (page) => page.servers, novaVersion),
      client.get("compute", "/os-keypairs", keypairs),
      client.get("compute", "/os-server-groups", serverGroups),
      Promise.all(
        imageNames.map((name) => client.get("image", `/images?name=${encodeURIComponent(name)}`, imagePage)),
      ),
      Promise.all(networkNames.map((name) => askNetworks(client, name, name === plan.network))),
      askOwn(client, plan.stack, tag),
      askFloatingIp(client, plan.bastion?.floatingIp),
    ]);
  const { absolute } = nova;
  const { keypairs: allKeys } = keys;
  const isOwn = ({ name }: { readonly name: string }) => name.startsWith(`buswide-${plan.stack}--`);
  const ownKeys = allKeys.filter(({ keypair }) => isOwn(keypair)).length;
  const ownGroups = groups.server_groups.filter(isOwn).length;
  const sizes = new Map(flavors.map((flavor) => [flavor.name, flavor]));
  const sum = (of: "vcpus" | "ram") =>
    servers.reduce((total, { flavor }) => total + (sizes.get(flavor.original_name)?.[of] ?? 0), 0);
  return {
    quotas: new Map<QuotaName, Quota>([
      ["instances", { limit: absolute.maxTotalInstances, used: absolute.totalInstancesUsed }],
      ["cores", { limit: absolute.maxTotalCores, used: absolute.totalCoresUsed }],
      ["ram", { limit: absolute.maxTotalRAMSize, used: absolute.totalRAMUsed }],
      ["key_pairs", { limit: absolute.maxTotalKeypairs, used: allKeys.length }],
      ...(absolute.maxServerGroups === undefined
        ? []
        : [
            [
              "server_groups",
              {
                limit: absolute.maxServerGroups,
                used: absolute.totalServerGroupsUsed ?? groups.server_groups.length,
              },
            ] as const,
          ]),
      ...Object.entries(neutron?.quota ?? {}).flatMap(([name, { limit, used, reserved = 0 }]) =>
        isQuota(name) ? [[name, { limit, used: used + reserved }] as const] : [],
      ),
    ]),
    flavors,
    images: images.flatMap((page, index) =>
      page.images.map((image): FoundImage => ({
        name: image.name ?? imageNames[index] ?? "",
        status: image.status,
        minDisk: image.min_disk ?? 0,
        minRam: image.min_ram ?? 0,
      })),
    ),
    networks: networks.flat(),
    keypair:
      "publicKey" in plan.keypair ||
      allKeys.some(({ keypair }) => "name" in plan.keypair && keypair.name === plan.keypair.name),
    servers: servers.map(({ name, status, flavor, addresses }): FoundServer => ({
      name,
      status,
      flavor: flavor.original_name,
      addresses: Object.values(addresses)
        .flat()
        .flatMap(({ addr, version }) => (version === 4 ? [addr] : [])),
    })),
    floatingIps: own.floatingIps,
    deployed: own.deployed,
    externals: own.externals,
    ...(address
      ? {
          floatingIp: {
            networkId: address.floating_network_id,
            taken: Boolean(address.port_id) && !own.ports.includes(address.port_id ?? ""),
          },
        }
      : {}),
    place: { project: client.projectId, ...(client.region === undefined ? {} : { region: client.region }) },
    own: new Map<QuotaName, number>([
      ...own.counts,
      ["instances", servers.length],
      ["cores", sum("vcpus")],
      ["ram", sum("ram")],
      ["key_pairs", ownKeys],
      ["server_groups", ownGroups],
    ]),
  };
}

function isQuota(name: string): name is QuotaName {
  return (quotaNames as readonly string[]).includes(name);
}

/** The networks of a name. @param joins Whether it joins hosts: then prefixes are asked, too. */
async function askNetworks(client: CloudClient, name: string, joins: boolean): Promise<FoundNetwork[]> {
  const { networks } = await client.get("network", `/networks?name=${encodeURIComponent(name)}`, networkPage);
  return Promise.all(
    networks.map(async ({ id, mtu, ...network }): Promise<FoundNetwork> => {
      const of = `/subnets?network_id=${encodeURIComponent(id)}`;
      const { subnets } = joins ? await client.get("network", of, subnetPage) : { subnets: undefined };
      return {
        id,
        name: network.name,
        external: network["router:external"] === true,
        ...(typeof mtu === "number" ? { mtu } : {}),
        ...(subnets
          ? { prefixes: subnets.flatMap(({ cidr, ip_version }) => (ip_version === 4 ? [cidr] : [])) }
          : {}),
      };
    }),
  );
}

/** The floating IP of an address; undefined: the project has none, or none is asked for. */
async function askFloatingIp(client: CloudClient, address: string | undefined) {
  if (address === undefined) return undefined;
  const path = `/floatingips?floating_ip_address=${encodeURIComponent(address)}`;
  return (await client.get("network", path, floatingIpPage)).floatingips[0];
}

/** What Neutron has of a stack. A network has a port that gives addresses, and one for each router that leads to it. */
async function askOwn(client: CloudClient, stack: string, tag: string) {
  const list = async (what: string) => {
    const shape = z.object({
      [what]: z.array(
        z.looseObject({
          id: z.string().optional(),
          name: z.string().nullish(),
          external_gateway_info: z.object({ network_id: z.string() }).nullish(),
          cidr: z.string().optional(),
          floating_ip_address: z.string().optional(),
          security_group_rules: z.array(z.unknown()).optional(),
        }),
      ),
    });
    const page = await client.get("network", `/${what.replaceAll("_", "-")}?${tag}`, shape);
    return page[what] ?? [];
  };
  const [networks, subnets, routers, ports, groups, floating] = await Promise.all([
    list("networks"),
    list("subnets"),
    list("routers"),
    list("ports"),
    list("security_groups"),
    list("floatingips"),
  ]);
  const prefix = `buswide-${stack}-`;
  return {
    deployed: new Map(
      subnets.flatMap(({ name, cidr }): [string, string][] =>
        // No host's name begins with a hyphen: the network that joins hosts, and the bastion's, are called so.
        cidr !== undefined && name?.startsWith(prefix) && !name.startsWith(`${prefix}-`)
          ? [[name.slice(prefix.length), cidr]]
          : [],
      ),
    ),
    ports: ports.flatMap(({ id }) => id ?? []),
    externals: [
      ...new Set(routers.flatMap(({ external_gateway_info: gateway }) => gateway?.network_id ?? [])),
    ],
    floatingIps: floating.flatMap(({ floating_ip_address: address }) => address ?? []),
    counts: [
      ["network", networks.length],
      ["subnet", subnets.length],
      ["router", routers.length],
      ["port", ports.length + networks.length + routers.length],
      ["security_group", groups.length],
      [
        "security_group_rule",
        groups.reduce((sum, group) => sum + (group.security_group_rules?.length ?? 0), 0),
      ],
      ["floatingip", floating.length],
    ] as const,
  };
}

/** All of a list that Nova gives in pages. */
async function pages<P, T extends { readonly id: string }>(
  client: CloudClient,
  path: string,
  shape: z.ZodType<P>,
  items: (page: P) => readonly T[],
  microversion?: string,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const last = all.at(-1)?.id;
    const marked =
      last === undefined
        ? path
        : `${path}${path.includes("?") ? "&" : "?"}marker=${encodeURIComponent(last)}`;
    const page = items(await client.get("compute", marked, shape, microversion));
    if (page.length === 0) return all;
    all.push(...page);
  }
}
