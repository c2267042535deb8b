import type { Connection, PlannedBroker, Settings } from "../bus/bus";
import type { AnyBusPlan } from "../bus/planners";
import type { BusDefinition } from "../bus/schema";
import { planDatabase, type AnyDatabasePlan } from "../database/planners";
import type { DatabaseAccount } from "../database/database";
import type { Scraped } from "../metrics/scraped";
import type { Distance } from "../plan/distances";
import type { PlannedLink } from "../plan/links";
import type { Site as PlannedSite } from "../plan/site";
import { cellDefinitions, planCells } from "./cellPlan";
import { connectionsOf } from "./connections";
import { scrapedOf } from "./figures";
import { defaultSite, hostCounts, placesOf, planServers, type PlannedServers } from "./servers";
import { planRegions, regionDefinitions } from "./regionPlan";
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

/** A further server of a service; the first is the service's own. */
export interface PlannedReplica extends PlannedService {
  readonly of: PlacedService;
  /** From 2. */
  readonly number: number;
}

/** An HAProxy before the servers of APIs of its site that have several. */
export interface PlannedProxy extends PlannedService {
  readonly apis: readonly ApiService[];
}

/** A site's nova-computes, in one container. */
export interface PlannedComputes extends PlannedService {
  /** Their host names: `<site>-compute-<number>`, the number from 1. */
  readonly hosts: readonly string[];
}

/** A cell of Nova's: a site with a bus, a database and a conductor of its own, in which its computes are. */
export interface PlannedCell {
  /** Its name, too. */
  readonly site: string;
  readonly bus: AnyBusPlan;
  readonly database: AnyDatabasePlan;
  readonly conductor: PlannedService;
}

/** A region beside the control plane's own: a site with a whole control plane, but for Keystone's database, which all share. */
export interface PlannedRegion {
  /** Its name, too. */
  readonly site: string;
  readonly bus: AnyBusPlan;
  readonly database: AnyDatabasePlan;
  /** Of its services and computes; it has no regions itself. */
  readonly plan: ControlPlanePlan;
}

/** What is decided about a control plane, of one region with its cells and of further ones, before anything is made. */
export interface ControlPlanePlan extends PlannedServers {
  readonly region: string;
  /** Those of cells, too. */
  readonly computes: readonly PlannedComputes[];
  /** Beside the usual one, in which the computes of all other sites are. */
  readonly cells: readonly PlannedCell[];
  readonly regions: readonly PlannedRegion[];
  readonly database: AnyDatabasePlan;
  /** Keystone's own, and that of all regions' Keystones; absent: it is on that of the other services. */
  readonly keystoneDatabase?: AnyDatabasePlan;
  /** Of a further region: the control plane's database that its Keystone is on. */
  readonly identityDatabase?: AnyDatabasePlan;
  readonly apiProcesses: number;
  /** Whether its services trace requests that are to be traced. */
  readonly profiler: boolean;
  /** oslo.messaging's options for the bus, by group. */
  readonly busSettings: Settings;
  /** Services that tell figures: proxies, databases and buses of its own, of a region those at its site. Absent: nobody asks. */
  readonly scraped?: readonly Scraped[];
  /** Connections between sites that the services make besides those to the bus: HTTP and SQL. */
  readonly connections: readonly Connection[];
}

/** What a control plane is planned for. */
export interface ControlPlaneContext {
  readonly sites: readonly PlannedSite[];
  /** Each name in the scenario's `sites` to its sites. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly links: readonly PlannedLink[];
  readonly distance: Distance;
  readonly bus: Pick<AnyBusPlan, "settings" | "serviceSettings">;
  readonly busDefinition: BusDefinition;
  /** Whether somebody asks for figures over the network; absent: nobody does. */
  readonly metrics?: true;
}

/** Keystone's account, wherever its data is. */
const keystoneAccount: DatabaseAccount = { name: "keystone", databases: ["keystone"] };

/** Accounts in a region's database. Nova's has the API's database, its cell's, and that of servers that never got to a cell. */
const regionAccounts: readonly DatabaseAccount[] = [
  ...["placement", "glance", "neutron"].map((name) => ({ name, databases: [name] })),
  { name: "nova", databases: ["nova_api", "nova", "nova_cell0"] },
];

/** Users of services in Keystone; Keystone itself needs none. */
export const serviceUsers: readonly string[] = Object.values(apis)
  .map(({ user }) => user)
  .filter((user) => user !== "keystone");

const mebibyte = 1024 ** 2;
/** Memory of a fleet's parent, and of each nova-compute forked from it: measured, and as much again for a busy one. */
const fleetMemory = { parent: 192 * mebibyte, host: 96 * mebibyte } as const;

/** The sites that have services on the scenario's bus, in its order: cells and further regions have buses of their own. */
export function busSites(
  definition: ControlPlaneDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): string[] {
  const placed = placesOf(definition, groups);
  const apart = new Set([
    ...cellDefinitions(definition, groups).keys(),
    ...regionDefinitions(definition, groups).keys(),
  ]);
  const used = new Set([
    ...servicesOnBus.map((service) => placed[service]),
    ...[...hostCounts(definition, groups).keys()].filter((site) => !apart.has(site)),
  ]);
  return [...groups.values()].flat().filter((site) => used.has(site));
}

