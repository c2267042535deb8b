import { createPrivateKey } from "crypto";
import * as pulumi from "@pulumi/pulumi";
import { javaFiguresFiles } from "../../metrics/java";
import { RandomSecret } from "../../randomSecret";
import { Authority } from "../../security/authority";
import { mustSite } from "../../topology/site";
import { Service } from "../../topology/service";
import type { ServiceFile } from "../../target/target";
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
import { transportUrl } from "../amqp/driver";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import { hashPassword, renderRoles, renderUsers } from "./accounts";
import { brokerEnvironment, figuresBeans, renderConfiguration, tlsFiles } from "./configuration";
import type { ArtemisBroker, ArtemisPlan } from "./plan";

const healthySeconds = 180;

/** ActiveMQ Artemis brokers and the accounts that agents and services use. */
export class Artemis extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly serviceTransports: pulumi.Output<Record<string, string>>;
  /** Absent where connections are plain. */
  readonly authority: Authority | undefined;
  readonly agentFiles: readonly ServiceFile[];
  readonly configuration: Readonly<Record<string, string>>;
  /** The passwords of its accounts and of its cluster, to be redacted where they might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;

  constructor(
    name: string,
    args: BusArgs<ArtemisPlan>,
    { target, sites, paths, authority: given }: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:Artemis", name, args, opts);
    const { plan } = args;
    const accounts = accountsOf(plan);
    const secret = new RandomSecret(`${name}-password`, { bytes: 24 }, { parent: this }).value;
    const passwords = secret.apply((text) => derivePasswords(text, accounts));
    const clusterPassword = plan.clustered
      ? new RandomSecret(`${name}-cluster-password`, { bytes: 24 }, { parent: this }).value
      : undefined;
    const authority = plan.tls
      ? (given ?? new Authority(`${name}-authority`, { subject: `${name} of buswide` }, { parent: this }))
      : undefined;
    this.authority = authority;
    this.agentFiles = authority ? [{ path: agentsAuthorityFile, content: authority.certificate }] : [];
    // Hashed once, as it is work, and every broker of a list knows every account.
    const hashes = passwords.apply(hashesOf);
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
              {
                path: "/etc/artemis/broker.xml",
                content: clusterPassword
                  ? clusterPassword.apply((password) => renderConfiguration(plan, broker, password))
                  : renderConfiguration(plan, broker),
              },
              ...(authority ? certificateFiles(broker, authority) : []),
              ...javaFiguresFiles(plan, figuresBeans(broker)),
            ],
            environment: brokerEnvironment(plan, broker),
            waitHealthySeconds: healthySeconds,
          },
          { target, site: mustSite(sites, broker.site) },
          // Brokers of a cluster look for each other over the links.
          { parent: this, dependsOn: plan.clustered ? [...paths] : [] },
        ),
    );
    // Not part of a broker: another site changes its accounts, and restarts nothing.
    plan.brokers.forEach((broker, index) => {
      const service = this.brokers[index];
      if (!service) throw new Error(`${broker.name} was not made`);
      target.runIn(
        `${name}-${broker.name}-accounts`,
        service.container,
        { command: "bus-accounts", stdin: hashes.apply((all) => renderAccounts(plan, broker, all)) },
        { parent: this },
      );
    });
    this.configuration = Object.fromEntries(plan.brokers.flatMap((broker) => shownFiles(plan, broker)));
    const url: Parameters<typeof transportsOf>[3] = (account, password, endpoints) =>
      transportUrl(account, password, endpoints, plan.tls);
    this.transports = passwords.apply((all) => transportsOf("agents", plan.endpoints, all, url));
    this.serviceTransports = passwords.apply((all) =>
      transportsOf("openstack", plan.serviceEndpoints ?? {}, all, url),
    );
    this.secrets = secretsOf([secret, ...(clusterPassword ? [clusterPassword] : [])], passwords);
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, brokers: this.brokers.map(({ container }) => container.name) });
  }
}

/** What `bus-accounts` is told: the file of users, an empty line, and the file of roles. */
function renderAccounts(
  plan: ArtemisPlan,
  broker: ArtemisBroker,
  hashes: Readonly<Record<string, string>>,
): string {
  const accounts = accountsAt(plan, broker);
  const known = accounts.map(({ name }): [string, string] => [name, mustPassword(hashes, name)]);
  return `${renderUsers(Object.fromEntries(known))}\n${renderRoles(accounts)}`;
}

/** Agents and other brokers connect to its address, and check that it is the certificate's. */
function certificateFiles(broker: ArtemisBroker, authority: Authority): ServiceFile[] {
  const { certificate, key } = authority.issue(broker.name, [broker.name, broker.address]);
  return [
    { path: tlsFiles.authority, content: authority.certificate },
    { path: tlsFiles.certificate, content: certificate },
    { path: tlsFiles.uploadedKey, content: pulumi.secret(key.apply(ellipticKey)) },
  ];
}

/**
 * A key of PKCS #8 in the form of RFC 5915, PEM both. The broker's reader (pem-keystore 3.0.0) tries a list of algorithms for the former,
 * which the acceptors of a cluster share and fill while others read it: now and then one does not find elliptic curves there,
 * and is left out. What says that it is of an elliptic curve is read without the list.
 */
function ellipticKey(key: string): string {
  return createPrivateKey(key).export({ type: "sec1", format: "pem" }).toString();
}

function hashesOf(passwords: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(passwords).map(([account, password]) => [account, hashPassword(password)]),
  );
}

/** What a run's backup shows of a broker's files. */
function shownFiles(plan: ArtemisPlan, broker: ArtemisBroker): [string, string][] {
  const accounts = accountsAt(plan, broker);
  return [
    [`${broker.name}/broker.xml`, renderConfiguration(plan, broker, "***")],
    [`${broker.name}/users.properties`, renderUsers(redactedPasswords(accounts))],
    [`${broker.name}/roles.properties`, renderRoles(accounts)],
    ...javaFiguresFiles(plan, figuresBeans(broker)).map(({ content }): [string, string] => [
      `${broker.name}/figures.yml`,
      content,
    ]),
  ];
}
