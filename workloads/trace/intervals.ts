/** A length of time, from its start to its end. */
export type Interval = readonly [start: number, end: number];

/** The same time as intervals in order that neither touch nor overlap; empty ones are gone. */
export function united(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(([start, end]) => end > start).sort(([a], [b]) => a - b);
  const found: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = found.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/** What is left of an interval without others. */
export function without([start, end]: Interval, others: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let from = start;
  for (const [otherStart, otherEnd] of united(others)) {
    if (otherEnd <= from) continue;
    if (otherStart >= end) break;
    if (otherStart > from) left.push([from, otherStart]);
    from = otherEnd;
  }
  if (from < end) left.push([from, end]);
  return left;
}

/** What of an interval lies within another; undefined: nothing. */
export function within([start, end]: Interval, [from, to]: Interval): Interval | undefined {
  const clipped: Interval = [Math.max(start, from), Math.min(end, to)];
  return clipped[1] > clipped[0] ? clipped : undefined;
}

/** How long intervals last, added up. */
export function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, [start, end]) => sum + end - start, 0);
}
