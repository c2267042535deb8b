/** Where gateways tell figures of links and containers. */
export const gatewayFiguresPort = 9101;

/** What tells figures: a job, in Prometheus' words. A proxy before a database is `haproxy`, one before APIs `api-proxy`. */
export type Job =
  "gateway" | "rabbitmq" | "routers" | "artemis" | "kafka" | "mariadb" | "haproxy" | "api-proxy";

/** A service that tells figures over HTTP, at `/metrics`, in Prometheus' text format. */
export interface Scraped {
  readonly job: Job;
  readonly site: string;
  /** What its container is called in its site. */
  readonly service: string;
  readonly address: string;
  readonly port: number;
}

/** The part of a plan that says which of its services tell figures, and where. Nothing where nobody is to ask. */
export function scrapedServices(
  asked: true | undefined,
  job: Job,
  port: number,
  services: readonly Pick<Scraped, "site" | "service" | "address">[],
): { readonly scraped?: readonly Scraped[] } {
  if (asked === undefined) return {};
  return { scraped: services.map(({ site, service, address }) => ({ job, site, service, address, port })) };
}
