import { deepStrictEqual, ok, strictEqual } from "assert";
import { patterns as patternsSchema } from "../../workloads/results/patterns";
import { backgroundOf, type Line } from "../../workloads/trace/background";
import type { PlannedTrace } from "../../workloads/trace/input";
import { patternsOf } from "../../workloads/trace/patterns";
import { patternsOfRequest, surroundingsOf } from "../../workloads/trace/request";
import { parseNotifications, spansOf } from "../../workloads/trace/spans";
import { placeOf } from "../../workloads/trace/addresses";
import { planned } from "../support/plans";
import { controlPlaneScenario } from "../support/scenarios";
import { began, called, db, http, linesOf, links, place, request, rpc, traceId, type Row } from "./fixture";

const load = (
  controlPlane: object,
  workload: object = {},
  bus: object = { kind: "rabbitmq", site: "core" },
) => {
  const [found] = planned({
    ...controlPlaneScenario({ profiler: true, ...controlPlane }),
    bus,
    workloads: [{ name: "boot", kind: "trace", site: "core", ...workload }],
  }).loads;
  if (found?.kind !== "trace") throw new Error("nothing was planned to be traced");
  return found;
};
const surroundingsIn = (workload: PlannedTrace) =>
  surroundingsOf(workload, links, place(`${workload.site}/client`));
const one = <T>(all: readonly T[], which: (value: T) => boolean): T => {
  const found = all.find(which);
  if (found === undefined) throw new Error("there is none");
  return found;
};

/** What is found of a request of these spans, which takes a second. */
function found(workload: PlannedTrace, rows: readonly Row[]) {
  const places = [place("core/client"), ...workload.services, ...workload.computes];
  const trace = {
    start: began * 1e6,
    end: (began + 1) * 1e6,
    spans: places.flatMap((where) => spansOf(where, parseNotifications(linesOf(where.name, rows)))),
  };
  const surroundings = surroundingsIn(workload);
  const patterns = patternsOfRequest(trace, surroundings);
  const known = patternsOf([{ patterns, missing: [], unfinished: 0 }], surroundings);
  return patternsSchema.parse(known);
}
const told = ({ exchanges }: ReturnType<typeof found>) =>
  exchanges
    .map(({ pattern, from, to, over }) => `${pattern} ${from} → ${to ?? "?"} over ${over?.join() ?? "?"}`)
    .sort();
const at = (host: string | undefined, statement: string) => ({
  db: { ...db(statement).db, ...(host === undefined ? {} : { host }) },
});

