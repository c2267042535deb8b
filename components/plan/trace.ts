import { resolveSites } from "../../stacks/scenario/expand";
import type { TraceDefinition } from "../../stacks/scenario/tools/trace";
import type { PlannedTrace, TracedServices, Way } from "../../workloads/trace/input";
import type { AnyBusPlan } from "../bus/planners";
import { hostOf, type ControlPlanePlan, type PlannedService } from "../controlplane/plan";
import { planOfRegion } from "../controlplane/regionPlan";
import { apis } from "../controlplane/services";
import type { Plan } from "./plan";
import { pathBetween } from "./routes";

/**
 * A trace workload with what the scenario leaves out, and with the ways between whatever a request goes through.
 * @param region The one that is asked; undefined: the control plane's own.
 */
export function planTrace(
  { name, site, computes, times, timeout, background }: TraceDefinition,
  region: string | undefined,
  plan: Tracing,
  expanded: ReadonlyMap<string, readonly string[]>,
): PlannedTrace {
  const chosen = computes === undefined ? undefined : new Set(resolveSites(expanded, computes) ?? []);
  const fleets = regionOf(plan, region).computes.filter((fleet) => chosen?.has(fleet.site) ?? true);
  return {
    name,
    kind: "trace",
    site,
    ...(region === undefined ? {} : { region }),
    hosts: inTurn(fleets.map((fleet) => fleet.hosts.map((host) => ({ name: host, site: fleet.site })))),
    times,
    timeoutSeconds: timeout,
    backgroundSeconds: background,
    ...planTraced(site, region, plan),
  };
}

/** What the requests of a user at `site` to a region go through. */
export function planTraced(site: string, region: string | undefined, plan: Tracing): TracedServices {
  const controlPlane = regionOf(plan, region);
  const own = plan.controlPlane?.regions.find((one) => one.site === region);
  const bus = own?.bus ?? plan.bus;
  const cells = new Set(controlPlane.cells.map((cell) => cell.site));
  const inContainer = (one: PlannedService) => ({
    name: `${one.site}/${one.service}`,
    site: one.site,
    address: one.address,
    hosts: [hostOf(one)],
  });
  return {
    services: [
      ...Object.values(controlPlane.services).map(inContainer),
      ...controlPlane.replicas.map((one) => ({ ...inContainer(one), replicaOf: `${one.site}/${one.of}` })),
    ],
    // A request for a server in a cell goes through the cell's conductor, too.
    computes: [
      ...controlPlane.computes.map((one) => ({ ...inContainer(one), hosts: [...one.hosts] })),
      ...controlPlane.cells.map(({ conductor }) => inContainer(conductor)),
    ].map((one) => (cells.has(one.site) ? { ...one, cell: one.site } : one)),
    ...proxiesOf(controlPlane),
    ...databasesOf(controlPlane),
    brokers: Object.fromEntries(brokerSites(bus)),
    regionBrokers: [bus, ...controlPlane.cells.map((cell) => cell.bus)].flatMap((one) =>
      one.brokers.map((broker) => broker.name),
    ),
    confirmedBy: bus.confirmedBy ?? "broker",
    // What a region has is at its site, whatever else.
    single: own ? {} : singleOf(bus, controlPlane),
    ...regionSitesOf(plan),
    ways: waysOf(site, controlPlane, { ...plan, bus }),
  };
}

/** What is before several servers of an API. */
function proxiesOf({ proxies }: ControlPlanePlan): Pick<TracedServices, "proxies"> {
  const all = proxies.flatMap(({ site, address, apis: behind }) =>
    behind.map((api) => ({ address, port: apis[api].port, of: `${site}/${api}` })),
  );
  return all.length === 0 ? {} : { proxies: all };
}

/** Sites that have a region for themselves. */
function regionSitesOf({ controlPlane }: Tracing): Pick<TracedServices, "regions"> {
  const sites = (controlPlane?.regions ?? []).map((region) => region.site);
  return sites.length === 0 ? {} : { regions: sites };
}

function singleOf({ brokers }: AnyBusPlan, { database }: ControlPlanePlan): TracedServices["single"] {
  const [broker, server] = [brokers, database.servers].map(onlySite);
  return { ...(broker && { broker }), ...(server && { database: server }) };
}

/** The site of the only one; undefined: there are several. */
function onlySite(all: readonly { readonly site: string }[]): string | undefined {
  return all.length === 1 ? all[0]?.site : undefined;
}

