import { resolveSites } from "../../stacks/scenario/expand";
import { localBus } from "../bus/local";
import { planBus } from "../bus/planners";
import type { DatabaseAccount } from "../database/database";
import { planDatabase, type AnyDatabasePlan } from "../database/planners";
import { connectionsOf } from "./connections";
import { scrapedOf } from "./figures";
import { ownSite } from "./ownSite";
import type { ControlPlaneContext, ControlPlanePlan, PlannedComputes, PlannedRegion } from "./plan";
import type { ControlPlaneDefinition } from "./schema";
import { definitionsBySite, planServers } from "./servers";
import { placedServices, type PlacedService } from "./services";

/** What each further region is to be like, by its site, in the scenario's order. */
export function regionDefinitions(
  { regions }: Pick<ControlPlaneDefinition, "regions">,
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, ControlPlaneDefinition["regions"][string]> {
  return definitionsBySite(regions, groups);
}

/**
 * Plans the regions that sites are beside the control plane's own.
 * @param accounts Those of a region's services in its own database.
 * @param identity Keystone's database, which all regions share.
 * @param computes Those of all sites.
 */
export function planRegions(
  definition: ControlPlaneDefinition,
  context: ControlPlaneContext,
  {
    accounts,
    identity,
    computes,
  }: {
    readonly accounts: readonly DatabaseAccount[];
    readonly identity: AnyDatabasePlan;
    readonly computes: readonly PlannedComputes[];
  },
): PlannedRegion[] {
  const { groups, links, busDefinition, metrics } = context;
  return [...regionDefinitions(definition, groups)].map(([name, { database }]): PlannedRegion => {
    const { site, within } = ownSite(name, "region", context);
    const bus = planBus(localBus(busDefinition), {
      ...within,
      ...{ links, workloads: [], agentSites: [], serviceSites: [name] },
    });
    const own = planDatabase(
      { kind: "mariadb", memory: database.memory },
      { ...within, site: name, clients: [name], accounts },
    );
    const servers = planServers(definition, everythingAt(name), () => site);
    const fleets = computes.filter((fleet) => fleet.site === name);
    const plan: ControlPlanePlan = {
      region: name,
      ...servers,
      computes: fleets,
      cells: [],
      regions: [],
      database: own,
      identityDatabase: identity,
      apiProcesses: definition.apiProcesses,
      profiler: definition.profiler,
      busSettings: bus.serviceSettings ?? bus.settings,
      ...scrapedOf(metrics, servers, [{ database: own, bus }]),
      // Those to Keystone's database are the control plane's own.
      connections: connectionsOf(servers.services, fleets, [own]),
    };
    return { site: name, bus, database: own, plan };
  });
}

function everythingAt(site: string): Record<PlacedService, string> {
  return Object.fromEntries(placedServices.map((service) => [service, site])) as Record<
    PlacedService,
    string
  >;
}

/** The plan of the region of a name. Errors: there is none. */
export function planOfRegion(plan: ControlPlanePlan, region: string | undefined): ControlPlanePlan {
  const found = region === undefined ? plan : plansOf(plan).find((one) => one.region === region);
  if (!found) throw new Error(`there is no region "${region}"`);
  return found;
}

/** The plans of all regions, that of the control plane's own first. */
export function plansOf(plan: ControlPlanePlan): ControlPlanePlan[] {
  return [plan, ...plan.regions.map((region) => region.plan)];
}

/**
 * The region that somebody at a site asks; undefined: the control plane's own.
 * @param asked By its name; undefined: their own site's, if it is one.
 */
export function regionAsked(
  definition: Pick<ControlPlaneDefinition, "region" | "regions">,
  groups: ReadonlyMap<string, readonly string[]>,
  { site, region }: { readonly site: string; readonly region?: string | undefined },
): string | undefined {
  if (region !== undefined) return region === definition.region ? undefined : region;
  const regions = Object.keys(definition.regions).flatMap((name) => resolveSites(groups, name) ?? []);
  return regions.includes(site) ? site : undefined;
}
