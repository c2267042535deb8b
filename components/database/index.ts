import type * as pulumi from "@pulumi/pulumi";
import type { Database, DatabaseArgs, DatabaseDependencies } from "./database";
import { MariaDb } from "./mariadb/mariaDb";
import type { AnyDatabasePlan } from "./planners";

/** Deploys the database of a plan. */
export function makeDatabase(
  name: string,
  args: DatabaseArgs<AnyDatabasePlan>,
  dependencies: DatabaseDependencies,
  opts?: pulumi.ComponentResourceOptions,
): Database {
  return new MariaDb(name, args, dependencies, opts);
}

export type { Database } from "./database";
