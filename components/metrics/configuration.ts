import { stringify } from "yaml";
import type { MetricsPlan } from "./plan";

/** Files of Prometheus' container. */
export const paths = {
  configuration: "/etc/buswide/prometheus.yml",
  pages: "/etc/buswide/pages.cfg",
  /** What is asked, put there while it runs by `metrics-targets`. */
  targets: "/var/lib/prometheus/targets/deployment.json",
} as const;

/** Where Prometheus itself listens, for its own container alone, and where what passes requests on to it does. */
export const ports = { prometheus: 9090, pages: 9091 } as const;

/** A rate is taken over as many intervals: one answer of them may be missing. */
const rateIntervals = 4;

/** An answer that takes longer is none. */
const mostTimeoutSeconds = 10;

/**
 * Prometheus' settings (https://prometheus.io/docs/prometheus/2.42/configuration/configuration/). Whom to ask is in a file of its
 * own, which it looks at again when it changes: a site that comes or goes restarts nothing, and loses no figures.
 */
export function renderPrometheus({ intervalSeconds }: Pick<MetricsPlan, "intervalSeconds">): string {
  return stringify({
    global: {
      scrape_interval: duration(intervalSeconds),
      scrape_timeout: duration(Math.min(intervalSeconds, mostTimeoutSeconds)),
      // What its consoles take rates over; nothing that is collected has it.
      external_labels: { window: duration(rateIntervals * intervalSeconds) },
    },
    scrape_configs: [
      {
        job_name: "deployment",
        // A gateway tells figures of other services, which it names.
        honor_labels: true,
        file_sd_configs: [{ files: [paths.targets] }],
      },
      {
        job_name: "prometheus",
        static_configs: [{ targets: [`127.0.0.1:${ports.prometheus}`] }],
      },
    ],
  });
}

/** Whom Prometheus asks (https://prometheus.io/docs/prometheus/2.42/configuration/configuration/#file_sd_config). */
export function renderTargets({ scraped }: Pick<MetricsPlan, "scraped">): string {
  const targets = scraped.map(({ job, site, service, address, port }) => ({
    targets: [`${address}:${port}`],
    labels: { job, site, service },
  }));
  return `${JSON.stringify(targets, undefined, 1)}\n`;
}

/**
 * What is let through to Prometheus, which has no accounts (https://docs.haproxy.org/2.6/configuration.html): questions, of
 * whoever asks for this machine's loopback by its name or address. A page from elsewhere that a person looks at can have a
 * browser send requests here, and have its own name stand for 127.0.0.1; and with what the backup needs, Prometheus would
 * delete what it has for anybody.
 */
export function renderPages(): string {
  return [
    "global",
    "    maxconn 200",
    "    log stdout format raw local0 notice",
    "",
    "defaults",
    "    mode http",
    "    log global",
    "    timeout connect 5s",
    "    timeout client 1m",
    "    timeout server 2m",
    "",
    "frontend pages",
    `    bind *:${ports.pages}`,
    "    acl here req.hdr(host),field(1,:) -m str 127.0.0.1 localhost",
    "    acl reads method GET HEAD",
    // The long ones of them are sent by POST.
    "    acl asks path /api/v1/query /api/v1/query_range /api/v1/series /api/v1/labels",
    "    http-request deny unless here",
    "    http-request deny unless reads or { method POST } asks",
    "    default_backend prometheus",
    "",
    "backend prometheus",
    `    server prometheus 127.0.0.1:${ports.prometheus}`,
    "",
  ].join("\n");
}

/** Environment of its container. */
export function environmentOf({
  retentionSeconds,
}: Pick<MetricsPlan, "retentionSeconds">): Record<string, string> {
  return { BUSWIDE_RETENTION: duration(retentionSeconds) };
}

function duration(seconds: number): string {
  return `${Math.round(seconds * 1000)}ms`;
}
