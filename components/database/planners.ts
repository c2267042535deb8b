import { cockroachdbPlanner, type CockroachdbPlan } from "./cockroachdb/plan";
import type { DatabaseContext, DatabasePlanner } from "./database";
import { galeraPlanner, type GaleraPlan } from "./galera/plan";
import { mariadbPlanner, type MariadbPlan } from "./mariadb/plan";
import type { AnyDatabaseDefinition } from "./schema";

/** The plan of any database. */
export type AnyDatabasePlan = MariadbPlan | GaleraPlan | CockroachdbPlan;

const planners: {
  readonly [K in AnyDatabaseDefinition["kind"]]: DatabasePlanner<
    Extract<AnyDatabaseDefinition, { kind: K }>,
    Extract<AnyDatabasePlan, { kind: K }>
  >;
} = {
  mariadb: mariadbPlanner,
  galera: galeraPlanner,
  cockroachdb: cockroachdbPlanner,
};

/** Plans the database of a control plane. Errors: as its planner's. */
export function planDatabase(definition: AnyDatabaseDefinition, context: DatabaseContext): AnyDatabasePlan {
  // A kind's planner is given that kind's definition, as the table's type sees to.
  const planner: DatabasePlanner<AnyDatabaseDefinition, AnyDatabasePlan> = planners[definition.kind];
  return planner.plan(definition, context);
}

/** SQLAlchemy's URL of a database, for a service at a site. */
export function databaseUrl(
  plan: AnyDatabasePlan,
  site: string,
  account: string,
  database: string,
  password: string,
): string {
  const planner: DatabasePlanner<AnyDatabaseDefinition, AnyDatabasePlan> = planners[plan.kind];
  return planner.url(plan, site, account, database, password);
}
