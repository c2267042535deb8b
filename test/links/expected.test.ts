import assert from "assert/strict";
import fc from "fast-check";
import { lossInflation, medianDelay, medianError, missingShare } from "../../workloads/links/expected";
import { deviations } from "../../workloads/links";
import { asEmulated, planProbe, ratesChecked } from "../../workloads/links/probePlan";
import type { Impairment, LinkMeasurement } from "../../workloads/results/schema";

const plain: Impairment = { delayMs: 25, jitterMs: 0, lossPercent: 0 };
const bursts = { beginsPercent: 1, endsPercent: 24, insidePercent: 100, outsidePercent: 0 };

/** Random numbers of a fixed seed: those of D. H. Lehmer with the multiplier of Park and Miller. */
function draws(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe("what is expected of a link", () => {
  it("is its delay as long as packets stray evenly around it", () => {
    assert.equal(medianDelay([plain, { ...plain, delayMs: 7.3, jitterMs: 2 }]), 32.3);
    assert.equal(medianDelay([{ ...plain, jitterMs: 5, jitterDistribution: "normal" }]), 25);
  });

  it("is earlier than its delay where a few packets are very late", () => {
    // Pareto with exponent 3: median 2^(1/3), shifted by 3/2, a jitter being 3/4 of it.
    const late: Impairment = { ...plain, jitterMs: 3, jitterDistribution: "pareto" };
    assert.ok(Math.abs(medianDelay([late]) - (25 + 4 * (2 ** (1 / 3) - 1.5))) < 0.01);
    // Two of them: the median of a sum is not the sum of medians; here by a million draws.
    const draw = draws();
    const one = () => 25 + 3 * Math.min(4, (4 / 3) * (draw() ** (-1 / 3) - 1.5));
    const sums = Array.from({ length: 200_000 }, () => one() + one()).sort((a, b) => a - b);
    assert.ok(Math.abs(medianDelay([late, late]) - (sums[100_000] ?? 0)) < 0.03);
  });

  it("is a little less than its delay where packets overtake and others stray", () => {
    const overtaking: Impairment = { ...plain, jitterMs: 5, reorder: { percent: 20, gap: 1 } };
    // A fifth arrives at once, so half of all have arrived with three eighths of the rest.
    assert.ok(Math.abs(medianDelay([overtaking]) - (20 + 10 * 0.375)) < 0.05);
    assert.equal(medianDelay([{ ...plain, reorder: { percent: 25, gap: 1 } }]), 25);
  });

  it("knows a median from fewer packets the more they depend on each other", () => {
    const independent: Impairment = { ...plain, jitterMs: 2, jitterCorrelationPercent: 0 };
    assert.equal(medianError(independent, 400, 2500), 0.1);
    assert.ok(
      Math.abs(medianError({ ...independent, jitterCorrelationPercent: 60 }, 400, 2500) - 0.2) < 1e-9,
    );
    assert.ok(medianError({ ...plain, jitterMs: 2 }, 100_000, 2500) > 0.07);
    // netem draws for each packet, so it is the number of packets that counts.
    assert.equal(medianError(asEmulated({ ...plain, jitterMs: 2 }, "netem"), 400, 2500), 0.1);
  });

  it("misses of lost, doubled and corrupted packets those of which no sound copy arrives, as simulated", () => {
    const impairment: Impairment = { ...plain, lossPercent: 20, duplicatePercent: 30, corruptPercent: 10 };
    const draw = draws(7);
    let missing = 0;
    const n = 400_000;
    for (let i = 0; i < n; i++) {
      const [twice, lost] = [draw() < 0.3, draw() < 0.2];
      const copies = twice && !lost ? (draw() < 0.2 ? 1 : 2) : twice || !lost ? 1 : 0;
      let sound = 0;
      for (let copy = 0; copy < copies; copy++) sound += draw() < 0.1 ? 0 : 1;
      missing += sound === 0 ? 1 : 0;
    }
    assert.ok(Math.abs(missing / n - missingShare(impairment)) < 0.002);
  });

  it("misses exactly what is lost where nothing else was asked for", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (lossPercent) => {
        assert.equal(missingShare({ ...plain, lossPercent }), lossPercent / 100);
      }),
    );
  });

  it("lets losses in bursts vary as much as a Markov chain's do, as simulated", () => {
    const impairment: Impairment = { ...plain, lossPercent: 4, lossBursts: bursts };
    const draw = draws(3);
    const counts: number[] = [];
    let bad = false;
    for (let run = 0; run < 3000; run++) {
      let lost = 0;
      for (let packet = 0; packet < 1000; packet++) {
        lost += bad ? 1 : 0;
        if (draw() < (bad ? 0.24 : 0.01)) bad = !bad;
      }
      counts.push(lost);
    }
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
    assert.ok(Math.abs(variance / (1000 * 0.04 * 0.96) / lossInflation(impairment) - 1) < 0.1);
    assert.equal(lossInflation({ ...plain, lossPercent: 4 }), 1);
  });
});

