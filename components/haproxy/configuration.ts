/** Where the image's HAProxy has its configuration (images/haproxy). */
export const configurationFile = "/etc/haproxy/haproxy.cfg";

/** Where it answers questions about itself, to its own container alone (images/haproxy: `health.sh`, `proxy-wait`). */
const healthPort = 9201;

/** Where it tells figures, where somebody is to ask. */
export const proxyFiguresPort = 9202;

/** A part of the configuration: a line that says what it is, and the lines within. */
export type Section = readonly [header: string, ...lines: string[]];

/**
 * The configuration of an HAProxy (https://docs.haproxy.org/2.6/configuration.html), with what all have in common.
 * @param timeout How long a connection may be idle on either side.
 * @param health What it says of itself, on HTTP.
 * @param figuresPort Where it tells everybody what it counts, in Prometheus' format (section 2.1 of the manual of its exporter), and
 * nothing else; absent: nowhere.
 */
export function renderHaproxy(
  sections: readonly Section[],
  {
    timeout,
    health,
    figuresPort,
  }: {
    readonly timeout: string;
    readonly health: readonly string[];
    readonly figuresPort?: number | undefined;
  },
): string {
  const all: readonly Section[] = [
    ["global", "maxconn 4000", "log stdout format raw local0 notice"],
    [
      "defaults",
      "log global",
      "timeout connect 5s",
      "timeout check 3s",
      `timeout client ${timeout}`,
      `timeout server ${timeout}`,
    ],
    ...sections,
    ["frontend health", "mode http", `bind 127.0.0.1:${healthPort}`, ...health],
    ...(figuresPort === undefined ? [] : [figures(figuresPort)]),
  ];
  return all
    .map(([header, ...lines]) => [header, ...lines.map((line) => `    ${line}`), ""].join("\n"))
    .join("\n");
}

function figures(port: number): Section {
  return [
    "frontend figures",
    "mode http",
    `bind *:${port}`,
    "http-request deny unless { path /metrics }",
    "http-request use-service prometheus-exporter",
  ];
}

/** How often servers are asked how they are, and what becomes of those who use one that is down: cut off, not left waiting. */
export const checks = "inter 1s fall 2 rise 2 on-marked-down shutdown-sessions";
