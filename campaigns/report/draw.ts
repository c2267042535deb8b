import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { PlotSpec } from "./encodings";

/** Colours that keep their distance for those who see few hues (Okabe and Ito 2008, darkened or lightened). */
const palette = {
  light: [
    "#0072b2",
    "#b35c00",
    "#00795a",
    "#a3367b",
    "#5b6470",
    "#8a6d00",
    "#3f51b5",
    "#7a1f1f",
    "#00838f",
    "#4e342e",
  ],
  dark: [
    "#56b4e9",
    "#f0a040",
    "#3fcf9f",
    "#e58fc4",
    "#aab4bf",
    "#e6d650",
    "#9fa8da",
    "#ff8a80",
    "#4dd0e1",
    "#bcaaa4",
  ],
};
const ink = { light: "#17212b", dark: "#e8eef4" };
const grid = { light: "#d9e0e7", dark: "#33404d" };

const names = palette.light.map((_, at) => `--plot-${at}`);

/** The colours of a plot inside a page, by the page's own scheme. */
export const plotColours = { light: rules("light"), dark: rules("dark") };

function rules(scheme: "light" | "dark"): string {
  const all = [
    ...names.map((name, at) => `${name}: ${palette[scheme][at] ?? ""}`),
    `--plot-grid: ${grid[scheme]}`,
  ];
  return all.join("; ");
}

/** What a plot is drawn for: a wide page, a narrow one. */
export const widths = { wide: 640, narrow: 330 } as const;

/** The settings that all plots share. Colours are variables, which the page sets for light and dark. */
function configured(spec: PlotSpec, width: number): TopLevelSpec {
  const narrow = width < 400;
  return {
    background: "transparent",
    padding: 4,
    autosize: { type: "fit-x", contains: "padding" },
    width,
    height: narrow ? 230 : 300,
    ...spec,
    config: {
      font: "DejaVu Sans, Verdana, system-ui, sans-serif",
      axis: {
        labelColor: "currentColor",
        titleColor: "currentColor",
        domainColor: "currentColor",
        tickColor: "currentColor",
        gridColor: "var(--plot-grid)",
        labelFontSize: 11,
        titleFontSize: 12,
        titleFontWeight: "normal",
        labelFlush: true,
      },
      legend: {
        labelColor: "currentColor",
        titleColor: "currentColor",
        orient: "bottom",
        columns: legendColumns(spec, width),
        // Two legends side by side would not fit a narrow page.
        layout: { bottom: { direction: "vertical", anchor: "start" } },
        labelFontSize: 11,
        titleFontSize: 11,
        titleFontWeight: "normal",
        // Without a canvas Vega takes a character for 8.8 px, and it is some 7 px wide.
        labelLimit: 1.25 * (width - 60),
        symbolStrokeWidth: 2,
      },
      view: { stroke: null },
      range: { category: names.map((name) => `var(${name})`) },
    },
    // The types do not know `legend.layout`, which Vega has.
  } as unknown as TopLevelSpec;
}

/** As many columns as fit the longest of a plot's legend entries: what does not fit is cut off. */
function legendColumns({ data }: PlotSpec, width: number): number {
  const entries = data.values.flatMap((value) =>
    Object.entries(value).flatMap(([field, text]) =>
      ["label", "series", "percentile"].includes(field) && typeof text === "string" ? [text.length] : [],
    ),
  );
  const longest = entries.reduce((most, length) => Math.max(most, length), 4);
  // A character of the labels' size is some 7 px wide; the symbol and the gap take 56.
  return Math.max(1, Math.floor(width / (7 * longest + 56)));
}

/** Draws a plot as SVG for the inside of a page. */
export async function drawInline(spec: PlotSpec, width: number): Promise<string> {
  const view = new vega.View(vega.parse(compile(configured(spec, width)).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Draws a plot as an SVG file of its own, light, for papers. */
export async function drawFile(spec: PlotSpec): Promise<string> {
  const inline = await drawInline(spec, widths.wide);
  const coloured = names
    .reduceRight((svg, name, at) => svg.replaceAll(`var(${name})`, palette.light[at] ?? ""), inline)
    .replaceAll("var(--plot-grid)", grid.light)
    .replaceAll("currentColor", ink.light);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${coloured}\n`;
}