describe("judging an impaired link", () => {
  const measured = (there: Partial<LinkMeasurement["there"]>, rtt = 50): LinkMeasurement => ({
    rttMs: { median: rtt, mean: rtt, min: rtt, max: rtt, stddev: 0 },
    there: { lossPercent: 0, packets: 1000, ...there },
    back: { lossPercent: 0, packets: 1000 },
  });
  const names = (there: Impairment, reading: LinkMeasurement) =>
    deviations({ there, back: plain }, reading, "before").map(({ what }) => what);

  it("allows losses in bursts the spread they have, and no more", () => {
    const bursty: Impairment = { ...plain, lossPercent: 4, lossBursts: bursts };
    // 10 % of 1000 packets: impossible for single losses of 4 %, not for bursts of four.
    assert.deepEqual(names(bursty, measured({ lossPercent: 10 })), []);
    assert.deepEqual(names({ ...plain, lossPercent: 4 }, measured({ lossPercent: 10 })), ["loss there"]);
    assert.deepEqual(names(bursty, measured({ lossPercent: 25 })), ["loss there"]);
    assert.deepEqual(names(bursty, measured({ lossPercent: 0, packets: 20_000 })), ["loss there"]);
  });

  it("takes corrupted packets for lost", () => {
    const corrupting: Impairment = { ...plain, corruptPercent: 5 };
    assert.deepEqual(names(corrupting, measured({ lossPercent: 5 })), []);
    assert.deepEqual(names(corrupting, measured({ lossPercent: 0 })), ["loss there"]);
    assert.deepEqual(names(plain, measured({ lossPercent: 5 })), ["loss there"]);
  });

  it("compares with the median that packets of a pareto jitter have", () => {
    const late: Impairment = { ...plain, jitterMs: 9, jitterDistribution: "pareto" };
    assert.deepEqual(names(late, measured({ delayMs: 22.1 }, 47.1)), []);
    assert.deepEqual(names({ ...plain }, measured({ delayMs: 22.1 }, 47.1)), ["rtt", "delay there"]);
  });
});

describe("probing an impaired link", () => {
  it("sends packets so far apart that a late one seldom holds up the next", () => {
    const each: Impairment = {
      ...plain,
      jitterMs: 5,
      jitterDistribution: "normal",
      jitterCorrelationPercent: 0,
    };
    assert.ok(planProbe({ there: each, back: plain }).intervalMs >= 20);
    const { jitterCorrelationPercent: _, ...continuous } = each;
    assert.ok(planProbe({ there: continuous, back: plain }).intervalMs <= 10);
  });

  it("leaves a rate alone that a train of packets could not show", () => {
    const rate: Impairment = { ...plain, rateBitsPerSecond: 100e6 };
    assert.ok(ratesChecked(rate));
    assert.ok(ratesChecked({ ...rate, limitPackets: 200 }));
    assert.ok(!ratesChecked({ ...rate, limitPackets: 100 }));
    assert.ok(!ratesChecked({ ...rate, limitBytes: 100_000 }));
    assert.ok(!ratesChecked({ ...rate, lossPercent: 4, lossBursts: bursts }));
    assert.ok(!ratesChecked({ ...rate, reorder: { percent: 1, gap: 1 } }));
  });
});
