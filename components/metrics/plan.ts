import { resolveSites } from "../../stacks/scenario/expand";
import type { Connection } from "../bus/bus";
import type { AnyBusPlan } from "../bus/planners";
import type { ControlPlanePlan } from "../controlplane/plan";
import { plansOf } from "../controlplane/regionPlan";
import { AddressingError, hash } from "../plan/addressing";
import type { Site } from "../plan/site";
import type { MetricsDefinition } from "./schema";
import { gatewayFiguresPort, type Scraped } from "./scraped";

/** What is decided about collecting figures before anything is made. */
export interface MetricsPlan {
  readonly kind: MetricsDefinition["kind"];
  readonly site: string;
  /** What its container is called in its site. */
  readonly service: "prometheus";
  readonly address: string;
  readonly memoryBytes: number;
  /** Where its pages are on the machine's 127.0.0.1. */
  readonly port: number;
  readonly intervalSeconds: number;
  readonly retentionSeconds: number;
  /** All that is asked. */
  readonly scraped: readonly Scraped[];
  /** Connections between sites that it makes: HTTP, not encrypted. */
  readonly connections: readonly Connection[];
}

/** What collecting figures is planned for. */
export interface MetricsContext {
  readonly stack: string;
  readonly sites: readonly Site[];
  /** Each name in the scenario's `sites` to its sites. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly bus: Pick<AnyBusPlan, "scraped">;
  readonly controlPlane?: ControlPlanePlan | undefined;
  /** Ports of the machine's loopback that others have; absent: none. */
  readonly takenPorts?: ReadonlySet<number> | undefined;
  /** The one that this stack has, as deployed. */
  readonly deployedPort?: number | undefined;
}

/** What Prometheus' container is called in its site. */
const service = "prometheus";

/** The services that watch a deployment, by name, `<site>/<service>`; none where nothing is to. */
export function watchingServices(
  definition: MetricsDefinition | undefined,
  groups: ReadonlyMap<string, readonly string[]>,
): string[] {
  return definition === undefined ? [] : [`${siteOf(definition, groups)}/${service}`];
}

function siteOf(
  { site }: MetricsDefinition,
  groups: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  return (site === undefined ? [...groups.values()].flat() : (resolveSites(groups, site) ?? []))[0];
}

/** Below the ports that the kernel gives to whoever asks for any (net.ipv4.ip_local_port_range). */
const [firstPort, ports] = [20_000, 10_000];

/** Plans what watches a deployment. Errors: {@link AddressingError}: its port is taken, or its site's network is too small. */
export function planMetrics(definition: MetricsDefinition, context: MetricsContext): MetricsPlan {
  const { sites, groups, bus, controlPlane } = context;
  const name = siteOf(definition, groups);
  const place = sites.find((site) => site.name === name);
  if (!place) throw new Error(`the plan has no site "${definition.site}" for Prometheus`);
  return {
    kind: definition.kind,
    site: place.name,
    service,
    address: place.reserve("prometheus"),
    memoryBytes: definition.memory,
    port: portOf(definition, context),
    intervalSeconds: definition.interval,
    retentionSeconds: definition.retention,
    scraped: [
      ...sites.map((site): Scraped => ({
        job: "gateway",
        site: site.name,
        service: "gateway",
        address: site.gatewayAddress,
        port: gatewayFiguresPort,
      })),
      ...(bus.scraped ?? []),
      ...(controlPlane === undefined ? [] : plansOf(controlPlane)).flatMap((plan) => plan.scraped ?? []),
    ],
    // Every site has a gateway.
    connections: sites
      .filter((site) => site !== place)
      .map(({ name: to }) => ({ from: place.name, to, encrypted: false })),
  };
}

/** The port asked for; else the one it has, or a free one, which stays while it is free. */
function portOf(
  { port }: MetricsDefinition,
  { stack, takenPorts = new Set(), deployedPort }: MetricsContext,
): number {
  if (port !== undefined) {
    if (takenPorts.has(port))
      throw new AddressingError(
        "metrics.port",
        `${port} is in use on this machine: name another, or take it out, so that a free one is chosen`,
      );
    return port;
  }
  if (deployedPort !== undefined && !takenPorts.has(deployedPort)) return deployedPort;
  const start = hash(stack) % ports;
  for (let step = 0; step < ports; step++) {
    const candidate = firstPort + ((start + step) % ports);
    if (!takenPorts.has(candidate)) return candidate;
  }
  throw new AddressingError("metrics.port", `no port from ${firstPort} on is free: name one that is`);
}
