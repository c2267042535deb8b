import type * as pulumi from "@pulumi/pulumi";
import { CockroachDb } from "./cockroachdb/cockroachDb";
import type { Database, DatabaseArgs, DatabaseDependencies } from "./database";
import { Galera } from "./galera/galera";
import { MariaDb } from "./mariadb/mariaDb";
import type { AnyDatabasePlan } from "./planners";

/** Deploys the database of a plan. */
export function makeDatabase(
  name: string,
  args: DatabaseArgs<AnyDatabasePlan>,
  dependencies: DatabaseDependencies,
  opts?: pulumi.ComponentResourceOptions,
): Database {
  switch (args.plan.kind) {
    case "mariadb":
      return new MariaDb(name, { plan: args.plan }, dependencies, opts);
    case "galera":
      return new Galera(name, { plan: args.plan }, dependencies, opts);
    case "cockroachdb":
      return new CockroachDb(name, { plan: args.plan }, dependencies, opts);
  }
}

export type { Database } from "./database";
