import * as pulumi from "@pulumi/pulumi";
import { mustSite } from "../../topology/site";
import { Service } from "../../topology/service";
import type { Database, DatabaseArgs, DatabaseDependencies } from "../database";
import {
  figuresEnvironment,
  hashPasswords,
  paths,
  renderAccounts,
  renderConfiguration,
} from "./configuration";
import type { MariadbPlan } from "./plan";

const healthySeconds = 120;

/** A MariaDB with the databases and accounts of a control plane's services. */
export class MariaDb extends pulumi.ComponentResource implements Database {
  readonly servers: readonly Service[];
  readonly identity: pulumi.Output<string>;
  readonly configuration: Readonly<Record<string, string>>;

  constructor(
    name: string,
    args: DatabaseArgs<MariadbPlan>,
    { target, sites, passwords }: DatabaseDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:database:MariaDb", name, args, opts);
    const { servers, accounts } = args.plan;
    const sql = passwords.apply((all) => renderAccounts(accounts, hashPasswords(all)));
    this.servers = servers.map(
      (server) =>
        new Service(
          `${name}-${server.name}`,
          {
            site: server.site,
            service: server.service,
            image: "mariadb",
            address: server.address,
            memoryBytes: server.memoryBytes,
            files: [
              { path: paths.configuration, content: renderConfiguration(server) },
              { path: paths.accounts, content: sql },
            ],
            environment: figuresEnvironment(args.plan),
            waitHealthySeconds: healthySeconds,
          },
          { target, site: mustSite(sites, server.site) },
          { parent: this },
        ),
    );
    // A new container is an empty one.
    this.identity = pulumi
      .all(this.servers.map(({ container }) => container.id))
      .apply((ids) => ids.join(","));
    const redacted = Object.fromEntries(accounts.map((account) => [account.name, "***"]));
    this.configuration = Object.fromEntries(
      servers.flatMap((server) => [
        [`${server.name}/buswide.cnf`, renderConfiguration(server)],
        [`${server.name}/accounts.sql`, renderAccounts(accounts, redacted)],
      ]),
    );
    this.registerOutputs({ servers: this.servers.map(({ container }) => container.name) });
  }
}
