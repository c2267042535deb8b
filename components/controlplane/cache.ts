import type { Settings } from "../bus/bus";
import type { Site as PlannedSite } from "../plan/site";
import type { ControlPlanePlan, PlannedService } from "./plan";
import type { Secrets } from "./secrets";
import { isApi, placedServices, type PlacedService } from "./services";

/** Where a cache listens (images/memcached), to its own site alone: the gateway lets nobody else pass (`MEMCACHED_PORT` of its firewall). */
export const port = 11211;
/** Half of it is for what is kept (images/memcached: `-m`), the rest for connections and the program. */
const memoryBytes = 64 * 1024 ** 2;

/**
 * A memcached at each site that has an API: Keystone's own, and what APIs remember of tokens. All servers of a site share it, and
 * nobody asks one over a link.
 */
export function planCaches(
  placed: Readonly<Record<PlacedService, string>>,
  at: (site: string) => PlannedSite,
): PlannedService[] {
  const service = "memcached";
  return [...new Set(placedServices.filter(isApi).map((api) => placed[api]))].map((site) => ({
    site,
    service,
    address: at(site).reserve(service),
    memoryBytes,
  }));
}

/**
 * What Keystone is told of its cache (oslo.cache). Of the library's two backends with the same client, the pooled one is for servers with
 * threads, and goes on without a cache that does not answer; times are the library's own.
 */
export function cacheSettings(plan: Pick<ControlPlanePlan, "caches">, site: string): Settings {
  const server = serverAt(plan, site);
  if (server === undefined) return {};
  return { cache: { enabled: true, backend: "oslo_cache.memcache_pool", memcache_servers: server } };
}

/** Options by which an API keeps what it knows of tokens in the cache (keystonemiddleware), encrypted, as anybody may read that. */
export function tokenCacheOptions(
  plan: Pick<ControlPlanePlan, "caches">,
  site: string,
  { cacheKey }: Pick<Secrets, "cacheKey">,
): Readonly<Record<string, string>> {
  const server = serverAt(plan, site);
  // Of those who read the options, the ones elsewhere have no API, and check no tokens.
  if (server === undefined) return {};
  return {
    memcached_servers: server,
    memcache_security_strategy: "ENCRYPT",
    memcache_secret_key: cacheKey,
  };
}

function serverAt({ caches }: Pick<ControlPlanePlan, "caches">, site: string): string | undefined {
  const cache = caches.find((one) => one.site === site);
  return cache && `${cache.address}:${port}`;
}
