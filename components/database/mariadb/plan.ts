import type { DatabasePlan, DatabasePlanner, PlannedServer } from "../database";
import { mariadbUrl } from "./configuration";
import type { Mariadb } from "./schema";

/** What is decided about a MariaDB before anything is made. */
export interface MariadbPlan extends DatabasePlan {
  readonly kind: "mariadb";
  readonly servers: readonly [PlannedServer];
}

const service = "mariadb";

export const mariadbPlanner: DatabasePlanner<Mariadb, MariadbPlan> = {
  plan({ site: asked, memory }, { sites, site, clients, accounts }) {
    const place = sites.find(({ name }) => name === (asked ?? site));
    if (!place) throw new Error(`the plan has no site "${asked ?? site}" for a database`);
    const address = place.reserve("database");
    return {
      kind: "mariadb",
      servers: [
        { name: `${place.name}-${service}`, site: place.name, service, address, memoryBytes: memory },
      ],
      accounts,
      endpoints: Object.fromEntries(
        clients.map((client) => [client, { host: address, addresses: [address] }]),
      ),
      serving: Object.fromEntries(clients.map((client) => [client, place.name])),
      connections: clients
        .filter((client) => client !== place.name)
        .map((from) => ({ from, to: place.name })),
    };
  },
  url({ servers: [{ address }] }, _, account, database, password) {
    return mariadbUrl(address, account, database, password);
  },
};
