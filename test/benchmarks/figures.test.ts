import { strict as assert } from "assert";
import fc from "fast-check";
import { ratio, summarize } from "../../benchmarks/support/figures";

const quantity = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const pairs = fc.array(fc.tuple(quantity, quantity), { minLength: 1, maxLength: 20 });
const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

describe("the figures of a benchmark", () => {
  it("give the median ratio of pairs, not the ratio of medians", () => {
    // The machine became ten times slower for the last two pairs; in each pair a took twice as long as b, once thrice.
    const figure = ratio("a / b", [
      [2, 1],
      [20, 10],
      [30, 10],
    ]);
    assert.deepEqual(figure.values, [2, 2, 3]);
    assert.deepEqual(summarize(figure), { pairs: 3, median: 2, low: 2, high: 3 });
  });

  it("give the geometric middle of the two middle ratios of an even number", () => {
    const { median } = summarize(ratio("a / b", [[4, 1], [1, 1], [9, 1], [100, 1]])); // prettier-ignore
    assert.ok(near(median, 6), `${median}`);
  });

  it("turn round when the pairs are turned round", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const there = summarize(ratio("a / b", values));
        const back = summarize(ratio("b / a", values.map(([a, b]) => [b, a] as const))); // prettier-ignore
        assert.ok(near(there.median, 1 / back.median));
        assert.ok(near(there.low, 1 / back.high) && near(there.high, 1 / back.low));
      }),
    );
  });

  it("do not depend on the order of the pairs, nor on a machine that is slower for both sides of one", () => {
    fc.assert(
      fc.property(pairs, fc.infiniteStream(fc.constantFrom(1, 2, 4, 8)), (values, slower) => {
        const slowed = values.map(([a, b]) => {
          const factor = slower.next().value as number;
          return [a * factor, b * factor] as const;
        });
        assert.deepEqual(summarize(ratio("", slowed.reverse())), summarize(ratio("", values)));
      }),
    );
  });

  it("have their median within their range", () => {
    fc.assert(
      fc.property(pairs, (values) => {
        const { low, median, high } = summarize(ratio("", values));
        assert.ok(low <= median * (1 + 1e-9) && median <= high * (1 + 1e-9));
      }),
    );
  });

  it("keep differences below zero as they are", () => {
    const figure = { what: "error", unit: "ms" as const, values: [-0.5, 0.25, -0.25, 0.75] };
    assert.deepEqual(summarize(figure), { pairs: 4, median: 0, low: -0.5, high: 0.75 });
  });

  it("refuse ratios of what cannot have been measured, and a summary of nothing", () => {
    for (const pair of [
      [0, 1],
      [1, 0],
      [-1, 1],
      [NaN, 1],
      [1, Infinity],
    ] as const)
      // prettier-ignore
      assert.throws(() => ratio("time", [pair]), /^RangeError: time: .* is no ratio/);
    assert.throws(() => summarize(ratio("time", [])), /time: nothing was measured/);
  });
});
