import * as pulumi from "@pulumi/pulumi";
import type { MadeContainer, MadeNetwork, Target } from "../target/target";

export interface GatewayArgs {
  site: string;
  /** Its address in the site's network. */
  address: string;
  /** The default-gateway address it answers to as well, with the prefix's length. */
  siteAddress: string;
  /** Its address on the WAN. */
  wanAddress: string;
  /** Where it tells figures; default: nowhere. */
  figuresPort?: number;
}

/** The way out of a site: it forwards between the site and the WAN, and impairs what leaves by a link. */
export class Gateway extends pulumi.ComponentResource {
  readonly container: MadeContainer;

  constructor(
    name: string,
    args: GatewayArgs,
    dependencies: {
      readonly target: Target;
      readonly networks: { readonly site: MadeNetwork; readonly wan: MadeNetwork };
    },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:topology:Gateway", name, args, opts);
    this.container = dependencies.target.runGateway(`${name}-container`, args, dependencies.networks, {
      parent: this,
    });
    this.registerOutputs({ container: this.container.name });
  }
}
