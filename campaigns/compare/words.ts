import Table from "cli-table3";
import { isDeepStrictEqual } from "util";
import { borderless } from "../../workloads/results/layout";
import { leastPoints, mostByChance } from "../statistics/effect";
import type { ComparedEffect, Comparison } from "./compare";
import type { Metric } from "./metrics";
import { describeLines, describeOrders, judged } from "./orderWords";
import { describeValues, show } from "./pointWords";
import type { ComparedTrend } from "./trends";

const unknownMachine = "It is not known whether A and B are of one machine: if not, no verdict below holds.";

/** Share of intervals that miss the truth. */
const missed = 0.05;

/**
 * A comparison for people: what is not the same first, then the figures, then what they do not say.
 * @param settings What the scenarios differ in besides what was varied, a line each.
 */
export function describeComparison(comparison: Comparison, settings: readonly string[] = []): string {
  const { a, b, environment, sameMachine, by, treatment, effects, trends, notes } = comparison;
  return [
    `A: ${a}`,
    `B: ${b}`,
    ...(settings.length > 0 ? ["", "The scenarios differ, besides in what was varied, in:"] : []),
    ...settings.map((line) => `  ${line}`),
    ...(environment.length > 0 ? ["", "Not the same about A and B, besides what was varied:"] : []),
    ...environment.map((difference) => `  ${difference.what}: ${difference.a} → ${difference.b}`),
    ...(by === "trend"
      ? [
          "",
          "A and B were measured on different machines: their absolutes say nothing about each other and are not shown.",
          "What is compared is how a figure goes over the points that both have.",
        ]
      : []),
    ...(by === "absolutes" && !sameMachine ? ["", unknownMachine] : []),
    ...(treatment.length > 0 ? ["", "Compared:"] : []),
    ...treatment.map((item) => `  ${item.parameter}: ${show(item.a)} → ${show(item.b)}`),
    "",
    by === "trend" ? trendTable(trends) : effectTable(effects.filter((item) => !isNone(item))),
    ...(by === "trend"
      ? [...describePoints(trends), ...describeLines(trends), ...describeOrders(trends)]
      : []),
    "",
    ...noneOf(effects, trends),
    ...notes,
    ...explanation(comparison),
  ].join("\n");
}

/** What to bear in mind with these figures, a sentence each. */
export function explanation({ by, sameMachine, effects, trends }: Comparison): string[] {
  if (by === "trend") return trendExplanation(trends);
  const judged = effects.filter(({ effect }) => effect.verdict !== "too few repetitions to say").length;
  return [
    ...(sameMachine ? [] : [unknownMachine]),
    "Effect: of the mean over repetitions, B against A; intervals by the BCa bootstrap over repetitions, 95 %. " +
      "No difference shown is not the same as shown to be no different: the interval says how large it may still be.",
    ...(judged > 1
      ? [
          `Of ${judged} comparisons some ${Math.max(1, Math.round(judged * missed))} would show a difference by chance alone.`,
        ]
      : []),
    ...(judged < effects.length
      ? ["A verdict takes at least 5 repetitions on either side: `buswide campaign run` makes them."]
      : []),
  ];
}

function trendExplanation(trends: readonly ComparedTrend[]): string[] {
  const all = trends.flatMap(({ trend, lines, orders }) => [
    trend,
    ...[...lines, ...orders].map((part) => part.trend),
  ]);
  const judged = all.filter(
    ({ byChance, correlation }) => !Number.isNaN(byChance) && !Number.isNaN(correlation.estimate),
  ).length;
  return [
    "Correlation: Spearman's, of the points' means; intervals by the BCa bootstrap over each point's repetitions, 95 %. " +
      "By chance: how often points in random order have a correlation as far from 0. " +
      `A trend takes an interval that leaves 0 out, and ${mostByChance} by chance at most.`,
    ...(judged > 1
      ? [
          `Of ${judged} correlations some ${Math.max(1, Math.round(judged * mostByChance))} would show a trend, the same or the opposite one, by chance alone.`,
        ]
      : []),
    ...(trends.some(({ trend }) => trend.verdict === "too few points to say")
      ? [
          `Fewer than ${leastPoints} points can show no common trend: 4 are in the same order or the opposite one by chance in 2 of 24 cases.`,
        ]
      : []),
    ...(trends.some(({ lines }) => lines.length > 0)
      ? [
          "Of all points together, the parameter that a figure depends on most decides the correlation: how a figure goes over one number is in the rows of each line, and how the lines stand to each other in their orders.",
        ]
      : []),
    ...(trends.some(({ orders }) => orders.length > 0)
      ? [
          "Orders: lines are told apart where the 95 % intervals of their means are; the verdict is of the pairs that are so on both sides, and names them where those are not all. Lines that ≈ joins overlap each with another of them, and not all with all.",
        ]
      : []),
  ];
}

