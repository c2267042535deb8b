import type { Containers } from "../containers";
import { askInside } from "./http";
import { familiesOf, mustSum } from "./prometheus";
import type { BrokerSampler } from "./sampler";

/** Where a router's listener for figures is, on the loopback of its own container. */
export const routerMetrics = { port: 9090, path: "/metrics" } as const;

/**
 * skupper-router or qpid-dispatch, by the metrics of its HTTP listener (`src/http-libwebsockets.c` of 3.5.1). Its channels are
 * AMQP's links. It stores nothing: there are no queues, and none of the messages is its own. What its own agents sent and
 * got is counted as published and delivered, replies among them.
 */
export const routers: BrokerSampler = {
  async sample(containers, container) {
    const families = familiesOf(await askInside(containers, container, routerMetrics), wanted);
    const figure = (name: string) =>
      mustSum(families, name, `${container}: http://127.0.0.1:${routerMetrics.port}${routerMetrics.path}`);
    return {
      time: Date.now() / 1000,
      connections: figure(names.connections),
      channels: figure(names.links),
      publishedTotal: figure(names.ingress),
      deliveredTotal: figure(names.egress),
      transitTotal: figure(names.transit),
    };
  },
  async versions(containers, container) {
    return { router: await versionOf(containers, container) };
  },
};

const names = {
  connections: "qdr_connections_total",
  links: "qdr_links_total",
  ingress: "qdr_deliveries_ingress_total",
  egress: "qdr_deliveries_egress_total",
  transit: "qdr_deliveries_transit_total",
} as const;

const wanted = new Set<string>(Object.values(names));

/** The router is called by the name of its project. */
async function versionOf(containers: Containers, container: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containers.exec(
    container,
    [
      "bash",
      "-c",
      "for router in skrouterd qdrouterd; do command -v $router >/dev/null && exec $router --version; done; exit 1",
    ],
    { timeoutMs: 8_000 },
  );
  const version = stdout.trim();
  if (exitCode !== 0 || version === "")
    throw new Error(`${container}: the router tells no version: ${stderr.trim() || "it is not found"}`);
  return version;
}
