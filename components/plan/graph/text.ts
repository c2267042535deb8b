import type { Size } from "./geometry";

/** Advance widths in em of DejaVu Sans, the widest of the usual sans-serif fonts: what fits in it fits in any. */
const widths: readonly (readonly [RegExp, number])[] = [
  [/[il.,:' |·j-]/, 0.36],
  [/[tfr/()]/, 0.42],
  [/[mwMW%—✓✗]/, 0.98],
  [/[→←↑↓±…A-Z]/, 0.84],
];
const usualWidth = 0.64;
const boldFactor = 1.12;

/** Room that a line of text takes at most, in pixels of the font size's. */
export function textWidth(text: string, fontSize: number, bold = false): number {
  let em = 0;
  for (const character of text)
    em += widths.find(([characters]) => characters.test(character))?.[1] ?? usualWidth;
  return em * fontSize * (bold ? boldFactor : 1);
}

/** Distance of lines from each other, in em. */
export const lineHeight = 1.3;

/** Room that lines of text take at most. */
export function textSize(lines: readonly string[], fontSize: number, bold = false): Size {
  return {
    width: Math.max(0, ...lines.map((line) => textWidth(line, fontSize, bold))),
    height: lines.length * fontSize * lineHeight,
  };
}

/** Breaks text into lines of at most `width` pixels, between words. */
export function wrap(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, fontSize) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
