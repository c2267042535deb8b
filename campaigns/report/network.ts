import type { WorkloadRecord } from "../../workloads/results/schema";

type Timeline = NonNullable<WorkloadRecord["timeline"]>;

/** What was done to links and services on purpose, to be drawn below a plot over time. */
export interface NetworkStrip {
  /** Height of the strip, pixels; 0 if there is nothing to draw. */
  readonly height: number;
  /** Vega-Lite layers: bars from `from` to `until`, below the plot's foot, and their names. */
  readonly layers: readonly { readonly encoding: object; readonly [setting: string]: unknown }[];
  /** What to say of it; empty if there is nothing. */
  readonly caption: string;
}

const rowHeight = 15;
const gap = 4;
/** Rows beyond these would take more room than the plot. */
const mostRows = 6;

/**
 * A timeline as a strip with a row a link or service. Of several points, that of the first with one is drawn.
 * @param timelines of each point; undefined where nothing was done
 */
export function networkUnder(timelines: readonly (Timeline | undefined)[]): NetworkStrip {
  const given = timelines.filter((timeline) => timeline !== undefined && timeline.length > 0);
  const [first] = given;
  if (first === undefined) return { height: 0, layers: [], caption: "" };
  const places = [...new Set(first.map(placeOf))];
  const shown = places.slice(0, mostRows);
  const rows = first
    .filter((record) => shown.includes(placeOf(record)))
    .map((record) => ({
      from: record.atSeconds,
      until: record.untilSeconds,
      row: shown.indexOf(placeOf(record)),
      name: `${placeOf(record)}: ${record.what}`,
    }));
  const same =
    given.length === timelines.length && given.every((one) => JSON.stringify(one) === JSON.stringify(first));
  // A row for each: vega counts pixels from the top of the plot, whose height is its own affair.
  const layers = shown.flatMap((_, row) => {
    const top = gap + row * rowHeight;
    const data = { values: rows.filter((one) => one.row === row) };
    const y = (pixels: number) => ({ value: { expr: `height + ${pixels}` } });
    return [
      {
        data,
        mark: { type: "rect", color: "var(--plot-1)", opacity: 0.35 },
        encoding: { x2: { field: "until" }, y: y(top), y2: y(top + rowHeight - 3) },
      },
      {
        data,
        mark: { type: "text", align: "left", baseline: "middle", dx: 3, fontSize: 10, color: "currentColor" },
        encoding: { text: { field: "name", type: "nominal" }, y: y(top + (rowHeight - 3) / 2) },
      },
    ];
  });
  return {
    height: gap + shown.length * rowHeight,
    layers,
    caption: ` Below it, what was done on purpose${
      same ? "." : ", at the first point of which that is known."
    }${places.length > shown.length ? ` ${places.length - shown.length} more are not shown.` : ""}`,
  };
}

/** What it was done to. */
function placeOf(record: Timeline[number]): string {
  return "link" in record ? record.link : record.service;
}
