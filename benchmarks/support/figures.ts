import { max, median, min } from "simple-statistics";

/**
 * One line of a benchmark's outcome: a value a pair. Ratios are the verdict; figures with another unit say where
 * a ratio comes from, and mean nothing on another machine.
 */
export interface Figure {
  /** What was measured; for a ratio, what is divided by what. */
  readonly what: string;
  /** `×`: a ratio of two things measured in one pair. */
  readonly unit:
    | "×"
    | "s"
    | "ms"
    | "µs"
    | "%"
    | "MiB"
    | "cores"
    | "core-s"
    | "core-s/Gbit"
    | "packets"
    | "packets/s"
    | "B/s"
    /** A number without a unit, such as the distance of two distribution functions. */
    | "";
  /** One value a pair, in the order of the pairs. */
  readonly values: readonly number[];
}

export interface Summary {
  readonly pairs: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The ratio of each pair, a to b. Errors: a value that is not positive, which no time and no rate is. */
export function ratio(what: string, pairs: readonly (readonly [a: number, b: number])[]): Figure {
  const values = pairs.map(([a, b]) => {
    if (!(a > 0 && b > 0 && Number.isFinite(a) && Number.isFinite(b)))
      throw new RangeError(`${what}: ${a} to ${b} is no ratio of two measured quantities`);
    return a / b;
  });
  return { what, unit: "×", values };
}

/**
 * Median and range. A ratio's median is that of its logarithm, so that turning all pairs round gives exactly
 * its inverse also for an even number of pairs. Errors: there are no values.
 */
export function summarize({ what, unit, values }: Figure): Summary {
  if (values.length === 0) throw new RangeError(`${what}: nothing was measured`);
  const data = [...values];
  const middle = unit === "×" ? Math.exp(median(data.map(Math.log))) : median(data);
  return { pairs: data.length, median: middle, low: min(data), high: max(data) };
}
