import * as pulumi from "@pulumi/pulumi";
import { RandomSecret } from "../../randomSecret";
import { Authority } from "../../security/authority";
import { mustSite } from "../../topology/site";
import { Service } from "../../topology/service";
import type { ServiceFile } from "../../target/target";
import { accountsAt, accountsOf, derivePasswords, mustPassword, secretsOf, transportsOf } from "../accounts";
import { amqpPort, transportUrl } from "../amqp/driver";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import {
  environment,
  passwordFile,
  paths as routerPaths,
  renderEntities,
  routerEntities,
  saslConfiguration,
  saslRealm,
} from "./configuration";
import { joinedScript } from "./joined";
import type { PlannedRouter, RoutersPlan } from "./plan";
import { renderPolicies } from "./policy";

const healthySeconds = 60;

/** A mesh of AMQP 1.0 routers, the certificates that they know each other by, and the accounts that agents and services use. */
export class Routers extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly serviceTransports: pulumi.Output<Record<string, string>>;
  readonly configuration: Readonly<Record<string, string>>;
  /** The passwords of its accounts, to be redacted where they might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;

  constructor(
    name: string,
    args: BusArgs<RoutersPlan>,
    { target, sites, paths }: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:Routers", name, args, opts);
    const { plan } = args;
    const secret = new RandomSecret(`${name}-password`, { bytes: 24 }, { parent: this }).value;
    const passwords = secret.apply((text) => derivePasswords(text, accountsOf(plan)));
    const authority = new Authority(`${name}-authority`, { subject: `${name} of buswide` }, { parent: this });
    this.brokers = plan.brokers.map(
      (router) =>
        new Service(
          `${name}-${router.name}`,
          {
            site: router.site,
            service: router.service,
            image: { reference: plan.image },
            address: router.address,
            memoryBytes: router.memoryBytes,
            environment,
            files: routerFiles(plan, router, authority, passwords),
            health: healthOf(router),
            waitHealthySeconds: healthySeconds,
          },
          { target, site: mustSite(sites, router.site) },
          { parent: this },
        ),
    );
    // All of them are there before any is asked, and the links that they know each other by.
    plan.brokers.forEach((router, index) => {
      const service = this.brokers[index];
      if (!service) throw new Error(`${router.name} was not made`);
      target.runIn(
        `${name}-${router.name}-joined`,
        service.container,
        { command: "bash", stdin: joinedScript(router, plan.brokers) },
        { parent: this, dependsOn: [...this.brokers, ...paths] },
      );
    });
    this.configuration = Object.fromEntries(
      plan.brokers.flatMap((router) => [
        [`${router.name}/router.conf`, renderEntities(routerEntities(plan, router))],
        [`${router.name}/sasl.conf`, saslConfiguration],
        [`${router.name}/policies.json`, renderPolicies(plan, router)],
      ]),
    );
    const url: Parameters<typeof transportsOf>[3] = (account, password, endpoints) =>
      transportUrl(account, password, endpoints);
    this.transports = passwords.apply((all) => transportsOf("agents", plan.endpoints, all, url));
    this.serviceTransports = passwords.apply((all) =>
      transportsOf("openstack", plan.serviceEndpoints ?? {}, all, url),
    );
    this.secrets = secretsOf([secret], passwords);
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, brokers: this.brokers.map(({ container }) => container.name) });
  }
}

function routerFiles(
  plan: RoutersPlan,
  router: PlannedRouter,
  authority: Authority,
  passwords: pulumi.Output<Record<string, string>>,
): ServiceFile[] {
  // Others connect to its address, and its name is what their logs call it by.
  const { certificate, key } = authority.issue(router.name, [router.name, router.address]);
  return [
    { path: routerPaths.configuration, content: renderEntities(routerEntities(plan, router)) },
    { path: `${routerPaths.sasl}/${saslRealm}.conf`, content: saslConfiguration },
    { path: `${routerPaths.policies}/policies.json`, content: renderPolicies(plan, router) },
    ...accountsAt(plan, router).map(({ name }) => ({
      path: passwordFile(name),
      content: passwords.apply((all) => mustPassword(all, name)),
    })),
    { path: routerPaths.authority, content: authority.certificate },
    { path: routerPaths.certificate, content: certificate },
    { path: routerPaths.key, content: key },
  ];
}

/**
 * Healthy once agents can connect; asked by the shell, as images of routers have little else. The first answer that is yes comes at
 * once, each later one only after a minute, so that a measurement is not disturbed.
 */
function healthOf({ address }: PlannedRouter): string[] {
  const reported = "/tmp/.reported-healthy";
  return [
    "bash",
    "-c",
    `[ -e ${reported} ] && sleep 60; exec 3<>/dev/tcp/${address}/${amqpPort} && : >${reported}`,
  ];
}
