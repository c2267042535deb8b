import { deepEqual, equal, ok } from "assert/strict";
import { planMeasuredPaths } from "../../components/plan/measuredPaths";
import { planScenario } from "../../components/plan/plan";
import { parseScenario } from "../../stacks/scenario/parse";

function plan(sites: object, links: readonly unknown[], more: object = {}) {
  return planScenario(parseScenario({ sites, links, bus: { kind: "rabbitmq" }, ...more }), {
    ...{ stack: "test", busy: [] },
  });
}

const pairsOf = (measured: ReturnType<typeof planMeasuredPaths>) =>
  measured.sample.map(({ between }) => between.join(" "));

describe("the paths that a run measures", () => {
  it("are all pairs of sites but those that one link joins, with what their links add up to", () => {
    const measured = planMeasuredPaths(
      plan({ a: {}, b: {}, c: {} }, [
        { between: ["a", "b"], delay: { there: "5ms", back: "15ms" }, rate: "50mbit" },
        { between: ["b", "c"], delay: "10ms", loss: "1%" },
      ]),
    );
    equal(measured.pairs, 1);
    deepEqual(measured.sample, [
      {
        between: ["a", "c"],
        there: { sites: ["a", "b", "c"], delayMs: 15, jitterMs: 0, lossPercent: 1, rateBitsPerSecond: 50e6 },
        back: { sites: ["c", "b", "a"], delayMs: 25, jitterMs: 0, lossPercent: 1, rateBitsPerSecond: 50e6 },
      },
    ]);
    deepEqual(Object.keys(measured.ends), ["a", "c"]);
    ok(Object.values(measured.ends).every((address) => /^10(\.\d+){3}$/.test(address)));
  });

  it("include neighbours whose packets take another way in one direction", () => {
    const links = [
      { between: ["a", "b"], delay: { there: "5ms", back: "50ms" } },
      { between: ["b", "c"], delay: "5ms" },
      { between: ["c", "a"], delay: "5ms" },
    ];
    const measured = planMeasuredPaths(plan({ a: {}, b: {}, c: {} }, links));
    deepEqual(pairsOf(measured), ["a b"]);
    deepEqual(measured.sample[0]?.back.sites, ["b", "c", "a"]);
  });

  it("are none where every two sites have a link, and where there is one site", () => {
    const mesh = [{ generate: "mesh", sites: ["edge"], delay: "5ms" }];
    equal(planMeasuredPaths(plan({ edge: { count: 4 } }, mesh)).pairs, 0);
    deepEqual(planMeasuredPaths(plan({ core: {} }, [])), { pairs: 0, sample: [], ends: {} });
  });

  it("of a large topology are a sample by the seed, as many as the scenario says, 24 unless it does", () => {
    const star = [{ generate: "star", center: "core", sites: ["edge"], delay: "5ms" }];
    const sites = { core: {}, edge: { count: 30 } };
    const measured = (more: object = {}) => planMeasuredPaths(plan(sites, star, more));
    equal(measured().pairs, (30 * 29) / 2);
    equal(measured().sample.length, 24);
    equal(measured({ paths: { measured: 7 } }).sample.length, 7);
    deepEqual(pairsOf(measured()), pairsOf(measured()));
    ok(pairsOf(measured()).join() !== pairsOf(measured({ seed: 2 })).join());
    equal(measured({ paths: { measured: 0 } }).sample.length, 0);
  });
});
