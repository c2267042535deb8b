import type { TracedRequest } from "../../workloads/results/trace";
import type { PlannedTrace } from "../../workloads/trace/input";
import type { Trace } from "../../workloads/trace/analysis";
import { parseNotifications, spansOf, type Place } from "../../workloads/trace/spans";
import { planned } from "../support/plans";
import { controlPlaneScenario } from "../support/scenarios";

/** When the request of the fixture began: 2026-11-30T12:00:00 UTC, in seconds. */
export const began = Date.UTC(2026, 10, 30, 12) / 1000;
export const traceId = "7b0f5b2e-6d3f-4a51-9d5f-2f0c7c1b2a11";
/** When the server was seen to be active, milliseconds of the request. */
export const activeMs = 905;
/** When Nova's API had answered. */
export const answeredMs = 152;

/** A span: milliseconds since the request began, what it is of, and what it used. */
export type Row = readonly [
  id: string,
  parent: string,
  name: string,
  place: string,
  from: number,
  to: number,
  info: object,
  used?: object,
];

export const http = (method: string, url: string) => ({ http: { method, url } });
export const request = (method: string, path: string) => ({ request: { method, path } });
export const rpc = (method: string, topic: string, server?: string, more: object = {}) => ({
  rpc: { method, topic, server, ...more },
});
export const called = (name: string) => ({ function: { name } });
export const db = (statement: string) => ({ db: { statement } });

/**
 * A server's request as services tell of it, milliseconds since it began: a user and all services are at core, the host at edge-1
 * 25 ms away. Two things go on at once from 620 on, and the last call goes on when the server is active already.
 */
const rows: readonly Row[] = [
  ["h1", traceId, "http", "core/client", 1, 51, http("POST", "http://10.0.0.11:5000/v3/auth/tokens")],
  ["w1", "h1", "wsgi", "core/keystone", 5, 45, request("POST", "/v3/auth/tokens")],
  ["d1", "w1", "db", "core/keystone", 10, 12, db("SELECT user.id FROM user WHERE user.id = %(id)s")],
  ["d2", "w1", "db", "core/keystone", 40, 41, db("COMMIT")],
  ["h2", traceId, "http", "core/client", 52, 152, http("POST", "http://10.0.0.14:8774/v2.1/servers")],
  ["w2", "h2", "wsgi", "core/nova-api", 55, 150, request("POST", "/v2.1/servers")],
  ["h3", "w2", "http", "core/nova-api", 56, 66, http("GET", "http://10.0.0.11:5000/v3/auth/tokens")],
  ["w3", "h3", "wsgi", "core/keystone", 58, 64, request("GET", "/v3/auth/tokens")],
  ["h4", "w2", "http", "core/nova-api", 70, 80, http("GET", "http://10.0.0.13:9292/v2/images/i")],
  ["w4", "h4", "wsgi", "core/glance", 72, 78, request("GET", "/v2/images/i")],
  ["d3", "w4", "db", "core/glance", 73, 74, db("SELECT images.id FROM images")],
  ["h5", "w2", "http", "core/nova-api", 85, 95, http("GET", "http://10.0.0.17:9696/v2.0/networks")],
  ["w5", "h5", "wsgi", "core/neutron", 87, 93, request("GET", "/v2.0/networks")],
  ["d4", "w2", "db", "core/nova-api", 100, 105, db("INSERT INTO build_requests VALUES (%(id)s)")],
  ["c1", "w2", "cast", "core/nova-api", 140, 142, rpc("schedule_and_build_instances", "conductor")],
  ["r1", "c1", "rpc", "core/nova-conductor", 146, 400, called("schedule_and_build_instances")],
  ["k1", "r1", "call", "core/nova-conductor", 150, 190, rpc("select_destinations", "scheduler")],
  ["r2", "k1", "rpc", "core/nova-scheduler", 155, 185, called("select_destinations")],
  [
    ...(["h6", "r2", "http", "core/nova-scheduler", 160, 180] as const),
    http("PUT", "http://10.0.0.12:8778/allocations/a"),
  ],
  ["w6", "h6", "wsgi", "core/placement", 165, 175, request("PUT", "/allocations/a")],
  ["d5", "r1", "db", "core/nova-conductor", 200, 210, db("INSERT INTO instances VALUES (%(id)s)")],
  [
    ...(["c2", "r1", "cast", "core/nova-conductor", 390, 392] as const),
    rpc("build_and_run_instance", "compute", "edge-1-compute-1"),
  ],
  ["r3", "c2", "rpc", "edge-1/computes", 425, 955, called("build_and_run_instance")],
  ["k2", "r3", "call", "edge-1/computes", 430, 490, rpc("object_action", "conductor")],
  ["r4", "k2", "rpc", "core/nova-conductor", 457, 463, called("object_action")],
  ["d6", "r4", "db", "core/nova-conductor", 458, 460, db("UPDATE instances SET vm_state=%(s)s")],
  ["h7", "r3", "http", "edge-1/computes", 500, 600, http("POST", "http://10.0.0.17:9696/v2.0/ports")],
  ["w7", "h7", "wsgi", "core/neutron", 530, 570, request("POST", "/v2.0/ports")],
  ["d7", "w7", "db", "core/neutron", 540, 545, db("INSERT INTO ports VALUES (%(id)s)")],
  ["k3", "r3", "call", "edge-1/computes", 610, 670, rpc("object_action", "conductor")],
  ["r5", "k3", "rpc", "core/nova-conductor", 637, 643, called("object_action")],
  ["h8", "r3", "http", "edge-1/computes", 620, 680, http("GET", "http://10.0.0.13:9292/v2/images/i")],
  ["w8", "h8", "wsgi", "core/glance", 650, 655, request("GET", "/v2/images/i")],
  ["k4", "r3", "call", "edge-1/computes", 890, 950, rpc("object_action", "conductor")],
  ["r6", "k4", "rpc", "core/nova-conductor", 917, 923, called("object_action")],
];

