import * as pulumi from "@pulumi/pulumi";
import { RandomSecret } from "../../randomSecret";
import { Authority } from "../../security/authority";
import type { ServiceFile } from "../../target/target";
import { mustSite } from "../../topology/site";
import { Service } from "../../topology/service";
import {
  accountsAt,
  accountsOf,
  derivePasswords,
  mustPassword,
  redactedPasswords,
  secretsOf,
  transportsOf,
} from "../accounts";
import { agentsAuthorityFile } from "../agentsAuthority";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import { failoverHost } from "../nearest";
import { defineAccounts, hashPassword, renderStart, type DefinedAccounts } from "./accounts";
import {
  authorityFile,
  brokerEnvironment,
  certificateFile,
  cookieFile,
  distributionFile,
  nodeName,
  renderConfiguration,
  renderDistribution,
  renderPlugins,
  startFile,
  uploadedKeyFile,
} from "./configuration";
import { renderFederation } from "./definitions";
import { Federation } from "./federationMember";
import { transportUrl, type RabbitmqBroker, type RabbitmqPlan } from "./plan";

const healthySeconds = 180;

/** RabbitMQ brokers, what makes them one bus, and the accounts that agents and brokers use. */
export class RabbitMq extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly serviceTransports: pulumi.Output<Record<string, string>>;
  /** Absent where connections are plain. */
  readonly authority: Authority | undefined;
  readonly agentFiles: readonly ServiceFile[];
  readonly configuration: Readonly<Record<string, string>>;
  /** Its accounts' passwords and its cluster's cookie, to be redacted where they might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;

  readonly #name: string;
  readonly #plan: RabbitmqPlan;
  readonly #dependencies: BusDependencies;
  readonly #made: pulumi.Output<string>[] = [];
  /** Those of the accounts of agents and services. */
  readonly #passwords: pulumi.Output<Record<string, string>>;

  constructor(
    name: string,
    args: BusArgs<RabbitmqPlan>,
    dependencies: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:RabbitMq", name, args, opts);
    this.#name = name;
    this.#plan = args.plan;
    this.#dependencies = dependencies;
    const { plan } = args;
    this.#passwords = this.#secret("password").apply((secret) => derivePasswords(secret, accountsOf(plan)));
    this.authority = plan.tls
      ? (dependencies.authority ??
        new Authority(`${name}-authority`, { subject: "buswide" }, { parent: this }))
      : undefined;
    this.agentFiles = this.authority
      ? [{ path: agentsAuthorityFile, content: this.authority.certificate }]
      : [];
    this.brokers = plan.cluster ? this.#makeCluster() : this.#makeBrokers();
    this.configuration = Object.fromEntries(plan.brokers.flatMap((broker) => shownFiles(plan, broker)));
    const url: Parameters<typeof transportsOf>[3] = (account, password, hosts) =>
      transportUrl(account, password, hosts, plan.tls);
    this.transports = this.#passwords.apply((all) => transportsOf("agents", plan.endpoints, all, url));
    this.serviceTransports = this.#passwords.apply((all) =>
      transportsOf("openstack", plan.serviceEndpoints ?? {}, all, url),
    );
    this.secrets = secretsOf(this.#made, this.#passwords);
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan: args.plan, brokers: this.brokers.map(({ container }) => container.name) });
  }

  /** Brokers each on its own, federated if the plan says so. */
  #makeBrokers(): Service[] {
    const { federation } = this.#plan;
    if (!federation)
      return this.#plan.brokers.map((broker) => {
        const service = this.#makeBroker(broker, startOf(this.#plan), {});
        this.#setAccounts(broker, service, []);
        return service;
      });
    const password = this.#secret("federation-password");
    const start = password.apply((secret) => startOf(this.#plan, hashPassword(secret)));
    return this.#plan.brokers.map((broker) => {
      const service = this.#makeBroker(broker, start, {});
      new Federation(
        `${this.#name}-${broker.name}-federation`,
        {
          upstreams: federation.members[broker.site]?.upstreams ?? [],
          mode: federation.mode,
          definitions: pulumi
            .all([password, this.#passwords])
            .apply(([secret, passwords]) =>
              federationOf(this.#plan, broker, secret, accountsAtBroker(this.#plan, broker, passwords)),
            ),
        },
        { target: this.#dependencies.target, broker: service },
        { parent: this },
      );
      return service;
    });
  }

  /** The first node, then all others, which join it. */
  #makeCluster(): Service[] {
    const start = startOf(this.#plan);
    const cookie = this.#secret("cookie");
    const { target } = this.#dependencies;
    const services: Service[] = [];
    const joined: pulumi.Resource[] = [];
    for (const broker of this.#plan.brokers) {
      const [seed] = services;
      const service = this.#makeBroker(broker, start, { cookie, seed });
      // One that found no other would have started alone, healthily.
      if (seed)
        joined.push(
          target.runIn(
            `${this.#name}-${broker.name}-joined`,
            service.container,
            { command: "bus-joined" },
            { parent: this },
          ),
        );
      services.push(service);
    }
    const [seed] = services;
    const [first] = this.#plan.brokers;
    if (seed && first) {
      const members = target.runIn(
        `${this.#name}-members`,
        seed.container,
        {
          command: "bus-members",
          stdin: this.#plan.brokers.map((broker) => `${nodeName(broker)}\n`).join(""),
        },
        { parent: this, dependsOn: joined },
      );
      // All nodes have what one is told.
      this.#setAccounts(first, seed, [members]);
    }
    return services;
  }

  /** Tells a broker the accounts of agents and services. Not part of the broker: another site changes them, and restarts nothing. */
  #setAccounts(broker: RabbitmqBroker, service: Service, after: readonly pulumi.Resource[]): void {
    this.#dependencies.target.runIn(
      `${this.#name}-${broker.name}-accounts`,
      service.container,
      {
        command: "bus-define",
        stdin: this.#passwords.apply((passwords) =>
          renderDefinitions(accountsAtBroker(this.#plan, broker, passwords)),
        ),
      },
      { parent: this, dependsOn: [...after] },
    );
  }

  #makeBroker(
    broker: RabbitmqBroker,
    start: pulumi.Input<string>,
    cluster: { readonly cookie?: pulumi.Output<string>; readonly seed?: Service | undefined },
  ): Service {
    const { target, sites, paths } = this.#dependencies;
    return new Service(
      `${this.#name}-${broker.name}`,
      {
        site: broker.site,
        service: broker.service,
        image: this.#plan.image,
        address: broker.address,
        memoryBytes: broker.memoryBytes,
        files: [
          { path: "/etc/rabbitmq/rabbitmq.conf", content: renderConfiguration(this.#plan, broker) },
          { path: "/etc/rabbitmq/enabled_plugins", content: renderPlugins(this.#plan) },
          { path: startFile, content: start },
          ...(cluster.cookie ? [{ path: cookieFile, content: cluster.cookie }] : []),
          ...this.#certificateFiles(broker),
        ],
        environment: {
          ...brokerEnvironment(this.#plan, broker),
          // The first node holds who is a member: with a new one, the others come anew.
          ...(cluster.seed ? { BUSWIDE_CLUSTER_SEED_CONTAINER: cluster.seed.container.id } : {}),
        },
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, broker.site) },
      { parent: this, dependsOn: cluster.seed ? [cluster.seed, ...paths] : [] },
    );
  }

  /** What a broker proves its names by: its own, its address, and the one that stands for all brokers to agents. */
  #certificateFiles(broker: RabbitmqBroker): ServiceFile[] {
    if (!this.authority) return [];
    const names = [broker.name, broker.address, failoverHost];
    const { certificate, key } = this.authority.issue(broker.name, names);
    return [
      { path: authorityFile, content: this.authority.certificate },
      { path: certificateFile, content: certificate },
      { path: uploadedKeyFile, content: key },
      ...(this.#plan.cluster ? [{ path: distributionFile, content: renderDistribution() }] : []),
    ];
  }

  #secret(what: string): pulumi.Output<string> {
    const { value } = new RandomSecret(`${this.#name}-${what}`, { bytes: 24 }, { parent: this });
    this.#made.push(value);
    return value;
  }
}

/** Account to password. */
type Passwords = Readonly<Record<string, string>>;

/** What a broker starts with. @param hash Of the password by which brokers of a federation fetch; absent: there is none. */
function startOf({ federation, serviceEndpoints, liftsDeliveryLimit }: RabbitmqPlan, hash?: string): string {
  return renderStart(
    federation && hash !== undefined ? { hash, services: serviceEndpoints !== undefined } : undefined,
    liftsDeliveryLimit,
  );
}

/** The accounts that a broker knows: nodes of a cluster know all of them, any other those of whom connects to it. */
function accountsAtBroker(
  plan: RabbitmqPlan,
  broker: RabbitmqBroker,
  passwords: Passwords,
  shown: (password: string) => string = hashPassword,
): DefinedAccounts {
  const accounts = plan.cluster ? accountsOf(plan) : accountsAt(plan, broker);
  const hashes = accounts.map(({ name }): [string, string] => [name, shown(mustPassword(passwords, name))]);
  return defineAccounts(accounts, Object.fromEntries(hashes), plan.federation !== undefined);
}

function renderDefinitions(definitions: object): string {
  return JSON.stringify(definitions, undefined, 2);
}

function federationOf(
  plan: RabbitmqPlan,
  broker: RabbitmqBroker,
  password: string,
  accounts: DefinedAccounts,
): string {
  const { federation } = plan;
  const member = federation?.members[broker.site];
  if (!federation || !member) throw new Error(`${broker.name} is in no federation`);
  return renderFederation(
    federation.mode,
    member,
    plan.brokers
      .filter(({ site }) => member.upstreams.includes(site))
      .map(({ name, site, address }) => ({
        name: site,
        address,
        ...(plan.tls ? { certifiedName: name } : {}),
      })),
    plan.queues,
    password,
    plan.serviceEndpoints !== undefined,
    plan.liftsDeliveryLimit,
    accounts,
  );
}

/** What a run's backup shows of a broker's files. */
function shownFiles(plan: RabbitmqPlan, broker: RabbitmqBroker): [string, string][] {
  const redacted = "***";
  const accounts = accountsAtBroker(
    plan,
    broker,
    redactedPasswords(accountsOf(plan)),
    (password) => password,
  );
  const definitions = plan.federation
    ? federationOf(plan, broker, redacted, accounts)
    : renderDefinitions(accounts);
  const told = plan.cluster === undefined || plan.cluster.seed === nodeName(broker);
  return [
    [`${broker.name}/rabbitmq.conf`, renderConfiguration(plan, broker)],
    [`${broker.name}/enabled_plugins`, renderPlugins(plan)],
    [`${broker.name}/start.json`, startOf(plan, redacted)],
    ...(told ? [[`${broker.name}/definitions.json`, definitions] as [string, string]] : []),
    ...(plan.tls && plan.cluster
      ? [[`${broker.name}/distribution.config`, renderDistribution()] as [string, string]]
      : []),
  ];
}
