import type { Cells } from "../../workloads/results/cells";

/** A table in Markdown, its columns as wide as their widest cell. A bar in a cell is no end of it. */
export function markdownTable({ head, rows }: Cells): string[] {
  const all = [head, ...rows].map((cells) => cells.map((text) => text.replaceAll("|", "\\|")));
  const widths = head.map((_, at) => Math.max(3, ...all.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [first = [], ...body] = all;
  return [line(first), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}
