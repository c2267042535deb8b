import { isDeepStrictEqual } from "util";
import type { Value } from "../columns";
import { leastRepetitions, type BootstrapOptions } from "../statistics/bootstrap";
import { leastPoints, trendOf, type Trend } from "../statistics/effect";
import { summarizeValues, type Summary } from "../statistics/summary";

type Point = Readonly<Record<string, Value>>;

/** A figure of a workload at one of the points that both sides have. */
export interface TrendPoint {
  readonly point: Point;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** How a figure goes over the number that was varied, all else being as `line` says. */
export interface Line {
  readonly line: Point;
  readonly trend: Trend;
  /** As of an order. */
  readonly flat: boolean;
}

/** Whether two sides have lines in the same order. */
export type OrderVerdict =
  "the same order" | "another order" | "no order shown" | "too few repetitions to say";

/** Lines by their figures at one value of the number that was varied. */
export interface Order {
  /** Empty where no number was varied. */
  readonly at: Point;
  /**
   * The lowest first. Lines of different groups are apart in what their repetitions say; of one group, each overlaps with
   * another, though not with all.
   */
  readonly a: readonly (readonly Point[])[];
  readonly b: readonly (readonly Point[])[];
  /** Of the pairs of lines whose intervals are apart on both sides; none are: no order is shown. */
  readonly verdict: OrderVerdict;
  /** What the verdict is of. */
  readonly pairs: Pairs;
  /** Of fewer than five lines there is none. */
  readonly trend: Trend;
  /** Whether there is nothing to see: all figures of A are one, and all of B. */
  readonly flat: boolean;
}

/** The pairs of lines at one place, and those that are apart on both sides, the lower line on A first. */
export interface Pairs {
  readonly of: number;
  readonly same: readonly (readonly [lower: Point, higher: Point])[];
  /** On B the other way round. */
  readonly opposite: readonly (readonly [lower: Point, higher: Point])[];
}

/** The number that was varied most; undefined: no parameter has but numbers, and several. */
export function axisOf(points: readonly Point[]): string | undefined {
  const names = [...new Set(points.flatMap((point) => Object.keys(point)))];
  const distinct = (name: string) => new Set(points.map((point) => point[name])).size;
  return names
    .filter((name) => distinct(name) > 1 && points.every((point) => typeof point[name] === "number"))
    .sort((one, other) => distinct(other) - distinct(one))[0];
}

/** Each line's trend over the axis: what differs between lines, such as the bus, does not swamp it nor is it swamped. */
export function linesOf(
  points: readonly TrendPoint[],
  axis: string | undefined,
  options: BootstrapOptions,
): Line[] {
  if (axis === undefined) return [];
  const lines = grouped(points, (point) => without(point, axis));
  return lines.length < 2
    ? []
    : lines.map(({ key, own }) => ({ line: key, trend: judge(own, options), flat: isFlat(own) }));
}

/** Whether all figures of A are one, and all of B: of one side alone it is the other that has something to say. */
export function isFlat(points: readonly TrendPoint[]): boolean {
  return (["a", "b"] as const).every((side) => new Set(points.flatMap((one) => one[side])).size < 2);
}

/** The order of the lines at each place along the axis; without an axis, of all points. */
export function ordersOf(
  points: readonly TrendPoint[],
  axis: string | undefined,
  options: BootstrapOptions,
): Order[] {
  const places = grouped(points, (point) => (axis === undefined ? {} : { [axis]: point[axis] }));
  return places.flatMap(({ key, own }) => {
    if (own.length < 2) return [];
    const at = (side: "a" | "b") =>
      own.map((one) => ({
        line: axis === undefined ? one.point : without(one.point, axis),
        summary: summarizeValues(one[side]),
      }));
    const [a, b] = [at("a"), at("b")];
    const pairs = pairsOf(a, b);
    return [
      {
        ...{ at: key, a: ordered(a), b: ordered(b), verdict: verdictOf(a, b, pairs), pairs },
        ...{ trend: judge(own, options), flat: isFlat(own) },
      },
    ];
  });
}

interface Placed {
  readonly line: Point;
  readonly summary: Summary | undefined;
}

/** By their means. A line that overlaps with one of an earlier group makes one of that group and of all that follow. */
function ordered(lines: readonly Placed[]): Point[][] {
  const groups: Placed[][] = [];
  for (const placed of lines.toSorted((one, other) => meanOf(one) - meanOf(other))) {
    const first = groups.findIndex((group) => group.some((one) => sign(one, placed) === 0));
    const joined = first < 0 ? [] : groups.splice(first).flat();
    groups.push([...joined, placed]);
  }
  return groups.map((group) => group.map(({ line }) => line));
}

function meanOf({ summary }: Placed): number {
  return summary?.mean ?? NaN;
}

/** -1: the first is lower, beyond the spread of either; 0: they overlap. */
function sign({ summary: one }: Placed, { summary: other }: Placed): number {
  if (one?.spread !== "interval" || other?.spread !== "interval") return 0;
  if (one.high < other.low) return -1;
  return one.low > other.high ? 1 : 0;
}

/** @param a Lines of A. @param b The same lines of B, in the same order. */
function pairsOf(a: readonly Placed[], b: readonly Placed[]): Pairs {
  const both = a.flatMap((one, at) =>
    a.slice(at + 1).map((other, more) => {
      const [left, right] = [b[at], b[at + 1 + more]];
      const [onA, onB] = [sign(one, other), left && right ? sign(left, right) : 0];
      const pair = onA > 0 ? ([other.line, one.line] as const) : ([one.line, other.line] as const);
      return { pair, agreement: onA * onB };
    }),
  );
  const those = (wanted: number) =>
    both.flatMap(({ pair, agreement }) => (agreement === wanted ? [pair] : []));
  return { of: both.length, same: those(1), opposite: those(-1) };
}

function verdictOf(a: readonly Placed[], b: readonly Placed[], { same, opposite }: Pairs): OrderVerdict {
  const enough = [...a, ...b].filter(({ summary }) => summary?.spread === "interval");
  if (enough.length < a.length + b.length) return "too few repetitions to say";
  if (same.length + opposite.length === 0) return "no order shown";
  return opposite.length === 0 ? "the same order" : "another order";
}

/** The trend over points, of those with enough repetitions where they suffice. */
export function judge(points: readonly TrendPoint[], options: BootstrapOptions): Trend {
  // A point whose repetitions failed is left out rather than that it takes the verdict from all others.
  const enough = points.filter(({ a, b }) => Math.min(a.length, b.length) >= leastRepetitions);
  const judged = enough.length >= leastPoints ? enough : points;
  return trendOf(
    judged.map(({ a }) => a),
    judged.map(({ b }) => b),
    options,
  );
}

function grouped(points: readonly TrendPoint[], keyOf: (point: Point) => Point) {
  const groups: { key: Point; own: TrendPoint[] }[] = [];
  for (const one of points) {
    const key = keyOf(one.point);
    const group = groups.find((known) => isDeepStrictEqual(known.key, key));
    if (group) group.own.push(one);
    else groups.push({ key, own: [one] });
  }
  return groups;
}

function without(point: Point, name: string): Point {
  return Object.fromEntries(Object.entries(point).filter(([key]) => key !== name));
}
