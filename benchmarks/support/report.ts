import Table from "cli-table3";
import { readFile, writeFile } from "fs/promises";
import { format, resolveConfig } from "prettier";
import { summarize, type Figure } from "./figures";
import { inWords, isBusy, type Machine } from "./machine";

/** A benchmark's outcome. */
export interface Outcome {
  readonly benchmark: string;
  readonly compares: string;
  /** What was typed. */
  readonly command: string;
  readonly at: Date;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

const heads = ["", "pairs", "median", "range"];

/** The figures as cells of text, a row each: ratios with two digits behind the point, or three significant ones. */
function rows(figures: readonly Figure[]): string[][] {
  return figures.map((figure) => {
    const { pairs, median, low, high } = summarize(figure);
    return [
      figure.what,
      String(pairs),
      `${digits(median)} ${figure.unit}`.trimEnd(),
      `${digits(low)} to ${digits(high)}`,
    ];
  });
}

function digits(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return Math.abs(value) >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}

/** For a terminal. */
export function asText({ benchmark, compares, machine, figures }: Outcome): string {
  const table = new Table({ head: heads, style: { head: [], border: [] } });
  table.push(...rows(figures));
  return [
    `${benchmark}: ${compares}`,
    table.toString(),
    inWords(machine),
    ...(isBusy(machine) ? ["The machine was busy with other things: these figures say little."] : []),
    "",
  ].join("\n");
}

/** For a document: the table, and below it what it was taken on. */
export function asMarkdown({ command, at, machine, figures }: Outcome): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(heads),
    line(heads.map((_, index) => (index === 0 ? "---" : "--:"))),
    ...rows(figures).map(line),
    "",
    `\`${command}\`, ${at.toISOString().slice(0, 10)}, ${inWords(machine)}.`,
    ...(isBusy(machine) ? ["", "**The machine was busy with other things: these figures say little.**"] : []),
  ].join("\n");
}

/** Puts an outcome in the place that a document has for it, in the project's format. Errors: it has none. */
export async function writeMarkdown(file: string, outcome: Outcome): Promise<void> {
  const text = replaceSection(await readFile(file, "utf8"), outcome.benchmark, asMarkdown(outcome));
  const options = await resolveConfig(file);
  await writeFile(file, await format(text, { ...options, filepath: file }));
}

/** `text` with `content` between the comments that mark a benchmark's figures. Errors: they are not there. */
export function replaceSection(text: string, benchmark: string, content: string): string {
  const [begin, end] = [`<!-- figures of ${benchmark} -->`, `<!-- end of figures of ${benchmark} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`the document has no place for ${benchmark}: write ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}
