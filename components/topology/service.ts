import * as pulumi from "@pulumi/pulumi";
import type { Image, MadeContainer, ServiceFile, Target } from "../target/target";
import type { Site } from "./site";

export interface ServiceArgs {
  site: string;
  /** What it is, unique in its site: `rabbitmq`, `agents`. */
  service: string;
  image: Image;
  /** Its address in the site's network. */
  address: string;
  /** Memory limit, bytes. */
  memoryBytes: number;
  /** Files put into the container before it starts; default none. */
  files?: readonly ServiceFile[];
  /** Environment of its processes; default none. */
  environment?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Names it knows besides those of its network, each with its addresses, in no order; default none. */
  hosts?: Readonly<Record<string, readonly string[]>>;
  /** What says that it is healthy, a program and its arguments; default: what its image says. */
  health?: readonly string[];
  /** Wait this long for the container to be healthy, seconds; default: do not wait. */
  waitHealthySeconds?: number;
  /** A port of it that is on the machine's own 127.0.0.1, at another; default: none. */
  published?: { readonly port: number; readonly at: number };
}

/** One container of a site, the same on every target. */
export class Service extends pulumi.ComponentResource {
  readonly site: string;
  readonly service: string;
  readonly container: MadeContainer;

  constructor(
    name: string,
    args: ServiceArgs,
    dependencies: { readonly target: Target; readonly site: Site },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("buswide:topology:Service", name, args, opts);
    this.site = args.site;
    this.service = args.service;
    this.container = dependencies.target.runService(`${name}-container`, args, dependencies.site.network, {
      parent: this,
    });
    this.registerOutputs({ container: this.container.name });
  }
}
