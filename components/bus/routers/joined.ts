import { routerMetrics } from "../../../workloads/brokers/routers";
import type { PlannedRouter } from "./plan";

/** How long routers may take to find each other once all run, seconds: over slow links, several tries. */
const mostSeconds = 60;

/**
 * A script for a router's bash that ends once the router knows its way: an interior one to all others, an edge one to the one
 * above it. A router that runs answers agents at once, and would drop what they send to places it does not know yet.
 */
export function joinedScript(router: PlannedRouter, routers: readonly PlannedRouter[]): string {
  const others = routers.filter(({ mode, name }) => mode === "interior" && name !== router.name).length;
  const [figure, least] =
    router.mode === "interior" ? ["qdr_routers_total", others] : ["qdr_connections_total", 1];
  return [
    "figure() {",
    `  exec 3<>/dev/tcp/127.0.0.1/${routerMetrics.port} || return`,
    `  printf 'GET ${routerMetrics.path} HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' >&3`,
    "  while read -r name value _ <&3; do",
    `    if [ "$name" = ${figure} ]; then printf '%s' "\${value%$'\\r'}"; return; fi`,
    "  done",
    "}",
    `for ((tries = 0; tries < ${mostSeconds}; tries++)); do`,
    "  found=$(figure 2>/dev/null)",
    `  if [ "\${found:-0}" -ge ${least} ]; then exit 0; fi`,
    "  sleep 1",
    "done",
    `echo "${router.name} has ${figure} \${found:-not}, not ${least}, after ${mostSeconds} s" >&2`,
    "exit 1",
    "",
  ].join("\n");
}