describe("patterns of a control plane with several servers of each service", () => {
  const workload = load({ replicas: 2, services: { neutron: "edge-1" } });
  const [proxy] = (workload.proxies ?? []).filter(({ of }) => of === "edge-1/neutron");
  ok(proxy);
  const url = `http://${proxy.address}:${proxy.port}/v2.0/ports`;
  const asked: Row[] = [
    ["w1", traceId, "wsgi", "core/nova-api", 1, 900, request("POST", "/v2.1/servers")],
    ["h1", "w1", "http", "core/nova-api", 100, 200, http("POST", url), { connections: 1 }],
    ["w2", "h1", "wsgi", "edge-1/neutron", 126, 174, request("POST", "/v2.0/ports")],
    ["h2", "w1", "http", "core/nova-api", 300, 400, http("POST", url)],
    ["w3", "h2", "wsgi", "edge-1/neutron-2", 326, 374, request("POST", "/v2.0/ports")],
    ["h3", "w1", "http", "core/nova-api", 500, 600, http("POST", url)],
  ];

  it("know each of them by its host, and the proxy by its address and port", () => {
    const conductors = workload.services.filter(({ name }) => name.startsWith("core/nova-conductor"));
    deepStrictEqual(
      conductors.map(({ hosts, replicaOf }) => [hosts, replicaOf]),
      [
        [["core-nova-conductor"], undefined],
        [["core-nova-conductor-2"], "core/nova-conductor"],
      ],
    );
    strictEqual(proxy.port, 9696);
    const { addresses } = surroundingsIn(workload);
    strictEqual(addresses.of(rpc("m", "conductor", "core-nova-conductor-2"))?.name, "core/nova-conductor-2");
  });

  it("say which of them answered, or that it is any of them where nobody knows", () =>
    deepStrictEqual(told(found(workload, asked)).slice(0, 3), [
      "rest core/client → core/nova-api over ",
      "rest core/nova-api → edge-1/neutron (any of 2) over core--edge-1",
      "rest core/nova-api → edge-1/neutron over core--edge-1",
    ]));

  it("take what all of them do for one thing, and move all of them together with their proxy", () => {
    const { findings, moves } = found(workload, asked);
    deepStrictEqual(
      findings.map(({ kind, who, roundTrips, local }) => [kind, who, roundTrips, local?.services]),
      [["chain", "core/nova-api", 4, ["edge-1/neutron"]]],
    );
    deepStrictEqual(
      moves.map(({ services, to, roundTrips }) => [services, to, roundTrips]),
      [[["edge-1/neutron"], "core", 0]],
    );
    const back: Row[] = [
      ["h4", "w2", "http", "edge-1/neutron", 130, 140, http("GET", "http://elsewhere/v3/auth/tokens")],
      ["w4", "h4", "wsgi", "core/keystone", 132, 138, request("GET", "/v3/auth/tokens")],
      ["h5", "w3", "http", "edge-1/neutron-2", 330, 340, http("GET", "http://elsewhere/v3/auth/tokens")],
      ["w5", "h5", "wsgi", "core/keystone-2", 332, 338, request("GET", "/v3/auth/tokens")],
    ];
    const chain = one(found(workload, [...asked, ...back]).findings, ({ who }) => who === "edge-1/neutron");
    deepStrictEqual([chain.kind, chain.waits], ["chain", 2]);
  });

  it("in the background say no more than that one of them was called", () => {
    const start = new Date(began * 1000);
    const line = (name: string, more: object): Line => ({ name, started: began + 1, took: 0.1, ...more });
    const call = line("call", { rpc: { method: "object_action", topic: "conductor" }, used: { sent: 100 } });
    const served = line("served", { rpc: { method: "object_action", topic: "conductor" } });
    const watched = [
      { place: place("edge-1/computes"), lines: [call, call] },
      ...workload.services
        .filter(({ name }) => name.startsWith("core/nova-conductor"))
        .map((service) => ({ place: placeOf(service), lines: [served] })),
    ];
    const { exchanges } = backgroundOf(watched, start, 10, surroundingsIn(workload));
    deepStrictEqual(
      exchanges.map(({ to, over, times }) => [to, over, times]),
      [["core/nova-conductor (any of 2)", ["core--edge-1"], 2]],
    );
  });
});

