import { deepStrictEqual, notStrictEqual, ok, strictEqual, throws } from "assert";
import type { MetricsPlan } from "../../components/metrics/plan";
import { pictureOf } from "../../components/plan/graph/picture";
import { ScenarioError } from "../../stacks/scenario/parse";
import { assertRefused } from "../scenario/refusal";
import { facts, planned } from "../support/plans";
import { controlPlaneScenario, smallScenario, type RawScenario } from "../support/scenarios";

const watched = (settings: object = {}, raw: RawScenario = smallScenario()): RawScenario => ({
  ...raw,
  metrics: { kind: "prometheus", ...settings },
});

function metricsOf(raw: RawScenario, given = facts): MetricsPlan {
  const { metrics } = planned(raw, given);
  if (!metrics) throw new Error("nothing was planned to watch");
  return metrics;
}

/** What is asked: job, service and port. */
const asked = (raw: RawScenario): string[] =>
  metricsOf(raw).scraped.map(({ job, site, service, port }) => `${job} ${site}/${service}:${port}`);

const gateways = ["core", "edge-1", "edge-2"].map((site) => `gateway ${site}/gateway:9101`);

describe("the plan of what watches a deployment", () => {
  it("is none where the scenario asks for nothing, and nobody else tells figures over the network then", () => {
    const plan = planned(controlPlaneScenario());
    strictEqual(plan.metrics, undefined);
    strictEqual(plan.bus.scraped, undefined);
    strictEqual(plan.controlPlane?.database.scraped, undefined);
  });

  it("asks every gateway and broker", () => {
    deepStrictEqual(asked(watched()), [...gateways, "rabbitmq core/rabbitmq:15692"]);
    deepStrictEqual(
      asked(
        watched(
          {},
          {
            ...smallScenario(),
            bus: { kind: "rabbitmq", topology: "cluster", nodes: { core: 2, "edge-1": 1 } },
          },
        ),
      ),
      [
        ...gateways,
        ...["core/rabbitmq", "core/rabbitmq-2", "edge-1/rabbitmq"].map((name) => `rabbitmq ${name}:15692`),
      ],
    );
  });

  it("asks brokers of other buses where those tell figures; one without brokers has none", () => {
    const notify = { name: "n", kind: "notification", clients: { edge: 1 }, servers: { core: 1 }, calls: 1 };
    const on = (bus: object, settings: object = {}) =>
      asked(watched({}, { ...smallScenario(), bus, ...settings })).slice(gateways.length);
    deepStrictEqual(on({ kind: "artemis", topology: "cluster", sites: ["core", "edge-2"] }), [
      "artemis core/artemis:9404",
      "artemis edge-2/artemis:9404",
    ]);
    deepStrictEqual(on({ kind: "kafka" }, { workloads: [notify] }), ["kafka core/kafka:9404"]);
    deepStrictEqual(
      on({ kind: "routers" }),
      ["core", "edge-1", "edge-2"].map((site) => `routers ${site}/router:9090`),
    );
    deepStrictEqual(on({ kind: "zeromq" }), []);
  });

  it("asks servers of a database, and proxies before them, but no arbitrator, which tells nothing", () => {
    const on = (database: object) =>
      asked(watched({}, controlPlaneScenario({ database }))).slice(gateways.length + 1);
    deepStrictEqual(on({ kind: "mariadb" }), ["mariadb core/mariadb:9104"]);
    deepStrictEqual(on({ kind: "galera", nodes: { core: 1, "edge-1": 1 }, arbitrator: "edge-2" }), [
      "mariadb core/galera:9104",
      "mariadb edge-1/galera:9104",
      "haproxy core/database-proxy:9202",
    ]);
  });

  it("asks proxies before APIs under a name of their own: a database's are others", () => {
    const of = (raw: object) =>
      asked(watched({}, controlPlaneScenario(raw))).filter((one) => one.includes("proxy"));
    deepStrictEqual(of({ replicas: { keystone: 2 } }), ["api-proxy core/api-proxy:9202"]);
    const both = { replicas: { keystone: 2 }, database: { kind: "galera", nodes: { core: 3 } } };
    deepStrictEqual(of(both), ["api-proxy core/api-proxy:9202", "haproxy core/database-proxy:9202"]);
  });

  it("asks each at an address that nobody else of its site has", () => {
    const raw = watched({}, controlPlaneScenario({ database: { kind: "galera", nodes: { core: 5 } } }));
    const { bus, controlPlane, agents, metrics } = planned(raw);
    const all = [
      ...bus.brokers,
      ...(controlPlane?.database.servers ?? []),
      ...Object.values(controlPlane?.services ?? {}),
      ...agents.values(),
      ...(metrics ? [metrics] : []),
    ].map(({ address }) => address);
    strictEqual(new Set(all).size, all.length);
  });

  it("is at the scenario's first site, or where that says, also at a site of its own", () => {
    strictEqual(metricsOf(watched()).site, "core");
    strictEqual(metricsOf(watched({ site: "edge-2" })).site, "edge-2");
    const apart = watched(
      { site: "watch" },
      {
        ...smallScenario(),
        sites: { core: {}, edge: { count: 2 }, watch: {} },
        links: [
          { between: ["core", "edge"], delay: "25ms" },
          { between: ["core", "watch"], delay: "5ms" },
        ],
      },
    );
    const { site, connections } = metricsOf(apart);
    strictEqual(site, "watch");
    deepStrictEqual(
      connections,
      ["core", "edge-1", "edge-2"].map((to) => ({ from: "watch", to, encrypted: false })),
    );
    const plan = planned(apart);
    deepStrictEqual([...plan.agents.keys()], ["core", "edge-1", "edge-2"]);
    deepStrictEqual(pictureOf(plan).sites.find(({ name }) => name === "watch")?.services, [
      { name: "gateway", place: "watch/gateway", kind: "gateway" },
      { name: "prometheus", place: "watch/prometheus", kind: "metrics" },
    ]);
  });

  it("chooses a port by the stack's name, which stays, and keeps off those of others", () => {
    const { port } = metricsOf(watched());
    ok(port >= 20_000 && port < 30_000, String(port));
    strictEqual(metricsOf(watched()).port, port);
    notStrictEqual(metricsOf(watched(), { ...facts, stack: "other" }).port, port);
    const next = metricsOf(watched(), { ...facts, takenPorts: new Set([port]) }).port;
    strictEqual(next, port === 29_999 ? 20_000 : port + 1);
    const deployed = { ...facts, deployedPort: 25_000 };
    strictEqual(metricsOf(watched(), deployed).port, 25_000);
    strictEqual(metricsOf(watched(), { ...deployed, takenPorts: new Set([25_000]) }).port, port);
    strictEqual(metricsOf(watched({ port: 9090 }), deployed).port, 9090);
  });

  it("refuses a port that is another's, before anything is made", () =>
    throws(
      () => planned(watched({ port: 9090 }), { ...facts, takenPorts: new Set([9090]) }),
      (error) =>
        error instanceof ScenarioError &&
        error.message ===
          "metrics.port: 9090 is in use on this machine: name another, or take it out, so that a free one is chosen",
    ));
});

