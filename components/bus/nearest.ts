import type { Distance } from "../plan/distances";
import type { Endpoint, PlannedBroker } from "./bus";

/** How far it is to a site of brokers. Agents' own site is nearer than any other, also over a link without a delay. */
function reach(site: string, to: string, distance: Distance): number {
  return site === to ? -1 : distance(site, to);
}

/** `sites` by their distance from `site`; equally far ones in the order given. */
export function nearest(site: string, sites: readonly string[], distance: Distance): string[] {
  return [...sites].sort((a, b) => reach(site, a, distance) - reach(site, b, distance));
}

/** Those of `sites` at whose brokers agents of `site` may be: the nearest, and any that are as near. */
export function homesOf(site: string, sites: readonly string[], distance: Distance): string[] {
  const least = Math.min(...sites.map((other) => reach(site, other, distance)));
  return sites.filter((other) => reach(site, other, distance) === least);
}

/** The name that stands for all brokers where agents may go to another than their nearest. */
export const failoverHost = "bus";

/**
 * Where agents connect: at their nearest broker, or at any of those that are equally near.
 *
 * With `failover` it is one name for all brokers, the nearest first and equally near ones in another order at each
 * site. Not a list of hosts: oslo.messaging shuffles the hosts of its URL for each connection (14.7.3,
 * `impl_rabbit.Connection.__init__`), while the addresses of one host are tried in the order in which the
 * resolver has them, from the first whenever a connection is made.
 */
export function nearestEndpoints(
  agentSites: readonly string[],
  brokers: readonly PlannedBroker[],
  distance: Distance,
  failover: boolean,
): Record<string, Endpoint[]> {
  return Object.fromEntries(
    agentSites.map((site, index): [string, Endpoint[]] => {
      const byDistance = new Map<number, string[]>();
      for (const broker of brokers) {
        const far = reach(site, broker.site, distance);
        byDistance.set(far, [...(byDistance.get(far) ?? []), broker.address]);
      }
      const classes = [...byDistance].sort(([a], [b]) => a - b).map(([, addresses]) => addresses);
      if (failover && brokers.length > 1)
        return [site, [{ host: failoverHost, addresses: classes.flatMap((equal) => rotate(equal, index)) }]];
      return [site, (classes[0] ?? []).map((address) => ({ host: address, addresses: [address] }))];
    }),
  );
}

/**
 * The same by addresses instead of a name, for a driver that goes along the hosts of its transport URL: one endpoint that stands for
 * all brokers, and is called as the first.
 */
export function listedEndpoints(
  agentSites: readonly string[],
  brokers: readonly PlannedBroker[],
  distance: Distance,
): Record<string, Endpoint[]> {
  return Object.fromEntries(
    Object.entries(nearestEndpoints(agentSites, brokers, distance, true)).map(([site, endpoints]) => [
      site,
      endpoints.map(({ addresses }) => ({ host: addresses[0] ?? "", addresses })),
    ]),
  );
}

/** Of equally near endpoints the first alone, for those whose agents must all be at one broker. */
export function firstEndpoints(
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
): Record<string, Endpoint[]> {
  return Object.fromEntries(Object.entries(endpoints).map(([site, equal]) => [site, equal.slice(0, 1)]));
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

/** Names that agents must know besides those of their network. */
export function endpointHosts(endpoints: readonly Endpoint[]): Record<string, readonly string[]> {
  return Object.fromEntries(named(endpoints).map(({ host, addresses }) => [host, addresses]));
}

/**
 * The file that has the resolver keep the order of a name's addresses (gai.conf(5)), if a name has several: each
 * address is a prefix of its own, of a precedence that falls along the list.
 */
export function endpointFiles(endpoints: readonly Endpoint[]): { path: string; content: string }[] {
  const lines = named(endpoints).flatMap(({ addresses }) =>
    addresses.map(
      (address, index) => `precedence ::ffff:${address}/128 ${1000 + addresses.length - index}\n`,
    ),
  );
  // A file with any precedence takes the place of the default table, whose last line is this one.
  return lines.length === 0
    ? []
    : [{ path: "/etc/gai.conf", content: `${lines.join("")}precedence ::/0 40\n` }];
}

function named(endpoints: readonly Endpoint[]): Endpoint[] {
  return endpoints.filter(({ host, addresses }) => addresses[0] !== host);
}
