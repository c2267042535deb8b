import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { contains, mustCidr, type Cidr } from "../components/plan/cidr";
import { known } from "./known";

/** A site as the stack has made it. */
interface Site {
  readonly name: string;
  readonly prefix: string;
  readonly wanAddress: string;
}

/**
 * A site that is missing a route is not seen by a preview: its agents would wait for the bus until they time out.
 * This follows every gateway's routes, hop by hop, as a packet would.
 */
export const everySiteIsReachable: StackValidationPolicy = {
  name: "every-site-is-reachable",
  displayName: "Every site is reachable",
  description: "From each site, the gateways' routes lead over links to each other site.",
  remediationSteps: "Link the sites, and have the plan make the routes: no Routes by hand.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const of = (type: string) => resources.filter((resource) => resource.type === `buswide:topology:${type}`);
    const sites = of("Site").flatMap(siteOf);
    const links = new Set(of("Link").flatMap(endsOf));
    const tables = new Map(of("Routes").flatMap(routesOf));
    const urns = new Map(of("Site").map(({ name, urn }) => [name, urn]));
    const ways = waysFrom(sites, tables);
    const circles = circlesAmong(ways);
    sites.forEach((from, source) => {
      const say = (message: string) => report(message, urns.get(from.name));
      const way = ways[source];
      if (!way) {
        if (sites.length > 1)
          say(
            `the gateway of ${from.name} has no routes: give it Routes to each of the ${sites.length - 1} other sites`,
          );
        return;
      }
      sites.forEach((to, destination) => {
        if (to === from) return;
        const hop = way.addresses[destination];
        const next = sites[way.sites[destination] ?? nowhere];
        if (hop === undefined)
          say(`the gateway of ${from.name} has no route to ${to.name} (${to.prefix}): add it to its Routes`);
        else if (!next || !links.has(`${from.name} ${next.name}`))
          say(
            `the gateway of ${from.name} sends what is for ${to.name} to ${next?.name ?? hop}, to which it has no link: add the Link, or route over one that there is`,
          );
        else if (circles[destination]?.[source])
          say(
            `what ${from.name} sends to ${to.name} goes round in a circle: route every hop towards ${to.name}`,
          );
      });
    });
  },
};

const nowhere = -1;

/** A gateway's next hop towards each site, in the order of the sites. */
interface Ways {
  /** The WAN address; undefined: no route. */
  readonly addresses: readonly (string | undefined)[];
  /** The position of the site that has the address; {@link nowhere}: none has. */
  readonly sites: Int32Array;
}

/** By the most specific prefix that holds a site, as a packet goes; undefined for a site without Routes. */
function waysFrom(
  sites: readonly Site[],
  tables: ReadonlyMap<string, Readonly<Record<string, string>>>,
): (Ways | undefined)[] {
  const byAddress = new Map(sites.map(({ wanAddress }, position) => [wanAddress, position]));
  const prefixes = sites.map(({ prefix }) => mustCidr(prefix));
  const order = prefixes.map((prefix, position) => ({ prefix, position }));
  order.sort((a, b) => a.prefix.first - b.prefix.first);
  return sites.map(({ name }) => {
    const table = tables.get(name);
    if (!table) return undefined;
    const addresses = new Array<string | undefined>(sites.length).fill(undefined);
    const next = new Int32Array(sites.length).fill(nowhere);
    const routes = Object.entries(table).map(([prefix, hop]) => ({ prefix: mustCidr(prefix), hop }));
    // The more specific ones come last, and stay.
    for (const { prefix, hop } of routes.sort((a, b) => a.prefix.length - b.prefix.length))
      for (let at = firstFrom(order, prefix.first); at < order.length; at++) {
        const site = order[at];
        if (!site || site.prefix.first >= prefix.first + prefix.size) break;
        if (!contains(prefix, site.prefix)) continue;
        addresses[site.position] = hop;
        next[site.position] = byAddress.get(hop) ?? nowhere;
      }
    return { addresses, sites: next };
  });
}

/** The position of the first prefix that does not begin before `first`. */
function firstFrom(order: readonly { readonly prefix: Cidr }[], first: number): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle]?.prefix.first ?? Infinity) < first) low = middle + 1;
    else high = middle;
  }
  return low;
}

const [unseen, underWay, ends, circles] = [0, 1, 2, 3];

/**
 * For each destination, whether what each site sends there comes to a gateway twice. Where it ends before its destination
 * is said of the gateway it ends at. Each gateway is looked at once for a destination, however many ways lead over it.
 */
function circlesAmong(ways: readonly (Ways | undefined)[]): boolean[][] {
  return ways.map((_, destination) => {
    const state = new Uint8Array(ways.length);
    state[destination] = ends;
    for (let source = 0; source < ways.length; source++) {
      const passed: number[] = [];
      let here = source;
      while (here !== nowhere && state[here] === unseen) {
        state[here] = underWay;
        passed.push(here);
        here = ways[here]?.sites[destination] ?? nowhere;
      }
      const found = here === nowhere || state[here] === ends ? ends : circles;
      for (const site of passed) state[site] = found;
    }
    return Array.from(state, (found) => found === circles);
  });
}

function siteOf({ name, props }: PolicyResource): Site[] {
  const prefix = known(() => props["prefix"] as unknown);
  const wanAddress = known(() => props["wanAddress"] as unknown);
  return typeof prefix === "string" && typeof wanAddress === "string" ? [{ name, prefix, wanAddress }] : [];
}

/** Both directions of a link, `a b` and `b a`. */
function endsOf({ props }: PolicyResource): string[] {
  const between = known(() => props["between"] as unknown);
  if (!Array.isArray(between) || between.length !== 2) return [];
  const [a, b] = between as [string, string];
  return [`${a} ${b}`, `${b} ${a}`];
}

function routesOf({ props }: PolicyResource): [string, Readonly<Record<string, string>>][] {
  const site = known(() => props["site"] as unknown);
  const routes = known(() => props["routes"] as unknown);
  return typeof site === "string" && typeof routes === "object" && routes !== null
    ? [[site, routes as Readonly<Record<string, string>>]]
    : [];
}
