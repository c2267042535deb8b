import { resolveSites } from "../../stacks/scenario/expand";
import type { Site as PlannedSite } from "../plan/site";
import type { ControlPlaneDefinition } from "./schema";
import { isApi, placedServices, type ApiService, type PlacedService } from "./services";
import { planCaches } from "./cache";
import type { PlannedProxy, PlannedReplica, PlannedService } from "./plan";

/** The servers of a control plane's services, what is before those of them that are several, and caches. */
export interface PlannedServers {
  readonly services: Readonly<Record<PlacedService, PlannedService>>;
  readonly replicas: readonly PlannedReplica[];
  readonly proxies: readonly PlannedProxy[];
  /** One at each site that has an API. */
  readonly caches: readonly PlannedService[];
}

const mebibyte = 1024 ** 2;
/** It passes on what it is given. */
const proxyMemory = 64 * mebibyte;

/** Plans the servers of each service at its site. Errors: as {@link PlannedSite.reserve}'s. */
export function planServers(
  { replicas, memory }: Pick<ControlPlaneDefinition, "replicas" | "memory">,
  placed: Readonly<Record<PlacedService, string>>,
  at: (site: string) => PlannedSite,
): PlannedServers {
  const server = (service: PlacedService, index: number): PlannedService => ({
    site: placed[service],
    service: index === 0 ? service : `${service}-${index + 1}`,
    address: at(placed[service]).reserve(service, index),
    memoryBytes: memory,
  });
  const count = (service: PlacedService) =>
    typeof replicas === "number" ? replicas : (replicas[service] ?? 1);
  return {
    services: Object.fromEntries(placedServices.map((service) => [service, server(service, 0)])) as Record<
      PlacedService,
      PlannedService
    >,
    replicas: placedServices.flatMap((service) =>
      Array.from({ length: count(service) - 1 }, (_, index) => ({
        of: service,
        number: index + 2,
        ...server(service, index + 1),
      })),
    ),
    proxies: proxiesOf(
      placedServices.filter(isApi).filter((service) => count(service) > 1),
      placed,
      at,
    ),
    caches: planCaches(placed, at),
  };
}

/** A proxy a site that has an API with several servers. */
function proxiesOf(
  several: readonly ApiService[],
  placed: Readonly<Record<PlacedService, string>>,
  at: (site: string) => PlannedSite,
): PlannedProxy[] {
  const service = "api-proxy";
  return [...new Set(several.map((api) => placed[api]))].map((site) => ({
    site,
    service,
    address: at(site).reserve(service),
    memoryBytes: proxyMemory,
    apis: several.filter((api) => placed[api] === site),
  }));
}

/** The site of every service that is not placed elsewhere. */
export function defaultSite(
  { site }: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): string {
  const [first] = site === undefined ? [...groups.values()].flat() : (resolveSites(groups, site) ?? []);
  if (first === undefined) throw new Error(`there is no site "${site}" for a control plane`);
  return first;
}

/** The site of each service. */
export function placesOf(
  definition: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): Record<PlacedService, string> {
  const usual = defaultSite(definition, groups);
  return Object.fromEntries(
    placedServices.map((service) => [service, definition.services[service] ?? usual]),
  ) as Record<PlacedService, string>;
}

/** How many nova-computes each site has; names that are no site's are left out. */
export function hostCounts(
  { computes }: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, count] of Object.entries(computes))
    for (const site of resolveSites(groups, name) ?? []) counts.set(site, (counts.get(site) ?? 0) + count);
  return counts;
}

/**
 * What is said of sites and groups, by site and in the scenario's order; what is said of a site by its own name goes before what is
 * said of its group.
 */
export function definitionsBySite<D>(
  definitions: Readonly<Record<string, D>>,
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, D> {
  const named = Object.entries(definitions).map(([name, definition]) => ({
    name,
    definition,
    sites: resolveSites(groups, name) ?? [],
  }));
  return new Map(
    [...groups.values()].flat().flatMap((site): [string, D][] => {
      const mine = named.filter(({ sites }) => sites.includes(site));
      const [chosen] = [...mine.filter(({ name }) => name === site), ...mine];
      return chosen === undefined ? [] : [[site, chosen.definition]];
    }),
  );
}
