import assert from "assert/strict";
import { describePathDeviation, pathDeviations } from "../../workloads/links";
import { pathRateChecked, planPathProbe } from "../../workloads/links/probePlan";
import type { Impairment, LinkMeasurement } from "../../workloads/results/schema";

const hop = (delayMs: number, changes: Partial<Impairment> = {}): Impairment => ({
  ...{ delayMs, jitterMs: 0, lossPercent: 0 },
  ...changes,
});
const asked = { there: [hop(5), hop(10), hop(20)], back: [hop(20), hop(10), hop(15)] };

function measured(
  rtt: number,
  there: Partial<LinkMeasurement["there"]> = {},
  back: Partial<LinkMeasurement["back"]> = {},
): LinkMeasurement {
  return {
    rttMs: { median: rtt, mean: rtt, min: rtt, max: rtt, stddev: 0 },
    there: { delayMs: 35.3, lossPercent: 0, packets: 1000, ...there },
    back: { delayMs: 45.3, lossPercent: 0, packets: 1000, ...back },
  };
}

const names = (...args: Parameters<typeof pathDeviations>) => pathDeviations(...args).map(({ what }) => what);

describe("judging a measured path", () => {
  it("finds nothing wrong with one that is what its links add up to", () => {
    assert.deepEqual(pathDeviations(asked, measured(80.6), "before"), []);
  });

  it("allows 1 ms a link, in each direction", () => {
    assert.deepEqual(names(asked, measured(85.99), "before"), []);
    assert.deepEqual(pathDeviations(asked, measured(86.01), "before"), [
      { when: "before", what: "rtt", asked: 80, measured: 86.01, tolerance: 6, unit: "ms" },
    ]);
    assert.deepEqual(names(asked, measured(80.6, { delayMs: 37.99 }), "before"), []);
    assert.deepEqual(names(asked, measured(80.6, { delayMs: 38.01 }), "before"), ["delay there"]);
  });

  it("sees a way that leads over other links, as these take another time", () => {
    assert.deepEqual(names(asked, measured(70.5, { delayMs: 25.2 }), "before"), ["rtt", "delay there"]);
  });

  it("judges loss by what the links lose together", () => {
    const lossy = { ...asked, there: [hop(5, { lossPercent: 10 }), hop(30, { lossPercent: 20 })] };
    assert.deepEqual(names(lossy, measured(80.6, { lossPercent: 28 }), "before"), []);
    const [found] = pathDeviations(lossy, measured(80.6, { lossPercent: 20 }), "before");
    assert.equal(found?.what, "loss there");
    assert.equal(found.asked, 28);
  });

  it("judges the rate by the narrowest link's, within 5 %", () => {
    const rates = [hop(5, { rateBitsPerSecond: 100e6 }), hop(30, { rateBitsPerSecond: 10e6 })];
    const narrow = { ...asked, there: rates };
    assert.deepEqual(names(narrow, measured(80.6, { rateBitsPerSecond: 9.6e6 }), "before"), []);
    assert.deepEqual(names(narrow, measured(80.6, { rateBitsPerSecond: 9.4e6 }), "before"), ["rate there"]);
  });

  it("says which path, over which sites, what was to be expected and what was found", () => {
    const direction = (sites: string[]) => ({ sites, delayMs: 35, jitterMs: 0, lossPercent: 0 });
    const path = {
      between: ["core", "edge"] as [string, string],
      predicted: { there: direction(["core", "fog", "edge"]), back: direction(["edge", "fog", "core"]) },
    };
    const deviation = {
      ...{ when: "before" as const, what: "rtt", asked: 80, measured: 92.5, tolerance: 2 },
      unit: "ms" as const,
    };
    assert.equal(
      describePathDeviation(path, deviation),
      "path core to edge over fog, rtt, before the workloads: asked 80 ms, got 92.5 ms, tolerance 2 ms",
    );
    path.predicted.back = direction(["edge", "core"]);
    assert.match(
      describePathDeviation(path, deviation),
      /^path core to edge over fog and back over no other, /,
    );
  });
});

describe("planning a path's probe", () => {
  it("sends no more packets through all emulators together than through a link's", () => {
    const lossy = (length: number) => Array.from({ length }, () => hop(5, { lossPercent: 0.1 }));
    for (const length of [1, 4, 8])
      assert.equal(planPathProbe({ there: lossy(length), back: lossy(length) }).intervalMs, length);
  });

  it("measures a rate where the whole way moves at most 200 Mbit/s, and nothing but loss changes it", () => {
    const limited = hop(5, { rateBitsPerSecond: 50e6 });
    assert.ok(pathRateChecked([limited, hop(5), hop(5), hop(5)]));
    assert.ok(!pathRateChecked([limited, hop(5), hop(5), hop(5), hop(5)]));
    assert.ok(!pathRateChecked([hop(5), hop(5)]));
    for (const changes of [
      { duplicatePercent: 1 },
      { reorder: { percent: 1, gap: 2 } },
      { corruptPercent: 2 },
    ])
      assert.ok(!pathRateChecked([limited, hop(5, changes)]), JSON.stringify(changes));
  });

  it("measures no rate where what is lost behind the narrowest link would make a right one look wrong", () => {
    const [slow, fast] = [hop(5, { rateBitsPerSecond: 1e6 }), hop(5, { rateBitsPerSecond: 50e6 })];
    const lossy = (lossPercent: number) => hop(5, { lossPercent });
    // As simulated, a tenth lost makes some 2 % of right paths of 1 Mbit/s wrong by 5 %, and three tenths 29 %.
    for (const lossPercent of [10, 30])
      assert.ok(!pathRateChecked([slow, lossy(lossPercent)]), `${lossPercent} %`);
    assert.ok(pathRateChecked([lossy(30), slow]), "what is lost before it is made up for");
    assert.ok(pathRateChecked([fast, lossy(10)]), "many packets vary little");
    assert.ok(pathRateChecked([hop(5, { rateBitsPerSecond: 10e6 }), lossy(0.5)]));
  });
});
