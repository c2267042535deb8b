import { deepEqual, equal, ok, throws } from "assert/strict";
import fc from "fast-check";
import seedrandom from "seedrandom";
import { mean } from "simple-statistics";
import { bootstrap } from "../../campaigns/statistics/bootstrap";
import { effectOf, trendOf } from "../../campaigns/statistics/effect";
import { shareByChance } from "../../campaigns/statistics/permutation";

const random = seedrandom("statistics");
/** Standard normal, by Box and Muller. */
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const draw = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

/** Share of `trials` in which the interval holds the truth. */
function coverage(trials: number, truth: number, n: number, a: () => number, b: () => number): number {
  let held = 0;
  for (let seed = 0; seed < trials; seed += 1) {
    const { interval } = effectOf(draw(n, a), draw(n, b), true, { resamples: 600, seed });
    if (interval.low <= truth && truth <= interval.high) held += 1;
  }
  return held / trials;
}

describe("the interval of an effect", function () {
  this.timeout(120_000);
  // 400 trials of a share of 0.95: the standard deviation is 0.011.
  const trials = 400;

  for (const n of [5, 10, 20])
    it(`holds the true effect in about 95 of 100 comparisons of ${n} repetitions with noise like a clock's`, () => {
      const share = coverage(
        trials,
        0.1,
        n,
        () => 50 + normal(),
        () => 55 + normal(),
      );
      ok(share >= 0.92, `${share}`);
    });

  it("holds it also where latencies are skewed, as they are", () => {
    const skewed = (scale: number) => () => scale * Math.exp(0.3 * normal());
    const share = coverage(trials, 0.2, 10, skewed(50), skewed(60));
    ok(share >= 0.91, `${share}`);
  });

  it("shows a difference in at most about 5 of 100 comparisons of what does not differ", () => {
    let shown = 0;
    for (let seed = 0; seed < trials; seed += 1) {
      const make = () => 50 + 2 * normal();
      const { verdict } = effectOf(draw(8, make), draw(8, make), true, { resamples: 600, seed });
      if (verdict !== "no difference shown") shown += 1;
    }
    ok(shown / trials <= 0.08, `${shown} of ${trials}`);
  });

  it("is narrow enough to show an effect of three deviations in most comparisons of 5 repetitions", () => {
    let found = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const { verdict } = effectOf(
        draw(5, () => 50 + normal()),
        draw(5, () => 53 + normal()),
        true,
        {
          resamples: 600,
          seed,
        },
      );
      if (verdict === "worse") found += 1;
    }
    ok(found >= 160, `${found} of 200`);
  });

  it("is the same for the same data, and is around its estimate", () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 5, maxLength: 9 }),
        fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 5, maxLength: 9 }),
        (a, b) => {
          const options = { resamples: 200 };
          const { interval, verdict } = effectOf(a, b, true, options);
          deepEqual(effectOf(a, b, true, options).interval, interval);
          ok(interval.low <= interval.high);
          const opposite = effectOf(a, b, false, options).verdict;
          const turned: Record<string, string> = { better: "worse", worse: "better" };
          equal(opposite, turned[verdict] ?? verdict);
        },
      ),
      { numRuns: 50 },
    ));

  it("agrees with Student's for a plain mean: 20 values, within a tenth of its width", () => {
    const sample = draw(20, () => 10 + normal());
    const { low, high } = bootstrap([sample], ([values]) => mean([...(values ?? [])]));
    const middle = mean(sample);
    const deviation = Math.sqrt(sample.reduce((sum, value) => sum + (value - middle) ** 2, 0) / 19);
    // t(0.975, 19) = 2.093
    const half = (2.093 * deviation) / Math.sqrt(20);
    ok(Math.abs(low - (middle - half)) < 0.2 * half, `${low} and ${middle - half}`);
    ok(Math.abs(high - (middle + half)) < 0.2 * half, `${high} and ${middle + half}`);
  });

  it("of nothing is refused", () => throws(() => effectOf([], [1], true), /./));
});

describe("the verdict", () => {
  const five = [10, 10.1, 9.9, 10.05, 9.95];
  it("is never given from one repetition, nor from four, however far apart they are", () => {
    for (const n of [1, 2, 3, 4]) {
      const { verdict, interval } = effectOf(five.slice(0, n), [1000, 1001, 1002, 1003].slice(0, n), true);
      equal(verdict, "too few repetitions to say");
      ok(Number.isNaN(interval.low) && Number.isNaN(interval.high));
    }
    equal(effectOf(five, [1000], true).verdict, "too few repetitions to say");
  });

  const slower = five.map((value) => 2 * value);
  it("says worse of twice the latency and better of twice the throughput, as a share", () => {
    const latency = effectOf(five, slower, true);
    deepEqual([latency.verdict, latency.scale], ["worse", "relative"]);
    ok(Math.abs(latency.interval.estimate - 1) < 1e-9);
    equal(effectOf(five, slower, false).verdict, "better");
  });
  it("says better of fewer losses, by how many, where a share of nothing would mean nothing", () => {
    const { verdict, scale, interval } = effectOf([5, 6, 7, 5, 6], [0, 0, 0, 0, 0], true);
    deepEqual([verdict, scale], ["better", "absolute"]);
    ok(Math.abs(interval.estimate + 5.8) < 1e-9);
  });
  it("shows no difference between what is the same to the last digit", () =>
    equal(effectOf([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], true).verdict, "no difference shown"));
});

