import * as pulumi from "@pulumi/pulumi";
import type { Impairment } from "../../workloads/results/schema";
import type { Target } from "../target/target";
import type { Gateway } from "./gateway";

export interface LinkArgs {
  /** The two sites. */
  between: readonly [string, string];
  /** From the first site to the second: delay and jitter in ms, loss in percent, rate in bits per second. */
  there: Impairment;
  /** From the second site to the first. */
  back: Impairment;
  /** Seed of the link's random losses and jitter. */
  seed: number;
  /** False: nothing of the bus may cross it unencrypted; default: it may. */
  trusted?: false;
}

/** One end of a link: the site's gateway, and its address on the WAN. */
export interface LinkEnd {
  readonly gateway: Gateway;
  readonly wanAddress: string;
}

/** A WAN path between two sites: one class a direction, at the gateway that the direction leaves from. */
export class Link extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: LinkArgs,
    dependencies: { readonly target: Target; readonly ends: readonly [LinkEnd, LinkEnd] },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:topology:Link", name, args, opts);
    const { target, ends } = dependencies;
    const [a, b] = ends;
    target.setImpairment(
      `${name}-there`,
      a.gateway.container,
      { class: args.between[1], nextHop: b.wanAddress, impairment: args.there, seed: args.seed },
      { parent: this },
    );
    target.setImpairment(
      `${name}-back`,
      b.gateway.container,
      { class: args.between[0], nextHop: a.wanAddress, impairment: args.back, seed: args.seed },
      { parent: this },
    );
    // What policies of the whole stack read: they see outputs.
    this.registerOutputs({
      between: args.between,
      there: args.there,
      back: args.back,
      trusted: args.trusted !== false,
    });
  }
}
