import type { Endpoint } from "../../bus/bus";
import { nearest } from "../../bus/nearest";
import { proxyFiguresPort } from "../../haproxy/configuration";
import { scrapedServices } from "../../metrics/scraped";
import type { Site } from "../../plan/site";
import type {
  DatabaseConnection,
  DatabaseContext,
  DatabasePlan,
  DatabasePlanner,
  PlannedServer,
} from "../database";
import { figuresPort, mariadbUrl } from "../mariadb/configuration";
import { nodeCounts } from "../nodeCounts";
import type { Galera } from "./schema";

/** A member of the group: a node, or the arbitrator. */
export type GaleraMember = PlannedServer & {
  /** Sites are segments: what one has to say to another goes over their link once (`gmcast.segment`). */
  readonly segment: number;
};

/** A site's proxy. */
export type GaleraProxy = PlannedServer & {
  /** Names of nodes, the first that serves being used. */
  readonly order: readonly string[];
};

/** What is decided about a Galera cluster before anything is made. */
export interface GaleraPlan extends DatabasePlan {
  readonly kind: "galera";
  /** The first begins a new cluster. */
  readonly nodes: readonly GaleraMember[];
  readonly arbitrator?: GaleraMember;
  /** None where services find nodes by themselves. */
  readonly proxies: readonly GaleraProxy[];
  readonly causalReads: boolean;
  readonly stateTransfer: Galera["stateTransfer"];
  readonly silenceSeconds: number;
}

/** The name that stands for all nodes where services find one by themselves. */
export const nodesHost = "database";

const mebibyte = 1024 ** 2;
/** Both pass on what they are given. */
const smallMemory = 64 * mebibyte;
/** Segments are numbered by a byte. */
const segments = 256;

export const galeraPlanner: DatabasePlanner<Galera, GaleraPlan> = {
  plan(definition, context) {
    const { sites, groups, accounts, clients, metrics } = context;
    const at = (name: string) => {
      const site = sites.find((one) => one.name === name);
      if (!site) throw new Error(`the plan has no site "${name}" for a database`);
      return site;
    };
    const counts = nodeCounts(definition.nodes, context.site, groups);
    const member = memberIn(segmentsOf(sites));
    const nodes = [...counts].flatMap(([name, count]) =>
      Array.from({ length: count }, (_, index) => member(at(name), "galera", index, definition.memory)),
    );
    const arbitrator =
      definition.arbitrator === undefined
        ? undefined
        : member(at(definition.arbitrator), "galera-arbitrator", 0, smallMemory);
    const orders = Object.fromEntries(
      clients.map((client) => [client, order(definition, context, client, nodes)]),
    );
    const proxies =
      definition.access === "proxy"
        ? clients.map((client) =>
            proxy(
              at(client),
              (orders[client] ?? []).map(({ name }) => name),
            ),
          )
        : [];
    return {
      kind: "galera",
      nodes,
      ...(arbitrator === undefined ? {} : { arbitrator }),
      proxies,
      servers: [...nodes, ...(arbitrator === undefined ? [] : [arbitrator]), ...proxies],
      accounts,
      endpoints: Object.fromEntries(
        clients.map((client) => [client, endpointOf(client, proxies, orders[client] ?? [])]),
      ),
      serving: Object.fromEntries(
        clients.flatMap((client) => orders[client]?.slice(0, 1).map(({ site }) => [client, site]) ?? []),
      ),
      connections: connectionsOf(
        [...nodes, ...(arbitrator === undefined ? [] : [arbitrator])],
        nodes,
        clients,
      ),
      causalReads: definition.causalReads ?? definition.writers === "nearest",
      stateTransfer: definition.stateTransfer,
      silenceSeconds: definition.silence,
      ...(metrics === undefined
        ? {}
        : {
            scraped: [
              ...(scrapedServices(metrics, "mariadb", figuresPort, nodes).scraped ?? []),
              ...(scrapedServices(metrics, "haproxy", proxyFiguresPort, proxies).scraped ?? []),
            ],
          }),
    };
  },
  url({ endpoints }, site, account, database, password) {
    const endpoint = endpoints[site];
    if (endpoint === undefined) throw new Error(`no service of ${site} was planned to use the database`);
    return mariadbUrl(endpoint.host, account, database, password);
  },
};

/**
 * A segment for each site: the place of its network in the stack's addresses, which stays when other sites come and go. Of sites
 * whose places are too far apart for a byte, two may share one, and are then as one to what is relayed between segments.
 */
function segmentsOf(sites: readonly Site[]): ReadonlyMap<string, number> {
  return new Map(sites.map(({ name, prefix }) => [name, (prefix.first / prefix.size) % segments]));
}

function memberIn(segmentOf: ReadonlyMap<string, number>) {
  return (
    site: Site,
    role: "galera" | "galera-arbitrator",
    index: number,
    memoryBytes: number,
  ): GaleraMember => {
    const service = index === 0 ? role : `${role}-${index + 1}`;
    return {
      name: `${site.name}-${service}`,
      site: site.name,
      service,
      address: site.reserve(role, index),
      memoryBytes,
      segment: segmentOf.get(site.name) ?? 0,
    };
  };
}

function proxy(site: Site, order: readonly string[]): GaleraProxy {
  const service = "database-proxy";
  return {
    name: `${site.name}-${service}`,
    site: site.name,
    service,
    address: site.reserve(service),
    memoryBytes: smallMemory,
    order,
  };
}

/** The nodes as a site's services try them: by the distance from one place for all sites, or from each site. */
function order(
  { writers }: Galera,
  { site, distance }: DatabaseContext,
  client: string,
  nodes: readonly GaleraMember[],
): GaleraMember[] {
  const sites = [...new Set(nodes.map((node) => node.site))];
  return nearest(writers === "one" ? site : client, sites, distance).flatMap((at) =>
    nodes.filter((node) => node.site === at),
  );
}

function endpointOf(
  client: string,
  proxies: readonly GaleraProxy[],
  nodes: readonly GaleraMember[],
): Endpoint {
  const own = proxies.find(({ site }) => site === client);
  return own
    ? { host: own.address, addresses: [own.address] }
    : { host: nodesHost, addresses: nodes.map(({ address }) => address) };
}

/** Members connect to each other, and those who use the cluster, or their proxies, to any node. */
function connectionsOf(
  members: readonly GaleraMember[],
  nodes: readonly GaleraMember[],
  clients: readonly string[],
): DatabaseConnection[] {
  const pairs = new Map<string, DatabaseConnection>();
  const add = (from: string, to: string) => {
    if (from !== to) pairs.set(`${from} ${to}`, { from, to });
  };
  for (const { site } of members) for (const other of members) add(site, other.site);
  for (const client of clients) for (const { site } of nodes) add(client, site);
  return [...pairs.values()];
}
