import * as pulumi from "@pulumi/pulumi";
import { figuresPasswordFile } from "../../../workloads/brokers/zeromq";
import { RandomSecret } from "../../randomSecret";
import { derive } from "../../security/derive";
import { Service } from "../../topology/service";
import { mustSite } from "../../topology/site";
import { accountsOf, derivePasswords, redactedPasswords, secretsOf, transportsOf } from "../accounts";
import type { Bus, BusArgs, BusDependencies } from "../bus";
import {
  accountsPasswordFile,
  configurationFile,
  hashOf,
  renderAgents,
  renderMatchmaker,
} from "./configuration";
import { transportUrl, type ZeromqPlan } from "./plan";

const healthySeconds = 60;

/** The matchmaker of a bus without a broker; everything else of it is in the agents. */
export class ZeroMq extends pulumi.ComponentResource implements Bus {
  readonly brokers: readonly Service[];
  readonly transports: pulumi.Output<Record<string, string>>;
  readonly configuration: Readonly<Record<string, string>>;
  /** Passwords, to be redacted where they might be written. Secret. */
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
    const random = (what: string) =>
      new RandomSecret(`${name}-${what}`, { bytes: 24 }, { parent: this }).value;
    const [secret, figures] = [random("password"), random("figures-password")];
    const accounts = accountsOf(plan);
    const passwords = secret.apply((text) => derivePasswords(text, accounts));
    const setting = secret.apply((text) =>
      derive(text, "bus: password of the matchmaker's accounts").toString("base64url"),
    );
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
              .all([figures, setting])
              .apply((all) =>
                renderMatchmaker(matchmaker, { figures: hashOf(all[0]), accounts: hashOf(all[1]) }),
              ),
          },
          { path: figuresPasswordFile, content: figures },
          { path: accountsPasswordFile, content: setting },
        ],
        waitHealthySeconds: healthySeconds,
      },
      { target, site: mustSite(sites, matchmaker.site) },
      { parent: this },
    );
    this.brokers = [service];
    // Not part of the matchmaker: another site changes it, and restarts nothing.
    target.runIn(
      `${name}-${matchmaker.name}-accounts`,
      service.container,
      {
        command: "bus-accounts",
        stdin: passwords.apply((all) => renderAgents(Object.values(all).map(hashOf))),
      },
      { parent: this },
    );
    this.secrets = secretsOf([secret, figures, setting], passwords);
    this.transports = passwords.apply((all) =>
      transportsOf("agents", plan.endpoints, all, (_, password, __, site) =>
        transportUrl(password, matchmaker, mustListener(plan, site)),
      ),
    );
    this.configuration = {
      [`${matchmaker.name}/redis.conf`]: renderMatchmaker(matchmaker, { figures: "***", accounts: "***" }),
      [`${matchmaker.name}/accounts.conf`]: renderAgents(Object.values(redactedPasswords(accounts))),
    };
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({ plan, brokers: [service.container.name] });
  }
}

function mustListener({ listeners }: ZeromqPlan, site: string): string {
  const listener = listeners[site];
  if (listener === undefined) throw new Error(`the plan has no address for the agents of ${site}`);
  return listener;
}
