import { deepEqual, equal, match, ok, throws } from "assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { stringify } from "yaml";
import { loadCampaign, scenarioAt } from "../../bin/campaign/load";
import { Refusal } from "../../bin/refusal";
import { scorecardOf } from "../../campaigns/faults/scorecard";
import type { Row } from "../../campaigns/table/rows";
import { overridingFigures } from "../../stacks/scenario/links/figures";

const root = resolve(__dirname, "../..");

const scenario = {
  sites: { core: {}, edge: { count: 2 } },
  links: [{ between: ["core", "edge"], delay: "25ms" }],
  bus: { kind: "rabbitmq", topology: "single", site: "core" },
  workloads: [
    {
      ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
      ...{ rate: "20/s", duration: "40s" },
    },
  ],
};
const cluster = { kind: "rabbitmq", topology: "cluster", nodes: { core: 1, edge: 1 } };

describe("the faults of a campaign", () => {
  let directory = "";
  before(() => (directory = mkdtempSync(join(tmpdir(), "buswide-faults-"))));
  after(() => rmSync(directory, { recursive: true }));

  function load(changes: object) {
    const file = join(directory, "t.yaml");
    writeFileSync(file, stringify({ question: "What breaks?", scenario, repetitions: 1, ...changes }));
    return loadCampaign(file, root);
  }

  function refusal(changes: object): string {
    let said = "";
    throws(
      () => load(changes),
      (error) => {
        said = error instanceof Refusal ? error.message : "";
        return error instanceof Refusal;
      },
    );
    return said;
  }

  it("happen to each service of each bus, to each link and to each site, one at a point", () => {
    const { points } = load({
      grid: { bus: [scenario.bus, cluster] },
      faults: {
        at: "10s",
        services: [{ what: "kill", for: "5s" }, { what: "restart" }],
        links: [{ what: "cut", for: "20s" }],
        sites: [{ what: "isolate", for: "20s" }],
      },
    });
    const timelines = points.map(({ values }) => JSON.stringify(values.timeline));
    const kill = (service: string) => `[{"at":"10s","kill":"${service}","for":"5s"}]`;
    const restart = (service: string) => `[{"at":"10s","restart":"${service}"}]`;
    const network = [
      ...["edge-1", "edge-2"].map((edge) => `[{"at":"10s","cut":["core","${edge}"],"for":"20s"}]`),
      ...["core", "edge-1", "edge-2"].map((site) => `[{"at":"10s","isolate":"${site}","for":"20s"}]`),
    ];
    const brokers = ["core/rabbitmq", "edge-1/rabbitmq", "edge-2/rabbitmq"];
    deepEqual(timelines, [
      ...[kill("core/rabbitmq"), restart("core/rabbitmq"), ...network],
      ...[...brokers.map(kill), ...brokers.map(restart), ...network],
    ]);
    deepEqual(
      points.map(({ index }) => index),
      timelines.map((_, at) => at),
    );
  });

  it("degrade each link in turn, and split the network as a timeline does", () => {
    const jitter = { there: { by: "2ms", distribution: "normal" }, back: "0ms" };
    const campaign = load({
      faults: {
        at: "10s",
        links: [
          { what: "flap", for: "20s", down: "1s", up: "2s" },
          { what: "change", for: "20s", delay: "200ms", loss: "5%", jitter },
          { what: "ramp", for: "20s", over: "10s", loss: { from: "0%", to: "10%" } },
        ],
        sites: [
          { what: "split", together: ["core", "edge-1"], for: "20s" },
          { what: "split", together: ["edge"] },
        ],
      },
    });
    const all = (entry: (link: string[]) => object) =>
      ["edge-1", "edge-2"].map((edge) => entry(["core", edge]));
    deepEqual(
      campaign.points.map(({ values }) => values.timeline),
      [
        ...all((flap) => ({ flap, for: "20s", down: "1s", up: "2s" })),
        ...all((change) => ({ change, for: "20s", delay: "200ms", loss: "5%", jitter })),
        ...all((link) => ({ ramp: { link, loss: { from: "0%", to: "10%" } }, over: "10s", for: "20s" })),
        ...[{ split: ["core", "edge-1"], for: "20s" }, { split: ["edge"] }],
      ].map((entry) => [{ at: "10s", ...entry }]),
    );
    // Each is what the scenario's own timeline makes of it.
    const [, , change, , ramp] = campaign.points;
    ok(change && ramp);
    const [changed] = scenarioAt(campaign, change, 1).scenario.timeline ?? [];
    ok(changed && "change" in changed);
    deepEqual([changed.delay, changed.loss, changed.for], [200, 5, 20]);
    deepEqual(scenarioAt(campaign, ramp, 1).scenario.timeline, [
      { at: 10, for: 20, over: 10, ramp: { link: ["core", "edge-1"], loss: { from: 0, to: 10 } } },
    ]);
  });

  it("have every figure of a link that a timeline can change, under its name", () => {
    const figures = {
      ...{ delay: "50ms", jitter: "5ms", loss: "1%", rate: "10mbit" },
      ...{ queue: { packets: 100 }, duplicate: "1%", reorder: "1%", corrupt: "1%" },
    };
    deepEqual(Object.keys(figures).sort(), Object.keys(overridingFigures).sort());
    const { points } = load({ faults: { links: [{ what: "change", for: "5s", ...figures }] } });
    equal(points.length, 2);
  });

  it("of links and sites are refused with what would be right", () => {
    const of = (faults: object) => refusal({ faults });
    match(
      of({ links: [{ what: "melt" }] }),
      /faults\.links\[0\]\.what: expected one of "cut", "flap", "change", "ramp", got "melt"/,
    );
    match(
      of({ links: [{ what: "cut", delay: "80ms" }] }),
      /faults\.links\[0\]\.delay: there is no setting "delay" here/,
    );
    match(
      of({ links: [{ what: "ramp", loss: { from: "0%", to: "5%" } }] }),
      /faults\.links\[0\]\.over: missing/,
    );
    match(of({ sites: [{ what: "split", for: "5s" }] }), /faults\.sites\[0\]\.together: missing/);
    match(
      of({ links: [{ what: "change", for: "5s" }] }),
      /point 1 was refused:\n {2}timeline\[0\]\.change: it changes nothing/,
    );
    match(
      of({ links: [{ what: "change", delay: "soon" }] }),
      /point 1 was refused:\n {2}timeline\[0\]\.delay/,
    );
    match(
      of({ sites: [{ what: "split", together: ["moon"] }] }),
      /timeline\[0\]\.split\[0\]: there is no site "moon"/,
    );
    match(
      of({ sites: [{ what: "split", together: ["core", "edge"] }] }),
      /timeline\[0\]\.split: all sites are on one side/,
    );
  });

  it("happen to the control plane's services where that is asked for, or to those that are named", () => {
    const { points } = load({
      scenario: { ...scenario, controlPlane: { computes: { edge: 1 } } },
      faults: {
        at: "10s",
        services: [
          { what: "restart", of: "controlPlane" },
          { what: "pause", for: "5s", of: ["core/mariadb", "core/rabbitmq"] },
        ],
      },
    });
    const placed = [
      "keystone",
      "placement",
      "glance",
      "nova-api",
      "nova-conductor",
      "nova-scheduler",
      "neutron",
      "memcached",
    ];
    deepEqual(
      points.map(({ values }) => JSON.stringify(values.timeline)),
      [
        ...["core/mariadb", ...placed.map((one) => `core/${one}`), "edge-1/computes", "edge-2/computes"].map(
          (one) => `[{"at":"10s","restart":"${one}"}]`,
        ),
        ...["core/mariadb", "core/rabbitmq"].map((one) => `[{"at":"10s","pause":"${one}","for":"5s"}]`),
      ],
    );
  });

  it("are refused of a control plane where there is none", () =>
    match(
      refusal({ faults: { at: "10s", services: [{ what: "restart", of: "controlPlane" }] } }),
      /faults\.services\[0\]\.of: "controlPlane" is nothing at point 1, whose scenario has none: add controlPlane, or use of: bus/,
    ));

  it("are the timeline of the point's scenario", () => {
    const campaign = load({ faults: { at: "10s", services: [{ what: "pause", for: "5s" }] } });
    const [point] = campaign.points;
    ok(point);
    deepEqual(scenarioAt(campaign, point, 1).scenario.timeline, [{ at: 10, pause: "core/rabbitmq", for: 5 }]);
  });

  it("are refused where they do not fit the window, naming the point, and where there are none", () => {
    const late = refusal({ faults: { at: "50s", services: [{ what: "kill", for: "5s" }] } });
    match(late, /point 1 was refused:\n {2}timeline\[0\]\.at: 50s is not within/);
    match(refusal({ faults: { at: "5s" } }), /faults: nothing is broken: say services, links or sites/);
    match(refusal({ faults: { services: [{ what: "melt" }] } }), /faults\.services\[0\]\.what/);
  });

  it("cannot be set beside a timeline that the campaign varies itself", () => {
    const both = {
      faults: { services: [{ what: "kill", for: "5s" }] },
      grid: { timeline: [[{ at: "1s", for: "2s", isolate: "core" }]] },
    };
    match(refusal(both), /grid sets timeline already|faults sets timeline already/);
  });
});

