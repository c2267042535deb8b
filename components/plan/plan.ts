import { createHash } from "crypto";
import { planBus, type AnyBusPlan } from "../bus/planners";
import { busSites, planControlPlane, type ControlPlanePlan } from "../controlplane/plan";
import { regionAsked } from "../controlplane/regionPlan";
import { planMetrics, watchingServices, type MetricsPlan } from "../metrics/plan";
import { expandSites } from "../../stacks/scenario/expand";
import { ScenarioError } from "../../stacks/scenario/parse";
import type { Scenario } from "../../stacks/scenario/schema";
import { busWorkloadsOf, serverWorkloadsOf } from "../../stacks/scenario/timeline/inherit";
import { usesBus } from "../../stacks/scenario/workloadKinds";
import type { PlannedLoad, PlannedWorkload } from "../../workloads/runner/input";
import { address, type Cidr } from "./cidr";
import { AddressingError, planAddresses } from "./addressing";
import { HostsPlanError, planHosts, underlayName, type HostsPlan } from "../target/hostsPlan";
import { placedHosts } from "../target/placed";
import { planDistances } from "./distances";
import { planLinks, type PlannedLink } from "./links";
import { planRally } from "./rally";
import { planRoutes, type NextHops } from "./routes";
import { servicesOf } from "./services";
import { planServers } from "./servers";
import { planShaker } from "./shaker";
import { Site } from "./site";
import { withServiceFaults } from "./timeline";
import { planTrace, planTraced } from "./trace";
import { planWorkload } from "./workloads";

/** Everything decided about a scenario before anything is made. Pure data, the same for the same input. */
export interface Plan {
  readonly stack: string;
  readonly scenario: Scenario;
  /** SHA-256 of the scenario as parsed, in hexadecimal. */
  readonly scenarioSha256: string;
  readonly wan: Cidr;
  /** The address of the engine's own end of the WAN. */
  readonly wanBridgeAddress: string;
  readonly sites: readonly Site[];
  readonly links: readonly PlannedLink[];
  readonly routes: ReadonlyMap<string, NextHops>;
  readonly bus: AnyBusPlan;
  /** OpenStack's services; absent: the scenario has none. */
  readonly controlPlane?: ControlPlanePlan;
  /** Those that put messages on the bus. */
  readonly workloads: readonly PlannedWorkload[];
  /** All that is run, in the scenario's order: these workloads, and what other tools measure. */
  readonly loads: readonly PlannedLoad[];
  /** The sites that have agents, each with the address of the container they run in. */
  readonly agents: ReadonlyMap<string, { readonly address: string; readonly memoryBytes: number }>;
  /** The containers of tools that measure something else than the bus. */
  readonly tools: readonly PlannedTool[];
  /** On which hosts the sites are; absent: all are on this machine. */
  readonly hosts?: HostsPlan;
  /** What watches all that; absent: nothing does. */
  readonly metrics?: MetricsPlan;
}

/** A container in which a tool is started. */
export interface PlannedTool {
  readonly site: string;
  readonly tool: "shaker" | "rally" | "client";
  readonly address: string;
  readonly memoryBytes: number;
}

/** What a plan depends on besides the scenario. */
export interface PlanFacts {
  readonly stack: string;
  /** IPv4 prefixes that others use on the machine. */
  readonly busy: readonly string[];
  /** The stack's WAN as deployed, if it is. */
  readonly deployedWan?: string | undefined;
  /** Ports of the machine that others listen at; absent: none. */
  readonly takenPorts?: ReadonlySet<number> | undefined;
  /** The port that the stack has on the machine's loopback as deployed, if it has one. */
  readonly deployedPort?: number | undefined;
  /** The networks of the stack's sites as deployed, also of sites that the scenario has no more; absent: none are. */
  readonly deployedSites?: ReadonlyMap<string, string> | undefined;
  /** The own networks of hosts that the stack has in a cloud, by host, also of hosts that are no more; absent: it has none. */
  readonly deployedInCloud?: ReadonlyMap<string, string> | undefined;
  /** Where other hosts reach each host, as the hosts themselves say; absent: nobody has asked them. */
  readonly hostAddresses?: ReadonlyMap<string, string> | undefined;
  /** What tells each host's engine from all others; absent: nobody has asked them. */
  readonly hostEngines?: ReadonlyMap<string, string> | undefined;
}

/**
 * Plans a scenario.
 * Errors: {@link ScenarioError} for what only shows once everything is expanded: addresses that do not fit.
 */
