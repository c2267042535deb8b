import { mean } from "simple-statistics";
import { isDeepStrictEqual } from "util";
import type { Value } from "../columns";
import type { BootstrapOptions } from "../statistics/bootstrap";
import type { Trend } from "../statistics/effect";
import type { Group } from "./compare";
import { metrics, valuesOf, type Metric } from "./metrics";
import { isAlwaysReached } from "./never";
import { axisOf, isFlat, judge, linesOf, ordersOf, type Line, type Order, type TrendPoint } from "./orders";

export interface ComparedTrend {
  readonly workload: string;
  readonly metric: Metric;
  /** Of all points together: what the figure depends on most decides it. */
  readonly trend: Trend;
  /** Of each line of points, a bus say, over the number that was varied; empty where that is all that was varied. */
  readonly lines: readonly Line[];
  /** Of the lines, the order at each value of that number. */
  readonly orders: readonly Order[];
  /** Whether all figures of A are one, and all of B. */
  readonly flat: boolean;
  /** The point whose means those of `shape` are multiples of: the first that all trends have, if there is one. */
  readonly base: Readonly<Record<string, Value>>;
  /**
   * Each point's mean as a multiple of the base's, on either side, at the points of all trends: absent where this one
   * has no figure, or the base's is 0.
   */
  readonly shape: readonly {
    readonly point: Readonly<Record<string, Value>>;
    readonly a: number | undefined;
    readonly b: number | undefined;
  }[];
}

type Point = Group["point"];

/** How every figure goes over the points that both sides have, on either side. */
export function trendsOf(
  pairs: readonly { one: Group; other: Group }[],
  options: BootstrapOptions,
): ComparedTrend[] {
  const workloads = [...new Set(pairs.map(({ one }) => one.workload))];
  const measured = workloads.flatMap((workload) =>
    metrics.map((metric) => ({ workload, metric, points: pointsOf(pairs, workload, metric) })),
  );
  const told = measured.filter(({ points }) => points.length > 0);
  // Groups are in the campaign's order; each workload may lack points that another has.
  const all = pairs
    .map(({ one }) => one.point)
    .filter((point, at, points) => points.findIndex((other) => isDeepStrictEqual(other, point)) === at)
    .filter((point) => told.some(({ points }) => pointAt(points, point)));
  // One base for all, so that they can be read side by side.
  const common = all.find((point) => told.every(({ points }) => pointAt(points, point) !== undefined));
  const axis = axisOf(all);
  return told.map(({ workload, metric, points }) => {
    const base = common ?? points[0]?.point ?? {};
    return {
      workload,
      metric,
      trend: judge(points, options),
      flat: isFlat(points),
      lines: linesOf(points, axis, options),
      orders: ordersOf(points, axis, options),
      base,
      shape: shapeOf(points, all, base),
    };
  });
}

function pointsOf(
  pairs: readonly { one: Group; other: Group }[],
  workload: string,
  metric: Metric,
): TrendPoint[] {
  return pairs
    .filter(({ one, other }) => one.workload === workload && isAlwaysReached(one, other)(metric))
    .map(({ one, other }) => ({
      point: one.point,
      a: valuesOf(one.rows, metric),
      b: valuesOf(other.rows, metric),
    }))
    .filter(({ a, b }) => a.length > 0 && b.length > 0);
}

function shapeOf(points: readonly TrendPoint[], all: readonly Point[], base: Point): ComparedTrend["shape"] {
  const reference = pointAt(points, base);
  return all.map((point) => {
    const here = pointAt(points, point);
    return { point, a: multiple(here?.a, reference?.a), b: multiple(here?.b, reference?.b) };
  });
}

function multiple(
  values: readonly number[] | undefined,
  base: readonly number[] | undefined,
): number | undefined {
  if (!values || !base) return undefined;
  const reference = mean([...base]);
  return reference === 0 ? undefined : mean([...values]) / reference;
}

function pointAt(points: readonly TrendPoint[], wanted: Point): TrendPoint | undefined {
  return points.find(({ point }) => isDeepStrictEqual(point, wanted));
}
