import type { Settings } from "../bus/bus";
import type { AnyBusPlan } from "../bus/planners";
import { planDatabase, type AnyDatabasePlan } from "../database/planners";
import type { DatabaseAccount } from "../database/database";
import type { Connection } from "../bus/bus";
import { resolveSites } from "../../stacks/scenario/expand";
import type { Site as PlannedSite } from "../plan/site";
import type { ControlPlaneDefinition } from "./schema";
import { apis, placedServices, servicesOnBus, type ApiService, type PlacedService } from "./services";

/** A container of the control plane. */
export interface PlannedService {
  readonly site: string;
  /** What its container is called in its site. */
  readonly service: string;
  readonly address: string;
  readonly memoryBytes: number;
}

/** A site's nova-computes, in one container. */
export interface PlannedComputes extends PlannedService {
  /** Their host names: `<site>-compute-<number>`, the number from 1. */
  readonly hosts: readonly string[];
}

/** What is decided about a control plane before anything is made. */
export interface ControlPlanePlan {
  readonly region: string;
  readonly services: Readonly<Record<PlacedService, PlannedService>>;
  readonly computes: readonly PlannedComputes[];
  readonly database: AnyDatabasePlan;
  readonly apiProcesses: number;
  /** Whether its services trace requests that are to be traced. */
  readonly profiler: boolean;
  /** oslo.messaging's options for the bus, by group. */
  readonly busSettings: Settings;
  /** Connections between sites that the services make besides those to the bus: HTTP and SQL, none encrypted. */
  readonly connections: readonly Connection[];
}

/** What a control plane is planned for. */
export interface ControlPlaneContext {
  readonly sites: readonly PlannedSite[];
  /** Each name in the scenario's `sites` to its sites. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly bus: Pick<AnyBusPlan, "settings" | "serviceSettings">;
}

/** Accounts in the database. Nova's has the API's database, its cell's, and that of servers that never got to a cell. */
const accounts: readonly DatabaseAccount[] = [
  ...["keystone", "placement", "glance", "neutron"].map((name) => ({ name, databases: [name] })),
  { name: "nova", databases: ["nova_api", "nova", "nova_cell0"] },
];

/** Users of services in Keystone; Keystone itself needs none. */
export const serviceUsers: readonly string[] = Object.values(apis)
  .map(({ user }) => user)
  .filter((user) => user !== "keystone");

const mebibyte = 1024 ** 2;
/** Memory of a fleet's parent, and of each nova-compute forked from it: measured, and as much again for a busy one. */
const fleetMemory = { parent: 192 * mebibyte, host: 96 * mebibyte } as const;

/** The sites that have services on the bus, in the scenario's order. */
export function busSites(
  definition: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): string[] {
  const placed = placesOf(definition, groups);
  const used = new Set([
    ...servicesOnBus.map((service) => placed[service]),
    ...hostCounts(definition, groups).keys(),
  ]);
  return [...groups.values()].flat().filter((site) => used.has(site));
}

/** Plans a control plane. Errors: {@link AddressingError}: a site's network is too small. */
export function planControlPlane(
  definition: ControlPlaneDefinition,
  { sites, groups, bus }: ControlPlaneContext,
): ControlPlanePlan {
  const placed = placesOf(definition, groups);
  const at = (name: string) => {
    const site = sites.find((one) => one.name === name);
    if (!site) throw new Error(`the plan has no site "${name}" for a service`);
    return site;
  };
  const planned = Object.fromEntries(
    placedServices.map((service): [PlacedService, PlannedService] => [
      service,
      {
        site: placed[service],
        service,
        address: at(placed[service]).reserve(service),
        memoryBytes: definition.memory,
      },
    ]),
  ) as Record<PlacedService, PlannedService>;
  const computes = [...hostCounts(definition, groups)].map(([site, count]): PlannedComputes => ({
    site,
    service: "computes",
    address: at(site).reserve("computes"),
    memoryBytes: fleetMemory.parent + count * fleetMemory.host,
    hosts: Array.from({ length: count }, (_, index) => `${site}-compute-${index + 1}`),
  }));
  const database = planDatabase(definition.database, {
    sites,
    site: defaultSite(definition, groups),
    accounts,
  });
  return {
    region: definition.region,
    services: planned,
    computes,
    database,
    apiProcesses: definition.apiProcesses,
    profiler: definition.profiler,
    busSettings: bus.serviceSettings ?? bus.settings,
    connections: connectionsOf(planned, computes, database),
  };
}

/** The URL of an API, as the catalog has it. */
export function endpointOf({ services }: Pick<ControlPlanePlan, "services">, service: ApiService): string {
  const { port, path } = apis[service];
  return `http://${services[service].address}:${port}${path}`;
}

/** Every container of a control plane. */
export function controlPlaneContainers({
  services,
  computes,
  database,
}: Pick<ControlPlanePlan, "services" | "computes" | "database">): PlannedService[] {
  return [...database.servers, ...Object.values(services), ...computes];
}

/** The same by name, `<site>/<service>`. */
export function controlPlaneServices(plan: ControlPlanePlan): string[] {
  return controlPlaneContainers(plan).map(({ site, service }) => `${site}/${service}`);
}

/** Every host that servers can be put on. */
export function hostsOf({ computes }: Pick<ControlPlanePlan, "computes">): string[] {
  return computes.flatMap(({ hosts }) => hosts);
}

function defaultSite(
  { site }: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): string {
  const [first] = site === undefined ? [...groups.values()].flat() : (resolveSites(groups, site) ?? []);
  if (first === undefined) throw new Error(`there is no site "${site}" for a control plane`);
  return first;
}

function placesOf(
  definition: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): Record<PlacedService, string> {
  const usual = defaultSite(definition, groups);
  return Object.fromEntries(
    placedServices.map((service) => [service, definition.services[service] ?? usual]),
  ) as Record<PlacedService, string>;
}

/** How many nova-computes each site has; names that are no site's are left out. */
function hostCounts(
  { computes }: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, count] of Object.entries(computes))
    for (const site of resolveSites(groups, name) ?? []) counts.set(site, (counts.get(site) ?? 0) + count);
  return counts;
}

/** Who asks whom over HTTP, in the words of the services: all ask Keystone, whom they check tokens by. */
const asks: { readonly [S in PlacedService]: readonly ApiService[] } = {
  keystone: [],
  placement: ["keystone"],
  glance: ["keystone"],
  "nova-api": ["keystone", "placement", "glance", "neutron"],
  "nova-conductor": ["keystone", "placement", "glance", "neutron"],
  "nova-scheduler": ["keystone", "placement"],
  neutron: ["keystone", "placement", "nova-api"],
};
const askedByComputes: readonly ApiService[] = ["keystone", "placement", "glance", "neutron"];

function connectionsOf(
  services: Readonly<Record<PlacedService, PlannedService>>,
  computes: readonly PlannedComputes[],
  database: AnyDatabasePlan,
): Connection[] {
  const pairs = [
    ...placedServices.flatMap((service) => [
      ...asks[service].map((api) => [services[service].site, services[api].site]),
      ...database.servers.map(({ site }) => [services[service].site, site]),
    ]),
    ...computes.flatMap(({ site }) => askedByComputes.map((api) => [site, services[api].site])),
  ].filter(([from, to]) => from !== to);
  return [...new Set(pairs.map((pair) => JSON.stringify(pair)))].map((text) => {
    const [from, to] = JSON.parse(text) as [string, string];
    return { from, to, encrypted: false };
  });
}
