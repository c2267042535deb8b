import { resolveSites } from "../../../stacks/scenario/expand";
import { agentImage, driverSettings } from "../amqp/driver";
import { javaFiguresPort } from "../../metrics/java";
import { scrapedServices } from "../../metrics/scraped";
import type { BusContext, BusPlan, BusPlanner, Connection, Endpoint, PlannedBroker } from "../bus";
import { listedEndpoints, nearestEndpoints } from "../nearest";
import { brokerPlace } from "../places";
import type { Artemis } from "./schema";

export type ArtemisBroker = PlannedBroker & {
  /** What its container is called in its site. */
  readonly service: string;
};

/** What is decided about an Artemis bus before anything is made. */
export interface ArtemisPlan extends BusPlan {
  readonly kind: "artemis";
  readonly brokers: readonly ArtemisBroker[];
  /** Whether the brokers are a cluster: each passes on to the others what their agents wait for. */
  readonly clustered: boolean;
  /** Whether agents go to another broker when theirs does not answer. */
  readonly failover: boolean;
  /** Whether every connection is encrypted. */
  readonly tls: boolean;
}

export const artemisPlanner: BusPlanner<Artemis, ArtemisPlan> = {
  plan(definition, context) {
    const sites = context.sites.map(({ name }) => name);
    const brokers = [...brokerCounts(definition, sites, context.groups)].flatMap(([site, count]) =>
      Array.from({ length: count }, (_, index) => broker(definition, context, site, index)),
    );
    if (brokers.length === 0) throw new Error("the plan has no site for a broker");
    const { tls } = definition;
    const failover = definition.topology === "cluster" && definition.failover;
    const endpoints = failover
      ? listedEndpoints(context.agentSites, brokers, context.distance)
      : nearestEndpoints(context.agentSites, brokers, context.distance, false);
    const serviceEndpoints =
      context.serviceSites === undefined
        ? undefined
        : nearestEndpoints(context.serviceSites, brokers, context.distance, false);
    return {
      kind: "artemis",
      topology: definition.topology,
      brokers,
      endpoints,
      ...(serviceEndpoints === undefined ? {} : { serviceEndpoints }),
      settings: driverSettings("legacy", { tls, failover }),
      // Services have the library as it is, which would begin at any broker of a list: theirs has the nearest alone.
      ...(failover ? { serviceSettings: driverSettings("legacy", { tls }) } : {}),
      connections: connectionsOf(brokers, { ...serviceEndpoints, ...endpoints }, tls),
      failover,
      tls,
      agentImage,
      clustered: definition.topology === "cluster",
      ...scrapedServices(context.metrics, "artemis", javaFiguresPort, brokers),
    };
  },
};

/** Agents connect to brokers, and each broker of a cluster to every other. */
function connectionsOf(
  brokers: readonly ArtemisBroker[],
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
  encrypted: boolean,
): Connection[] {
  const siteOf = new Map(brokers.map(({ address, site }) => [address, site]));
  const ofAgents = Object.entries(endpoints).flatMap(([from, hosts]) =>
    hosts.flatMap(({ addresses }) =>
      addresses.flatMap((address) => {
        const to = siteOf.get(address);
        return to === undefined ? [] : [{ from, to }];
      }),
    ),
  );
  const sites = brokers.map(({ site }) => site);
  const ofBrokers = sites.flatMap((from) => sites.map((to) => ({ from, to })));
  const pairs = new Map(
    [...ofAgents, ...ofBrokers]
      .filter(({ from, to }) => from !== to)
      .map((pair) => [JSON.stringify(pair), { ...pair, encrypted }]),
  );
  return [...pairs.values()];
}

/** How many brokers each site has, in the order of the definition; sites that are not there are left out. */
export function brokerCounts(
  definition: Artemis,
  sites: readonly string[],
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const resolved = (name: string) => resolveSites(groups, name) ?? [];
  const at =
    definition.topology === "cluster"
      ? (definition.sites ?? sites).flatMap(resolved)
      : definition.site === undefined
        ? sites.slice(0, 1)
        : resolved(definition.site);
  return new Map(at.map((site) => [site, 1]));
}

function broker(
  { memory }: Artemis,
  { sites, local }: BusContext,
  siteName: string,
  index: number,
): ArtemisBroker {
  const site = sites.find(({ name }) => name === siteName);
  if (!site) throw new Error(`the plan has no site "${siteName}" for a broker`);
  return { ...brokerPlace("artemis", "artemis", site, { local, index }), memoryBytes: memory };
}