describe("a trend", () => {
  const at = (level: number) => draw(5, () => level + 0.1 * normal());
  const rising = () => [0, 20, 50, 100, 200].map((level) => at(level + 3));

  it("is the same for two machines of which one is three times as slow", () => {
    const { verdict, correlation } = trendOf(
      rising(),
      rising().map((sample) => sample.map((value) => 3 * value)),
    );
    equal(verdict, "the same trend");
    ok(Math.abs(correlation.estimate - 1) < 1e-9);
  });
  it("is opposite where one rises and the other falls", () =>
    equal(trendOf(rising(), rising().reverse()).verdict, "opposite trends"));
  it("is not shown where one is only noise, in most draws", () => {
    let shown = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const noise = draw(5, () => draw(5, () => 10 + normal()));
      if (trendOf(rising(), noise, { seed, resamples: 300 }).verdict === "the same trend") shown += 1;
    }
    ok(shown <= 9, `${shown} of 60`);
  });
  it("is not shown where one side is flat", () =>
    equal(
      trendOf(
        rising(),
        Array.from({ length: 5 }, () => [1, 1, 1, 1, 1]),
      ).verdict,
      "no common trend shown",
    ));
  it("has no verdict from four points, nor from points with a repetition each", () => {
    equal(trendOf(rising().slice(0, 4), rising().slice(0, 4)).verdict, "too few points to say");
    const single = rising().map((sample) => sample.slice(0, 1));
    equal(trendOf(single, single).verdict, "too few repetitions to say");
  });
});

describe("a trend over points that are measured to a hundredth of what is between them", () => {
  // Its own, so that its draws are the same whichever tests run.
  const draws = seedrandom("trends");
  const noise = () => 0.01 * Math.sqrt(-2 * Math.log(1 - draws())) * Math.cos(2 * Math.PI * draws());
  const levels = (points: number) => draw(points, draws).map((value) => 10 * value);
  const measured = (means: readonly number[]) => means.map((level) => draw(5, () => level + noise()));
  const trials = 300;
  const verdicts = (make: () => readonly [number[], number[]]) =>
    draw(trials, () => {
      const [a, b] = make();
      return trendOf(measured(a), measured(b), { resamples: 200 }).verdict;
    });

  for (const points of [4, 5, 6, 7])
    it(`is said of at most some 5 in 100 pairs of ${points} points in unrelated orders`, () => {
      const said = verdicts(() => [levels(points), levels(points)]).filter(
        (verdict) => verdict === "the same trend" || verdict === "opposite trends",
      );
      // 300 trials of a share of 0.05: the standard deviation is 0.013.
      ok(said.length / trials <= 0.08, `${said.length} of ${trials}`);
    });

  for (const points of [5, 6])
    it(`is found of ${points} points that go the same way, and of as many that go opposite ways`, () => {
      const apart = () => Array.from({ length: points }, (_, at) => at + 0.5 * draws());
      const same = verdicts(() => [apart(), apart().map((level) => 3 * level + 7)]);
      ok(same.every((verdict) => verdict === "the same trend"));
      const opposite = verdicts(() => [apart(), apart().map((level) => 100 - level)]);
      ok(opposite.every((verdict) => verdict === "opposite trends"));
    });
});

describe("the share of orders with a rank correlation by chance", () => {
  const inOrder = (count: number) => Array.from({ length: count }, (_, at) => at);
  // Of J. H. Zar, Biostatistical Analysis, table B.20: the least correlations with 0.05, two-sided, are 1 of 5, 0.886 of 6.
  for (const [values, share] of [
    [[0, 1, 2, 3], 2 / 24],
    [[0, 1, 2, 3, 4], 2 / 120],
    [[4, 3, 2, 1, 0], 2 / 120],
    [[1, 0, 2, 3, 4], 10 / 120],
    [[1, 0, 3, 2, 4, 5], 24 / 720],
    [[1, 0, 3, 2, 5, 4], 42 / 720],
  ] as const)
    it(`is ${share.toFixed(3)} of ${values.join(" ")}`, () =>
      equal(shareByChance(inOrder(values.length), values), share));

  it("counts what ties leave of the orders, and is 1 where one side is flat", () => {
    equal(shareByChance([0, 0, 0, 0, 5], inOrder(5)), 2 / 5);
    equal(shareByChance([1, 1, 1, 1, 1], inOrder(5)), 1);
  });

  it("of more than eight values is drawn at random, close to the exact one and the same each time", () => {
    // A correlation of 0.7, which is the least of 9 values with 0.05, counted over all orders.
    const values = [3, 0, 2, 1, 7, 4, 8, 5, 6];
    const share = shareByChance(inOrder(9), values, 7);
    equal(shareByChance(inOrder(9), values, 7), share);
    const exact = 15_696 / 362_880;
    ok(Math.abs(share - exact) < 0.004, `${share}`);
  });

  it("is refused of values that are not as many", () =>
    throws(() => shareByChance([1, 2], [1]), /2 values cannot be in the order of 1/));
});
