import { describeValue } from "./points";
import type { Json } from "./schema";

/** What a cell of the table may hold; undefined: there is no figure. */
export type Value = string | number | boolean | undefined;

/** A parameter as columns of the table have it. */
export interface ParameterColumn {
  /** `links[0].delay_ms`: the path, and the unit where the values have one. */
  readonly name: string;
  /** The path that the campaign varies, of which this is the whole or a part. */
  readonly path: string;
  /** `ms`, `percent`, …; absent: it is a number without a unit, or a word. */
  readonly unit?: string;
  /** By point, in order. */
  readonly values: readonly Value[];
}

/** Units of quantities as scenarios write them, with the unit that a column gives them in. */
const units: Readonly<Record<string, readonly [unit: string, factor: number]>> = {
  us: ["ms", 1e-3],
  ms: ["ms", 1],
  s: ["ms", 1000],
  min: ["ms", 60_000],
  h: ["ms", 3_600_000],
  "%": ["percent", 1],
  bit: ["bit_per_s", 1],
  kbit: ["bit_per_s", 1e3],
  mbit: ["bit_per_s", 1e6],
  gbit: ["bit_per_s", 1e9],
  B: ["bytes", 1],
  KiB: ["bytes", 1024],
  MiB: ["bytes", 1024 ** 2],
  GiB: ["bytes", 1024 ** 3],
  "/s": ["per_s", 1],
  "/min": ["per_s", 1 / 60],
  m: ["km", 1e-3],
  km: ["km", 1],
  "km/s": ["km_per_s", 1],
};
const quantity = /^(\d+(?:\.\d+)?) ?([A-Za-z%/]+)$/;

/**
 * The columns of all varied paths. Maps become a column a leaf (`bus.kind`, `bus.topology`), lists are text: that of
 * JSON, and of lists of maps, such as timelines, words.
 * Where all values of a column are quantities of one kind, they are numbers of one unit, which its name ends with.
 */
export function parameterColumns(points: readonly Readonly<Record<string, Json>>[]): ParameterColumn[] {
  const paths = [...new Set(points.flatMap((values) => Object.keys(values)))];
  return paths.flatMap((path) => {
    const leaves = points.map((values) => flatten(path, values[path]));
    const names = [...new Set(leaves.flatMap((leaf) => [...leaf.keys()]))];
    return names.map((name) =>
      column(
        name,
        path,
        leaves.map((leaf) => leaf.get(name)),
      ),
    );
  });
}

function column(name: string, path: string, raw: readonly Value[]): ParameterColumn {
  const parsed = raw.map((value) => (typeof value === "string" ? parse(value) : undefined));
  const given = raw.filter((value) => value !== undefined);
  const found = new Set(parsed.filter((value) => value !== undefined).map(({ unit }) => unit));
  const [unit] = found;
  const all = parsed.every((value, at) => value !== undefined || raw[at] === undefined);
  if (unit !== undefined && found.size === 1 && all)
    return { name: `${name}_${unit}`, path, unit, values: parsed.map((value) => value?.number) };
  // A column holds one type: where there are several, text.
  const types = new Set(given.map((value) => typeof value));
  const mixed = types.size > 1;
  return {
    name,
    path,
    values: raw.map((value) => (mixed && value !== undefined ? String(value) : value)),
  };
}

/** A quantity as written: its number and its own unit; undefined if it is none. */
export function parseQuantity(text: string): { readonly number: number; readonly unit: string } | undefined {
  const match = quantity.exec(text);
  const unit = match?.[2] ?? "";
  return match && Object.hasOwn(units, unit) ? { number: Number(match[1]), unit } : undefined;
}

function parse(text: string): { readonly number: number; readonly unit: string } | undefined {
  const match = quantity.exec(text);
  const unit = units[match?.[2] ?? ""];
  if (!match || !unit) return undefined;
  return { number: Math.round(Number(match[1]) * unit[1] * 1e9) / 1e9, unit: unit[0] };
}

function flatten(path: string, value: Json | undefined): Map<string, Value> {
  if (value === undefined || value === null) return new Map();
  if (Array.isArray(value)) {
    const hasMaps = value.some((item) => typeof item === "object" && item !== null);
    return new Map([[path, hasMaps ? describeValue(value) : JSON.stringify(value)]]);
  }
  if (typeof value !== "object") return new Map([[path, value]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...flatten(`${path}.${key}`, inner)]));
}
