import seedrandom from "seedrandom";
import type { CampaignDefinition, Json } from "./schema";

/** One combination of values; `values` are by path, in the order in which the campaign names them. */
export interface Point {
  /** Position in the campaign's own order, from 0. */
  readonly index: number;
  readonly values: Readonly<Record<string, Json>>;
}

/** One measurement that is to be made: a point, once. */
export interface Cell {
  /** Position in the random order, from 0. */
  readonly index: number;
  /** {@link Point.index} */
  readonly point: number;
  /** From 1. */
  readonly repetition: number;
}

/**
 * The points of a campaign: each of the list, with each step of the zip, with each combination of the grid. Faults are
 * not among them, as what there is to be broken is known of a point only.
 */
export function planPoints({ list, zip, grid }: Pick<CampaignDefinition, "list" | "zip" | "grid">): Point[] {
  const combined = cross(cross(list ?? [{}], zipped(zip ?? {})), combinations(grid ?? {}));
  return combined.map((values, index) => ({ index, values }));
}

/**
 * The order of measurement: a randomised complete block design. Each repetition is a pass over all points in an
 * order of its own, so that whatever drifts while the campaign runs (temperature, other load, a filling disk)
 * meets all points alike, and a campaign cut short has measured all points about equally often.
 * (D. C. Montgomery, Design and Analysis of Experiments, chapter 4.)
 */
export function planOrder(points: number, repetitions: number, seed: number): Cell[] {
  const random = seedrandom(String(seed));
  return Array.from({ length: repetitions }, (_, block) =>
    shuffled(points, random).map((point) => ({ point, repetition: block + 1 })),
  )
    .flat()
    .map((cell, index) => ({ index, ...cell }));
}

type Values = Readonly<Record<string, Json>>;

function cross(left: readonly Values[], right: readonly Values[]): Values[] {
  return left.flatMap((a) => right.map((b) => ({ ...a, ...b })));
}

function combinations(axes: Readonly<Record<string, readonly Json[]>>): Values[] {
  return Object.entries(axes).reduce<Values[]>(
    (found, [path, values]) =>
      cross(
        found,
        values.map((value) => ({ [path]: value })),
      ),
    [{}],
  );
}

function zipped(axes: Readonly<Record<string, readonly Json[]>>): Values[] {
  const entries = Object.entries(axes);
  const length = entries[0]?.[1].length;
  if (length === undefined) return [{}];
  return Array.from({ length }, (_, at) =>
    Object.fromEntries(entries.map(([path, values]) => [path, values[at] ?? null])),
  );
}

/** 0 to `length` - 1 in random order (Fisher and Yates; Knuth, TAOCP 3.4.2, algorithm P). */
function shuffled(length: number, random: () => number): number[] {
  const order = Array.from({ length }, (_, at) => at);
  for (let at = length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}

/** A point for people: `links[0].delay 25ms, bus.kind rabbitmq`. */
export function describePoint(values: Values, labels: Readonly<Record<string, string>> = {}): string {
  const parts = Object.entries(values).map(
    ([path, value]) => `${labels[path] ?? path} ${describeValue(value)}`,
  );
  return parts.join(", ") || "the scenario as it is";
}

/**
 * A value for people: of maps the values, and in lists the keys too, as those are what tells items apart; of what is only named, as
 * in `{ edge: {} }`, the name.
 */
export function describeValue(value: Json): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.map(showItem).join("/");
  const entries = Object.entries(value);
  if (entries.length === 0) return "none";
  return entries.map(([key, inner]) => (isEmpty(inner) ? key : describeValue(inner))).join(" ");
}

function isEmpty(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function showItem(value: Json): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return describeValue(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${describeValue(inner)}`)
    .join(" ");
}

/** Each of the points with each of its own further values at `path`, counted anew. */
export function expandPoints(
  points: readonly Point[],
  path: string,
  valuesOf: (point: Point) => readonly Json[],
): Point[] {
  return points
    .flatMap((point) => valuesOf(point).map((value) => ({ ...point.values, [path]: value })))
    .map((values, index) => ({ index, values }));
}
