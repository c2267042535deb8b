import { resolveSites } from "../../stacks/scenario/expand";
import type { Site } from "../plan/site";
import type { BusIssue, BusSites } from "./checks";
import type { BusDefinition } from "./schema";

type Path = BusIssue["path"];

/** Each kind of bus has addresses of its own in a site, so that one can take the place of another. */
export const placeOfKind: { readonly [K in BusDefinition["kind"]]: number } = {
  rabbitmq: 0,
  artemis: 1,
  routers: 2,
  kafka: 3,
  zeromq: 4,
};

/**
 * What the `index`th broker of a site, from 0, is called there, and its address. A bus that is a site's own has names and addresses
 * of its own: it may be beside the scenario's, or take its place.
 * @param word What a broker of this kind is called.
 * Errors: as {@link Site.reserve}'s.
 */
export function brokerPlace(
  kind: BusDefinition["kind"],
  word: string,
  site: Site,
  { local = false, index = 0 }: { readonly local?: boolean | undefined; readonly index?: number },
): { readonly name: string; readonly site: string; readonly service: string; readonly address: string } {
  const first = local ? `local-${word}` : word;
  const service = index === 0 ? first : `${first}-${index + 1}`;
  return {
    name: `${site.name}-${service}`,
    site: site.name,
    service,
    address: site.reserve(local ? "local-broker" : "broker", index, placeOfKind[kind]),
  };
}

/** What is wrong with a name that is to be of a site or a group. */
export function unknownSite(path: Path, name: string, { groups, known }: BusSites): BusIssue[] {
  return resolveSites(groups, name) ? [] : [{ path, message: `there is no site "${name}"; ${known}` }];
}

/** What is wrong with a name that is to be of one site; nothing with one that is not given. */
export function notOneSite(path: Path, name: string | undefined, sites: BusSites): BusIssue[] {
  if (name === undefined) return [];
  const [first, ...others] = resolveSites(sites.groups, name) ?? [];
  if (first === undefined) return unknownSite(path, name, sites);
  if (others.length === 0 && first === name) return [];
  return [{ path, message: `"${name}" is a group of sites: name one of it, such as "${first}"` }];
}
