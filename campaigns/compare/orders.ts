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
}

/** Whether two sides have lines in the same order. */
export type OrderVerdict =
  "the same order" | "another order" | "no order shown" | "too few repetitions to say";

/** Lines by their figures at one value of the number that was varied. */
export interface Order {
  /** Empty where no number was varied. */
  readonly at: Point;
  /** The lowest first; within a group, neighbours overlap in what their repetitions say. */
  readonly a: readonly (readonly Point[])[];
  readonly b: readonly (readonly Point[])[];
  /** Of the pairs of lines whose intervals are apart on both sides; none are: no order is shown. */
  readonly verdict: OrderVerdict;
  /** Of fewer than five lines there is none. */
  readonly trend: Trend;
  /** Whether all figures of either side are one. */
  readonly flat: boolean;
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
  return lines.length < 2 ? [] : lines.map(({ key, own }) => ({ line: key, trend: judge(own, options) }));
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
    return [
      {
        ...{ at: key, a: ordered(a), b: ordered(b), verdict: verdictOf(a, b), trend: judge(own, options) },
        flat: [own.flatMap((one) => one.a), own.flatMap((one) => one.b)].some(
          (values) => new Set(values).size < 2,
        ),
      },
    ];
  });
}

interface Placed {
  readonly line: Point;
  readonly summary: Summary | undefined;
}

/** By their means; what overlaps its neighbour is in one group with it. */
function ordered(lines: readonly Placed[]): Point[][] {
  const groups: { last: Placed; lines: Point[] }[] = [];
  for (const placed of lines.toSorted((one, other) => meanOf(one) - meanOf(other))) {
    const group = groups.at(-1);
    if (group && sign(group.last, placed) === 0) {
      group.lines.push(placed.line);
      group.last = placed;
    } else groups.push({ last: placed, lines: [placed.line] });
  }
  return groups.map((group) => group.lines);
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

function verdictOf(a: readonly Placed[], b: readonly Placed[]): OrderVerdict {
  const enough = [...a, ...b].filter(({ summary }) => summary?.spread === "interval");
  if (enough.length < a.length + b.length) return "too few repetitions to say";
  const signs = (lines: readonly Placed[]) =>
    lines.flatMap((one, at) => lines.slice(at + 1).map((other) => sign(one, other)));
  const [left, right] = [signs(a), signs(b)];
  const both = left.map((value, at) => value * (right[at] ?? 0)).filter((value) => value !== 0);
  if (both.length === 0) return "no order shown";
  return both.every((value) => value > 0) ? "the same order" : "another order";
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
