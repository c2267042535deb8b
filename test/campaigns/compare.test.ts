import { deepEqual, equal, match, ok, throws } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { compareSides, type Comparison, type Side } from "../../campaigns/compare/compare";
import { findSource } from "../../campaigns/compare/sources";
import { describeComparison } from "../../campaigns/compare/words";
import { writeCampaign, type Model } from "./synthetic";

describe("a comparison", function () {
  this.timeout(60_000);
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-compare-"))));
  afterEach(() => rmSync(root, { recursive: true }));

  function side(model: Model): Side {
    const { label, table } = findSource(writeCampaign(root, model), root);
    return { label, parameters: table.parameters.map(({ name }) => name), rows: table.rows };
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
