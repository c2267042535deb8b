import assert from "assert/strict";
import type { Impairment, LinkMeasurement } from "../../workloads/results/schema";
import { deviations, describeDeviation } from "../../workloads/links";

const plain: Impairment = { delayMs: 25, jitterMs: 0, lossPercent: 0 };
const asked = (there: Partial<Impairment> = {}, back: Partial<Impairment> = {}) => ({
  there: { ...plain, ...there },
  back: { ...plain, ...back },
});

function measured(changes: {
  rtt?: number;
  there?: Partial<LinkMeasurement["there"]>;
  back?: Partial<LinkMeasurement["back"]>;
}): LinkMeasurement {
  const median = changes.rtt ?? 50.3;
  const direction = { delayMs: 25.2, lossPercent: 0, packets: 1000 };
  return {
    rttMs: { median, mean: median, min: median, max: median, stddev: 0 },
    there: { ...direction, ...changes.there },
    back: { ...direction, ...changes.back },
  };
}

const names = (...args: Parameters<typeof deviations>): string[] =>
  deviations(...args).map(({ what }) => what);

describe("judging a measured link", () => {
  it("finds nothing wrong with a link that is as asked", () => {
    assert.deepEqual(deviations(asked(), measured({}), "before"), []);
  });

  it("allows a delay 1 ms and a round trip 2 ms, not more", () => {
    assert.deepEqual(names(asked(), measured({ rtt: 51.99, there: { delayMs: 25.99 } }), "before"), []);
    assert.deepEqual(deviations(asked(), measured({ rtt: 52.5, back: { delayMs: 26.5 } }), "after"), [
      { when: "after", what: "rtt", asked: 50, measured: 52.5, tolerance: 2, unit: "ms" },
      { when: "after", what: "delay back", asked: 25, measured: 26.5, tolerance: 1, unit: "ms" },
    ]);
    assert.deepEqual(names(asked(), measured({ rtt: 47.9, there: { delayMs: 23.9 } }), "before"), [
      "rtt",
      "delay there",
    ]);
  });

  it("allows a long delay 1 %", () => {
    const long = asked({ delayMs: 300 }, { delayMs: 200 });
    const at = (rtt: number) => measured({ rtt, there: { delayMs: 302.9 }, back: { delayMs: 200 } });
    assert.deepEqual(names(long, at(504.9), "before"), []);
    assert.deepEqual(names(long, at(505.1), "before"), ["rtt"]);
  });

  it("sees delays swapped between the directions, which a round trip hides", () => {
    const uneven = asked({ delayMs: 5 }, { delayMs: 45 });
    const swapped = measured({ there: { delayMs: 45.1 }, back: { delayMs: 5.1 } });
    assert.deepEqual(names(uneven, swapped, "before"), ["delay there", "delay back"]);
  });

  it("judges the round trip alone where clocks are not shared", () => {
    const { delayMs: _there, ...there } = measured({}).there;
    assert.deepEqual(names(asked(), { ...measured({}), there }, "before"), []);
  });

  it("allows jitter what its sampling leaves unsure, and still sees a wrong delay", () => {
    const jittery = asked({ jitterMs: 5 });
    assert.deepEqual(names(jittery, measured({ there: { delayMs: 26.4 } }), "before"), []);
    assert.deepEqual(names(jittery, measured({ there: { delayMs: 29 } }), "before"), ["delay there"]);
  });

  it("allows a slow line the time a probe takes on it", () => {
    // 816 bits take 8.16 ms at 100 kbit/s.
    const slow = asked({ rateBitsPerSecond: 100_000 });
    assert.deepEqual(names(slow, measured({ rtt: 58.4, there: { delayMs: 33.3 } }), "before"), []);
    assert.deepEqual(names(slow, measured({ rtt: 58.4, there: { delayMs: 34.5 } }), "before"), [
      "delay there",
    ]);
  });

  it("takes a single lost packet for wrong where no loss was asked for", () => {
    assert.deepEqual(deviations(asked(), measured({ back: { lossPercent: 0.1 } }), "before"), [
      { when: "before", what: "loss back", asked: 0, measured: 0.1, tolerance: 0, unit: "%" },
    ]);
  });

  it("allows loss the scatter of its number of packets", () => {
    const lossy = asked({ lossPercent: 1 });
    const at = (lossPercent: number) => measured({ there: { lossPercent, packets: 2500 } });
    // 25 lost are expected with a standard deviation of 5; the exact region at 1e-5 is 6 to 50.
    assert.deepEqual(names(lossy, at(0.24), "before"), []);
    assert.deepEqual(names(lossy, at(2), "before"), []);
    assert.deepEqual(names(lossy, at(2.04), "before"), ["loss there"]);
    assert.deepEqual(names(lossy, at(0.2), "before"), ["loss there"]);
  });

  it("allows a rate 5 %, and judges none that was not asked for", () => {
    const limited = asked({ rateBitsPerSecond: 100e6 });
    const at = (rateBitsPerSecond: number) => measured({ there: { rateBitsPerSecond } });
    assert.deepEqual(names(limited, at(95.1e6), "before"), []);
    assert.deepEqual(names(limited, at(94.9e6), "before"), ["rate there"]);
    assert.deepEqual(names(limited, at(105.1e6), "before"), ["rate there"]);
    assert.deepEqual(names(asked(), at(1e6), "before"), []);
  });

  it("says which link, what was asked, what was got and the tolerance", () => {
    const [rtt] = deviations(asked(), measured({ rtt: 61.25 }), "before");
    assert.ok(rtt);
    assert.equal(
      describeDeviation("core--edge-1", rtt),
      "link core--edge-1, rtt, before the workloads: asked 50 ms, got 61.25 ms, tolerance 2 ms",
    );
    const limited = asked({ rateBitsPerSecond: 100e6 });
    const [rate] = deviations(limited, measured({ there: { rateBitsPerSecond: 60.123456e6 } }), "after");
    assert.ok(rate);
    assert.equal(
      describeDeviation("a--b", rate),
      "link a--b, rate there, after the workloads: asked 100 Mbit/s, got 60.12 Mbit/s, tolerance 5 Mbit/s",
    );
  });
});
