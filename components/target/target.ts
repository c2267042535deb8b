import type * as pulumi from "@pulumi/pulumi";
import type { SshDestination } from "../../workloads/hosts/destination";
import type { Impairment } from "../../workloads/results/schema";

/** A file put into a container before it starts. */
export interface ServiceFile {
  readonly path: string;
  readonly content: pulumi.Input<string>;
}

/**
 * An image: by the name of its sources here, with arguments of this one's build or without; or one that somebody else made,
 * by its reference.
 */
export type Image =
  | string
  | { readonly sources: string; readonly args: Readonly<Record<string, string>> }
  | { readonly reference: string };

/** A container of a site, by the names of the plan. */
export interface ContainerSpec {
  readonly site: string;
  /** What the container is, unique in its site: `rabbitmq`, `agents`, `gateway`. */
  readonly service: string;
  readonly image: Image;
  readonly address: string;
  readonly memoryBytes: number;
  readonly files?: readonly ServiceFile[];
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Names that the container knows besides those of the network, each with its addresses, in no order. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  /** What says that it is healthy, a program and its arguments; absent: what its image says. */
  readonly health?: readonly string[] | undefined;
  /** Wait this long for the container to be healthy, seconds; absent: it has no health to wait for. */
  readonly waitHealthySeconds?: number | undefined;
  /** A port of it that a person reaches on the machine's own 127.0.0.1, at another; absent: none. */
  readonly published?: { readonly port: number; readonly at: number } | undefined;
}

/** What a gateway is besides a container of its site. */
export interface GatewaySpec {
  readonly site: string;
  readonly address: string;
  /** The address the site's containers send everything to, with the length of the site's prefix. */
  readonly siteAddress: string;
  readonly wanAddress: string;
  /** Where it tells figures of its links and of its site's containers; absent: nowhere. */
  readonly figuresPort?: number | undefined;
}

export interface NetworkSpec {
  /** The site whose network it is; absent: the WAN. */
  readonly site?: string;
  readonly prefix: string;
  /** The address of Docker's or the host's own end. */
  readonly bridgeAddress: string;
  /** Where the network's containers find everything outside it; absent: they find nothing. */
  readonly defaultGateway?: string;
}

/** A made network. */
export interface MadeNetwork {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
}

/** A made container. */
export interface MadeContainer {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  /** The image it was made from, by name with its content's hash. */
  readonly image: pulumi.Output<string>;
  /** The resource that it is: what is in the container goes with it. */
  readonly resource: pulumi.Resource;
  /** The host whose engine runs it, by the target's name for it; absent: this machine. */
  readonly host?: string;
}

/**
 * Where sites are made. Everything above it is the same on every target: a scenario's components call these
 * methods, and the resources made become their children.
 */
export interface Target {
  /** Whether all containers read one clock, so that one-way latencies hold. */
  readonly clockShared: boolean;
  /** How the hosts whose engines run containers are reached, by name; absent: all run on this machine. */
  readonly hosts?: pulumi.Input<Readonly<Record<string, SshDestination>>>;
  /** What impairs the links, as asked for. */
  readonly emulator: "auto" | "netem" | "nfqueue";

  /** A network: a site's own, or the WAN all gateways share. */
  makeNetwork(name: string, spec: NetworkSpec, opts: pulumi.CustomResourceOptions): MadeNetwork;

  /** Runs a service of a site, without privileges. */
  runService(
    name: string,
    spec: ContainerSpec,
    network: MadeNetwork,
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer;

  /** Runs the gateway of a site: between its network and the WAN, able to route and to impair. */
  runGateway(
    name: string,
    spec: GatewaySpec,
    networks: { readonly site: MadeNetwork; readonly wan: MadeNetwork },
    opts: pulumi.CustomResourceOptions,
  ): MadeContainer;

  /**
   * Runs a command in a service's container once it is made, and again whenever what it is told changes.
   * `undo` takes it back where the container stays; one that goes takes along what was done in it.
   */
  runIn(
    name: string,
    container: MadeContainer,
    spec: {
      readonly command: string;
      readonly undo?: string;
      /** What it is told on its standard input. */
      readonly stdin?: pulumi.Input<string>;
    },
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource;

  /** Tells a gateway its routes: prefix to next hop on the WAN. */
  setRoutes(
    name: string,
    gateway: MadeContainer,
    routes: Readonly<Record<string, string>>,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource;

  /** Tells a gateway that tells figures what the containers of its site are called. */
  nameContainers(
    name: string,
    gateway: MadeContainer,
    containers: Readonly<Record<string, MadeContainer>>,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource;

  /** Makes one direction of a link: what a gateway does to packets for the neighbour `nextHop`. */
  setImpairment(
    name: string,
    gateway: MadeContainer,
    spec: {
      readonly class: string;
      readonly nextHop: string;
      readonly impairment: Impairment;
      readonly seed: number;
    },
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource;
}
