import type { EngineEvent } from "@pulumi/pulumi/automation";
import {
  controlPlaneContainers,
  ownBrokers,
  type ControlPlanePlan,
} from "../../components/controlplane/plan";
import { plansOf } from "../../components/controlplane/regionPlan";
import type { Plan } from "../../components/plan/plan";
import { hostsAlone } from "../../components/target/alone";
import type { HostsPlan } from "../../components/target/hostsPlan";
import { parseUrn } from "./urn";

/** The parts of an `up`, in the order in which they mostly end. */
export const phases = [
  "hosts",
  "images",
  "sites",
  "links",
  "bus",
  "agents",
  "control plane",
  "measurement",
] as const;
export type Phase = (typeof phases)[number];

/** How many units each phase has; a phase that is left out has none. */
export type Units = Readonly<Partial<Record<Phase, number>>>;

/** How far a phase is: units done of all. */
export interface PhaseProgress {
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
}

/** How many units each phase has, by the plan. */
export function expectedUnits(plan: Plan): Readonly<Record<Phase, number>> {
  const hosts = plan.hosts?.cloud ? plan.hosts.hosts.size : 0;
  if (hostsAlone(plan.scenario.target))
    return { hosts, images: 0, sites: 0, links: 0, bus: 0, agents: 0, "control plane": 0, measurement: 0 };
  const services = plan.controlPlane
    ? controlPlaneContainers(plan.controlPlane).length + ownBrokers(plan.controlPlane).length
    : 0;
  const proxies =
    regionsOf(plan).some((region) => region.proxies.length > 0) ||
    plan.controlPlane?.database.servers.some(({ service }) => service === "database-proxy");
  const brokers = plan.bus.brokers.length;
  const agents = plan.agents.size;
  // The services of a control plane have one image, its database another, caches a third, and what is between them a fourth; a Keystone with another
  // database has its own, as that has.
  const kinds =
    1 +
    (brokers > 0 ? 1 : 0) +
    (agents > 0 ? 1 : 0) +
    (services > 0 ? 3 : 0) +
    (proxies ? 1 : 0) +
    (plan.controlPlane?.keystoneDatabase ? 2 : 0);
  return {
    hosts,
    images: kinds + (plan.hosts ? sentImages(plan.hosts, plan) : 0),
    sites: plan.sites.length,
    links: plan.links.length,
    bus: brokers,
    agents,
    "control plane": services,
    measurement: 1,
  };
}

/** How many images hosts are given, each what its own sites' containers are made of. */
function sentImages({ hosts }: HostsPlan, plan: Plan): number {
  const brokers = new Set(plan.bus.brokers.map(({ site }) => site));
  const services = new Set(
    (plan.controlPlane ? controlPlaneContainers(plan.controlPlane) : []).map(({ site }) => site),
  );
  return [...hosts.values()].reduce(
    (sum, { sites }) =>
      sum +
      1 +
      (sites.some((site) => plan.agents.has(site)) ? 1 : 0) +
      (sites.some((site) => brokers.has(site)) ? 1 : 0) +
      (sites.some((site) => services.has(site)) ? 1 : 0),
    0,
  );
}

/** A host in a cloud: instance, ports, its network with subnet and router, a group with its rules, what waits for it, and components. */
const cloudResources = 16;

