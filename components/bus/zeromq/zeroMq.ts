import * as pulumi from "@pulumi/pulumi";
import { figuresPasswordFile } from "../../../workloads/brokers/zeromq";
import { RandomSecret } from "../../randomSecret";
import { Service } from "../../topology/service";
import { mustSite } from "../../topology/site";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import { configurationFile, hashOf, renderMatchmaker } from "./configuration";
import { transportUrl, type ZeromqPlan } from "./plan";

const healthySeconds = 60;

/** The matchmaker of a bus without a broker; everything else of it is in the agents. */
export class ZeroMq extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly configuration: Readonly<Record<string, string>>;
  /** Secret. */
  readonly secrets: pulumi.Output<readonly string[]>;

  constructor(
    name: string,
    args: BusArgs<ZeromqPlan>,
    { target, sites }: BusDependencies,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:ZeroMq", name, args, opts);
    const { plan } = args;
    const [matchmaker] = plan.brokers;
    const secret = (what: string) =>
      new RandomSecret(`${name}-${what}`, { bytes: 24 }, { parent: this }).value;
    const [password, figures] = [secret("password"), secret("figures-password")];
    const service = new Service(
      `${name}-${matchmaker.name}`,
      {
        site: matchmaker.site,
        service: plan.service,
        image: "matchmaker",
        address: matchmaker.address,
        memoryBytes: matchmaker.memoryBytes,
        files: [
          {
            path: configurationFile,
            content: pulumi
              .all([password, figures])
              .apply((all) =>
                renderMatchmaker(matchmaker, { agents: hashOf(all[0]), figures: hashOf(all[1]) }),
              ),
          },
          { path: figuresPasswordFile, content: figures },
        ],
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, matchmaker.site) },
      { parent: this },
    );
    this.brokers = [service];
    this.secrets = pulumi.secret(pulumi.all([password, figures]));
    this.transports = password.apply((secret) =>
      Object.fromEntries(
        Object.entries(plan.listeners).map(([site, listener]) => [
          site,
          transportUrl(secret, matchmaker, listener),
        ]),
      ),
    );
    this.configuration = {
      [`${matchmaker.name}/redis.conf`]: renderMatchmaker(matchmaker, { agents: "***", figures: "***" }),
    };
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, brokers: [service.container.name] });
  }
}