describe("what watches a deployment, in a scenario", () => {
  for (const [claim, metrics, path, message] of [
    [
      "its site is not there",
      { kind: "prometheus", site: "fog" },
      "metrics.site",
      `there is no site "fog"; the sites are core, edge`,
    ],
    [
      "its site is a group",
      { kind: "prometheus", site: "edge" },
      "metrics.site",
      `"edge" is a group of sites: name one of it, such as "edge-1"`,
    ],
    ["it is of no kind", {}, "metrics.kind", `missing: expected "prometheus"`],
    [
      "it is a word",
      "prometheus",
      "metrics",
      `expected settings, such as { kind: prometheus }, got "prometheus"`,
    ],
    [
      "everything is asked all the time",
      { kind: "prometheus", interval: "100ms" },
      "metrics.interval",
      `"100ms" is too little: use at least 1s`,
    ],
    [
      "nothing is kept",
      { kind: "prometheus", retention: "1min" },
      "metrics.retention",
      `"1min" is too little: use at least 10min`,
    ],
    [
      "its port is one for the system's own",
      { kind: "prometheus", port: 80 },
      "metrics.port",
      "expected at least 1024, got 80",
    ],
    [
      "it has less memory than it starts with",
      { kind: "prometheus", memory: "64MiB" },
      "metrics.memory",
      `"64MiB" is too little: use at least 128MiB`,
    ],
  ] as const)
    it(`is refused when ${claim}`, () => assertRefused({ ...smallScenario(), metrics }, [path, message]));

  it("is refused as what a timeline breaks, as it is no part of what is measured", () =>
    assertRefused(
      {
        ...watched(),
        workloads: [
          {
            ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
            ...{ rate: "10/s", duration: "60s" },
            timeline: [{ at: "10s", kill: "core/prometheus", for: "10s" }],
          },
        ],
      },
      [
        "workloads[0].timeline[0].kill",
        `"core/prometheus" watches the deployment, and is no part of what is measured; the bus is made of core/rabbitmq`,
      ],
    ));
});
