import * as pulumi from "@pulumi/pulumi";
import { mustSite } from "../../topology/site";
import { Service, type ServiceArgs } from "../../topology/service";
import { figuresEnvironment, hashPasswords, renderAccounts } from "../mariadb/configuration";
import type { Database, DatabaseArgs, DatabaseDependencies, PlannedServer } from "../database";
import { paths, renderArbitrator, renderMembers, renderNode, renderProxy } from "./configuration";
import type { GaleraMember, GaleraPlan, GaleraProxy } from "./plan";

const healthySeconds = 120;

/**
 * A Galera cluster over sites, with the databases and accounts of a control plane's services, and what these reach it by. Nodes are
 * made all at once and find out by themselves who begins; who else there is they are told afterwards, so that a node that comes
 * or goes makes no other one anew.
 */
export class Galera extends pulumi.ComponentResource implements Database {
  readonly servers: readonly Service[];
  readonly identity: pulumi.Output<string>;
  readonly configuration: Readonly<Record<string, string>>;

  readonly #name: string;
  readonly #plan: GaleraPlan;
  readonly #dependencies: DatabaseDependencies;

  constructor(
    name: string,
    args: DatabaseArgs<GaleraPlan>,
    dependencies: DatabaseDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:database:Galera", name, args, opts);
    this.#name = name;
    this.#plan = args.plan;
    this.#dependencies = dependencies;
    const { nodes, arbitrator, proxies, accounts } = args.plan;
    const sql = dependencies.passwords.apply((all) => renderAccounts(accounts, hashPasswords(all)));
    const made = nodes.map((node) => this.#node(node, sql));
    const joined = this.#join(made);
    this.servers = [
      ...made,
      ...(arbitrator === undefined ? [] : [this.#arbitrator(arbitrator, joined)]),
      ...proxies.map((proxy) => this.#proxy(proxy, joined)),
    ];
    const [first] = made;
    if (!first) throw new Error("a cluster was planned without nodes");
    // As long as this one stays, so does what is in the cluster: it begins a new one only where it is new itself.
    this.identity = first.container.id;
    this.configuration = shownFiles(args.plan);
    this.registerOutputs({ servers: this.servers.map(({ container }) => container.name) });
  }

  #node(node: GaleraMember, accounts: pulumi.Output<string>): Service {
    return this.#service(node, "mariadb", {
      environment: {
        BUSWIDE_GALERA: "node",
        BUSWIDE_NODE: node.name,
        ...figuresEnvironment(this.#plan),
      },
      files: [
        { path: paths.configuration, content: renderNode(this.#plan, node) },
        { path: paths.accounts, content: accounts },
      ],
    });
  }

  /**
   * Tells each node who there is, one after the other: it is done when the node serves. A node that is brought up to date by one
   * that has just been so itself can miss what was written between (26.4.23: "IST didn't contain all write sets").
   */
  #join(nodes: readonly Service[]): pulumi.Resource[] {
    const { target, paths: ways } = this.#dependencies;
    const joined: pulumi.Resource[] = [];
    this.#plan.nodes.forEach((node, index) => {
      const service = nodes[index];
      if (!service) return;
      joined.push(
        target.runIn(
          `${this.#name}-${node.name}-joined`,
          service.container,
          { command: "galera-members", stdin: renderMembers(this.#plan) },
          { parent: this, dependsOn: [...ways, ...nodes, ...joined.slice(-1)] },
        ),
      );
    });
    return joined;
  }

  #arbitrator(arbitrator: GaleraMember, joined: readonly pulumi.Resource[]): Service {
    return this.#service(
      arbitrator,
      "mariadb",
      {
        environment: { BUSWIDE_GALERA: "arbitrator" },
        files: [{ path: paths.arbitrator, content: renderArbitrator(this.#plan, arbitrator) }],
        waitHealthySeconds: healthySeconds,
      },
      joined,
    );
  }

  #proxy(proxy: GaleraProxy, joined: readonly pulumi.Resource[]): Service {
    return this.#service(
      proxy,
      "haproxy",
      {
        files: [{ path: paths.proxy, content: renderProxy(this.#plan, proxy) }],
        waitHealthySeconds: healthySeconds,
      },
      joined,
    );
  }

  #service(
    { name, site, service, address, memoryBytes }: PlannedServer,
    image: string,
    more: Pick<ServiceArgs, "environment" | "files" | "waitHealthySeconds">,
    after: readonly pulumi.Resource[] = [],
  ): Service {
    const { target, sites } = this.#dependencies;
    return new Service(
      `${this.#name}-${name}`,
      { site, service, image, address, memoryBytes, ...more },
      { target, site: mustSite(sites, site) },
      { parent: this, dependsOn: [...after] },
    );
  }
}

/** What a run's backup shows of the cluster's files. */
function shownFiles(plan: GaleraPlan): Record<string, string> {
  const { nodes, arbitrator, proxies, accounts } = plan;
  const redacted = Object.fromEntries(accounts.map((account) => [account.name, "***"]));
  return Object.fromEntries([
    ...nodes.flatMap((node) => [
      [`${node.name}/buswide.cnf`, renderNode(plan, node)],
      [`${node.name}/accounts.sql`, renderAccounts(accounts, redacted)],
      [`${node.name}/members.json`, renderMembers(plan)],
    ]),
    ...(arbitrator === undefined
      ? []
      : [[`${arbitrator.name}/garbd.cnf`, renderArbitrator(plan, arbitrator)]]),
    ...proxies.map((proxy) => [`${proxy.name}/haproxy.cfg`, renderProxy(plan, proxy)]),
  ]) as Record<string, string>;
}
