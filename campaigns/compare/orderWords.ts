import Table from "cli-table3";
import { borderless } from "../../workloads/results/layout";
import type { Value } from "../columns";
import type { Interval } from "../statistics/bootstrap";
import { leastPoints, type Trend } from "../statistics/effect";
import type { Order } from "./orders";
import { describeValues, show } from "./pointWords";
import type { ComparedTrend } from "./trends";

type Point = Readonly<Record<string, Value>>;

/** What was found of a trend: its correlation, how often by chance, and the verdict. */
export function judged({ correlation, byChance, verdict }: Trend): string[] {
  return [
    describeCorrelation(correlation),
    Number.isNaN(byChance) ? "–" : String(Number(byChance.toPrecision(2))),
    verdict,
  ];
}

function describeCorrelation({ estimate, low, high }: Interval): string {
  if (Number.isNaN(estimate)) return "–";
  return Number.isNaN(low)
    ? estimate.toFixed(2)
    : `${estimate.toFixed(2)} (${low.toFixed(2)} … ${high.toFixed(2)})`;
}

/** How each line goes over the number that was varied, all else being the same. */
export function describeLines(trends: readonly ComparedTrend[]): string[] {
  const rows = trends.flatMap(({ workload, metric, lines }) => {
    const name = naming(lines.map(({ line }) => line));
    return (
      lines
        // Nothing lost anywhere, say, is no line; what has too few points, or does not vary on one side, is.
        .filter(({ flat }) => !flat)
        .map(({ line, trend }) => [
          workload,
          metric.label,
          name(line),
          String(trend.points),
          ...judged(trend),
        ])
    );
  });
  const head = ["workload", "figure", "line", "points", "rank correlation", "by chance", "verdict"];
  return rows.length === 0 ? [] : ["", "Each line by itself:", tableOf(head, rows)];
}

/** The order of the lines, places at which it is the same together. */
export function describeOrders(trends: readonly ComparedTrend[]): string[] {
  const rows = trends.flatMap(({ workload, metric, orders }) => {
    const name = naming(orders.flatMap(({ a }) => a.flat()));
    const words = (groups: readonly (readonly Point[])[]) =>
      groups.map((lines) => lines.map(name).join(" ≈ ")).join(" < ");
    const told = orders
      // Nothing lost anywhere, say, is no order.
      .filter(({ flat }) => !flat)
      .map((order) => ({ at: order.at, cells: [words(order.a), words(order.b), verdictOf(order, name)] }));
    const distinct = [...new Set(told.map(({ cells }) => JSON.stringify(cells)))];
    return distinct.map((key) => {
      const own = told.filter(({ cells }) => JSON.stringify(cells) === key);
      return [workload, metric.label, places(own.map(({ at }) => at)), ...(own[0]?.cells ?? [])];
    });
  });
  return rows.length === 0
    ? []
    : [
        "",
        "Order of the lines, the lowest figure first (≈: not told apart):",
        tableOf(["workload", "figure", "at", "A", "B", "verdict"], rows),
      ];
}

/** Pairs that are named; of more, how many. */
const mostNamed = 3;

/** With that of their correlation where there are lines enough for one. */
function verdictOf(order: Order, name: (line: Point) => string): string {
  const { verdict, trend } = order;
  const told = `${verdict}${pairsInWords(order, name)}`;
  return trend.points < leastPoints ? told : `${told}; ${trend.verdict}`;
}

/** What a verdict is of where that is not all pairs: ` (1 of 3 pairs told apart on both sides: a < c)`. */
function pairsInWords({ verdict, pairs }: Order, name: (line: Point) => string): string {
  const { of, same, opposite } = pairs;
  const told = same.length + opposite.length;
  if (told === 0 || told === of || verdict === "too few repetitions to say") return "";
  const shown = opposite.length > 0 ? opposite : same;
  const names = shown.slice(0, mostNamed).map(([lower, higher]) => `${name(lower)} < ${name(higher)}`);
  const more = shown.length > names.length ? ` and ${shown.length - names.length} more` : "";
  const which = opposite.length > 0 ? "; on A alone" : "";
  return ` (${told} of ${of} pairs told apart on both sides${which}: ${names.join(", ")}${more})`;
}

/** `links[0].delay_ms 0, 10, 25`. */
function places(points: readonly Point[]): string {
  const [name] = Object.keys(points[0] ?? {});
  return name === undefined ? "all points" : `${name} ${points.map((point) => show(point[name])).join(", ")}`;
}

/** Names lines by what they differ in. */
function naming(lines: readonly Point[]): (line: Point) => string {
  const keys = [...new Set(lines.flatMap((line) => Object.keys(line)))].filter(
    (key) => new Set(lines.map((line) => line[key])).size > 1,
  );
  return (line) => {
    const own = Object.fromEntries(keys.map((key) => [key, line[key]]));
    const words = keys.length === 1 ? show(own[keys[0] ?? ""]) : describeValues(own);
    return words || "the others";
  };
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    chars: borderless,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().replace(/ +$/gm, "");
}
