import { mean, sampleRankCorrelation } from "simple-statistics";
import { bootstrap, leastRepetitions, type BootstrapOptions, type Interval } from "./bootstrap";

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

/** Fewer points than this have a rank correlation of 1 by chance too often (4 points: one order in 24). */
export const leastPoints = 4;

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
  readonly points: number;
  readonly verdict: TrendVerdict;
}

/**
 * Compares two campaigns by trend: Spearman's rank correlation (C. Spearman, 1904) between their means at the same
 * points, with a bootstrap interval over the repetitions of each point.
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
  if (points < leastPoints)
    return { correlation: { estimate: NaN, low: NaN, high: NaN }, points, verdict: "too few points to say" };
  const samples = [...a, ...b];
  const enough = samples.every(({ length }) => length >= leastRepetitions);
  if (!enough) {
    const estimate = correlate(samples);
    return { correlation: { estimate, low: NaN, high: NaN }, points, verdict: "too few repetitions to say" };
  }
  const correlation = bootstrap(samples, correlate, options);
  const verdict =
    correlation.low > 0
      ? "the same trend"
      : correlation.high < 0
        ? "opposite trends"
        : "no common trend shown";
  return { correlation, points, verdict };
}

/** Spearman's; where one side does not vary at all there is no order, and none to agree with. */
function rankCorrelation(x: readonly number[], y: readonly number[]): number {
  const flat = (values: readonly number[]) => new Set(values).size < 2;
  return flat(x) || flat(y) ? NaN : sampleRankCorrelation([...x], [...y]);
}
