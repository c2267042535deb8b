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

/**
 * A WAN path between two sites: one class a direction, at the gateway that the direction leaves from. Called by
 * {@link linkResource}, which does not depend on which site is named first.
 */
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
    const [first, second] = args.between;
    const [there, back] = [directionResource(first, second), directionResource(second, first)];
    target.setImpairment(
      there.name,
      a.gateway.container,
      { class: second, nextHop: b.wanAddress, impairment: args.there, seed: args.seed },
      { parent: this, aliases: [{ name: there.formerly }] },
    );
    target.setImpairment(
      back.name,
      b.gateway.container,
      { class: first, nextHop: a.wanAddress, impairment: args.back, seed: args.seed },
      { parent: this, aliases: [{ name: back.formerly }] },
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

/** What the link of two sites is called as a resource: the same whichever of them the scenario names first. */
export function linkResource(between: readonly [string, string]): string {
  return [...between].sort().join("--");
}

/**
 * What the command of one direction is called, by where it leads and not by the scenario's order. A gateway knows its
 * classes by the neighbour alone: were a pair that is named the other way round two new commands, the old ones, which
 * are deleted last, would remove the classes that the new ones have set.
 * @returns Also what a stack may have it as that was deployed when names followed the scenario's order.
 */
function directionResource(from: string, to: string): { readonly name: string; readonly formerly: string } {
  const link = linkResource([from, to]);
  return from < to
    ? { name: `${link}-there`, formerly: `${to}--${from}-back` }
    : { name: `${link}-back`, formerly: `${from}--${to}-there` };
}