describe("patterns of a control plane with cells", () => {
  const workload = load({ cells: { "edge-1": {} } });
  const server = (name: string) => one(Object.entries(workload.apart ?? {}), ([, what]) => what === name)[0];
  const cell = server("edge-1/local-mariadb");
  const own = one(Object.keys(workload.servers?.["core"] ?? {}), (host) => host !== cell);
  const rows: Row[] = [
    ["w1", traceId, "wsgi", "core/nova-api", 1, 90, request("POST", "/v2.1/servers")],
    ["c1", "w1", "cast", "core/nova-api", 50, 60, rpc("schedule_and_build_instances", "conductor")],
    ["r1", "c1", "rpc", "core/nova-conductor", 62, 500, called("ComputeTaskManager.schedule_and_build")],
    ["d1", "r1", "db", "core/nova-conductor", 100, 150, at(cell, "INSERT INTO instances VALUES (1)")],
    [
      "d2",
      "r1",
      "db",
      "core/nova-conductor",
      160,
      165,
      at(own, "SELECT host_mappings.id FROM host_mappings"),
    ],
    ["d3", "r1", "db", "core/nova-conductor", 170, 175, at(undefined, "COMMIT")],
    [
      ...(["c2", "r1", "cast", "core/nova-conductor", 200, 250] as const),
      rpc("build_and_run_instance", "compute", "edge-1-compute-1"),
    ],
    ["d4", "r1", "db", "core/nova-conductor", 260, 310, at(cell, "UPDATE block_device_mapping SET a=1")],
    ["r2", "c2", "rpc", "edge-1/computes", 226, 900, called("ComputeManager.build_and_run_instance")],
    ["k1", "r2", "call", "edge-1/computes", 300, 310, rpc("object_action", "conductor")],
    ["r3", "k1", "rpc", "edge-1/cell-conductor", 302, 308, called("ConductorManager.object_action")],
    ["d5", "r3", "db", "edge-1/cell-conductor", 303, 305, at(cell, "UPDATE instances SET launched_at=1")],
    ["f1", "r2", "cast", "edge-1/computes", 400, 402, rpc("x", "scheduler", undefined, { fanout: true })],
  ];

  it("know what is in a cell, and which server is whose", () => {
    deepStrictEqual(
      [...workload.services, ...workload.computes].flatMap(({ name, cell: of, hosts }) =>
        of === undefined ? [] : [[name, of, hosts]],
      ),
      [
        ["edge-1/computes", "edge-1", ["edge-1-compute-1", "edge-1-compute-2"]],
        ["edge-1/cell-conductor", "edge-1", ["edge-1-cell-conductor"]],
      ],
    );
    deepStrictEqual(
      [workload.databases, workload.brokers],
      [{ core: "core" }, { core: "core", "edge-2": "core" }],
    );
    deepStrictEqual(workload.single, { broker: "core", database: "core" });
  });

  it("go over the cell's bus within it and from the core into it, and to the database that statements name", () =>
    deepStrictEqual(told(found(workload, rows)), [
      "call edge-1/computes → edge-1/cell-conductor over ",
      "cast core/nova-api → core/nova-conductor over ",
      "cast core/nova-conductor → edge-1/computes over core--edge-1",
      // Whoever listens at the core hears nothing of it.
      "fanout edge-1/computes → ? over ?",
      "rest core/client → core/nova-api over ",
      "sql core/nova-conductor → ? over ?",
      "sql core/nova-conductor → core/database over ",
      "sql core/nova-conductor → edge-1/local-mariadb over core--edge-1",
      "sql core/nova-conductor → edge-1/local-mariadb over core--edge-1",
      "sql edge-1/cell-conductor → edge-1/local-mariadb over ",
    ]));

  it("have the core wait for the cell's broker, which confirms what is sent", () => {
    const waiting: Row[] = [
      ["w1", traceId, "wsgi", "core/nova-api", 1, 900, request("POST", "/v2.1/servers")],
      ["k1", "w1", "call", "core/nova-api", 50, 510, rpc("build", "conductor")],
      ["r1", "k1", "rpc", "core/nova-conductor", 62, 500, called("ComputeTaskManager.build")],
      [
        ...(["c1", "r1", "cast", "core/nova-conductor", 200, 250] as const),
        rpc("build_and_run_instance", "compute", "edge-1-compute-1"),
      ],
    ];
    const cast = one(found(workload, waiting).exchanges, ({ pattern }) => pattern === "cast");
    deepStrictEqual([cast.to, cast.waits, cast.roundTrips], ["edge-1/computes", 1, 1]);
  });

  it("move neither what is in a cell nor its database and broker", () => {
    const { moves, findings } = found(workload, rows);
    const movable = new Set(
      [...moves, ...findings.flatMap(({ local }) => local ?? [])].flatMap((m) => m.services),
    );
    ok([...movable].every((name) => name.startsWith("core/") || ["database", "broker"].includes(name)));
    const sql = one(findings, ({ kind }) => kind === "far-sql");
    deepStrictEqual(sql.local?.services, ["core/nova-conductor"]);
    strictEqual(sql.local.to, "edge-1");
  });

  it("in the background find who listens on the same bus alone", () => {
    const line = (name: string, more: object): Line => ({ name, started: began + 1, took: 0.1, ...more });
    const of = (topic: string, more: object = {}) => ({ rpc: { method: "m", topic, ...more } });
    const inPlace = (name: string) =>
      placeOf(one([...workload.services, ...workload.computes], (s) => s.name === name));
    const watched = [
      { place: inPlace("edge-1/computes"), lines: [line("call", of("conductor"))] },
      { place: inPlace("edge-2/computes"), lines: [line("call", of("conductor"))] },
      {
        place: inPlace("edge-1/computes"),
        lines: [line("cast", of("scheduler", { fanout: true }))],
      },
      { place: inPlace("core/nova-conductor"), lines: [line("served", of("conductor"))] },
      { place: inPlace("edge-1/cell-conductor"), lines: [line("served", of("conductor"))] },
      { place: inPlace("core/nova-scheduler"), lines: [line("served", of("scheduler"))] },
    ];
    const { exchanges } = backgroundOf(watched, new Date(began * 1000), 10, surroundingsIn(workload));
    deepStrictEqual(exchanges.map(({ pattern, from, to }) => `${pattern} ${from} → ${to ?? "?"}`).sort(), [
      "call edge-1/computes → edge-1/cell-conductor",
      "call edge-2/computes → core/nova-conductor",
      "fanout edge-1/computes → ?",
    ]);
  });
});

