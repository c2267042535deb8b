/** What a name in `sites` stands for. */
type SiteGroups = Readonly<Record<string, { readonly count?: number | undefined }>>;

/**
 * The sites a scenario's `sites` stand for, in the order given: the name itself, or for a group with a count
 * `<name>-1` to `<name>-<count>`. The map gives each name's sites; names of single sites map to themselves.
 */
export function expandSites(groups: SiteGroups): Map<string, string[]> {
  return new Map(
    Object.entries(groups).map(([name, { count }]) => [
      name,
      count === undefined ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`),
    ]),
  );
}

/** Resolves a site's or a group's name to sites; undefined if there is neither of that name. */
export function resolveSites(
  expanded: ReadonlyMap<string, readonly string[]>,
  name: string,
): readonly string[] | undefined {
  const group = expanded.get(name);
  if (group) return group;
  // A single site of a group: `edge-2`.
  return members(expanded).has(name) ? [name] : undefined;
}

const membersOf = new WeakMap<ReadonlyMap<string, readonly string[]>, ReadonlySet<string>>();

/** Every site, for look-ups: collected once a map, as a thousand names are looked up in a thousand sites. */
function members(expanded: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const known = membersOf.get(expanded);
  if (known) return known;
  const sites = new Set([...expanded.values()].flat());
  membersOf.set(expanded, sites);
  return sites;
}

/** The pairs of sites a link's two ends stand for; none twice, none of a site with itself. */
export function expandPairs(from: readonly string[], to: readonly string[]): [string, string][] {
  const seen = new Set<string>();
  const pairs: [string, string][] = [];
  for (const a of from)
    for (const b of to) {
      const key = pairKey(a, b);
      if (a === b || seen.has(key)) continue;
      seen.add(key);
      pairs.push([a, b]);
    }
  return pairs;
}

/** A key that is the same for a pair of sites in either order. */
export function pairKey(a: string, b: string): string {
  return a < b ? `${a}--${b}` : `${b}--${a}`;
}
