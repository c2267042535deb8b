import type * as pulumi from "@pulumi/pulumi";
import type { Site as PlannedSite } from "../plan/site";
import type { Target } from "../target/target";
import type { Service } from "../topology/service";
import type { Site } from "../topology/site";
import type { DatabaseDefinition } from "./schema";

/** An account, and the databases that it may do anything in. */
export interface DatabaseAccount {
  readonly name: string;
  readonly databases: readonly string[];
}

/** A server of a database. */
export interface PlannedServer {
  /** Unique in the stack: `<site>-<service>`. */
  readonly name: string;
  readonly site: string;
  /** What its container is called in its site. */
  readonly service: string;
  readonly address: string;
  readonly memoryBytes: number;
}

/** What is decided about a database before anything is made. */
export interface DatabasePlan {
  readonly kind: DatabaseDefinition["kind"];
  readonly servers: readonly PlannedServer[];
  readonly accounts: readonly DatabaseAccount[];
}

/** What a database is planned for. */
export interface DatabaseContext {
  readonly sites: readonly PlannedSite[];
  /** The site of whatever the scenario gives no site. */
  readonly site: string;
  readonly accounts: readonly DatabaseAccount[];
}

/** Plans one kind of database; pure. */
export interface DatabasePlanner<D extends DatabaseDefinition, P extends DatabasePlan> {
  plan(definition: D, context: DatabaseContext): P;
  /** SQLAlchemy's URL of a database for a service at a site. */
  url(plan: P, site: string, account: string, database: string, password: string): string;
}

/** What a database component is given. */
export interface DatabaseArgs<P extends DatabasePlan = DatabasePlan> {
  plan: P;
}

/** What a database component needs to make its parts, beside its args. */
export interface DatabaseDependencies {
  readonly target: Target;
  readonly sites: ReadonlyMap<string, Site>;
  /** Account to its password. Secret. */
  readonly passwords: pulumi.Output<Record<string, string>>;
}

/** A deployed database. */
export interface Database extends pulumi.ComponentResource {
  /** Every server, healthy once its output resolves, in the order of the plan. */
  readonly servers: readonly Service[];
  /** Rendered configuration files by path, secrets redacted. */
  readonly configuration: Readonly<Record<string, string>>;
}