export function planScenario(scenario: Scenario, facts: PlanFacts): Plan {
  const expanded = expandSites(scenario.sites);
  const names = [...expanded.values()].flat();
  const links = planLinks(scenario);
  const placed = placedHosts(scenario.target, expanded, facts.deployedInCloud);
  const addressing = refusing(() =>
    planAddresses({
      stack: facts.stack,
      sites: [...names, ...(placed?.hosts ?? []).map(({ name }) => underlayName(name))],
      sitePrefix: scenario.target.addresses.sitePrefix,
      block: scenario.target.addresses.block,
      busy: [...facts.busy, ...(placed?.busy ?? [])],
      deployedWan: facts.deployedWan,
      deployedSites: facts.deployedSites,
    }),
  );
  const hosts =
    placed &&
    refusing(() =>
      planHosts(placed, facts.stack, addressing.wan, addressing.sites, {
        addresses: facts.hostAddresses,
        engines: facts.hostEngines,
      }),
    );
  const sites = new Map(
    names.map((name) => {
      const place = addressing.sites.get(name);
      if (!place) throw new Error(`no addresses were planned for ${name}`);
      const site = new Site(name, place.prefix, place.wanAddress);
      refusing(() => site.reserve("gateway"));
      return [name, site] as const;
    }),
  );
  const definitions = busWorkloadsOf(scenario);
  const loads = definitions.map((workload) => planWorkload(scenario, workload, expanded));
  const withAgents = names.filter((name) =>
    loads.some(({ clients, servers }) => Object.hasOwn(clients, name) || Object.hasOwn(servers, name)),
  );
  const agents = new Map(
    withAgents.map(
      (name) =>
        [
          name,
          {
            address: refusing(() => siteOf(sites, name).reserve("agents")),
            memoryBytes: scenario.agents.memory,
          },
        ] as const,
    ),
  );
  const routes = planRoutes(names, links);
  const distance = planDistances(routes, links);
  const { controlPlane: definition } = scenario;
  const watched = scenario.metrics === undefined ? {} : { metrics: true as const };
  const bus = refusing(() =>
    planBus(scenario.bus, {
      sites: [...sites.values()],
      groups: expanded,
      links,
      distance,
      workloads: loads,
      agentSites: withAgents,
      ...(definition === undefined ? {} : { serviceSites: busSites(definition, expanded) }),
      ...watched,
    }),
  );
  const controlPlane =
    definition === undefined
      ? undefined
      : refusing(() =>
          planControlPlane(definition, {
            ...{ sites: [...sites.values()], groups: expanded, links, distance, bus },
            busDefinition: scenario.bus,
            ...watched,
          }),
        );
  const measuring = planTools(
    scenario,
    { sites: [...sites.values()], links, routes, bus, ...(controlPlane && { controlPlane }) },
    expanded,
  );
  const watching = scenario.metrics;
  const metrics =
    watching === undefined
      ? undefined
      : refusing(() =>
          planMetrics(watching, {
            ...{ stack: facts.stack, sites: [...sites.values()], groups: expanded, bus, controlPlane },
            ...{ takenPorts: facts.takenPorts, deployedPort: facts.deployedPort },
          }),
        );
  const services = servicesOf(
    bus,
    names,
    withAgents,
    scenario.target.kind,
    controlPlane,
    watchingServices(watching, expanded),
  );
  const workloads = definitions.flatMap((workload, index) =>
    loads.slice(index, index + 1).map((load) => withServiceFaults(load, workload, services, expanded)),
  );
  const booting = serverWorkloadsOf(scenario).map((workload) =>
    withServiceFaults(
      planServers(scenario, workload, definition && regionAsked(definition, expanded, workload)),
      workload,
      services,
      expanded,
    ),
  );
  return {
    stack: facts.stack,
    scenario,
    scenarioSha256: createHash("sha256").update(JSON.stringify(scenario)).digest("hex"),
    wan: addressing.wan,
    wanBridgeAddress: address(addressing.wan, 1),
    sites: [...sites.values()],
    links,
    routes,
    bus,
    ...(controlPlane === undefined ? {} : { controlPlane }),
    workloads,
    loads: inOrder(scenario, [...workloads, ...booting, ...measuring.loads]),
    agents,
    tools: measuring.tools,
    ...(hosts === undefined ? {} : { hosts }),
    ...(metrics === undefined ? {} : { metrics }),
  };
}

/** What other tools than the probe are to measure, and the containers that they need. */
function planTools(
  { workloads, controlPlane }: Scenario,
  plan: Pick<Plan, "sites" | "links" | "routes" | "bus" | "controlPlane">,
  expanded: ReadonlyMap<string, readonly string[]>,
): { readonly loads: PlannedLoad[]; readonly tools: PlannedTool[] } {
  const memory = new Map<string, number>();
  const need = (site: string, tool: PlannedTool["tool"], bytes: number): void => {
    const key = `${site} ${tool}`;
    memory.set(key, Math.max(bytes, memory.get(key) ?? 0));
  };
  const loads = workloads.flatMap((workload): PlannedLoad[] => {
    if (usesBus(workload)) return [];
    if (workload.kind === "rally") {
      need(workload.site, "rally", workload.memory);
      const region = controlPlane && regionAsked(controlPlane, expanded, workload);
      const traced = workload.trace ? planTraced(workload.site, region, plan) : undefined;
      return [planRally(workload, region, traced)];
    }
    if (workload.kind === "trace") {
      need(workload.site, "client", workload.memory);
      const region = controlPlane && regionAsked(controlPlane, expanded, workload);
      return [planTrace(workload, region, plan, expanded)];
    }
    if (workload.kind === "servers") {
      // Its services are known only once all others are planned.
      need(workload.site, "rally", workload.memory);
      return [];
    }
    const planned = planShaker(workload, plan, expanded);
    for (const site of planned.pairs.flatMap(({ between }) => between)) need(site, "shaker", workload.memory);
    return [planned];
  });
  const tools = plan.sites.flatMap((site) =>
    (["shaker", "rally", "client"] as const).flatMap((tool): PlannedTool[] => {
      const memoryBytes = memory.get(`${site.name} ${tool}`);
      if (memoryBytes === undefined) return [];
      return [{ site: site.name, tool, address: refusing(() => site.reserve(tool)), memoryBytes }];
    }),
  );
  return { loads, tools };
}

/** Planned workloads in the order that the scenario has them in. */
function inOrder({ workloads }: Scenario, planned: readonly PlannedLoad[]): PlannedLoad[] {
  return workloads.flatMap(({ name }) => planned.find((load) => load.name === name) ?? []);
}

/** The site called `name`. Errors: there is none. */
export function siteOf(sites: ReadonlyMap<string, Site>, name: string): Site {
  const site = sites.get(name);
  if (!site) throw new Error(`there is no site ${name} in the plan`);
  return site;
}

function refusing<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof AddressingError || error instanceof HostsPlanError)
      throw new ScenarioError([{ path: error.path, message: error.message }]);
    throw error;
  }
}
