import type { WorkloadRecord } from "../../workloads/results/schema";

type Timeline = NonNullable<WorkloadRecord["timeline"]>;

/** What was done to a point's links and services. */
export interface PointTimeline {
  readonly planned: Timeline;
  /** The same as it came about; empty where the series does not say. */
  readonly recorded: readonly Bar[];
}

/** One thing that was done, in seconds since the window opened. */
export interface Bar {
  readonly place: string;
  readonly what: string;
  readonly from: number;
  readonly until: number;
}

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
 * A timeline as a strip with a row for each thing that was done to a link or service, at the times recorded, else at
 * those planned. Of several points, that of the first with one is drawn.
 * @param points undefined where nothing was done
 * @param lastSecond the last that the plot shows
 */
export function networkUnder(
  points: readonly (PointTimeline | undefined)[],
  lastSecond: number,
): NetworkStrip {
  const given = points.flatMap((point) => (point && point.planned.length > 0 ? [point] : []));
  const [first] = given;
  if (first === undefined) return { height: 0, layers: [], caption: "" };
  const isRecorded = first.recorded.length > 0;
  const bars = isRecorded ? first.recorded : first.planned.map(barOf);
  const rows = new Map<string, Bar[]>();
  for (const bar of bars) {
    const name = `${bar.place}: ${bar.what}`;
    rows.set(name, [...(rows.get(name) ?? []), bar]);
  }
  const shown = [...rows].slice(0, mostRows);
  const planned = JSON.stringify(first.planned);
  const same =
    given.length === points.length && given.every((one) => JSON.stringify(one.planned) === planned);
  const end = bars.reduce((most, { until }) => Math.max(most, until), Math.max(1, lastSecond));
  return {
    height: gap + shown.length * rowHeight,
    layers: shown.flatMap(([name, own], row) => rowLayers(name, own, gap + row * rowHeight, end)),
    caption: [
      ` Below it, what was done on purpose${same ? "." : ", at the first point of which that is known."}`,
      isRecorded ? "Its times are those recorded." : "Its times are those planned, as none were recorded.",
      ...(rows.size > shown.length
        ? [`${rows.size - shown.length} of its ${rows.size} rows are left out: results.json has all.`]
        : []),
    ].join(" "),
  };
}

/** A row of the strip: Vega counts pixels from the top of the plot, whose height is its own affair. */
function rowLayers(name: string, bars: readonly Bar[], top: number, end: number): NetworkStrip["layers"] {
  const y = (pixels: number) => ({ value: { expr: `height + ${pixels}` } });
  const from = bars.reduce((least, bar) => Math.min(least, bar.from), end);
  const until = bars.reduce((most, bar) => Math.max(most, bar.until), 0);
  // A name that begins late has more room to its left.
  const runsLeft = from > end - until && from > end / 2;
  const room = runsLeft ? until / end : 1 - from / end;
  return [
    {
      data: { values: bars.map((bar) => ({ from: bar.from, until: bar.until })) },
      mark: { type: "rect", color: "var(--plot-1)", opacity: 0.35 },
      encoding: { x2: { field: "until" }, y: y(top), y2: y(top + rowHeight - 3) },
    },
    {
      data: { values: [{ from: runsLeft ? until : from, name }] },
      mark: {
        ...{ type: "text", align: runsLeft ? "right" : "left", baseline: "middle", dx: runsLeft ? -3 : 3 },
        ...{ fontSize: 10, color: "currentColor" },
        // Without a canvas Vega takes characters for wider than they are.
        limit: { expr: `${1.25 * room} * width` },
      },
      encoding: { text: { field: "name", type: "nominal" }, y: y(top + (rowHeight - 3) / 2) },
    },
  ];
}

function barOf(record: Timeline[number]): Bar {
  const place = "link" in record ? record.link : record.service;
  return { place, what: record.what, from: record.atSeconds, until: record.untilSeconds };
}
