import { mean, sampleRankCorrelation } from "simple-statistics";
import { bootstrap, leastRepetitions, type BootstrapOptions, type Interval } from "./bootstrap";
import { shareByChance } from "./permutation";

/** What a comparison of repetitions comes to. */
export const verdicts = ["better", "worse", "no difference shown", "too few repetitions to say"] as const;
export type Verdict = (typeof verdicts)[number];

/** Of two sets of repetitions, how B differs from A. */
export interface Effect {
  /** Of the means: as a share of A's (0.1: a tenth more) where all values are positive, else in the metric's unit. */
  readonly scale: "relative" | "absolute";
  readonly interval: Interval;
  readonly means: readonly [a: number, b: number];
  readonly repetitions: readonly [a: number, b: number];
  readonly verdict: Verdict;
}

/**
 * How B differs from A in the mean over repetitions, with a BCa bootstrap interval. Too few repetitions on either
 * side have no verdict, and no interval: there is nothing that one could be computed from honestly.
 * Errors: a side has no repetitions.
 */
export function effectOf(
  a: readonly number[],
  b: readonly number[],
  lowerIsBetter: boolean,
  options: BootstrapOptions = {},
): Effect {
  const relative = [...a, ...b].every((value) => value > 0);
  const difference = ([x, y]: readonly (readonly number[])[]) => {
    const [before, after] = [mean([...(x ?? [])]), mean([...(y ?? [])])];
    return relative ? after / before - 1 : after - before;
  };
  const enough = Math.min(a.length, b.length) >= leastRepetitions;
  const estimate = difference([a, b]);
  const interval = enough ? bootstrap([a, b], difference, options) : { estimate, low: NaN, high: NaN };
  return {
    scale: relative ? "relative" : "absolute",
    interval,
    means: [mean([...a]), mean([...b])],
    repetitions: [a.length, b.length],
    verdict: enough ? verdictOf(interval, lowerIsBetter) : "too few repetitions to say",
  };
}

function verdictOf({ low, high }: Interval, lowerIsBetter: boolean): Verdict {
  if (low > 0) return lowerIsBetter ? "worse" : "better";
  if (high < 0) return lowerIsBetter ? "better" : "worse";
  return "no difference shown";
}

/** Fewer points than this are in the same order, or the opposite one, by chance too often: of 4 points, in 2 of 24 orders. */
export const leastPoints = 5;

/** A trend that chance shows in a larger share of random orders than this is not said to be one. */
export const mostByChance = 0.05;

export type TrendVerdict =
  | "the same trend"
  | "opposite trends"
  | "no common trend shown"
  | "too few points to say"
  | "too few repetitions to say";

/** Whether a metric goes the same way over the same points in two campaigns, whatever its absolutes. */
export interface Trend {
  /** Spearman's rank correlation of the points' means, -1 … 1. */
  readonly correlation: Interval;
  /** Share of the points' random orders whose correlation is as far from zero, 0 … 1; NaN where there is no interval. */
  readonly byChance: number;
  readonly points: number;
  readonly verdict: TrendVerdict;
}

/**
 * Compares two campaigns by trend: Spearman's rank correlation (C. Spearman, 1904) between their means at the same
 * points, with a bootstrap interval over the repetitions of each point. The interval says how well the points' order is
 * known, and not whether so few points would be in such an order by chance: that takes a permutation test, and a verdict
 * takes both.
 * @param a Repetitions by point. @param b As `a`, at the same points.
 */
export function trendOf(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  options: BootstrapOptions = {},
): Trend {
  if (a.length !== b.length) throw new Error(`${a.length} points cannot be compared with ${b.length}`);
  const correlate = (samples: readonly (readonly number[])[]) => {
    const means = samples.map((sample) => mean([...sample]));
    return rankCorrelation(means.slice(0, a.length), means.slice(a.length));
  };
  const points = a.length;
  const unjudged = (estimate: number, verdict: TrendVerdict): Trend => ({
    correlation: { estimate, low: NaN, high: NaN },
    byChance: NaN,
    points,
    verdict,
  });
  if (points < leastPoints) return unjudged(NaN, "too few points to say");
  const samples = [...a, ...b];
  const enough = samples.every(({ length }) => length >= leastRepetitions);
  if (!enough) return unjudged(correlate(samples), "too few repetitions to say");
  const correlation = bootstrap(samples, correlate, options);
  const means = samples.map((sample) => mean([...sample]));
  const byChance = shareByChance(means.slice(0, points), means.slice(points), options.seed);
  return { correlation, byChance, points, verdict: trendVerdictOf(correlation, byChance) };
}

function trendVerdictOf({ low, high }: Interval, byChance: number): TrendVerdict {
  if (byChance > mostByChance) return "no common trend shown";
  if (low > 0) return "the same trend";
  return high < 0 ? "opposite trends" : "no common trend shown";
}

/** Spearman's; where one side does not vary at all there is no order, and none to agree with. */
function rankCorrelation(x: readonly number[], y: readonly number[]): number {
  const flat = (values: readonly number[]) => new Set(values).size < 2;
  return flat(x) || flat(y) ? NaN : sampleRankCorrelation([...x], [...y]);
}
