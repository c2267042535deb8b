import type * as pulumi from "@pulumi/pulumi";
import type { Endpoint, ForeignImage } from "../bus/bus";
import type { Scraped } from "../metrics/scraped";
import type { Distance } from "../plan/distances";
import type { Site as PlannedSite } from "../plan/site";
import type { ServiceFile, Target } from "../target/target";
import type { Service } from "../topology/service";
import type { Site } from "../topology/site";
import type { AnyDatabaseDefinition } from "./schema";

/** An account, and the databases that it may do anything in. */
export interface DatabaseAccount {
  readonly name: string;
  readonly databases: readonly string[];
}

/** A container of a database. */
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
  readonly kind: AnyDatabaseDefinition["kind"];
  /** Every container, in the order in which they are shown. */
  readonly servers: readonly PlannedServer[];
  readonly accounts: readonly DatabaseAccount[];
  /** Site of services to where they connect. */
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** Site of services to the site of the server that does what they ask for, as long as it is well. */
  readonly serving: Readonly<Record<string, string>>;
  /** Sites between which it, or services for it, make connections. */
  readonly connections: readonly DatabaseConnection[];
  /** Those of its servers that tell figures over the network; absent: none, as nobody is to ask. */
  readonly scraped?: readonly Scraped[];
  /** Images of it that somebody else makes; absent: none. */
  readonly foreignImages?: readonly ForeignImage[];
}

/** A connection from one site to another. */
export interface DatabaseConnection {
  readonly from: string;
  readonly to: string;
  /** Absent: it is not. */
  readonly encrypted?: true;
}

/** What a database is planned for. */
export interface DatabaseContext {
  readonly sites: readonly PlannedSite[];
  /** Each name in the scenario's `sites` to its sites. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly distance: Distance;
  /** The site of whatever the scenario gives no site. */
  readonly site: string;
  /** The sites whose services use it. */
  readonly clients: readonly string[];
  readonly accounts: readonly DatabaseAccount[];
  /** Whether somebody asks servers for figures over the network; absent: nobody does. */
  readonly metrics?: true;
  /** Whether it is a site's own database, beside the control plane's; absent: it is that. */
  readonly local?: true;
}

/** Plans one kind of database; pure. */
export interface DatabasePlanner<D extends AnyDatabaseDefinition, P extends DatabasePlan> {
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
  /** What must stand before parts of it at different sites reach each other. */
  readonly paths: readonly pulumi.Resource[];
  /** Account to its password. Secret. */
  readonly passwords: pulumi.Output<Record<string, string>>;
}

/** A deployed database. */
export interface Database extends pulumi.ComponentResource {
  /** Every container, in the order of the plan; healthy once its output resolves, but where `ready` says so. */
  readonly servers: readonly Service[];
  /** Another one than before means that what was in it may be gone. */
  readonly identity: pulumi.Output<string>;
  /** What else is done once it serves; absent: nothing. */
  readonly ready?: readonly pulumi.Resource[];
  /** Files that services need to reach it, none of them secret; absent: none. */
  readonly clientFiles?: readonly ServiceFile[];
  /** Rendered configuration files by path, secrets redacted. */
  readonly configuration: Readonly<Record<string, string>>;
}