/** How many resources a plan becomes, components included: what each unit is made of, added up. */
export function expectedResources(plan: Plan): number {
  const units = expectedUnits(plan);
  const { images, sites, links, bus, agents, measurement } = units;
  const services = units["control plane"];
  const members = plan.controlPlane?.database.kind === "galera" ? plan.controlPlane.database.nodes.length : 0;
  const waits = regionsOf(plan)
    .flatMap((region) => region.proxies)
    .reduce((sum, { apis }) => sum + apis.length, 0);
  // Besides its services, a control plane is itself, its database, two secrets of two resources each, and two commands; nodes of
  // its database are told of each other by one each, and what is behind a proxy is waited for by one an API.
  const { cells = [], regions = [] } = plan.controlPlane ?? {};
  // A cell is a bus with its secret of two resources and its accounts, and a database; a region that, and two commands.
  const parts = 5 * cells.length + 7 * regions.length;
  const apart = plan.controlPlane?.keystoneDatabase?.servers.length ?? 0;
  // Keystone's own is itself, an authority of two, a certificate that administrates, and a command; a node has a certificate and is told once.
  const identity = apart > 0 ? 5 + 2 * apart : 0;
  const controlPlane = services > 0 ? 2 * services + 8 + members + waits + parts + identity : 0;
  // A site: network, gateway and its container, routes and the command that sets them; a link: both directions.
  const hosts = 2 * (plan.hosts?.hosts.size ?? 0) + cloudResources * units.hosts;
  return images + hosts + 6 * sites + 3 * links + 2 * bus + 2 * agents + controlPlane + 2 * measurement;
}

/** Counts the units of each phase by the engine's events. */
export class PhaseCounter {
  readonly #finished = new Map<string, Set<string>>();

  constructor(private readonly expected: Units) {}

  /** Takes an event in. Returns the phase's progress if the event was the end of one of its units. */
  take(event: EngineEvent): PhaseProgress | undefined {
    const metadata = event.resOutputsEvent?.metadata;
    if (!metadata || event.resOutputsEvent?.planning === true || /delete|discard/.test(metadata.op))
      return undefined;
    const unit = unitOf(metadata.urn);
    if (!unit) return undefined;
    const before = this.progress(unit.phase).done;
    const parts = this.#finished.get(unit.key) ?? new Set();
    this.#finished.set(unit.key, parts.add(metadata.urn));
    const after = this.progress(unit.phase);
    return after.done > before ? after : undefined;
  }

  progress(phase: Phase): PhaseProgress {
    // A link is two classes, one a direction; every other unit is one resource.
    const parts = phase === "links" ? 2 : 1;
    const done = [...this.#finished].filter(
      ([key, finished]) => key.startsWith(`${phase}/`) && finished.size >= parts,
    ).length;
    return { phase, done, total: Math.max(this.expected[phase] ?? 0, done) };
  }

  /** Units done and in all, over every phase. */
  get overall(): { readonly done: number; readonly total: number } {
    const all = phases.map((phase) => this.progress(phase));
    return {
      done: all.reduce((sum, { done }) => sum + done, 0),
      total: all.reduce((sum, { total }) => sum + total, 0),
    };
  }

  /** The first phase that is not done: what the operation waits for. */
  get current(): PhaseProgress | undefined {
    return phases.map((phase) => this.progress(phase)).find(({ done, total }) => done < total);
  }
}

function unitOf(urn: string): { readonly phase: Phase; readonly key: string } | undefined {
  const { types, name } = parseUrn(urn);
  const own = types.at(-1) ?? "";
  const within = (module: string) => types.some((type) => type.startsWith(`buswide:${module}`));
  const unit = (phase: Phase, key: string) => ({ phase, key: `${phase}/${key}` });
  if (own === "openstack:compute/instance:Instance" && !within("openstack:Bastion"))
    return unit("hosts", name);
  if (own === "docker:index/remoteImage:RemoteImage") return unit("images", name);
  if (own === "command:local:Command") {
    if (within("workload:Measurement")) return unit("measurement", name);
    if (within("target:")) return unit("images", name);
    if (within("topology:Link")) return unit("links", name.replace(/-(there|back)$/, ""));
  }
  if (own === "docker:index/container:Container") {
    if (within("topology:Gateway")) return unit("sites", name);
    if (within("controlplane:")) return unit("control plane", name);
    return unit(within("bus:") ? "bus" : "agents", name);
  }
  return undefined;
}

function regionsOf({ controlPlane }: Plan): ControlPlanePlan[] {
  return controlPlane ? plansOf(controlPlane) : [];
}
