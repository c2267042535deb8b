import * as pulumi from "@pulumi/pulumi";
import { RandomSecret } from "../../randomSecret";
import { Service } from "../../topology/service";
import { mustSite } from "../../topology/site";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import {
  configurationFile,
  credentialsFile,
  heapMebibytes,
  renderScram,
  renderServer,
  scramOf,
} from "./configuration";
import { transportUrl, type KafkaPlan } from "./plan";

const healthySeconds = 120;

/** One Kafka broker, its topics, and the account that agents use. */
export class Kafka extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly configuration: Readonly<Record<string, string>>;

  constructor(
    name: string,
    args: BusArgs<KafkaPlan>,
    { target, sites }: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:Kafka", name, args, opts);
    const { plan } = args;
    const [broker] = plan.brokers;
    const password = new RandomSecret(`${name}-password`, { bytes: 24 }, { parent: this }).value;
    const service = new Service(
      `${name}-${broker.name}`,
      {
        site: broker.site,
        service: plan.service,
        image: "kafka",
        address: broker.address,
        memoryBytes: broker.memoryBytes,
        files: [
          { path: configurationFile, content: renderServer(broker) },
          { path: credentialsFile, content: password.apply(scramOf) },
        ],
        environment: { HEAP_MIB: String(heapMebibytes(broker)) },
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, broker.site) },
      { parent: this },
    );
    // Topics change with the workloads, and the broker stays.
    target.runIn(
      `${name}-${broker.name}-topics`,
      service.container,
      { command: "bus-declare", stdin: JSON.stringify(plan.topics) },
      { parent: this },
    );
    this.brokers = [service];
    this.transports = password.apply((secret) =>
      Object.fromEntries(Object.keys(plan.endpoints).map((site) => [site, transportUrl(secret, broker)])),
    );
    this.configuration = {
      [`${broker.name}/server.properties`]: renderServer(broker),
      [`${broker.name}/agents.scram`]: renderScram("***", "***"),
      [`${broker.name}/topics.json`]: JSON.stringify(plan.topics, undefined, 2),
    };
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, brokers: [service.container.name] });
  }
}