/** Where statements of each site's services go. */
function databasesOf({
  database,
  identityDatabase,
  ...controlPlane
}: ControlPlanePlan): Pick<TracedServices, "databases" | "servers" | "apart"> {
  const { services, computes, cells } = controlPlane;
  const databases = database.serving;
  const others = [...(identityDatabase ? [identityDatabase] : []), ...cells.map((cell) => cell.database)];
  if (others.length === 0) return { databases };
  // Keystone's database has other regions' sites, too.
  const here = new Set([...Object.values(services), ...computes].map((one) => one.site));
  const servers: Record<string, Record<string, string>> = {};
  const apart: Record<string, string> = {};
  for (const one of [database, ...others])
    for (const [client, { host }] of Object.entries(one.endpoints)) {
      if (!here.has(client)) continue;
      const site = one.serving[client] ?? client;
      servers[client] = { ...servers[client], [host]: site };
      const server = one.servers.find((each) => each.site === site);
      if (one !== database && server !== undefined) apart[host] = `${site}/${server.service}`;
    }
  return { databases, servers, apart };
}

/** What is known of a deployed system when it is planned who traces it. */
type Tracing = Pick<Plan, "links" | "routes" | "bus" | "controlPlane">;

function regionOf({ controlPlane }: Tracing, region: string | undefined): ControlPlanePlan {
  if (controlPlane === undefined) throw new Error("requests are to be traced, and there is no control plane");
  return planOfRegion(controlPlane, region);
}

/** The first of each, then the second of each, and so on: sites take turns before hosts of one do. */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat();
}

function waysOf(
  client: string,
  controlPlane: ControlPlanePlan,
  { links, routes, bus }: Pick<Plan, "links" | "routes" | "bus">,
): TracedServices["ways"] {
  const names = new Map(
    links.flatMap(({ name, between: [a, b] }) => [
      [`${a} ${b}`, name],
      [`${b} ${a}`, name],
    ]),
  );
  // Where no links lead, a policy says so.
  const between = (from: string, to: string): string[] | undefined => {
    if (from !== to && !routes.get(from)?.has(to)) return undefined;
    const path = pathBetween(routes, from, to);
    return path.slice(1).flatMap((site, index) => names.get(`${path[index]} ${site}`) ?? []);
  };
  const placed = [...Object.values(controlPlane.services), ...controlPlane.computes].map((one) => one.site);
  const services = [...new Set(placed)];
  const { databases, servers = {} } = databasesOf(controlPlane);
  const stored = [databases, ...Object.values(servers)].flatMap((some) => Object.values(some));
  const sites = [...new Set([client, ...services, ...stored, ...bus.brokers.map((one) => one.site)])];
  const ofScenario = brokerSites(bus);
  const cells = new Set(controlPlane.cells.map((cell) => cell.site));
  // A cell's bus is at its site, also for the services of the core that call into it.
  const broker = (from: string, to: string, site: string) =>
    [to, from].find((end) => cells.has(end)) ?? ofScenario.get(site);
  const way = (from: string, to: string, stops: readonly (string | undefined)[]): Way[] => {
    const hops = stops.slice(1).map((stop, index) => {
      const last = stops[index];
      return stop === undefined || last === undefined ? undefined : between(last, stop);
    });
    return hops.every((hop) => hop !== undefined) ? [{ from, to, links: hops.flat() }] : [];
  };
  return {
    direct: pairs(sites).flatMap(([from, to]) => way(from, to, [from, to])),
    bus: pairs(services).flatMap(([from, to]) =>
      way(from, to, [from, broker(from, to, from), broker(from, to, to), to]),
    ),
  };
}

/** Ordered pairs, each with itself too: what is at one site may be on its way over the bus all the same. */
function pairs(sites: readonly string[]): [string, string][] {
  return sites.flatMap((from) => sites.map((to): [string, string] => [from, to]));
}

/** Sites of services to that of their broker; those are missing whose broker is any of several at different sites. */
function brokerSites({ brokers, serviceEndpoints = {} }: AnyBusPlan): Map<string, string> {
  const siteAt = new Map(brokers.map(({ address, site }) => [address, site]));
  return new Map(
    Object.entries(serviceEndpoints).flatMap(([site, endpoints]) => {
      const [first, ...others] = new Set(
        endpoints.flatMap(({ addresses }) => addresses.slice(0, 1)).map((address) => siteAt.get(address)),
      );
      return first === undefined || others.length > 0 ? [] : [[site, first]];
    }),
  );
}
