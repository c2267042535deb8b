import * as pulumi from "@pulumi/pulumi";
import { RandomSecret } from "../../randomSecret";
import { Authority } from "../../security/authority";
import type { ServiceFile } from "../../target/target";
import { mustSite } from "../../topology/site";
import { Service } from "../../topology/service";
import { agentsAuthorityFile } from "../agentsAuthority";
import type { Bus, BusArgs, BusDependencies, Endpoint } from "../bus";
import { failoverHost } from "../nearest";
import {
  agentsAccount,
  federatedAgentsAccount,
  federationAccount,
  hashPassword,
  openstackAccount,
  renderAccounts,
} from "./accounts";
import {
  accountsFile,
  authorityFile,
  brokerEnvironment,
  certificateFile,
  cookieFile,
  distributionFile,
  nodeName,
  renderConfiguration,
  renderDistribution,
  renderPlugins,
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
  readonly agentFiles: readonly ServiceFile[];
  readonly configuration: Readonly<Record<string, string>>;
  /** Its accounts' passwords and its cluster's cookie, to be redacted where they might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;

  readonly #name: string;
  readonly #plan: RabbitmqPlan;
  readonly #dependencies: BusDependencies;
  readonly #made: pulumi.Output<string>[] = [];
  readonly #password: pulumi.Output<string>;
  /** That of OpenStack's services; absent where there are none. */
  readonly #servicesPassword: pulumi.Output<string> | undefined;
  /** Absent where connections are plain. */
  readonly #authority: Authority | undefined;

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
    this.#password = this.#secret("password");
    const { plan } = args;
    this.#servicesPassword = plan.serviceEndpoints ? this.#secret("openstack-password") : undefined;
    this.#authority = plan.tls
      ? new Authority(`${name}-authority`, { subject: "buswide" }, { parent: this })
      : undefined;
    this.agentFiles = this.#authority
      ? [{ path: agentsAuthorityFile, content: this.#authority.certificate }]
      : [];
    this.brokers = plan.cluster ? this.#makeCluster() : this.#makeBrokers();
    this.configuration = Object.fromEntries(plan.brokers.flatMap((broker) => shownFiles(plan, broker)));
    this.transports = this.#password.apply((password) =>
      transportUrls(agentsAccount.name, password, plan.endpoints, plan.tls),
    );
    this.serviceTransports = (this.#servicesPassword ?? pulumi.output("")).apply((password) =>
      transportUrls(openstackAccount.name, password, plan.serviceEndpoints ?? {}, plan.tls),
    );
    this.secrets = pulumi.secret(pulumi.all(this.#made));
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan: args.plan, brokers: this.brokers.map(({ container }) => container.name) });
  }

  /** Brokers each on its own, federated if the plan says so. */
  #makeBrokers(): Service[] {
    const { federation } = this.#plan;
    if (!federation) {
      const accounts = this.#accounts({});
      return this.#plan.brokers.map((broker) => this.#makeBroker(broker, accounts, {}));
    }
    const password = this.#secret("federation-password");
    const accounts = this.#accounts({ federation: password });
    return this.#plan.brokers.map((broker) => {
      const service = this.#makeBroker(broker, accounts, {});
      new Federation(
        `${this.#name}-${broker.name}-federation`,
        {
          upstreams: federation.members[broker.site]?.upstreams ?? [],
          mode: federation.mode,
          definitions: password.apply((secret) => federationOf(this.#plan, broker, secret)),
        },
        { target: this.#dependencies.target, broker: service },
        { parent: this },
      );
      return service;
    });
  }

  /** The first node, then all others, which join it. */
  #makeCluster(): Service[] {
    const accounts = this.#accounts({});
    const cookie = this.#secret("cookie");
    const { target } = this.#dependencies;
    const services: Service[] = [];
    const joined: pulumi.Resource[] = [];
    for (const broker of this.#plan.brokers) {
      const [seed] = services;
      const service = this.#makeBroker(broker, accounts, { cookie, seed });
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
    if (seed)
      target.runIn(
        `${this.#name}-members`,
        seed.container,
        {
          command: "bus-members",
          stdin: this.#plan.brokers.map((broker) => `${nodeName(broker)}\n`).join(""),
        },
        { parent: this, dependsOn: joined },
      );
    return services;
  }

  #makeBroker(
    broker: RabbitmqBroker,
    accounts: pulumi.Output<string>,
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
          { path: accountsFile, content: accounts },
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
    if (!this.#authority) return [];
    const names = [broker.name, broker.address, failoverHost];
    const { certificate, key } = this.#authority.issue(broker.name, names);
    return [
      { path: authorityFile, content: this.#authority.certificate },
      { path: certificateFile, content: certificate },
      { path: uploadedKeyFile, content: key },
      ...(this.#plan.cluster ? [{ path: distributionFile, content: renderDistribution() }] : []),
    ];
  }

  #accounts(further: { readonly federation?: pulumi.Output<string> }): pulumi.Output<string> {
    const passwords: { [A in keyof Passwords]: pulumi.Input<string> } = {
      agents: this.#password,
      ...further,
      ...(this.#servicesPassword === undefined ? {} : { openstack: this.#servicesPassword }),
    };
    return pulumi.output(passwords).apply((all) => accountsOf(this.#plan, all as unknown as Passwords));
  }

  #secret(what: string): pulumi.Output<string> {
    const { value } = new RandomSecret(`${this.#name}-${what}`, { bytes: 24 }, { parent: this });
    this.#made.push(value);
    return value;
  }
}

interface Passwords {
  readonly agents: string;
  readonly federation?: string;
  readonly openstack?: string;
}

/** The accounts that have a password. */
function accountsOf(
  { federation, serviceEndpoints, liftsDeliveryLimit }: RabbitmqPlan,
  passwords: Passwords,
  shown: (password: string) => string = hashPassword,
): string {
  const accounts = [
    { account: federation ? federatedAgentsAccount : agentsAccount, password: passwords.agents },
    { account: federationAccount(serviceEndpoints !== undefined), password: passwords.federation },
    { account: openstackAccount, password: passwords.openstack },
  ].flatMap(({ account, password }) => (password === undefined ? [] : [{ account, password }]));
  return renderAccounts(
    accounts.map(({ account }) => account),
    Object.fromEntries(accounts.map(({ account, password }) => [account.name, shown(password)])),
    liftsDeliveryLimit,
  );
}

function federationOf(plan: RabbitmqPlan, broker: RabbitmqBroker, password: string): string {
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
  );
}

function transportUrls(
  account: string,
  password: string,
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
  tls: boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([site, hosts]) => [site, transportUrl(account, password, hosts, tls)]),
  );
}

/** What a run's backup shows of a broker's files. */
function shownFiles(plan: RabbitmqPlan, broker: RabbitmqBroker): [string, string][] {
  const redacted = "***";
  const accounts = accountsOf(
    plan,
    {
      agents: redacted,
      ...(plan.federation ? { federation: redacted } : {}),
      ...(plan.serviceEndpoints ? { openstack: redacted } : {}),
    },
    (password) => password,
  );
  return [
    [`${broker.name}/rabbitmq.conf`, renderConfiguration(plan, broker)],
    [`${broker.name}/enabled_plugins`, renderPlugins(plan)],
    [`${broker.name}/accounts.json`, accounts],
    ...(plan.tls && plan.cluster
      ? [[`${broker.name}/distribution.config`, renderDistribution()] as [string, string]]
      : []),
    ...(plan.federation
      ? [[`${broker.name}/federation.json`, federationOf(plan, broker, redacted)] as [string, string]]
      : []),
  ];
}
