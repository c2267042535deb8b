import type { DatabaseContext, DatabasePlanner } from "./database";
import { mariadbPlanner, type MariadbPlan } from "./mariadb/plan";
import type { DatabaseDefinition } from "./schema";

/** The plan of any database. */
export type AnyDatabasePlan = MariadbPlan;

const planners: {
  readonly [K in DatabaseDefinition["kind"]]: DatabasePlanner<
    Extract<DatabaseDefinition, { kind: K }>,
    Extract<AnyDatabasePlan, { kind: K }>
  >;
} = {
  mariadb: mariadbPlanner,
};

/** Plans the database of a control plane. Errors: as its planner's. */
export function planDatabase(definition: DatabaseDefinition, context: DatabaseContext): AnyDatabasePlan {
  return planners[definition.kind].plan(definition, context);
}

/** SQLAlchemy's URL of a database, for a service at a site. */
export function databaseUrl(
  plan: AnyDatabasePlan,
  site: string,
  account: string,
  database: string,
  password: string,
): string {
  return planners[plan.kind].url(plan, site, account, database, password);
}
