import type { DatabasePlan, DatabasePlanner, PlannedServer } from "../database";
import { mariadbPort } from "./configuration";
import type { Mariadb } from "./schema";

/** What is decided about a MariaDB before anything is made. */
export interface MariadbPlan extends DatabasePlan {
  readonly kind: "mariadb";
  readonly servers: readonly [PlannedServer];
}

const service = "mariadb";

export const mariadbPlanner: DatabasePlanner<Mariadb, MariadbPlan> = {
  plan({ site: asked, memory }, { sites, site, accounts }) {
    const place = sites.find(({ name }) => name === (asked ?? site));
    if (!place) throw new Error(`the plan has no site "${asked ?? site}" for a database`);
    return {
      kind: "mariadb",
      servers: [
        {
          name: `${place.name}-${service}`,
          site: place.name,
          service,
          address: place.reserve("database"),
          memoryBytes: memory,
        },
      ],
      accounts,
    };
  },
  url({ servers: [{ address }] }, _, account, database, password) {
    return `mysql+pymysql://${account}:${encodeURIComponent(password)}@${address}:${mariadbPort}/${database}?charset=utf8`;
  },
};