/** The lines that a service, `<site>/<service>`, has of the trace, in the order in which it wrote them. */
export function linesOf(place: string, all: readonly Row[] = rows): string {
  const told = all
    .filter(([, , , where]) => where === place)
    .flatMap(([id, parent, name, , from, to, info, used]) => {
      const common = {
        ...{ base_id: traceId, trace_id: id, parent_id: parent },
        ...{ project: "nova", service: place.split("/")[1] },
      };
      const host = place.replace("/", "-");
      return [
        {
          at: from,
          line: { ...common, name: `${name}-start`, timestamp: at(from), info: { host, ...info } },
        },
        {
          at: to,
          line: { ...common, name: `${name}-stop`, timestamp: at(to), info: { host, ...(used && { used }) } },
        },
      ];
    })
    .sort((a, b) => a.at - b.at);
  return told.map(({ line }) => `${JSON.stringify(line)}\n`).join("");
}

function at(ms: number): string {
  return new Date(began * 1000 + ms).toISOString().replace("Z", "000");
}

export const place = (name: string): Place => ({ name, site: name.split("/")[0] ?? "" });
export const services = [
  ...["keystone", "placement", "glance", "nova-api", "nova-conductor", "nova-scheduler", "neutron"],
].map((service, index) => ({
  ...place(`core/${service}`),
  ...{ address: `10.0.0.${11 + index}`, hosts: [`core-${service}`] },
}));
export const computes = ["edge-1", "edge-2"].map((site, index) => ({
  ...place(`${site}/computes`),
  ...{ address: `10.0.${1 + index}.11`, hosts: [`${site}-compute-1`] },
}));

/** The fixture's links, 25 and 50 ms each way. */
export const links = [
  { name: "core--edge-1", between: ["core", "edge-1"] as [string, string], ...bothWays(25) },
  { name: "core--edge-2", between: ["core", "edge-2"] as [string, string], ...bothWays(50) },
];

function bothWays(delayMs: number) {
  const way = { delayMs, jitterMs: 0, lossPercent: 0 };
  return { there: way, back: way };
}

/** The scenario that the fixture's services are those of, as the runner is told it. */
export const scenario: unknown = planned({
  ...controlPlaneScenario({ profiler: true }),
  bus: { kind: "rabbitmq", site: "core" },
  workloads: [{ name: "boot", kind: "trace", site: "core" }],
}).scenario;

export const workload: PlannedTrace = {
  ...{ name: "boot", kind: "trace", site: "core", times: 1, timeoutSeconds: 60, backgroundSeconds: 0 },
  databases: { core: "core" },
  brokers: { core: "core", "edge-1": "core", "edge-2": "core" },
  regionBrokers: ["core-rabbitmq"],
  confirmedBy: "broker",
  single: { broker: "core", database: "core" },
  hosts: [{ name: "edge-1-compute-1", site: "edge-1" }],
  services,
  computes,
  ways: {
    direct: [
      { from: "core", to: "core", links: [] },
      { from: "edge-1", to: "core", links: ["core--edge-1"] },
      { from: "core", to: "edge-1", links: ["core--edge-1"] },
      { from: "edge-2", to: "core", links: ["core--edge-2"] },
      { from: "core", to: "edge-2", links: ["core--edge-2"] },
    ],
    bus: [
      { from: "core", to: "core", links: [] },
      { from: "edge-1", to: "core", links: ["core--edge-1"] },
      { from: "core", to: "edge-1", links: ["core--edge-1"] },
    ],
  },
};

/** A request as it is analysed, the fixture's or another. */
export function trace(all: readonly Row[] = rows, endMs = activeMs): Trace {
  const places = [place("core/client"), ...services, ...computes];
  return {
    start: began * 1e6,
    end: began * 1e6 + endMs * 1000,
    spans: places.flatMap((one) => spansOf(one, parseNotifications(linesOf(one.name, all)))),
  };
}

/** What a traced request is like in results, except as `changes` say. */
export function tracedRequest(changes: Partial<TracedRequest> = {}): TracedRequest {
  const figures = (spans: number, selfMs: number, coveredMs = selfMs) => ({ spans, selfMs, coveredMs });
  return {
    ...{ host: "edge-1-compute-1", traceId, answeredMs, totalMs: activeMs, spans: 34, unfinished: 0 },
    kinds: {
      bus: figures(6, 174),
      database: figures(7, 26),
      http: figures(8, 152),
      service: figures(13, 619, 615),
    },
    unseenMs: 2,
    services: [{ service: "edge-1/computes", spans: 6, selfMs: 235 }],
    exchanges: [{ kind: "bus", from: "edge-1", to: "core", spans: 3, selfMs: 123, links: ["core--edge-1"] }],
    links: [{ link: "core--edge-1", crossings: 6, selfMs: { bus: 158, database: 0, http: 115 } }],
    missing: [],
    ...changes,
  };
}
