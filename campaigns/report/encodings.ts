import type { Axes } from "./summary";

/** A plot and what it shows. */
export interface Plot {
  /** The name of its file. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly spec: PlotSpec;
}

/** What of a Vega-Lite specification is the plot's own; size, fonts and colours are all plots'. */
export interface PlotSpec {
  readonly data: { readonly values: readonly object[] };
  readonly [setting: string]: unknown;
}

/** Beyond this ratio of the greatest to the least, a linear axis has most of its points in one place. */
const widest = 20;

/** Along the campaign's main parameter; where its values are far apart, by their logarithms, zero having its place. */
export function xEncoding({ title, x }: Pick<Axes, "title" | "x">): object {
  const encoding = { field: "x", type: "quantitative", title };
  const places = [...new Set(x?.values.filter((value) => typeof value === "number") ?? [])];
  const least = Math.min(...places.filter((value) => value > 0));
  if (places.length < 3 || Math.min(...places) < 0 || Math.max(...places) <= widest * least) return encoding;
  const values = places.sort((a, b) => a - b);
  return { ...encoding, scale: { type: "symlog", constant: least, nice: false }, axis: { values } };
}

/** Logarithmic where a linear axis would flatten what it spans to a line at its foot. */
export function scaleFor(values: readonly number[]): object {
  const positive = values.every((value) => value > 0);
  return positive && Math.max(...values) > widest * Math.min(...values)
    ? { type: "log", nice: false }
    : { zero: true };
}

export function colourEncoding(field: string): object {
  return { field, type: "nominal", title: null };
}
