import * as pulumi from "@pulumi/pulumi";
import { Authority } from "../../security/authority";
import type { ServiceFile } from "../../target/target";
import { Service } from "../../topology/service";
import { mustSite } from "../../topology/site";
import type { Database, DatabaseArgs, DatabaseDependencies, PlannedServer } from "../database";
import {
  authorityFile,
  certificates,
  hashPassword,
  nodeEnvironment,
  renderDefinitions,
  renderMembers,
} from "./configuration";
import type { CockroachdbPlan } from "./plan";

/**
 * A CockroachDB over sites. Nodes are made all at once and start once they are told who there is, so that a node that comes or goes makes no
 * other one anew. The first begins the cluster; with a new first one all come anew, as it could not tell a cluster that is away from one that
 * never was.
 */
export class CockroachDb extends pulumi.ComponentResource implements Database {
  readonly servers: readonly Service[];
  readonly identity: pulumi.Output<string>;
  readonly configuration: Readonly<Record<string, string>>;
  readonly clientFiles: readonly ServiceFile[];
  readonly ready: readonly pulumi.Resource[];

  constructor(
    name: string,
    args: DatabaseArgs<CockroachdbPlan>,
    { target, sites, paths, passwords }: DatabaseDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:database:CockroachDb", name, args, opts);
    const { plan } = args;
    const authority = new Authority(`${name}-authority`, { subject: `${name} of buswide` }, { parent: this });
    const made: Service[] = [];
    for (const server of plan.servers)
      made.push(
        new Service(
          `${name}-${server.name}`,
          {
            site: server.site,
            service: server.service,
            image: plan.image,
            address: server.address,
            memoryBytes: server.memoryBytes,
            environment: {
              ...nodeEnvironment(server),
              ...(made[0] ? { BUSWIDE_FIRST_CONTAINER: made[0].container.id } : {}),
            },
            files: nodeFiles(authority, server, made.length === 0),
          },
          { target, site: mustSite(sites, server.site) },
          { parent: this },
        ),
      );
    const [first] = made;
    if (!first) throw new Error("a cluster was planned without nodes");
    const told = made.map((service, index) =>
      target.runIn(
        `${name}-${plan.servers[index]?.name}-members`,
        service.container,
        { command: "database-members", stdin: renderMembers(plan) },
        { parent: this, dependsOn: [...paths, ...made] },
      ),
    );
    const defined = target.runIn(
      `${name}-defined`,
      first.container,
      {
        command: "database-define",
        stdin: passwords.apply((all) => renderDefinitions(plan, hashesOf(plan, all))),
      },
      { parent: this, dependsOn: told },
    );
    this.servers = made;
    this.ready = [defined];
    this.identity = first.container.id;
    this.clientFiles = [{ path: authorityFile, content: authority.certificate }];
    this.configuration = shownFiles(plan);
    this.registerOutputs({ servers: made.map(({ container }) => container.name) });
  }
}

/** Nodes are called `node` to each other, and their addresses to everybody; the first is besides told by `root` what to hold. */
function nodeFiles(authority: Authority, { name, address }: PlannedServer, first: boolean): ServiceFile[] {
  const node = authority.issue(name, ["node", address]);
  const root = first ? authority.issue("root", ["root"]) : undefined;
  return [
    { path: certificates.authority, content: authority.certificate },
    { path: certificates.node, content: node.certificate },
    { path: certificates.nodeKey, content: node.key },
    ...(root
      ? [
          { path: certificates.root, content: root.certificate },
          { path: certificates.rootKey, content: root.key },
        ]
      : []),
  ];
}

function hashesOf(
  { accounts }: CockroachdbPlan,
  passwords: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    accounts.map(({ name }) => {
      const password = passwords[name];
      if (password === undefined) throw new Error(`there is no password of ${name}`);
      return [name, hashPassword(password)];
    }),
  );
}

/** What a run's backup shows of the cluster's files. */
function shownFiles(plan: CockroachdbPlan): Record<string, string> {
  const redacted = Object.fromEntries(plan.accounts.map(({ name }) => [name, "***"]));
  const [first] = plan.servers;
  return Object.fromEntries([
    ...plan.servers.map((server): [string, string] => [`${server.name}/members`, renderMembers(plan)]),
    ...(first === undefined
      ? []
      : [[`${first.name}/definitions.sql`, renderDefinitions(plan, redacted)] as [string, string]]),
  ]);
}
