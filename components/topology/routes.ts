import * as pulumi from "@pulumi/pulumi";
import type { Target } from "../target/target";
import type { Gateway } from "./gateway";

export interface RoutesArgs {
  /** The site whose gateway is told. */
  site: string;
  /** Prefixes, each of one site or of several, to the WAN address of the gateway that is next on the way there. */
  routes: Readonly<Record<string, string>>;
}

/** A gateway's routes to the other sites. Not part of the gateway: a new link changes routes, and restarts nothing. */
export class Routes extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: RoutesArgs,
    dependencies: { readonly target: Target; readonly gateway: Gateway },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:topology:Routes", name, args, opts);
    dependencies.target.setRoutes(`${name}-set`, dependencies.gateway.container, args.routes, {
      parent: this,
    });
    // What a policy can check: a stack is judged by outputs.
    this.registerOutputs({ site: args.site, routes: args.routes });
  }
}
