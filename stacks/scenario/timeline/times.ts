import type { Report } from "../links/names";

/**
 * When what begins at `at` and lasts for `duration` (absent: to the window's end) is over, seconds from the window's
 * start. What does not fit into the window is reported, and undefined.
 */
export function endOf(
  { at, for: lasts }: { readonly at: number; readonly for?: number | undefined },
  durationSeconds: number,
  report: Report,
): number | undefined {
  if (at >= durationSeconds) {
    report(["at"], `${at}s is not within the workload's duration of ${durationSeconds}s: use less`);
    return undefined;
  }
  const until = lasts === undefined ? durationSeconds : round(at + lasts);
  if (until > durationSeconds) {
    report(
      ["for"],
      `${lasts}s from ${at}s on ends at ${until}s, after the workload's duration of ${durationSeconds}s: use at most ${round(durationSeconds - at)}s, or leave it out`,
    );
    return undefined;
  }
  return until;
}

/** A time or figure without what binary fractions add to it. */
export function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
