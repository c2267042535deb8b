import { deepEqual, equal, match, ok, throws } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { readJournal, writeJournal, type Journal } from "../../campaigns/journal";
import { compareSides, type Comparison, type Side } from "../../campaigns/compare/compare";
import { findSource } from "../../campaigns/compare/sources";
import type { Row } from "../../campaigns/table/rows";
import { describeComparison } from "../../campaigns/compare/words";
import { writeCampaign, type Model } from "./synthetic";

describe("a comparison", function () {
  this.timeout(60_000);
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-compare-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  function side(model: Model): Side {
    const { label, table } = findSource(writeCampaign(root, model), root);
    return { label, parameters: table.parameters, rows: table.rows };
  }
  /** As `side`, of a campaign whose points are `points`, as many as `model` has delays. */
  function sideAt(model: Model, points: Journal["points"]): Side {
    const folder = writeCampaign(root, model);
    writeJournal(folder, { ...readJournal(folder), points });
    const { label, table } = findSource(folder, root);
    return { label, parameters: table.parameters, rows: table.rows };
  }
  const compare = (a: Model, b: Model) =>
    compareSides(side({ ...a, number: 1 }), side({ ...b, number: 2, seed: 2 }), { resamples: 500 });
  const verdictsOf = ({ effects }: Comparison, column: string) =>
    effects.filter(({ metric }) => metric.column === column).map(({ effect }) => effect.verdict);

  it("of a campaign with one that is half as slow says worse at every point, and by how much", () => {
    const comparison = compare({}, { latency: (rtt) => 1.5 * (rtt + 4) });
    equal(comparison.by, "absolutes");
    deepEqual(verdictsOf(comparison, "latency_p50_ms"), Array<string>(5).fill("worse"));
    for (const { effect } of comparison.effects.filter(({ metric }) => metric.column === "latency_p50_ms")) {
      ok(Math.abs(effect.interval.estimate - 0.5) < 0.1, `${effect.interval.estimate}`);
      ok(effect.interval.low < 0.5 && effect.interval.high > 0.5 - 0.1);
    }
    match(describeComparison(comparison), /links\[0\]\.delay_ms 50 +call +latency p50 .*\+\d+ %.*worse/);
  });

  it("of a campaign with another of the same truth shows no difference at most points", () => {
    const verdicts = verdictsOf(compare({}, {}), "latency_p50_ms");
    ok(verdicts.filter((verdict) => verdict === "no difference shown").length >= 4, verdicts.join());
  });

  it("of single repetitions gives no verdict on anything, however different they are", () => {
    const { effects } = compare({ repetitions: 1 }, { repetitions: 1, latency: () => 1000 });
    ok(effects.length > 0);
    ok(effects.every(({ effect }) => effect.verdict === "too few repetitions to say"));
  });

  it("across machines is by trend, says so first and shows no absolute", () => {
    const comparison = compare({}, { machine: 3, host: { cpu: "Another CPU", cores: 64 } });
    equal(comparison.by, "trend");
    deepEqual(comparison.effects, []);
    const [latency] = comparison.trends.filter(({ metric }) => metric.column === "latency_p50_ms");
    equal(latency?.trend.verdict, "the same trend");
    const text = describeComparison(comparison);
    ok(text.indexOf("CPU: Some CPU @ 2 GHz → Another CPU") < text.indexOf("rank correlation"));
    match(text, /different machines: their absolutes say nothing about each other/);
    ok(!/\d ms/.test(text), text);
  });

  it("across machines sees that latency falls where it rose", () => {
    const { trends } = compare({}, { latency: (rtt) => 300 - rtt, host: { cores: 64 } });
    equal(trends.find(({ metric }) => metric.column === "latency_p50_ms")?.trend.verdict, "opposite trends");
  });

  it("says which version is another before any figure, and compares all the same", () => {
    const comparison = compare({}, { versions: { rabbitmq: "4.0.5" } });
    equal(comparison.by, "absolutes");
    deepEqual(comparison.environment, [{ kind: "version", what: "rabbitmq", a: "3.10.8", b: "4.0.5" }]);
    const text = describeComparison(comparison);
    ok(text.indexOf("rabbitmq: 3.10.8 → 4.0.5") < text.indexOf("verdict"));
  });

  it("warns that no verdict may hold where it is not known whether both are of one machine", () => {
    const warning = "It is not known whether A and B are of one machine: if not, no verdict below holds.";
    const known = { host: { id: "aa" } };
    for (const [a, b, warned] of [
      [known, known, false],
      [known, {}, true],
      [{}, {}, true],
      [known, { host: { id: "bb" } }, false],
    ] as const) {
      const comparison = compare({ ...a, repetitions: 1 }, { ...b, repetitions: 1 });
      const text = describeComparison(comparison);
      equal(text.includes(warning), warned, text);
      if (warned) ok(text.indexOf(warning) < text.indexOf("verdict  ") || !text.includes("verdict  "), text);
    }
    const hosts = (from: Side, more: Row): Side => ({
      ...from,
      rows: from.rows.map((row) => ({ ...row, hosts: "2 × X, 4 cores", ...more })),
    });
    const one = side({ ...known, repetitions: 1 });
    equal(compareSides(hosts(one, {}), hosts(one, {})).sameMachine, false);
    const ids = { hosts_machines: "cc, dd" };
    equal(compareSides(hosts(one, ids), hosts(one, ids)).sameMachine, true);
  });

  it("says how many measurements failed and are left out", () => {
    const { notes } = compare({ failed: [0, 7] }, {});
    match(notes.join("\n"), /execution 1: 2 of 25 measurements failed and are left out/);
  });

  it("of campaigns that differ in a constant says that this is what is compared", () => {
    const { treatment } = compare({ buses: ["rabbitmq"] }, { buses: ["zeromq"] });
    deepEqual(treatment, [{ parameter: "bus.kind", a: "rabbitmq", b: "zeromq" }]);
  });

  it("is refused where one side varies what the other does not have", () =>
    throws(
      () =>
        compareSides(side({}), {
          ...side({ number: 2 }),
          parameters: [],
          rows: side({ number: 3 }).rows.map(({ "links[0].delay_ms": _, ...row }) => row),
        }),
      /does not have links\[0\]\.delay_ms, of which the other side has several values/,
    ));

  const plain = { kind: "rabbitmq", topology: "single" };
  const buses = [{ bus: plain }, { bus: { ...plain, tls: true } }];
  const twoPoints = { delays: [0, 10], latency: (rtt: number) => (rtt === 0 ? 100 : 200) };

  it("does not take a point that lacks a parameter for a repetition of one that has it", () => {
    const { effects, treatment } = compareSides(
      sideAt({ ...twoPoints, number: 1 }, buses),
      sideAt({ ...twoPoints, number: 2 }, buses),
      { resamples: 200 },
    );
    deepEqual(treatment, []);
    const latencies = effects.filter(({ metric }) => metric.column === "latency_p50_ms");
    deepEqual(
      latencies.map(({ point, effect }) => [point["bus.tls"], effect.repetitions]),
      [
        [undefined, [5, 5]],
        [true, [5, 5]],
      ],
    );
    ok(latencies.every(({ effect }) => effect.means[0] === effect.means[1]));
    ok((latencies[1]?.effect.means[0] ?? 0) > 1.5 * (latencies[0]?.effect.means[0] ?? 0));
  });

  it("matches a point that lacks a parameter with one of a campaign of which none has it", () => {
    const { effects, notes } = compareSides(
      sideAt({ ...twoPoints, number: 1 }, buses),
      sideAt({ ...twoPoints, number: 2, delays: [0] }, [{ bus: plain }]),
      { resamples: 200 },
    );
    const latencies = effects.filter(({ metric }) => metric.column === "latency_p50_ms");
    deepEqual(
      latencies.map(({ point, effect }) => [point["bus.tls"], effect.repetitions]),
      [[undefined, [5, 5]]],
    );
    match(notes.join("\n"), /execution 1: 1 points and workloads are only there/);
  });

  it("is refused where only one side varies what a parameter is a part of", () =>
    throws(
      () =>
        compareSides(
          sideAt({ ...twoPoints, number: 1 }, buses),
          sideAt({ ...twoPoints, number: 2 }, [{ "bus.kind": "rabbitmq" }, { "bus.kind": "zeromq" }]),
        ),
      /execution 2 does not have bus\.tls, of which the other side has several values/,
    ));

  it("is refused where nothing tells two points apart, rather than that they are one's repetitions", () =>
    throws(
      () =>
        compareSides(
          sideAt({ ...twoPoints, number: 1 }, [{ "links[0].delay": "1s" }, { "links[0].delay": "1000ms" }]),
          sideAt({ ...twoPoints, number: 2 }, [{ "links[0].delay": "1s" }, { "links[0].delay": "2s" }]),
        ),
      /execution 1: its points 1, 2 have the same values of all that is varied/,
    ));

  it("across machines lays all figures out over the same points, and as multiples of one that all have", () => {
    const lacking = (from: Side, workload: string, points: readonly number[]): Side => ({
      ...from,
      rows: from.rows.filter((row) => row.workload !== workload || !points.includes(Number(row.point))),
    });
    const workloads = ["call", "cast"];
    const a = lacking(side({ workloads, delays: [0, 10, 25, 50, 100, 200] }), "call", [1, 4]);
    const b = side({ workloads, number: 2, delays: [0, 10, 25, 50, 100, 200], host: { cores: 64 } });
    const comparison = compareSides(a, b, { resamples: 200 });
    const shapes = comparison.trends.filter(({ metric }) => metric.column === "latency_p50_ms");
    for (const { shape, base } of shapes) {
      deepEqual(
        shape.map(({ point }) => point["links[0].delay_ms"]),
        [0, 10, 25, 50, 100, 200],
      );
      deepEqual(base, { "links[0].delay_ms": 10 });
      equal(shape[1]?.a, 1);
    }
    const call = shapes.find(({ workload }) => workload === "call");
    deepEqual(
      call?.shape.map((point) => point.a === undefined && point.b === undefined),
      [true, false, false, true, false, false],
    );
    equal(call.trend.verdict, "too few points to say");
    equal(shapes.find(({ workload }) => workload === "cast")?.trend.verdict, "the same trend");
    const text = describeComparison(comparison);
    match(text, /Points, in order: links\[0\]\.delay_ms 0; links\[0\]\.delay_ms 10; /);
    match(text, /of the figure at links\[0\]\.delay_ms 10, the first point that all rows have/);
    match(text, /call +latency p50 +4 +– ×1 ×\S+ – ×\S+ ×\S+ +– ×1 /);
    match(text, /Fewer than 5 points can show no common trend/);
  });

  it("says that no multiples are to be held against each other where no point is in all rows", () => {
    const only = (from: Side): Side => ({
      ...from,
      rows: from.rows.filter((row) => (row.workload === "call") === (row.point === 1)),
    });
    const model = { workloads: ["call", "cast"], delays: [0, 10], repetitions: 1 };
    const comparison = compareSides(
      only(side({ ...model, number: 1 })),
      side({ ...model, number: 2, host: { cores: 64 } }),
    );
    match(
      describeComparison(comparison),
      /each row's own first figure, as there is no point that all rows have/,
    );
  });

  it("of uncommitted changes on both sides says that they may be others", () => {
    const dirty = (from: Side): Side => ({
      ...from,
      rows: from.rows.map((row) => ({ ...row, dirty: true })),
    });
    const [a, b] = [side({ repetitions: 1 }), side({ number: 2, repetitions: 1 })];
    deepEqual(compareSides(dirty(a), dirty(b)).environment, [
      { kind: "code", what: "uncommitted changes", a: "some", b: "some, which may be others" },
    ]);
    deepEqual(compareSides(dirty(a), b).environment, [
      { kind: "code", what: "uncommitted changes", a: "true", b: "false" },
    ]);
    deepEqual(compareSides(a, b).environment, []);
  });

  it("is refused where no point is in both", () =>
    throws(() => compare({ delays: [1, 2] }, { delays: [3, 4] }), /no point and workload in common/));
});

describe("what a comparison is told to compare", () => {
  let root = "";
  before(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-compare-"));
    writeCampaign(root, { number: 1, repetitions: 1 });
    writeCampaign(root, { number: 2, repetitions: 1 });
  });
  after(() => rmSync(root, { recursive: true }));

  it("by a campaign's name is its newest execution, by a number that one", () => {
    equal(findSource("wan", root).label, "campaign wan, execution 2");
    equal(findSource("wan@1", root).label, "campaign wan, execution 1");
  });
  it("by a stack's name and numbers are its runs, as repetitions", () => {
    const folder = join(root, "runs", "c-wan");
    const source = findSource(join(folder, "1001"), root);
    equal(source.kind, "runs");
    equal(source.table.rows.length, 1);
  });
  for (const [argument, said] of [
    ["wan@3", /has the executions 1, 2; name one/],
    ["wan@1,2", /has the executions 1, 2; name one/],
    ["moon", /no campaign and no stack of that name has been run/],
    ["../x", /neither a folder of a campaign or run nor a name/],
    ["wan@1-", /"1-" is no number and no range/],
  ] as const)
    it(`is refused as ${argument}`, () => throws(() => findSource(argument, root), said));
});
