import { deepStrictEqual, match, ok, strictEqual } from "assert";
import { checkInWords, findingInWords, unknownInWords } from "../../workloads/results/patternCells";
import { patterns as patternsSchema } from "../../workloads/results/patterns";
import { patternsOf } from "../../workloads/trace/patterns";
import { patternsOfRequest, surroundingsOf } from "../../workloads/trace/request";
import { called, computes, db, links, place, request, rpc, services, trace, traceId } from "./fixture";
import { workload, type Row } from "./fixture";
import { patternsOf1, request1, surroundings } from "./patternFixture";
import type { TracedServices } from "../../workloads/trace/input";

/** The statement by which a server is active. */
const launched = db("UPDATE instances SET launched_at=%(a)s");

function found(
  changes: Partial<TracedServices> = {},
  rows: readonly Row[] = request1,
  missing: string[] = [],
) {
  const known = [{ patterns: patternsOf1(changes, rows), missing, unfinished: 0 }];
  const patterns = patternsOf(known, surroundings(changes));
  ok(patterns);
  return patternsSchema.parse(patterns);
}

describe("the map of requests", () => {
  it("has who tells whom what by which pattern, how often, how much, and over which links", () => {
    const { exchanges } = found();
    const row = (what: string, from: string) =>
      exchanges.find((one) => one.what === what && one.from === from);
    deepStrictEqual(row("Instance.save", "edge-1/computes"), {
      ...{ pattern: "call", from: "edge-1/computes", to: "core/nova-conductor", what: "Instance.save" },
      ...{
        over: ["core--edge-1"],
        count: 3,
        sentBytes: 15_000,
        receivedBytes: 900,
        waits: 2,
        roundTrips: 1.5,
      },
    });
    deepStrictEqual(row("POST /v2.0/ports", "edge-1/computes"), {
      ...{ pattern: "rest", from: "edge-1/computes", to: "core/neutron", what: "POST /v2.0/ports" },
      ...{ over: ["core--edge-1"], count: 1, sentBytes: 1500, receivedBytes: 2500, waits: 1, roundTrips: 2 },
    });
    deepStrictEqual(row("update_instance_info", "edge-1/computes"), {
      ...{
        pattern: "fanout",
        from: "edge-1/computes",
        to: "core/nova-scheduler",
        what: "update_instance_info",
      },
      ...{ over: ["core--edge-1"], count: 1, sentBytes: 2000, receivedBytes: 0, waits: 1, roundTrips: 1 },
    });
    deepStrictEqual(row("INSERT instances", "core/nova-conductor"), {
      ...{ pattern: "sql", from: "core/nova-conductor", to: "core/database", what: "INSERT instances" },
      ...{ over: [], count: 1, sentBytes: 800, receivedBytes: 11, waits: 1, roundTrips: 0 },
    });
  });

  it("begins with what puts the most on links", () =>
    deepStrictEqual(
      found()
        .exchanges.slice(0, 4)
        .map(({ what }) => what),
      ["Instance.save", "build_and_run_instance", "POST /v2.0/ports", "update_instance_info"],
    ));

  it("has what it puts on each direction of a link", () =>
    deepStrictEqual(found().links, [
      { link: "core--edge-1", from: "core", to: "edge-1", messages: 5, bytes: 14_000 + 900 + 2500 },
      { link: "core--edge-1", from: "edge-1", to: "core", messages: 5, bytes: 15_000 + 1500 + 2000 },
    ]));

  it("is a mean of its requests", () => {
    const without = request1.filter(([id]) => !["k9", "r9"].includes(id));
    const known = [request1, without].map((rows) => ({
      ...{ patterns: patternsOf1({}, rows), missing: [], unfinished: 1 },
    }));
    const patterns = patternsOf(known, surroundings());
    strictEqual(patterns?.exchanges.find(({ what }) => what === "Instance.save")?.count, 2.5);
    deepStrictEqual([patterns.requests, patterns.critical.totalMs, patterns.unknown.unfinished], [2, 560, 1]);
  });

  it("is none where no request succeeded", () => strictEqual(patternsOf([], surroundings()), undefined));

  it("knows by its address whom a message went to, where whoever got it left no span", () => {
    const lost = request1.filter(([, , name, place]) => place !== "core/neutron" && name !== "never");
    const row = found({}, lost).exchanges.find(({ what }) => what === "POST /v2.0/ports");
    deepStrictEqual([row?.to, row?.roundTrips], ["core/neutron", 2]);
  });

  it("says what it lacks", () => {
    const lost = request1
      .filter(([id]) => !["r9", "k1", "r3"].includes(id))
      .map((row): Row =>
        // Nobody told the bytes, and a call to any of a topic went to nobody knows whom.
        row[0] === "k9" ? (row.slice(0, 7) as unknown as Row) : row,
      );
    deepStrictEqual(found({}, lost, ["core/glance"]).unknown, {
      ...{ missing: ["core/glance"], unanswered: 1, wayless: 0, unfinished: 0, unmeasured: 1 },
    });
    strictEqual(found({ brokers: {}, single: { database: "core" } }).unknown.wayless, 6);
  });

  it("has of a message for all that nobody is known to have got the way to its broker", () => {
    const unheard = request1.filter(([id]) => id !== "r4");
    const { links: carried, unknown } = found({}, unheard);
    strictEqual(carried.find(({ from }) => from === "edge-1")?.bytes, 15_000 + 1500 + 2000);
    deepStrictEqual(unknownInWords({ unknown }), [
      "Of 1 exchanges a request nobody knows whom they went to: they are in the map, and in links' figures at most as far as the broker.",
    ]);
  });

  it("has a message for all by each who got it, and its way to the broker once", () => {
    const both: Row[] = [
      ...request1,
      ["r6", "f1", "rpc", "edge-2/computes", 470, 471, { function: { name: "x" } }],
    ];
    const { exchanges, links } = found({}, both);
    deepStrictEqual(
      exchanges
        .filter(({ pattern }) => pattern === "fanout")
        .map(({ to, over, count }) => [to, over?.join(), count]),
      [
        ["edge-2/computes", "core--edge-1,core--edge-2", 1],
        ["core/nova-scheduler", "core--edge-1", 1],
      ],
    );
    strictEqual(links.find(({ from }) => from === "edge-1")?.bytes, 15_000 + 1500 + 2000);
    deepStrictEqual(
      links.find(({ to }) => to === "edge-2"),
      {
        ...{ link: "core--edge-2", from: "core", to: "edge-2", messages: 1, bytes: 2000 },
      },
    );
  });
});

