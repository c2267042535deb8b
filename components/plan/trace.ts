import { resolveSites } from "../../stacks/scenario/expand";
import type { TraceDefinition } from "../../stacks/scenario/tools/trace";
import type { PlannedTrace, TracedServices, Way } from "../../workloads/trace/input";
import type { AnyBusPlan } from "../bus/planners";
import type { ControlPlanePlan } from "../controlplane/plan";
import type { Plan } from "./plan";
import { pathBetween } from "./routes";

/** A trace workload with what the scenario leaves out, and with the ways between whatever a request goes through. */
export function planTrace(
  { name, site, computes, times, timeout }: TraceDefinition,
  plan: Tracing,
  expanded: ReadonlyMap<string, readonly string[]>,
): PlannedTrace {
  const chosen = computes === undefined ? undefined : new Set(resolveSites(expanded, computes) ?? []);
  const fleets = controlPlaneOf(plan).computes.filter((fleet) => chosen?.has(fleet.site) ?? true);
  return {
    name,
    kind: "trace",
    site,
    hosts: inTurn(fleets.map((fleet) => fleet.hosts.map((host) => ({ name: host, site: fleet.site })))),
    times,
    timeoutSeconds: timeout,
    ...planTraced(site, plan),
  };
}

/** What the requests of a user at `site` go through. */
export function planTraced(site: string, plan: Tracing): TracedServices {
  const controlPlane = controlPlaneOf(plan);
  const [database] = controlPlane.database.servers;
  const inContainer = (one: { readonly site: string; readonly service: string }) => ({
    name: `${one.site}/${one.service}`,
    site: one.site,
  });
  return {
    services: Object.values(controlPlane.services).map(inContainer),
    computes: controlPlane.computes.map(inContainer),
    database: database.site,
    ways: waysOf(site, controlPlane, database.site, plan),
  };
}

/** What is known of a deployed system when it is planned who traces it. */
type Tracing = Pick<Plan, "links" | "routes" | "bus" | "controlPlane">;

function controlPlaneOf({ controlPlane }: Tracing): ControlPlanePlan {
  if (controlPlane === undefined) throw new Error("requests are to be traced, and there is no control plane");
  return controlPlane;
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
  database: string,
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
  const placed = [...Object.values(controlPlane.services), ...controlPlane.computes].map(({ site }) => site);
  const services = [...new Set(placed)];
  const sites = [...new Set([client, ...services, database])];
  const brokers = brokerSites(bus);
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
      way(from, to, [from, brokers.get(from), brokers.get(to), to]),
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
