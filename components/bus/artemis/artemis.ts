import * as pulumi from "@pulumi/pulumi";
import { RandomSecret } from "../../randomSecret";
import { Authority } from "../../security/authority";
import { mustSite } from "../../topology/site";
import { Service } from "../../topology/service";
import type { ServiceFile } from "../../target/target";
import { agentsAuthorityFile } from "../agentsAuthority";
import { agentsAccount, transportUrls } from "../amqp/driver";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import { servicesAccount } from "../openstack";
import { hashPassword, renderRoles, renderUsers } from "./accounts";
import { accountsOf, brokerEnvironment, renderConfiguration, tlsFiles } from "./configuration";
import type { ArtemisBroker, ArtemisPlan } from "./plan";

const healthySeconds = 180;

/** ActiveMQ Artemis brokers and the account that agents use. */
export class Artemis extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly serviceTransports: pulumi.Output<Record<string, string>>;
  readonly agentFiles: readonly ServiceFile[];
  readonly configuration: Readonly<Record<string, string>>;
  /** The passwords of its accounts and of its cluster, to be redacted where they might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;

  constructor(
    name: string,
    args: BusArgs<ArtemisPlan>,
    { target, sites, paths }: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:Artemis", name, args, opts);
    const { plan } = args;
    const password = new RandomSecret(`${name}-password`, { bytes: 24 }, { parent: this }).value;
    const servicesPassword = plan.serviceEndpoints
      ? new RandomSecret(`${name}-openstack-password`, { bytes: 24 }, { parent: this }).value
      : undefined;
    const clusterPassword = plan.clustered
      ? new RandomSecret(`${name}-cluster-password`, { bytes: 24 }, { parent: this }).value
      : undefined;
    const authority = plan.tls
      ? new Authority(`${name}-authority`, { subject: `${name} of buswide` }, { parent: this })
      : undefined;
    this.agentFiles = authority ? [{ path: agentsAuthorityFile, content: authority.certificate }] : [];
    const users = pulumi
      .all({
        [agentsAccount]: password,
        ...(servicesPassword ? { [servicesAccount]: servicesPassword } : {}),
      })
      .apply((passwords) => renderUsers(hashesOf(passwords)));
    this.brokers = plan.brokers.map(
      (broker) =>
        new Service(
          `${name}-${broker.name}`,
          {
            site: broker.site,
            service: broker.service,
            image: "artemis",
            address: broker.address,
            memoryBytes: broker.memoryBytes,
            files: [
              ...brokerFiles(plan, broker, users, clusterPassword),
              ...(authority ? certificateFiles(broker, authority) : []),
            ],
            environment: brokerEnvironment(plan, broker),
            waitHealthySeconds: healthySeconds,
          },
          { target, site: mustSite(sites, broker.site) },
          // Brokers of a cluster look for each other over the links.
          { parent: this, dependsOn: plan.clustered ? [...paths] : [] },
        ),
    );
    this.configuration = Object.fromEntries(plan.brokers.flatMap((broker) => shownFiles(plan, broker)));
    this.transports = password.apply((secret) =>
      transportUrls(agentsAccount, secret, plan.endpoints, plan.tls),
    );
    this.serviceTransports = (servicesPassword ?? pulumi.output("")).apply((secret) =>
      transportUrls(servicesAccount, secret, plan.serviceEndpoints ?? {}, plan.tls),
    );
    const secrets = [password, servicesPassword, clusterPassword].flatMap((one) => one ?? []);
    this.secrets = pulumi.secret(pulumi.all(secrets));
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, brokers: this.brokers.map(({ container }) => container.name) });
  }
}

function brokerFiles(
  plan: ArtemisPlan,
  broker: ArtemisBroker,
  users: pulumi.Output<string>,
  clusterPassword: pulumi.Output<string> | undefined,
): ServiceFile[] {
  return [
    {
      path: "/etc/artemis/broker.xml",
      content: clusterPassword
        ? clusterPassword.apply((secret) => renderConfiguration(plan, broker, secret))
        : renderConfiguration(plan, broker),
    },
    { path: "/etc/artemis/users.properties", content: users },
    { path: "/etc/artemis/roles.properties", content: renderRoles(accountsOf(plan)) },
  ];
}

/** Agents and other brokers connect to its address, and check that it is the certificate's. */
function certificateFiles(broker: ArtemisBroker, authority: Authority): ServiceFile[] {
  const { certificate, key } = authority.issue(broker.name, [broker.name, broker.address]);
  return [
    { path: tlsFiles.authority, content: authority.certificate },
    { path: tlsFiles.certificate, content: certificate },
    { path: tlsFiles.uploadedKey, content: key },
  ];
}

function hashesOf(passwords: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(passwords).map(([account, password]) => [account, hashPassword(password)]),
  );
}

/** What a run's backup shows of a broker's files. */
function shownFiles(plan: ArtemisPlan, broker: ArtemisBroker): [string, string][] {
  return [
    [`${broker.name}/broker.xml`, renderConfiguration(plan, broker, "***")],
    [
      `${broker.name}/users.properties`,
      renderUsers(Object.fromEntries(accountsOf(plan).map((account) => [account, "***"]))),
    ],
    [`${broker.name}/roles.properties`, renderRoles(accountsOf(plan))],
  ];
}