describe("anti-patterns of requests", () => {
  it("are chains of what a service waits for over the same link, with what shows them and what they cost", () => {
    const [chain] = found().findings;
    ok(chain);
    const { local, ...rest } = chain;
    deepStrictEqual(rest, {
      ...{ kind: "chain", who: "edge-1/computes", doing: "build_and_run_instance", over: ["core--edge-1"] },
      evidence: [
        { pattern: "call", to: "core/nova-conductor", what: "Instance.save", count: 3 },
        { pattern: "rest", to: "core/neutron", what: "POST /v2.0/ports", count: 1 },
        { pattern: "fanout", to: "core/nova-scheduler", what: "update_instance_info", count: 1 },
      ],
      ...{
        waits: 4,
        roundTrips: 4.5,
        costMs: 450,
        predictedMs: 225,
        measuredMs: 54 + 103 + 52 + 27,
        besides: 1,
      },
      bytes: 15_900 + 4000 + 2000,
    });
    deepStrictEqual(local, {
      services: ["core/nova-conductor", "core/neutron", "broker"],
      to: "edge-1",
      // The API's cast goes to the edge then, and the conductor's statements come back from there.
      roundTrips: 3.5,
    });
  });

  it("cost all that is waited for over links, but for casts by which a request goes on", () => {
    const { findings, critical } = found();
    const sum = findings.reduce((all, { roundTrips }) => all + roundTrips, 0);
    strictEqual(sum + critical.handOverRoundTrips, critical.roundTrips);
  });

  it("are a single answer from afar", () => {
    const once = request1.filter(
      ([id]) => !["k9", "r9", "h3", "w3", "f1", "r4", "k2", "r5", "d3", "d4"].includes(id),
    );
    const seen: Row[] = [...once, ["d5", "r3", "db", "core/nova-conductor", 247, 248, launched]];
    deepStrictEqual(
      found({}, seen).findings.map(({ kind, waits, roundTrips }) => [kind, waits, roundTrips]),
      [["far-reply", 1, 0.5]],
    );
  });

  it("are no chain where nothing of it is waited for", () => {
    const beside: Row[] = [
      ...request1,
      ["k7", "r9", "call", "core/nova-conductor", 317, 318, rpc("m", "compute", "edge-1-compute-1")],
      ["k8", "r9", "call", "core/nova-conductor", 318, 319, rpc("m", "compute", "edge-1-compute-1")],
    ];
    const { findings } = found({}, beside);
    const own = findings.find(({ who, kind }) => who === "core/nova-conductor" && kind !== "fanout");
    deepStrictEqual(
      [own?.kind, own?.waits, own?.besides, own?.roundTrips, own?.costMs],
      ["far-reply", 0, 2, 0, 0],
    );
    ok(own);
    strictEqual(
      findingInWords(own).replace(/ Local if .*/, ""),
      "far-reply: core/nova-conductor asks 2 times over core--edge-1, for object_action (2 call m of edge-1/computes), while the request waits for something else.",
    );
    // One that is waited for is none with those that are not.
    const chain = findings.find(({ who }) => who === "edge-1/computes");
    deepStrictEqual([chain?.kind, chain?.waits, chain?.besides], ["chain", 4, 1]);
    const once = beside.filter(([id]) => !["h3", "w3", "f1", "r4", "k2", "r5", "d3", "d4"].includes(id));
    const seen: Row[] = [...once, ["d5", "r3", "db", "core/nova-conductor", 247, 248, launched]];
    const saves = found({}, seen).findings.find(({ who }) => who === "edge-1/computes");
    deepStrictEqual([saves?.kind, saves?.waits, saves?.besides], ["far-reply", 1, 1]);
  });

  it("are statements over links, which moving the database would have answered locally", () => {
    const far = { databases: { core: "edge-1" }, single: { broker: "core", database: "edge-1" } };
    const finding = found(far).findings.find(
      ({ who, kind }) => kind === "far-sql" && who === "core/nova-conductor",
    );
    deepStrictEqual(
      [
        finding?.doing,
        finding?.waits,
        finding?.roundTrips,
        finding?.over,
        finding?.local?.services,
        finding?.local?.to,
      ],
      ["object_action", 2, 2, ["core--edge-1"], ["database"], "core"],
    );
    deepStrictEqual(
      finding?.evidence.map(({ pattern, what }) => [pattern, what]),
      [
        ["sql", "COMMIT"],
        ["sql", "UPDATE instances"],
      ],
    );
  });

  it("are messages for all that cross links, which nobody waits for", () => {
    const fanout = found().findings.find(({ kind }) => kind === "fanout");
    deepStrictEqual(
      [fanout?.who, fanout?.doing, fanout?.costMs, fanout?.besides, fanout?.bytes, fanout?.reaches],
      ["edge-1/computes", "update_instance_info", 0, 1, 2000, { sites: ["core"], of: 3 }],
    );
  });

  it("are none where nothing crosses a link", () => {
    const near = request1.map(
      (row): Row =>
        row.map((value) => (value === "edge-1/computes" ? "core/computes" : value)) as unknown as Row,
    );
    const here = { computes: computes.map((one) => ({ ...one, name: "core/computes", site: "core" })) };
    ok(services.length > 0);
    const { findings, critical, moves } = found(here, near);
    deepStrictEqual([findings, critical.roundTrips, moves], [[], 0, []]);
  });
});

