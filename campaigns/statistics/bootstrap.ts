import { studentt } from "jstat";
import seedrandom from "seedrandom";
import { cumulativeStdNormalProbability, mean, probit, quantileSorted } from "simple-statistics";

/** An estimate with its confidence interval. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Share of intervals that should hold the true value, 0 … 1; default 0.95. */
  readonly confidence?: number;
  /** Resamples; default 4000. */
  readonly resamples?: number;
  /** Seed of the resampling: the same data gives the same interval. */
  readonly seed?: number;
}

/** A function of samples, one array a sample: a difference, a ratio, a correlation. */
export type Statistic = (samples: readonly (readonly number[])[]) => number;

/** Fewer values than this in a sample, and what the bootstrap resamples says next to nothing of what it was drawn from. */
export const leastRepetitions = 5;

/**
 * The bias-corrected and accelerated (BCa) bootstrap interval of a statistic of independent samples, each
 * resampled by itself (B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 14;
 * acceleration of several samples: T. DiCiccio, B. Efron, Bootstrap Confidence Intervals, Statistical Science 11,
 * 1996). Intervals of few values are too narrow; the tails are taken wider for it as by Student's distribution
 * (T. Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69, 2015, section 4).
 * Errors: a sample is empty.
 */
export function bootstrap(
  samples: readonly (readonly number[])[],
  statistic: Statistic,
  { confidence = 0.95, resamples = 4000, seed = 1 }: BootstrapOptions = {},
): Interval {
  if (samples.some(({ length }) => length === 0)) throw new Error("there is nothing to resample");
  const estimate = statistic(samples);
  const random = seedrandom.alea(String(seed));
  const replicates = Array.from({ length: resamples }, () =>
    statistic(samples.map((sample) => resampled(sample, random))),
  )
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const [first] = replicates;
  if (first === undefined || !Number.isFinite(estimate)) return { estimate, low: NaN, high: NaN };
  if (first === replicates.at(-1)) return { estimate, low: first, high: first };
  const bias = biasCorrection(replicates, estimate);
  const acceleration = accelerationOf(samples, statistic);
  const at = (z: number) => {
    const shifted = bias + (bias + z) / (1 - acceleration * (bias + z));
    return quantileSorted(replicates, clamp(cumulativeStdNormalProbability(shifted)));
  };
  const z = widened(confidence, Math.min(...samples.map(({ length }) => length)));
  return { estimate, low: at(-z), high: at(z) };
}

/** Standard normal quantile of the wanted tail, widened for samples of `n` values as their t interval would be. */
function widened(confidence: number, n: number): number {
  const tail = (1 + confidence) / 2;
  return n < 2 ? probit(tail) : Math.sqrt(n / (n - 1)) * studentt.inv(tail, n - 1);
}

/** How far the estimate is from the middle of its replicates, in standard normal terms; ties count half. */
function biasCorrection(sorted: readonly number[], estimate: number): number {
  const below = sorted.filter((value) => value < estimate).length;
  const equal = sorted.filter((value) => value === estimate).length;
  const share = (below + equal / 2) / sorted.length;
  // The estimate is beyond all replicates only by the discreteness of small samples.
  return probit(Math.min(Math.max(share, 1 / sorted.length), 1 - 1 / sorted.length));
}

/** By the jackknife, over all samples. */
function accelerationOf(samples: readonly (readonly number[])[], statistic: Statistic): number {
  let cubes = 0;
  let squares = 0;
  for (const [at, sample] of samples.entries()) {
    if (sample.length < 2) continue;
    const without = sample.map((_, left) =>
      statistic(samples.map((other, index) => (index === at ? other.filter((__, i) => i !== left) : other))),
    );
    if (!without.every(Number.isFinite)) return 0;
    const middle = mean(without);
    for (const value of without) {
      const influence = ((sample.length - 1) * (middle - value)) / sample.length;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

function resampled(sample: readonly number[], random: () => number): number[] {
  return sample.map(() => sample[Math.floor(random() * sample.length)] ?? NaN);
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}
