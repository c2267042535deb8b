import { nearest } from "../../bus/nearest";
import type { Image } from "../../target/target";
import type { DatabaseConnection, DatabasePlan, DatabasePlanner, PlannedServer } from "../database";
import { nodeCounts } from "../nodeCounts";
import { cockroachdbUrl } from "./configuration";
import type { Cockroachdb } from "./schema";

/** What is decided about a CockroachDB before anything is made. */
export interface CockroachdbPlan extends DatabasePlan {
  readonly kind: "cockroachdb";
  readonly image: Image;
  /** The first is told to begin, and what the cluster is to hold. */
  readonly servers: readonly PlannedServer[];
  readonly replicas: number;
  /** The site whose nodes hold leases; absent: any. */
  readonly leaseholders?: string;
  /** Site of services to the nodes that they try, in this order. */
  readonly orders: Readonly<Record<string, readonly string[]>>;
}

const service = "cockroachdb";

export const cockroachdbPlanner: DatabasePlanner<Cockroachdb, CockroachdbPlan> = {
  plan(definition, { sites, groups, site, clients, distance, accounts }) {
    const servers = [...nodeCounts(definition.nodes, site, groups)].flatMap(([name, count]) => {
      const place = sites.find((one) => one.name === name);
      if (!place) throw new Error(`the plan has no site "${name}" for a database`);
      return Array.from({ length: count }, (_, index): PlannedServer => {
        const called = index === 0 ? service : `${service}-${index + 1}`;
        return {
          name: `${name}-${called}`,
          site: name,
          service: called,
          address: place.reserve("cockroachdb", index),
          memoryBytes: definition.memory,
        };
      });
    });
    const at = [...new Set(servers.map((server) => server.site))];
    const inOrder = (client: string) =>
      nearest(client, at, distance).flatMap((name) => servers.filter((server) => server.site === name));
    const firsts = clients.map((client) => [client, inOrder(client)] as const);
    return {
      kind: "cockroachdb",
      image: { sources: "cockroachdb", args: { NAMED: definition.image } },
      servers,
      accounts,
      replicas: definition.replicas,
      ...(definition.leaseholders === undefined ? {} : { leaseholders: definition.leaseholders }),
      orders: Object.fromEntries(
        firsts.map(([client, order]) => [client, order.map(({ address }) => address)]),
      ),
      // The driver takes a list of hosts: nobody has to know a name that stands for them.
      endpoints: Object.fromEntries(
        firsts.flatMap(([client, [first]]) =>
          first === undefined ? [] : [[client, { host: first.address, addresses: [first.address] }]],
        ),
      ),
      serving: Object.fromEntries(
        firsts.flatMap(([client, [first]]) => (first === undefined ? [] : [[client, first.site]])),
      ),
      connections: connectionsOf(at, clients),
      foreignImages: [
        {
          reference: definition.image,
          path: "controlPlane.keystoneDatabase.image",
          instead: "name one that is on this machine, or take keystoneDatabase out",
        },
      ],
    };
  },
  url({ orders }, site, account, database, password) {
    const addresses = orders[site];
    if (addresses === undefined) throw new Error(`no service of ${site} was planned to use the database`);
    return cockroachdbUrl(addresses, account, database, password);
  },
};

/** Nodes connect to each other, and clients to any of them; all of it is encrypted. */
function connectionsOf(nodes: readonly string[], clients: readonly string[]): DatabaseConnection[] {
  const pairs = [...new Set([...nodes, ...clients])].flatMap((from) =>
    nodes.filter((to) => to !== from).map((to) => ({ from, to, encrypted: true as const })),
  );
  return pairs;
}
