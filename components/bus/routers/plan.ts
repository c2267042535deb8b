import { resolveSites } from "../../../stacks/scenario/expand";
import { routerMetrics } from "../../../workloads/brokers/routers";
import { agentImage, driverSettings } from "../amqp/driver";
import { scrapedServices } from "../../metrics/scraped";
import type { BusContext, BusPlan, BusPlanner, Connection, Endpoint, PlannedBroker, Settings } from "../bus";
import { listedEndpoints, nearestEndpoints } from "../nearest";
import { brokerPlace } from "../places";
import { saslRealm } from "./configuration";
import { interiorLinks, uplinks } from "./graph";
import type { Routers } from "./schema";

/** A connection that a router opens to another. */
export interface RouterConnector {
  /** The site of the other router. */
  readonly to: string;
  readonly host: string;
  readonly role: "inter-router" | "edge";
  /** What a message over it costs; of no meaning to an edge router, which has one way. */
  readonly cost: number;
}

export type PlannedRouter = PlannedBroker & {
  /** What its container is called in its site. */
  readonly service: string;
  readonly mode: "interior" | "edge";
  readonly connectors: readonly RouterConnector[];
};

/** What is decided about a mesh of routers before anything is made. */
export interface RoutersPlan extends BusPlan {
  readonly kind: "routers";
  readonly image: string;
  readonly brokers: readonly PlannedRouter[];
  readonly distribution: "balanced" | "closest";
}

export const routersPlanner: BusPlanner<Routers, RoutersPlan> = {
  plan(definition, context) {
    const { interior, edge } = routerSites(definition, context.groups);
    const places = new Map([...interior, ...edge].map((site) => [site, placeOf(context, site)]));
    const links = interiorLinks(definition.topology, interior, context.links, context.distance);
    const above = uplinks(edge, interior, context.distance);
    const connector = (to: string, role: RouterConnector["role"], cost: number): RouterConnector => ({
      to,
      host: mustGet(places, to).address,
      role,
      cost,
    });
    const router = (site: string, mode: PlannedRouter["mode"], connectors: RouterConnector[]) => ({
      ...mustGet(places, site),
      memoryBytes: definition.memory,
      mode,
      connectors,
    });
    const brokers = [
      ...interior.map((site) =>
        router(
          site,
          "interior",
          links
            .filter(({ from }) => from === site)
            .map(({ to, cost }) => connector(to, "inter-router", cost)),
        ),
      ),
      ...edge.map((site) => router(site, "edge", [connector(mustGet(above, site), "edge", 1)])),
    ];
    const { failover } = definition;
    const endpoints = failover
      ? listedEndpoints(context.agentSites, brokers, context.distance)
      : nearestEndpoints(context.agentSites, brokers, context.distance, false);
    const serviceEndpoints =
      context.serviceSites === undefined
        ? undefined
        : nearestEndpoints(context.serviceSites, brokers, context.distance, false);
    const settings = (along: boolean): Settings => {
      const { oslo_messaging_amqp: options = {} } = driverSettings("routable", { failover: along });
      return { oslo_messaging_amqp: { ...options, sasl_default_realm: saslRealm } };
    };
    return {
      kind: "routers",
      topology: definition.topology,
      image: definition.image,
      brokers,
      endpoints,
      ...(serviceEndpoints === undefined ? {} : { serviceEndpoints }),
      connections: connectionsOf(brokers, { ...serviceEndpoints, ...endpoints }),
      settings: settings(failover),
      // Services have the library as it is, which would begin at any router of a list: theirs has the nearest alone.
      ...(failover ? { serviceSettings: settings(false) } : {}),
      agentImage,
      foreignImages: [
        {
          reference: definition.image,
          path: "bus.image",
          instead: "name one that is on this machine, or use kind: artemis",
        },
      ],
      distribution: definition.distribution,
      // Routers keep nothing: they pass on what whoever was given a message says of it.
      confirmedBy: "receiver",
      ...scrapedServices(context.metrics, "routers", routerMetrics.port, brokers),
    };
  },
};

/** Routers connect to each other by TLS, and agents in plain text: over a link only where their site has no router. */
function connectionsOf(
  routers: readonly PlannedRouter[],
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
): Connection[] {
  const siteOf = new Map(routers.map(({ address, site }) => [address, site]));
  return [
    ...routers.flatMap(({ site, connectors }) =>
      connectors.map(({ to }) => ({ from: site, to, encrypted: true })),
    ),
    ...Object.entries(endpoints).flatMap(([from, hosts]) =>
      hosts
        .flatMap(({ addresses }) => addresses.map((address) => siteOf.get(address)))
        .filter((to) => to !== undefined)
        .filter((to) => to !== from)
        .map((to) => ({ from, to, encrypted: false })),
    ),
  ];
}

/** The sites with a router of each kind, in the scenario's order; names that are no site's are left out. */
export function routerSites(
  { interior, edge }: Pick<Routers, "interior" | "edge">,
  groups: ReadonlyMap<string, readonly string[]>,
): { interior: string[]; edge: string[] } {
  const named = (names: readonly string[] = []) => [
    ...new Set(names.flatMap((name) => resolveSites(groups, name) ?? [])),
  ];
  const below = named(edge);
  const all = [...groups.values()].flat();
  return {
    interior: interior === undefined ? all.filter((site) => !below.includes(site)) : named(interior),
    edge: below,
  };
}

function placeOf({ sites, local }: BusContext, name: string): ReturnType<typeof brokerPlace> {
  const site = sites.find((one) => one.name === name);
  if (!site) throw new Error(`the plan has no site "${name}" for a router`);
  return brokerPlace("routers", "router", site, { local });
}

function mustGet<V>(map: ReadonlyMap<string, V>, site: string): V {
  const found = map.get(site);
  if (found === undefined) throw new Error(`the plan has no router at "${site}"`);
  return found;
}
