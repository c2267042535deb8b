import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { siteName } from "../names";
import { show } from "../show";

/** A table of delays as parsed: milliseconds from a site to a site. Pairs without a number are not in it. */
export interface DelayTable {
  /** The file it came from, as the scenario names it. */
  readonly file: string;
  readonly milliseconds: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The most a link may take, as for a delay that is written out. */
const mostMilliseconds = 10_000;

/**
 * The field `matrix`: a file's name, which {@link readScenarioFiles} replaces by name and text before a
 * scenario is parsed, so that the scenario as parsed, its hash and every diff hold what the file said.
 */
export const matrixTable = z
  .union([
    z
      .string()
      .describe("A CSV file, by its path from the scenario's: site names in the first row and column."),
    z
      .strictObject({
        file: z.string().describe("Where the text came from."),
        text: z.string().describe("The table itself, as CSV."),
      })
      .describe("The table as read."),
  ])
  .transform((value, context): DelayTable => {
    if (typeof value === "string") {
      context.addIssue({
        code: "custom",
        message: `${show(value)} was not read: give a file beside the scenario, or { file, text } with its text`,
        input: value,
      });
      return z.NEVER;
    }
    const parsed = parseDelays(value.text);
    if (parsed.problems.length === 0) return { file: value.file, milliseconds: parsed.milliseconds };
    for (const problem of parsed.problems)
      context.addIssue({ code: "custom", message: `${value.file}: ${problem}`, input: value.file });
    return z.NEVER;
  })
  .describe("A table of delays in milliseconds; an empty cell is no link, and the diagonal is empty or 0.");

/** Parses the text of a table of delays. Problems are worded for the reader of the table. */
export function parseDelays(
  text: string,
): Pick<DelayTable, "milliseconds"> & { readonly problems: string[] } {
  const problems: string[] = [];
  // Names come from a file: no prototype, so that none of them means anything else.
  const milliseconds = Object.create(null) as Record<string, Record<string, number>>;
  const [head = [], ...rows] = readRows(text, problems);
  const columns = head.slice(1);
  const seen = new Set<string>();
  for (const name of columns) {
    if (seen.has(name)) problems.push(`column ${show(name)} is there twice: a site has one`);
    seen.add(name);
  }
  for (const name of [...columns, ...rows.map(([first = ""]) => first)])
    for (const issue of siteName.safeParse(name).error?.issues ?? []) problems.push(issue.message);
  if (problems.length > 0) return { milliseconds, problems };
  if (columns.length === 0 || rows.length === 0)
    problems.push('it holds no delays: use rows such as ",core,edge", "core,,12.5", "edge,12.5,"');

  rows.forEach(([from = "", ...cells], index) => {
    const line = `line ${index + 2}`;
    if (Object.hasOwn(milliseconds, from))
      problems.push(`${line}: ${show(from)} has a row already: drop one`);
    const row = Object.create(null) as Record<string, number>;
    cells.forEach((cell, column) => {
      const to = columns[column] ?? "";
      if (cell === "") return;
      const value = /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : NaN;
      if (!(value <= mostMilliseconds))
        problems.push(
          `${line}, column ${show(to)}: ${show(cell)} is not a delay in milliseconds: use a number from 0 to ${mostMilliseconds}, such as 12.5, or nothing for no link`,
        );
      else if (from !== to) row[to] = value;
      else if (value !== 0)
        problems.push(`${line}: ${show(cell)} is a delay of ${show(from)} to itself: leave it empty`);
    });
    milliseconds[from] = row;
  });
  return { milliseconds, problems };
}

function readRows(text: string, problems: string[]): string[][] {
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true, comment: "#" });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    problems.push(`it is not a table of comma-separated values: ${error.message}`);
    return [];
  }
}

/** Delays of both directions of each pair in the table. One cell of a pair stands for both if it is alone. */
export function pairsOf(
  table: DelayTable,
): { readonly between: readonly [string, string]; readonly there: number; readonly back: number }[] {
  const done = new Set<string>();
  return Object.entries(table.milliseconds).flatMap(([from, row]) =>
    Object.entries(row).flatMap(([to, there]) => {
      if (done.has(`${to} ${from}`)) return [];
      done.add(`${from} ${to}`);
      return [{ between: [from, to] as const, there, back: table.milliseconds[to]?.[from] ?? there }];
    }),
  );
}
