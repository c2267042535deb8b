import { scrapedServices } from "../../metrics/scraped";
import type { DatabasePlan, DatabasePlanner, PlannedServer } from "../database";
import { figuresPort, mariadbUrl } from "./configuration";
import type { Mariadb } from "./schema";

/** What is decided about a MariaDB before anything is made. */
export interface MariadbPlan extends DatabasePlan {
  readonly kind: "mariadb";
  readonly servers: readonly [PlannedServer];
}

export const mariadbPlanner: DatabasePlanner<Mariadb, MariadbPlan> = {
  plan({ site: asked, memory }, { sites, site, clients, accounts, metrics, local = false }) {
    const place = sites.find(({ name }) => name === (asked ?? site));
    if (!place) throw new Error(`the plan has no site "${asked ?? site}" for a database`);
    const service = local ? "local-mariadb" : "mariadb";
    const address = place.reserve(local ? "local-database" : "database");
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
      ...scrapedServices(metrics, "mariadb", figuresPort, [{ site: place.name, service, address }]),
    };
  },
  url({ servers: [{ address }] }, _, account, database, password) {
    return mariadbUrl(address, account, database, password);
  },
};