/** Plans a control plane. Errors: {@link AddressingError}: a site's network is too small. */
export function planControlPlane(
  definition: ControlPlaneDefinition,
  context: ControlPlaneContext,
): ControlPlanePlan {
  const { sites, groups, distance, bus, metrics } = context;
  const placed = placesOf(definition, groups);
  const at = (name: string) => {
    const site = sites.find((one) => one.name === name);
    if (!site) throw new Error(`the plan has no site "${name}" for a service`);
    return site;
  };
  const servers = planServers(definition, placed, at);
  const fleets = [...hostCounts(definition, groups)].map(([site, count]): PlannedComputes => ({
    site,
    service: "computes",
    address: at(site).reserve("computes"),
    memoryBytes: fleetMemory.parent + count * fleetMemory.host,
    hosts: Array.from({ length: count }, (_, index) => `${site}-compute-${index + 1}`),
  }));
  const { keystoneDatabase: apart } = definition;
  const cells = planCells(definition, servers.services, context);
  const others = [...regionDefinitions(definition, groups).keys()];
  const computes = fleets.filter(({ site }) => !others.includes(site));
  // Each region's Keystone is a client of Keystone's database, whichever that is.
  const keystones = [placed.keystone, ...others];
  const around = { sites, groups, distance, ...(metrics === undefined ? {} : { metrics }) };
  const database = planDatabase(definition.database, {
    ...around,
    site: defaultSite(definition, groups),
    clients: [
      ...new Set([
        ...placedServices
          .filter((one) => apart === undefined || one !== "keystone")
          .map((one) => placed[one]),
        ...(apart === undefined ? others : []),
      ]),
    ],
    accounts: [...(apart === undefined ? [keystoneAccount] : []), ...regionAccounts],
  });
  const keystoneDatabase =
    apart &&
    planDatabase(apart, {
      ...around,
      site: placed.keystone,
      clients: keystones,
      accounts: [keystoneAccount],
    });
  const regions = planRegions(definition, context, {
    accounts: regionAccounts,
    identity: keystoneDatabase ?? database,
    computes: fleets,
  });
  const databases = [database, ...(keystoneDatabase === undefined ? [] : [keystoneDatabase])];
  return {
    region: definition.region,
    ...servers,
    computes,
    cells,
    regions,
    database,
    ...(keystoneDatabase === undefined ? {} : { keystoneDatabase }),
    apiProcesses: definition.apiProcesses,
    profiler: definition.profiler,
    busSettings: bus.serviceSettings ?? bus.settings,
    ...scrapedOf(metrics, servers, [...databases.map((one) => ({ database: one })), ...cells]),
    connections: connectionsOf(servers.services, computes, [
      ...databases,
      ...cells.map((cell) => cell.database),
    ]),
  };
}

/** Every server of a service, the first one first. */
export function serversOf(
  { services, replicas }: Pick<ControlPlanePlan, "services" | "replicas">,
  service: PlacedService,
): PlannedService[] {
  return [services[service], ...replicas.filter(({ of }) => of === service)];
}

/** What a service calls itself where messages are addressed to one of several; a site's computes have a name each. */
export function hostOf({ site, service }: Pick<PlannedService, "site" | "service">): string {
  return `${site}-${service}`;
}

/** The URL of an API, as the catalog has it: of its server, or of the proxy that is before several. */
export function endpointOf(
  { services, proxies }: Pick<ControlPlanePlan, "services" | "proxies">,
  service: ApiService,
): string {
  const proxy = proxies.find(({ apis: behind }) => behind.includes(service));
  return urlOf(service, proxy ?? services[service]);
}

/** The URL of an API at one address. */
export function urlOf(service: ApiService, { address }: Pick<PlannedService, "address">): string {
  const { port, path } = apis[service];
  return `http://${address}:${port}${path}`;
}

/** The containers of a control plane's services, with what is before their APIs and their caches; neither its database nor computes. */
export function serviceContainers({
  services,
  replicas,
  proxies,
  caches,
}: Pick<ControlPlanePlan, keyof PlannedServers>): PlannedService[] {
  return [...Object.values(services), ...replicas, ...proxies, ...caches];
}

/** Every container of a control plane and of its further regions, but the brokers of its own. */
export function controlPlaneContainers(plan: ControlPlanePlan): PlannedService[] {
  return [
    ...plan.database.servers,
    ...(plan.keystoneDatabase?.servers ?? []),
    ...serviceContainers(plan),
    ...plan.cells.flatMap(({ database, conductor }) => [...database.servers, conductor]),
    ...plan.computes,
    ...plan.regions.flatMap((region) => controlPlaneContainers(region.plan)),
  ];
}

/** The buses that are not the scenario's: those of cells and of further regions. */
export function ownBuses({ cells, regions }: Pick<ControlPlanePlan, "cells" | "regions">): AnyBusPlan[] {
  return [...cells, ...regions].map(({ bus }) => bus);
}

/** Their brokers and routers. */
export function ownBrokers(plan: Pick<ControlPlanePlan, "cells" | "regions">): PlannedBroker[] {
  return ownBuses(plan).flatMap(({ brokers }): readonly PlannedBroker[] => brokers);
}

/** The same by name, `<site>/<service>`. */
export function controlPlaneServices(plan: ControlPlanePlan): string[] {
  return controlPlaneContainers(plan).map(({ site, service }) => `${site}/${service}`);
}

/** Every host of a region that servers can be put on. */
export function hostsOf({ computes }: Pick<ControlPlanePlan, "computes">): string[] {
  return computes.flatMap(({ hosts }) => hosts);
}