describe("requests if services were elsewhere", () => {
  it("would take fewer round trips the more is moved together, as long as each helps", () => {
    const { moves } = found();
    deepStrictEqual(
      moves.map(({ services: moved, to, roundTrips, predictedMs, savedMs, savedAtCostMs }) => [
        ...[moved.join(), to, roundTrips, predictedMs, savedMs, savedAtCostMs],
      ]),
      [
        ["core/neutron", "edge-1", 3, 150, 100, 200],
        // With the broker and the database the conductor is where the computes are; Keystone's statement goes there too.
        ["core/nova-conductor,core/neutron,database,broker", "edge-1", 1.5, 75, 175, 350],
      ],
    );
  });

  it("save of all that is waited for, also of what whoever asked has no spans", () => {
    const rally = surroundingsOf(workload, links, place("edge-1/rally"));
    const asked: Row[] = [
      ["w1", traceId, "wsgi", "core/nova-api", 30, 200, request("POST", "/v2.1/servers")],
      ["k1", "w1", "call", "core/nova-api", 50, 160, rpc("m", "compute", "edge-2-compute-1")],
      ["r1", "k1", "rpc", "edge-2/computes", 101, 109, called("m")],
      ["w2", traceId, "wsgi", "core/nova-api", 260, 280, request("GET", "/v2.1/servers")],
    ];
    const known = patternsOfRequest(trace(asked, 310), rally);
    const { critical, moves } = patternsSchema.parse(
      patternsOf([{ patterns: known, missing: [], unfinished: 0 }], rally),
    );
    deepStrictEqual([critical.roundTrips, critical.predictedMs, critical.comparedMs], [3, 200, 100]);
    deepStrictEqual(
      moves.map(({ services: moved, to, predictedMs, savedMs }) => [moved.join(), to, predictedMs, savedMs]),
      [["core/nova-api", "edge-1", 150, 50]],
    );
    const [first] = moves;
    strictEqual((first?.predictedMs ?? 0) + (first?.savedMs ?? 0), critical.predictedMs);
    match(
      checkInWords({ critical }),
      /: 200 ms by the links' delays; 100 ms of these were measured: 102 ms, 1\.02 times as long\. /,
    );
    match(
      checkInWords({ critical: { ...critical, farMs: 0, comparedMs: 0 } }),
      /: 200 ms by the links' delays; nobody measured how long was waited for these\. /,
    );
  });

  it("keep brokers and nodes where there are several, and use what is near", () => {
    const many = { single: {}, databases: { core: "core" }, brokers: { core: "core", "edge-1": "edge-1" } };
    deepStrictEqual(
      found(many).moves.map(({ services: moved, to }) => [moved.join(), to]),
      [["core/neutron", "edge-1"]],
    );
  });

  it("are said not to be looked at where nothing that can be moved is waited for", () => {
    const alone = request1.filter(([id]) => ["h1", "w1"].includes(id));
    const { moves, unmovable } = found({ services: [] }, alone);
    deepStrictEqual([moves, unmovable], [[], "nothing that can be moved was waited for"]);
  });
});
