import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../topology/service";
import type { Target } from "../../target/target";

export interface FederationArgs {
  /** Sites of the brokers it fetches from. */
  upstreams: readonly string[];
  /** What is federated for calls, casts and notifications. */
  mode: "exchanges" | "queues";
  /** Upstreams, policies, queues made in advance, and the broker's accounts of agents and services, in JSON. Secret. */
  definitions: pulumi.Input<string>;
}

/** One broker's federation. Not part of the broker: another site changes the federation, and restarts nothing. */
export class Federation extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: FederationArgs,
    dependencies: { readonly target: Target; readonly broker: Service },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:bus:Federation", name, { upstreams: args.upstreams, mode: args.mode }, opts);
    dependencies.target.runIn(
      `${name}-set`,
      dependencies.broker.container,
      { command: "bus-define", stdin: args.definitions },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
