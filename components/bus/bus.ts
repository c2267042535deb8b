import type * as pulumi from "@pulumi/pulumi";
import type { Distance } from "../plan/distances";
import type { Scraped } from "../metrics/scraped";
import type { PlannedLink } from "../plan/links";
import type { Site as PlannedSite } from "../plan/site";
import type { Authority } from "../security/authority";
import type { Service } from "../topology/service";
import type { Site } from "../topology/site";
import type { ServiceFile, Target } from "../target/target";
import type { PlannedWorkload } from "../../workloads/runner/input";
import type { BusDefinition } from "./schema";

/** oslo.config options by group. */
export type Settings = Readonly<
  Record<string, Readonly<Record<string, string | number | boolean | readonly string[]>>>
>;

/** A broker, router or other server of a bus. */
export interface PlannedBroker {
  /** Unique in the stack: `<site>-<kind>`, `<site>-<kind>-2` for the second of a site. */
  readonly name: string;
  readonly site: string;
  readonly address: string;
  readonly memoryBytes: number;
}

/** Where agents connect. */
export interface Endpoint {
  /** What the transport URL says: an address, the first of those that it lists, or a name that only the agents know. */
  readonly host: string;
  /** The addresses that `host` stands for, in the order to try them, or that the transport URL lists. */
  readonly addresses: readonly string[];
}

/** A connection that a bus makes from one site to another. */
export interface Connection {
  readonly from: string;
  readonly to: string;
  readonly encrypted: boolean;
}

/** What is decided about a bus before anything is made. */
export interface BusPlan {
  readonly kind: BusDefinition["kind"];
  readonly topology: string;
  readonly brokers: readonly PlannedBroker[];
  /** Site of agents to where they connect; several endpoints are equally near. */
  readonly endpoints: Readonly<Record<string, readonly Endpoint[]>>;
  /** The same of OpenStack's services, by their sites; absent: none are on the bus. */
  readonly serviceEndpoints?: Readonly<Record<string, readonly Endpoint[]>>;
  /** oslo.config options of every agent, by group. */
  readonly settings: Settings;
  /** Those of OpenStack's services; absent: as agents'. */
  readonly serviceSettings?: Settings;
  /** The sources of the agents' image, by name: that of a driver's libraries. Absent: `agent`, of the driver `rabbit`. */
  readonly agentImage?: string;
  /**
   * Its connections between different sites, for the policy on links that are not trusted. A bus that does not say is
   * taken to connect every site with every other, unencrypted.
   */
  readonly connections?: readonly Connection[];
  /** Who confirms to whoever sent a message that it has come; absent: the broker that it was given to. */
  readonly confirmedBy?: "receiver";
  /** Whether a broker has a limit of free disk space of its own, by which it can be made to act as on a full disk. */
  readonly diskLimit?: true;
  /** Those of its brokers that tell figures over the network; absent: none, as nobody is to ask, or none can. */
  readonly scraped?: readonly Scraped[];
  /** Images of the bus that somebody else makes; absent: none. */
  readonly foreignImages?: readonly ForeignImage[];
}

/** An image that is not made from sources here: it must be on the machine, or be had from its registry. */
export interface ForeignImage {
  /** What it is called: `quay.io/skupper/skupper-router:3.5.1`. */
  readonly reference: string;
  /** Where the scenario says so. */
  readonly path: string;
  /** What to do where it can't be had. */
  readonly instead: string;
}

/** What a bus is planned for. */
export interface BusContext {
  readonly sites: readonly PlannedSite[];
  /** Each name in the scenario's `sites` to its sites. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly links: readonly PlannedLink[];
  readonly distance: Distance;
  readonly workloads: readonly PlannedWorkload[];
  /** The sites that have agents. */
  readonly agentSites: readonly string[];
  /** The sites that have services of a control plane; absent: there is none. */
  readonly serviceSites?: readonly string[] | undefined;
  /** Whether somebody asks brokers for figures over the network; absent: nobody does. */
  readonly metrics?: true;
  /** Whether it is a site's own bus, beside the scenario's; absent: it is that. */
  readonly local?: true;
}

/** Plans one kind of bus; pure. */
export interface BusPlanner<D extends BusDefinition, P extends BusPlan> {
  plan(definition: D, context: BusContext): P;
}

/** What a bus component is given. */
export interface BusArgs<P extends BusPlan = BusPlan> {
  /** The bus as planned. */
  plan: P;
}

/** What a bus component needs to make its parts, beside its args. */
export interface BusDependencies {
  readonly target: Target;
  readonly sites: ReadonlyMap<string, Site>;
  /** What must stand before parts of the bus at different sites reach each other. */
  readonly paths: readonly pulumi.Resource[];
  /** Who signs its brokers' certificates, of a bus with TLS that others than its own agents know; absent: an authority of its own. */
  readonly authority?: Authority | undefined;
}

/** A deployed bus. */
export interface Bus extends pulumi.ComponentResource {
  /** Every broker or router, healthy once its output resolves, in the order of the plan. */
  readonly brokers: readonly Service[];
  /** Site to the oslo.messaging transport URL of its agents. Secret. */
  readonly transports: pulumi.Output<Record<string, string>>;
  /** Site to the transport URL of OpenStack's services; empty where none are on the bus. Secret. Absent: they can't be. */
  readonly serviceTransports?: pulumi.Output<Record<string, string>>;
  /** Who signs what its brokers show agents; absent: nobody, or they show nothing. */
  readonly authority?: Authority | undefined;
  /** Files that every agent needs to reach the bus, none of them secret; absent: none. */
  readonly agentFiles?: readonly ServiceFile[];
  /** Rendered configuration files by path, secrets redacted. */
  readonly configuration: Readonly<Record<string, string>>;
  /** What else is secret of it, to be redacted where it might be written. Secret. Absent: `transports` have all. */
  readonly secrets?: pulumi.Output<readonly string[]>;
}
