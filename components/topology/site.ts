import * as pulumi from "@pulumi/pulumi";
import type { MadeNetwork, Target } from "../target/target";
import { Gateway } from "./gateway";

export interface SiteArgs {
  /** The site's network, `a.b.c.d/n`. */
  prefix: string;
  /** The address of the engine's own end of the network. */
  bridgeAddress: string;
  /** The address the site's containers use as their default gateway. */
  defaultGateway: string;
  /** The gateway's own address in the site. */
  gatewayAddress: string;
  /** The gateway's address on the WAN. */
  wanAddress: string;
  /** Where the gateway tells figures of its links and of the site's containers; default: nowhere. */
  figuresPort?: number;
}

/** A place: a network of its own behind one gateway, with services in it. */
export class Site extends pulumi.ComponentResource {
  readonly network: MadeNetwork;
  readonly gateway: Gateway;

  constructor(
    name: string,
    args: SiteArgs,
    dependencies: { readonly target: Target; readonly wan: MadeNetwork },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:topology:Site", name, args, opts);
    const { target, wan } = dependencies;
    this.network = target.makeNetwork(
      `${name}-network`,
      {
        site: name,
        prefix: args.prefix,
        bridgeAddress: args.bridgeAddress,
        defaultGateway: args.defaultGateway,
      },
      { parent: this },
    );
    this.gateway = new Gateway(
      `${name}-gateway`,
      {
        site: name,
        address: args.gatewayAddress,
        siteAddress: `${args.defaultGateway}/${args.prefix.split("/")[1]}`,
        wanAddress: args.wanAddress,
        ...(args.figuresPort === undefined ? {} : { figuresPort: args.figuresPort }),
      },
      { target, networks: { site: this.network, wan } },
      { parent: this },
    );
    this.registerOutputs({
      prefix: args.prefix,
      wanAddress: args.wanAddress,
      network: this.network.name,
      gateway: this.gateway.container.name,
    });
  }
}

/** The site called `name`. Errors: there is none, which is a mistake in the plan. */
export function mustSite(sites: ReadonlyMap<string, Site>, name: string): Site {
  const site = sites.get(name);
  if (!site) throw new Error(`the plan speaks of a site "${name}" that it does not make`);
  return site;
}
