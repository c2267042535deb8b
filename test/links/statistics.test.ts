import assert from "assert/strict";
import fc from "fast-check";
import { binomialAcceptance, binomialProbability, logFactorial } from "../../workloads/links/statistics";

describe("binomial statistics", () => {
  it("knows factorials on both sides of the change of method", () => {
    let expected = 0;
    for (let n = 1; n <= 200; n++) {
      expected += Math.log(n);
      assert.ok(Math.abs(logFactorial(n) - expected) < 1e-10 * Math.max(1, expected), `${n}!`);
    }
    assert.equal(logFactorial(0), 0);
  });

  it("agrees with tabulated probabilities", () => {
    // NIST/SEMATECH e-Handbook 1.3.6.6.18's formula by hand: 10 choose 3 x 0.2^3 x 0.8^7.
    assert.ok(Math.abs(binomialProbability(3, 10, 0.2) - 120 * 0.008 * 0.8 ** 7) < 1e-14);
    assert.equal(binomialProbability(0, 100, 0), 1);
    assert.equal(binomialProbability(1, 100, 0), 0);
    assert.equal(binomialProbability(100, 100, 1), 1);
  });

  it("accepts the known region of a fair coin thrown 100 times at 5 %", () => {
    // The textbook's exact two-sided test: reject at 39 or fewer and at 61 or more heads.
    assert.deepEqual(binomialAcceptance(100, 0.5, 0.05), { low: 40, high: 60 });
  });

  it("accepts no loss at all where none was asked for", () => {
    assert.deepEqual(binomialAcceptance(5000, 0, 1e-5), { low: 0, high: 0 });
    assert.deepEqual(binomialAcceptance(5000, 1, 1e-5), { low: 5000, high: 5000 });
  });

  it("leaves at most half of alpha in each tail, and no smaller region would", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.double({ min: 0.0005, max: 0.9995, noNaN: true }),
        fc.constantFrom(0.05, 1e-3, 1e-5),
        (n, p, alpha) => {
          const { low, high } = binomialAcceptance(n, p, alpha);
          const sum = (from: number, to: number): number => {
            let total = 0;
            for (let k = from; k <= to; k++) total += binomialProbability(k, n, p);
            return total;
          };
          assert.ok(low <= high);
          const margin = 1 + 1e-7;
          assert.ok(sum(0, low - 1) <= (alpha / 2) * margin);
          assert.ok(sum(high + 1, n) <= (alpha / 2) * margin);
          assert.ok(sum(0, low) * margin >= alpha / 2);
          assert.ok(sum(high, n) * margin >= alpha / 2);
        },
      ),
      { numRuns: 100 },
    );
  });
});