describe("the campaigns of faults that come with buswide", () => {
  const bus = (campaign: ReturnType<typeof loadCampaign>) => {
    const counts = new Map<string, number>();
    for (const { values } of campaign.points) {
      const { kind, topology, queues } = values.bus as Readonly<Record<string, string>>;
      const name = [kind, topology, queues].filter(Boolean).join(" ");
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return Object.fromEntries(counts);
  };

  it("break each part of every bus, routers among them", () =>
    deepEqual(bus(loadCampaign("resilience", root)), {
      ...{ "rabbitmq single": 6, "rabbitmq cluster": 12, "rabbitmq cluster quorum": 12 },
      ...{ "rabbitmq federation": 12, "artemis single": 6, zeromq: 6, routers: 12 },
    }));

  it("have all faults of all buses in the first 31 measurements, where calls are all that is measured", () => {
    const campaign = loadCampaign("resilience-calls", root);
    deepEqual(bus(campaign), {
      ...{ "rabbitmq single": 3, "rabbitmq cluster": 5, "rabbitmq cluster quorum": 7 },
      ...{ "rabbitmq federation": 5, "artemis single": 3, zeromq: 3, routers: 5 },
    });
    equal(campaign.order.length, 5 * 31);
    equal(new Set(campaign.order.slice(0, 31).map(({ point }) => point)).size, 31);
    const [point] = campaign.points;
    ok(point);
    const { workloads } = scenarioAt(campaign, point, 1).scenario;
    deepEqual(
      workloads.map(({ name }) => name),
      ["call"],
    );
  });

  it("do what test case 5 says where calls are all that is measured, and go on for as long as agents may take after it", () => {
    const campaign = loadCampaign("resilience-calls", root);
    const done = new Map<string, number>();
    for (const point of campaign.points) {
      const { timeline = [], workloads } = scenarioAt(campaign, point, 1).scenario;
      const [fault, ...others] = timeline as readonly Readonly<Record<string, unknown>>[];
      ok(fault && others.length === 0);
      const what = ["restart", "kill", "cut"].find((one) => one in fault) ?? "none";
      const seconds = typeof fault.for === "number" ? fault.for : 0;
      done.set(`${what} ${seconds} s`, (done.get(`${what} ${seconds} s`) ?? 0) + 1);
      for (const workload of workloads)
        ok("duration" in workload && Number(workload.duration) >= Number(fault.at) + seconds + 35);
    }
    deepEqual(Object.fromEntries(done), { "restart 0 s": 12, "kill 10 s": 12, "cut 60 s": 7 });
  });

  it("break what their names say of a control plane, and of its database", () => {
    const done = (name: string) =>
      loadCampaign(name, root).points.flatMap(({ values }) =>
        (values.timeline as readonly Readonly<Record<string, unknown>>[]).map(
          ({ at, for: _, ...what }) => what,
        ),
      );
    deepEqual(
      done("resilience-control-reduced").map((what) => what.kill),
      ["rabbitmq", "mariadb", "keystone", "nova-conductor", "nova-scheduler"]
        .map((service) => `core/${service}`)
        .concat("edge-1/computes"),
    );
    deepEqual(done("resilience-database"), [
      { kill: "core/galera" },
      { pause: "edge-1/galera" },
      { isolate: "edge-1" },
      { split: ["core", "edge-1"] },
      { kill: "core/database-proxy" },
    ]);
  });
});

describe("a scorecard", () => {
  const measured = (changes: Row): Row => ({
    ...{ status: "complete", workload_status: "complete", workload: "call", pattern: "call" },
    ...{ bus_kind: "rabbitmq", bus_topology: "single", repetition: 1, point: 1 },
    ...{ fault: "kill", fault_of: "core/rabbitmq", offered_per_s: 20, full_service_per_s: 20 },
    ...{ succeeded: 100, errors: 0, sent: 100, expected: 100, received: 100 },
    ...{ lost: 0, duplicated: 0, reordered: 0, interrupted_s: 0, full_service_s: 0 },
    ...changes,
  });

  it("is of workloads with a fault, and there is none without", () => {
    equal(scorecardOf([measured({ fault: undefined, fault_of: undefined })], []), undefined);
  });

  it("is the share of operations that came through, as the mean over faults and then over repetitions", () => {
    const card = scorecardOf(
      [
        measured({ succeeded: 50, errors: 50, full_service_s: 12 }),
        measured({ fault: "cut", fault_of: "core--edge" }),
        measured({ repetition: 2, succeeded: 90, errors: 10, full_service_s: 4 }),
        measured({ repetition: 2, fault: "cut", fault_of: "core--edge", lost: 3 }),
      ],
      [],
    );
    deepEqual(card?.scores, [
      {
        of: "rabbitmq single",
        cameThrough: { mean: 85, low: 75, high: 95, repetitions: 2, spread: "extremes" },
        serviceLostSeconds: { mean: 0.75, low: 0.25, high: 1.25, repetitions: 2, spread: "extremes" },
        ...{ faults: 2, never: 0, fullServiceSeconds: 2, lost: 3, duplicated: 0, reordered: 0 },
        ...{ failed: 0, runs: 2 },
        ...{ deafAgents: undefined, orphanQueues: undefined, notHealed: undefined },
        leftoversUnknown: 4,
      },
    ]);
    const [kill] = card.faults;
    deepEqual([kill?.fault, kill?.repetitions, kill?.errors], ["kill core/rabbitmq", 2, 60]);
    deepEqual(kill?.fullServiceSeconds?.mean, 8);
  });

  it("counts the deliveries that there should have been: each receiver's of a fanout, one of a cast", () => {
    const fanout = { pattern: "fanout", workload: "fanout", full_service_per_s: 60 };
    const cast = { pattern: "cast", workload: "cast" };
    const score = (row: Row) => scorecardOf([measured(row)], [])?.scores[0]?.cameThrough.mean;
    equal(score({ ...fanout, received: 300 }), 100);
    equal(score({ ...fanout, received: 150 }), 50);
    equal(score({ ...cast, received: 80, succeeded: 90, errors: 10 }), 80);
  });

  it("has its lines in the order of the points, whatever the order in which they were measured", () => {
    const card = scorecardOf(
      [
        measured({ point: 3, fault_of: "b/rabbitmq" }),
        measured({ point: 1, fault_of: "core--edge", fault: "cut" }),
        measured({ point: 2, fault_of: "a/rabbitmq" }),
      ],
      [],
    );
    deepEqual(
      card?.faults.map(({ fault }) => fault),
      ["cut core--edge", "kill a/rabbitmq", "kill b/rabbitmq"],
    );
  });

  it("says how often service was not full again, and takes no time of it", () => {
    const rows = [measured({ full_service_s: undefined }), measured({ repetition: 2, full_service_s: 6 })];
    const score = scorecardOf(rows, [])?.scores[0];
    deepEqual([score?.never, score?.fullServiceSeconds], [1, 6]);
  });

  it("counts who was deaf afterwards and what nobody read, and says nothing of it where it is not known", () => {
    const card = scorecardOf(
      [
        measured({ deaf_servers: 1, unserved_clients: 2, orphan_queues: 3 }),
        measured({ repetition: 2, deaf_servers: 0, unserved_clients: 0, orphan_queues: 1 }),
        measured({ bus_topology: "other", deaf_servers: 0, unserved_clients: 0 }),
      ],
      [{ name: "bus_topology", path: "bus", values: ["single", "other"] }],
    );
    deepEqual(
      card?.scores.map(({ deafAgents, orphanQueues }) => [deafAgents, orphanQueues]),
      [
        [3, 4],
        [0, undefined],
      ],
    );
    deepEqual(
      card.faults.map(({ deafAgents, orphanQueues }) => [deafAgents, orphanQueues]),
      [
        [3, 4],
        [0, undefined],
      ],
    );
  });

  it("sets what clients at the fault saw beside what the others did", () => {
    const near = { at_fault_sites: "core", at_fault_errors: 30, at_fault_interrupted_s: 9 };
    const far = { elsewhere_sites: "edge", elsewhere_errors: 0, elsewhere_interrupted_s: 0 };
    const card = scorecardOf(
      [
        measured({ ...near, ...far, at_fault_full_service_s: 12, elsewhere_full_service_s: 0 }),
        measured({ repetition: 2, ...near, ...far, at_fault_errors: 50, elsewhere_full_service_s: 0 }),
      ],
      [],
    );
    const { atFault, elsewhere } = card?.faults[0] ?? {};
    deepEqual([atFault?.errors, atFault?.interruptedSeconds?.mean, atFault?.never], [40, 9, 1]);
    equal(atFault?.fullServiceSeconds?.mean, 12);
    deepEqual([elsewhere?.errors, elsewhere?.interruptedSeconds?.mean, elsewhere?.never], [0, 0, 0]);
    equal(scorecardOf([measured({})], [])?.faults[0]?.atFault, undefined);
  });

  it("counts what failed before it had results, where nothing but the fault was varied", () => {
    const card = scorecardOf([measured({}), { status: "failed", failure: "the broker fell over" }], []);
    deepEqual(
      card?.scores.map(({ of, failed }) => [of, failed]),
      [["rabbitmq single", 1]],
    );
  });

  it("tells apart what was varied besides the fault, and counts what failed", () => {
    const values = ["single", "single", "cluster"];
    const parameters = [
      { name: "bus.topology", path: "bus", values },
      { name: "timeline", path: "timeline", values: ["a", "b", "a"] },
    ];
    const card = scorecardOf(
      [
        measured({ "bus.topology": "single", timeline: "a" }),
        { status: "failed", "bus.topology": "single", timeline: "b", failure: "the broker fell over" },
        measured({ "bus.topology": "cluster", timeline: "a" }),
      ],
      parameters,
    );
    deepEqual(
      card?.scores.map(({ of, failed }) => [of, failed]),
      [
        ["single", 1],
        ["cluster", 0],
      ],
    );
  });
});
