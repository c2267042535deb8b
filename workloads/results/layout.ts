import Table from "cli-table3";
import { stripVTControlCharacters, type styleText } from "util";

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Characters of a name that are shown. */
const longestName = 18;

/** The first of the texts whose lines have no more than `width` characters, or else the last. */
export function fitting(width: number, texts: readonly [string, string]): string {
  const longest = Math.max(...texts[0].split("\n").map((line) => stripVTControlCharacters(line).length));
  return longest <= width ? texts[0] : texts[1];
}

/** A table's parts without lines; columns are two blanks apart. */
export const borderless = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

export function newTable(head: string[], left: number, paint: Paint): Table.Table {
  return new Table({
    head: head.map((text) => paint("bold", text)),
    colAligns: head.map((_, at) => (at < left ? "left" : "right")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
    chars: { ...borderless, top: "─", "top-mid": "─", middle: " " },
  });
}

/** There and back, once if they are the same, else one above the other. */
export function both(there: string, back: string): string {
  return there === back ? there : `→ ${there}\n← ${back}`;
}

/** Long names must not push the figures out of 80 columns. */
export function shortened(text: string, longest = longestName): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Breaks a line at blanks; what follows is indented. */
export function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
