import * as pulumi from "@pulumi/pulumi";
import { javaFiguresFiles } from "../../metrics/java";
import { RandomSecret } from "../../randomSecret";
import { Service } from "../../topology/service";
import { mustSite } from "../../topology/site";
import { accountsOf, derivePasswords, redactedPasswords, secretsOf, transportsOf } from "../accounts";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import {
  configurationFile,
  figuresBeans,
  heapMebibytes,
  renderDeclared,
  renderServer,
} from "./configuration";
import { transportUrl, type KafkaPlan } from "./plan";

const healthySeconds = 120;

/** One Kafka broker, its topics, and the accounts that agents use. */
export class Kafka extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly configuration: Readonly<Record<string, string>>;
  /** Its accounts' passwords, to be redacted where they might be written. Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;

  constructor(
    name: string,
    args: BusArgs<KafkaPlan>,
    { target, sites }: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:Kafka", name, args, opts);
    const { plan } = args;
    const [broker] = plan.brokers;
    const accounts = accountsOf(plan);
    const secret = new RandomSecret(`${name}-password`, { bytes: 24 }, { parent: this }).value;
    const passwords = secret.apply((text) => derivePasswords(text, accounts));
    const figures = javaFiguresFiles(plan, figuresBeans);
    const service = new Service(
      `${name}-${broker.name}`,
      {
        site: broker.site,
        service: plan.service,
        image: "kafka",
        address: broker.address,
        memoryBytes: broker.memoryBytes,
        files: [{ path: configurationFile, content: renderServer(broker) }, ...figures],
        environment: { HEAP_MIB: String(heapMebibytes(broker)) },
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, broker.site) },
      { parent: this },
    );
    // Topics change with the workloads, accounts with the sites, and the broker stays.
    target.runIn(
      `${name}-${broker.name}-topics`,
      service.container,
      { command: "bus-declare", stdin: passwords.apply((all) => renderDeclared(plan.topics, all)) },
      { parent: this },
    );
    this.brokers = [service];
    this.transports = passwords.apply((all) =>
      transportsOf("agents", plan.endpoints, all, (account, password) =>
        transportUrl(account, password, broker),
      ),
    );
    this.secrets = secretsOf([secret], passwords);
    this.configuration = {
      [`${broker.name}/server.properties`]: renderServer(broker),
      ...Object.fromEntries(figures.map(({ content }) => [`${broker.name}/figures.yml`, content])),
      [`${broker.name}/declared.json`]: renderDeclared(plan.topics, redactedPasswords(accounts)),
    };
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, brokers: [service.container.name] });
  }
}
