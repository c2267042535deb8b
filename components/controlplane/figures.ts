import type { AnyBusPlan } from "../bus/planners";
import type { AnyDatabasePlan } from "../database/planners";
import { proxyFiguresPort } from "../haproxy/configuration";
import { scrapedServices, type Scraped } from "../metrics/scraped";
import type { PlannedServers } from "./servers";

/**
 * The part of a plan that says which of a region's services tell figures: its proxies, databases and buses of its own.
 * @param asked Whether somebody asks; undefined: nobody does, and there is nothing.
 */
export function scrapedOf(
  asked: true | undefined,
  { proxies }: Pick<PlannedServers, "proxies">,
  parts: readonly { readonly database: AnyDatabasePlan; readonly bus?: AnyBusPlan }[],
): { readonly scraped?: readonly Scraped[] } {
  if (asked === undefined) return {};
  return {
    scraped: [
      ...(scrapedServices(asked, "api-proxy", proxyFiguresPort, proxies).scraped ?? []),
      ...parts.flatMap(({ database, bus }) => [...(database.scraped ?? []), ...(bus?.scraped ?? [])]),
    ],
  };
}