describe("patterns of a region", () => {
  const computes = { core: 1, edge: 1 };
  const workload = load({ regions: { edge: {} }, computes }, { region: "edge-1" });
  const servers = workload.servers?.["edge-1"] ?? {};
  const keystones = one(Object.entries(servers), ([, site]) => site === "core")[0];
  const own = one(Object.entries(servers), ([, site]) => site === "edge-1")[0];
  const rows: Row[] = [
    ["w1", traceId, "wsgi", "edge-1/keystone", 30, 900, request("POST", "/v3/auth/tokens")],
    ["d1", "w1", "db", "edge-1/keystone", 100, 150, at(keystones, "SELECT user.id FROM user")],
    ["w2", traceId, "wsgi", "edge-1/nova-api", 920, 990, request("POST", "/v2.1/servers")],
    ["d2", "w2", "db", "edge-1/nova-api", 930, 940, at(own, "SELECT instances.id FROM instances")],
    ["c1", "w2", "cast", "edge-1/nova-api", 950, 960, rpc("schedule_and_build_instances", "conductor")],
    ["r1", "c1", "rpc", "edge-1/nova-conductor", 962, 980, called("ComputeTaskManager.schedule_and_build")],
  ];

  it("know its own bus and database, and Keystone's that all share", () => {
    deepStrictEqual([workload.brokers, workload.databases], [{ "edge-1": "edge-1" }, { "edge-1": "edge-1" }]);
    deepStrictEqual([workload.apart, workload.single], [{ [keystones]: "core/mariadb" }, {}]);
    deepStrictEqual(
      told(found(workload, rows)).filter((text) => !text.startsWith("rest")),
      [
        "cast edge-1/nova-api → edge-1/nova-conductor over ",
        "sql edge-1/keystone → core/mariadb over core--edge-1",
        "sql edge-1/nova-api → edge-1/database over ",
      ],
    );
  });

  it("have their messages counted by the brokers of the region and its cells, and no others", () => {
    const regions = { "edge-1": {} };
    const more = { computes: { core: 1, edge: 1 }, cells: { "edge-2": {} }, regions };
    const of = (region: string) => load(more, { region }).regionBrokers;
    deepStrictEqual(
      [of("RegionOne"), of("edge-1")],
      [["core-rabbitmq", "edge-2-local-rabbitmq"], ["edge-1-local-rabbitmq"]],
    );
  });

  it("know which node of Keystone's a region's uses", () => {
    const database = { kind: "galera", nodes: { core: 1, "edge-1": 1, "edge-2": 1 }, writers: "nearest" };
    const { apart = {} } = load({ regions: { edge: {} }, computes, database }, { region: "edge-2" });
    deepStrictEqual(Object.values(apart), ["edge-2/galera"]);
  });

  it("say of nothing that it might be elsewhere, as all of a region is at its site", () => {
    const { moves, unmovable, findings } = found(workload, rows);
    deepStrictEqual([moves, unmovable], [[], "all that a region has is at its site"]);
    deepStrictEqual(
      findings.map(({ kind, who, local }) => [kind, who, local]),
      [
        // The user is at the core.
        ["chain", "core/client", undefined],
        ["far-sql", "edge-1/keystone", undefined],
      ],
    );
  });

  it("put nothing of another region where one is", () => {
    const first = load({ regions: { "edge-1": {} }, computes }, { site: "edge-1", region: "RegionOne" });
    const { moves, findings } = found(first, [
      ["w1", traceId, "wsgi", "core/nova-api", 1, 900, request("POST", "/v2.1/servers")],
      ["h1", "w1", "http", "core/nova-api", 100, 200, http("GET", "http://elsewhere/")],
    ]);
    deepStrictEqual(first.regions, ["edge-1"]);
    deepStrictEqual([moves, findings.flatMap(({ local }) => local ?? [])], [[], []]);
  });
});
