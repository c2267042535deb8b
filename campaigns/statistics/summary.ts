import { mean } from "simple-statistics";
import { bootstrap, leastRepetitions } from "./bootstrap";

/** A figure over repetitions. */
export interface Summary {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly repetitions: number;
  /** What `low` and `high` are: a 95 % interval of the mean, or, of too few repetitions, the extremes. */
  readonly spread: "interval" | "extremes";
}

/** Sums up values, one a repetition; undefined where there is none. */
export function summarizeValues(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  if (values.length < leastRepetitions)
    return {
      mean: mean([...values]),
      low: Math.min(...values),
      high: Math.max(...values),
      repetitions: values.length,
      spread: "extremes",
    };
  const { estimate, low, high } = bootstrap([values], ([sample]) => mean([...(sample ?? [])]));
  return { mean: estimate, low, high, repetitions: values.length, spread: "interval" };
}
