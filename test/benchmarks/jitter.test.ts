import { strict as assert } from "assert";
import seedrandom from "seedrandom";
import { critical, distanceTo, distributions, shareBelow } from "../../benchmarks/emulation/jitter";

/** Values of each distribution by inversion, in units of the jitter, cut at 4 as netem's tables are. */
function draw(count: number, quantile: (share: number) => number): number[] {
  const random = seedrandom("jitter");
  return Array.from({ length: count }, () => Math.min(4, Math.max(-4, quantile(random()))));
}

const quantiles = {
  uniform: (share: number) => 2 * share - 1,
  normal: (share: number) => {
    let [low, high] = [-8, 8];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (shareBelow.normal(middle) < share) low = middle;
      else high = middle;
    }
    return low;
  },
  pareto: (share: number) => (4 / 3) * ((1 - share) ** (-1 / 3) - 1.5),
} as const;

describe("the distance of jitter to its distribution", () => {
  for (const name of distributions)
    it(`is within chance for ${name} values, and beyond it for all others`, () => {
      const values = draw(2000, quantiles[name]);
      for (const other of distributions) {
        const distance = distanceTo(values, shareBelow[other]);
        if (other === name) assert.ok(distance < critical(2000), `${distance}`);
        else assert.ok(distance > 2 * critical(2000), `${distance} to ${other}`);
      }
    });

  it("knows the normal distribution by its well-known shares", () => {
    for (const [x, share] of [
      [0, 0.5],
      [1, 0.841344746],
      [-2, 0.022750132],
    ] as const)
      assert.ok(Math.abs(shareBelow.normal(x) - share) < 1e-7);
  });

  it("sees values that are all a tenth of the jitter late", () => {
    const late = draw(2000, quantiles.uniform).map((value) => value + 0.1);
    assert.ok(distanceTo(late, shareBelow.uniform) > 0.045);
  });

  it("is exceeded by chance as often as Smirnov's table says: 0.0617 of 1,000 values once in a thousand", () => {
    assert.ok(Math.abs(critical(1000) - 1.9495 / Math.sqrt(1000)) < 1e-4);
  });
});