/** Nothing lost, say, on either side: a line for all of them says it. */
function isNone({ metric, effect }: ComparedEffect): boolean {
  return metric.unit === "" && effect.means.every((value) => value === 0);
}

/** The same of a trend: figures that are one at all points, and no multiples, as they are 0. */
function isNowhere({ flat, shape }: ComparedTrend): boolean {
  return flat && shape.every(({ a, b }) => a === undefined && b === undefined);
}

function noneOf(effects: readonly ComparedEffect[], trends: readonly ComparedTrend[]): string[] {
  const none = [...effects.filter(isNone), ...trends.filter(isNowhere)];
  const labels = [...new Set(none.map(({ metric }) => metric.label))];
  return labels.length === 0
    ? []
    : [`Where ${labels.join(", ")} are not shown, there were none on either side.`];
}

function describePoints(trends: readonly ComparedTrend[]): string[] {
  const [first] = trends;
  if (!first) return [];
  const points = first.shape.map(({ point }) => describeValues(point));
  const common = trends.every(({ base }) => isDeepStrictEqual(base, first.base));
  return [
    `Points, in order: ${points.join("; ")}`,
    common
      ? `Multiples: of the figure at ${describeValues(first.base) || "the only point"}, the first point that all rows have; –: no figure, or none to be a multiple of.`
      : "Multiples: of each row's own first figure, as there is no point that all rows have: no row's are to be held against another's; –: no figure, or none to be a multiple of.",
  ];
}

function effectTable(effects: readonly ComparedEffect[]): string {
  const table = new Table({
    head: ["point", "workload", "figure", "A", "B", "effect", "95 % interval", "verdict"],
    chars: borderless,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const { point, workload, metric, effect } of effects) {
    const { means, interval, scale, verdict, repetitions } = effect;
    table.push([
      describeValues(point),
      workload,
      metric.label,
      `${figure(means[0], metric)} (${repetitions[0]})`,
      `${figure(means[1], metric)} (${repetitions[1]})`,
      change(interval.estimate, scale, metric),
      Number.isNaN(interval.low)
        ? "–"
        : `${change(interval.low, scale, metric)} … ${change(interval.high, scale, metric)}`,
      verdict,
    ]);
  }
  return table.toString().replace(/ +$/gm, "");
}

function trendTable(trends: readonly ComparedTrend[]): string {
  const table = new Table({
    head: [
      "workload",
      "figure",
      "points",
      "A, multiples",
      "B, multiples",
      "rank correlation",
      "by chance",
      "verdict",
    ],
    chars: borderless,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const { workload, metric, trend, shape } of trends.filter((item) => !isNowhere(item)))
    table.push([
      workload,
      metric.label,
      trend.points,
      shape.map(({ a }) => multiple(a)).join(" "),
      shape.map(({ b }) => multiple(b)).join(" "),
      ...judged(trend),
    ]);
  return table.toString().replace(/ +$/gm, "");
}

function multiple(value: number | undefined): string {
  return value === undefined ? "–" : `×${Number(value.toPrecision(3))}`;
}

/** A change with its sign: `+4.2 %`, `-0.3 ms`. */
export function change(value: number, scale: "relative" | "absolute", metric: Metric): string {
  const number = scale === "relative" ? 100 * value : value;
  const digits = Number(number.toPrecision(Math.abs(number) >= 100 ? 3 : 2));
  const unit = scale === "relative" ? "%" : metric.unit;
  return `${digits > 0 ? "+" : ""}${digits}${unit ? ` ${unit}` : ""}`;
}

/** A figure with its unit; bytes in MiB. */
export function figure(value: number, metric: Metric): string {
  const [number, unit] = metric.unit === "B" ? [value / 2 ** 20, "MiB"] : [value, metric.unit];
  const digits = Number(number.toPrecision(Math.abs(number) >= 1000 ? 4 : 3));
  return `${digits}${unit ? `${unit.startsWith("/") ? "" : " "}${unit}` : ""}`;
}
