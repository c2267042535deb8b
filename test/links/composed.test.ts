import assert from "assert/strict";
import fc from "fast-check";
import { alea } from "seedrandom";
import {
  carriedRate,
  lossInflationOf,
  medianErrorOf,
  missingShareOf,
  type Way,
} from "../../workloads/links/composed";
import { lossInflation, medianDelay, missingShare } from "../../workloads/links/expected";
import type { Impairment } from "../../workloads/results/schema";

const hop = (changes: Partial<Impairment>): Impairment => ({
  delayMs: 10,
  jitterMs: 0,
  lossPercent: 0,
  ...changes,
});
const close = (got: number, wanted: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `${got}, not ${wanted}`);

const bursts = { beginsPercent: 2, endsPercent: 20, insidePercent: 100, outsidePercent: 0 };
const bursty = hop({ lossPercent: (100 * 2) / 22, lossBursts: bursts });

/** Which of so many packets a way loses, drawn packet by packet as its links are described. */
function lossesOf(way: Way, packets: number, seed: string): number {
  const draw = alea(seed);
  const inBurst = way.map(() => false);
  let lost = 0;
  for (let packet = 0; packet < packets; packet++) {
    const passes = way.map(({ lossPercent, lossBursts }, index) => {
      if (!lossBursts) return draw() >= lossPercent / 100;
      const turn = draw() * 100 < (inBurst[index] ? lossBursts.endsPercent : lossBursts.beginsPercent);
      if (turn) inBurst[index] = !inBurst[index];
      return draw() * 100 >= (inBurst[index] ? lossBursts.insidePercent : lossBursts.outsidePercent);
    });
    if (passes.includes(false)) lost++;
  }
  return lost;
}

/** Copies of one packet that arrive sound, each doubled, lost and corrupted by itself. */
function arrivesSound(way: Way, draw: () => number): boolean {
  let copies = 1;
  for (const { lossPercent, duplicatePercent = 0, corruptPercent = 0 } of way) {
    let next = 0;
    const sound = () => (draw() * 100 >= corruptPercent ? 1 : 0);
    for (let copy = 0; copy < copies; copy++) {
      const [lost, twice] = [draw() * 100 < lossPercent, draw() * 100 < duplicatePercent];
      // Of a packet that is both doubled and lost one is left; the second of a doubled one has its own loss.
      if (lost !== twice) next += lost ? 0 : sound() + (draw() * 100 >= lossPercent ? sound() : 0);
      else next += sound();
    }
    copies = next;
  }
  return copies > 0;
}

describe("what a way over several links does to packets", () => {
  it("of one link is what the link does", () => {
    const link = hop({ lossPercent: 3, duplicatePercent: 5, corruptPercent: 2 });
    close(missingShareOf([link]), missingShare(link));
    close(lossInflationOf([bursty]), lossInflation(bursty));
    assert.equal(carriedRate([hop({ rateBitsPerSecond: 5e6 })]), 5e6);
  });

  it("compounds loss: 10 % and 20 % are 28 %", () => {
    close(missingShareOf([hop({ lossPercent: 10 }), hop({}), hop({ lossPercent: 20 })]), 0.28);
  });

  it("is the same in either order where nothing is doubled", () => {
    const loss = fc.record({
      lossPercent: fc.integer({ min: 0, max: 99 }),
      corruptPercent: fc.integer({ min: 0, max: 99 }),
    });
    fc.assert(
      fc.property(fc.array(loss, { minLength: 1, maxLength: 5 }), (figures) => {
        const way = figures.map(hop);
        close(missingShareOf(way), missingShareOf([...way].reverse()));
        const arriving = figures.reduce(
          (share, { lossPercent, corruptPercent }) =>
            share * (1 - lossPercent / 100) * (1 - corruptPercent / 100),
          1,
        );
        close(missingShareOf(way), 1 - arriving);
      }),
    );
  });

  it("loses a doubled packet only when all its copies are lost, as drawing them one by one shows", () => {
    // A link that doubles before one that loses saves packets; the other way round it does not.
    const [doubles, loses] = [hop({ duplicatePercent: 60 }), hop({ lossPercent: 30, corruptPercent: 10 })];
    for (const way of [
      [doubles, loses],
      [loses, doubles],
      [doubles, loses, doubles, loses],
    ]) {
      const draw = alea("copies");
      const packets = 200_000;
      let missing = 0;
      for (let packet = 0; packet < packets; packet++) if (!arrivesSound(way, draw)) missing++;
      const expected = missingShareOf(way);
      // 4 standard deviations.
      close(missing / packets, expected, 4 * Math.sqrt((expected * (1 - expected)) / packets));
    }
    assert.ok(missingShareOf([doubles, loses]) < missingShareOf([loses, doubles]));
  });

  it("varies in the number of packets it loses as bursts on some of its links make it", () => {
    assert.equal(lossInflationOf([hop({ lossPercent: 5 }), hop({ lossPercent: 10 })]), 1);
    const way = [
      bursty,
      hop({ lossPercent: 10 }),
      hop({ lossPercent: 4.76190476, lossBursts: { ...bursts, beginsPercent: 1 } }),
    ];
    const [runs, packets] = [1500, 2000];
    const counts = Array.from({ length: runs }, (_, run) => lossesOf(way, packets, `run ${run}`));
    const mean = counts.reduce((sum, count) => sum + count, 0) / runs;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (runs - 1);
    const share = mean / packets;
    // A variance of 1,500 values is known to 2 / sqrt(2 x 1500) = 3.7 % (one standard deviation); four are allowed.
    const found = variance / (packets * share * (1 - share));
    assert.ok(Math.abs(found / lossInflationOf(way) - 1) < 0.15, `${found}, not ${lossInflationOf(way)}`);
  });

  it("takes delays that add up, also the skewed ones of six links with pareto jitter", () => {
    close(medianDelay([hop({}), hop({ delayMs: 20 }), hop({ delayMs: 12 })]), 42);
    const pareto = hop({ jitterMs: 4, jitterDistribution: "pareto" });
    const way = Array.from({ length: 6 }, () => pareto);
    const draw = alea("pareto");
    const sums = Array.from({ length: 100_001 }, () =>
      way.reduce((sum) => sum + 10 + 4 * Math.min(4, (4 / 3) * ((1 - draw()) ** (-1 / 3) - 1.5)), 0),
    ).sort((a, b) => a - b);
    close(medianDelay(way), sums[50_000] ?? NaN, 0.15);
  });

  it("is known less well the more of its links jitter", () => {
    const jittery = hop({ jitterMs: 5 });
    const one = medianErrorOf([jittery], 1000, 2500);
    close(medianErrorOf([jittery, hop({}), jittery], 1000, 2500), one * Math.SQRT2);
  });

  it("carries what its narrowest link leaves, less what the links behind it lose", () => {
    const narrow = hop({ rateBitsPerSecond: 10e6, lossPercent: 50 });
    assert.equal(carriedRate([hop({ rateBitsPerSecond: 100e6 }), narrow]), 10e6);
    assert.equal(carriedRate([narrow, hop({ lossPercent: 10 })]), 9e6);
    assert.equal(carriedRate([hop({ rateBitsPerSecond: 12e6 }), narrow]), 6e6);
    assert.equal(carriedRate([hop({ lossPercent: 10 })]), Infinity);
  });
});
