import type { TracedServices } from "./input";
import type { Place, ToldOfExchange } from "./spans";

/** The database that a statement goes to. */
export interface StatementTarget {
  /** `<site>/database` of the control plane's or region's; of a cell's, or of Keystone's where that is another, its server's name. */
  readonly name: string | undefined;
  /** The site of the server, where it is none of the control plane's or region's database; absent: it is. */
  readonly at?: string;
}

type Databases = Pick<TracedServices, "databases" | "servers" | "apart">;

/**
 * Where a statement of services at a site goes; undefined: nobody knows.
 * @param server What the service calls the server; undefined: nobody said.
 */
export function serverSite(
  { databases, servers }: Omit<Databases, "apart">,
  site: string,
  server: string | undefined,
): string | undefined {
  if (servers === undefined) return databases[site];
  const known = servers[site] ?? {};
  if (server !== undefined) return known[server];
  const [only, ...others] = Object.values(known);
  return others.length === 0 ? only : undefined;
}

/** The database that a statement goes to; undefined: there are several, and nobody knows to which. */
export function targetOf(
  services: Databases & Pick<TracedServices, "single">,
  { site }: Place,
  { db }: ToldOfExchange,
): StatementTarget | undefined {
  const { databases, servers, apart = {}, single } = services;
  const own = single.database ?? databases[site];
  const ownTarget = { name: own === undefined ? undefined : `${own}/database` };
  if (servers === undefined) return ownTarget;
  const [only, ...others] = Object.keys(servers[site] ?? {});
  const host = db?.host ?? (others.length === 0 ? only : undefined);
  const at = host === undefined ? undefined : servers[site]?.[host];
  if (host === undefined || at === undefined) return undefined;
  const name = apart[host];
  return name === undefined ? ownTarget : { name, at };
}
