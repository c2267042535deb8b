import type { BusSites } from "../bus/checks";
import { cockroachdbIssues } from "./cockroachdb/check";
import { galeraIssues } from "./galera/check";
import { mariadbIssues } from "./mariadb/check";
import type { AnyDatabaseDefinition } from "./schema";

/** One thing wrong with a database; `path` is relative to it. */
export interface DatabaseIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The sites a database can be at. */
export type DatabaseSites = BusSites;

/** What is wrong with a database in itself and with its sites. */
export function databaseIssues(definition: AnyDatabaseDefinition, sites: DatabaseSites): DatabaseIssue[] {
  switch (definition.kind) {
    case "mariadb":
      return mariadbIssues(definition, sites);
    case "galera":
      return galeraIssues(definition, sites);
    case "cockroachdb":
      return cockroachdbIssues(definition, sites);
  }
}
