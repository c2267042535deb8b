import type { PlotSpec } from "./encodings";

/** Characters of a line of a row's name: more would leave a narrow page no room for the marks. */
const lineLength = 20;
/** Height of a line, and of what is between two rows, pixels. */
const [lineHeight, gap] = [13, 9];

/** A name broken between words into lines that fit beside a plot. */
export function inLines(name: string): string {
  const lines: string[] = [];
  for (const word of name.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= lineLength)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

/** A row a point, with its name, its mean and whiskers: for points that no number tells apart. */
export function inRows(
  values: readonly { readonly point?: unknown }[],
  { title, scale, color }: { readonly title: string; readonly scale: object; readonly color: object },
): PlotSpec {
  const points = [...new Set(values.map(({ point }) => String(point)))];
  const lines = Math.max(...points.map((point) => point.split("\n").length));
  return {
    data: { values },
    height: points.length * (lines * lineHeight + gap),
    encoding: {
      x: { field: "mean", type: "quantitative", title, scale },
      y: {
        field: "point",
        type: "nominal",
        title: null,
        sort: points,
        axis: { labelExpr: "split(datum.label, '\\n')", labelLimit: 0, labelFlush: false, grid: true },
      },
      color,
    },
    layer: [
      { mark: { type: "point", filled: true, size: 40, opacity: 1 } },
      {
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: { x: { field: "low", type: "quantitative" }, x2: { field: "high" } },
      },
    ],
  };
}
