import { rounded } from "./figures";
import type { Durations } from "./rally";

/** Figures of durations in seconds, to the millisecond. Undefined: there are no values. */
export function durationsOf(seconds: readonly number[]): Durations | undefined {
  if (seconds.length === 0) return undefined;
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (share: number) => rounded(percentile(sorted, share));
  return {
    min: at(0),
    median: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    max: at(1),
    mean: rounded(sorted.reduce((sum, value) => sum + value, 0) / sorted.length),
  };
}

/** Between two values in proportion, as Rally's (rally.task.processing.utils.percentile; type 7 of Hyndman and Fan, 1996). */
function percentile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return low + (high - low) * (place - Math.floor(place));
}
