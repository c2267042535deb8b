import type { Cells } from "./cells";
import { escape, list, table } from "./html";
import {
  backgroundCells,
  backgroundFindingCells,
  backgroundInWords,
  carriedCells,
  checkInWords,
  criticalCells,
  findingCells,
  mapCells,
  moveCells,
  movesInWords,
  unknownInWords,
  type Counted,
} from "./patternCells";
import type { BackgroundFindings, Patterns } from "./patterns";

/** What a page shows of patterns: parts of HTML, one below the other. */
export function patternParts(patterns: Patterns, headingLevel: 2 | 3 | 4): string[] {
  const heading = headingOf(headingLevel);
  const moves = movesInWords(patterns);
  const unknown = unknownInWords(patterns);
  return [
    paragraph(checkInWords(patterns)),
    shown(criticalCells(patterns)),
    heading("Anti-patterns"),
    patterns.findings.length === 0
      ? paragraph("None: nothing that crosses a link is waited for.")
      : shown(findingCells(patterns.findings)),
    ...(moves === undefined ? [] : [heading("If services were elsewhere"), paragraph(moves)]),
    ...(patterns.moves.length === 0 ? [] : [shown(moveCells(patterns))]),
    heading("Who tells whom what, a request"),
    paragraph(`Means of ${patterns.requests} requests that succeeded.`),
    shown(mapCells(patterns.exchanges)),
    ...(patterns.links.length === 0 ? [] : [shown(carriedCells(patterns.links, "a request"))]),
    ...(unknown.length === 0 ? [] : [heading("What it lacks"), list(unknown)]),
  ];
}

/** What it shows of what is told while nobody asks anything. */
export function backgroundParts(
  background: BackgroundFindings,
  counted: Counted,
  headingLevel: 2 | 3 | 4,
): string[] {
  const heading = headingOf(headingLevel);
  return [
    heading("While nobody asks anything"),
    paragraph(backgroundInWords(background, counted)),
    ...(background.findings.length === 0 ? [] : [shown(backgroundFindingCells(background.findings))]),
    shown(backgroundCells(background.exchanges)),
    ...(background.links.length === 0 ? [] : [shown(carriedCells(background.links, "1/s"))]),
  ];
}

function shown({ head, rows }: Cells): string {
  return table(head, rows);
}

function paragraph(text: string): string {
  return `<p>${escape(text)}</p>`;
}

function headingOf(level: number): (text: string) => string {
  return (text) => `<h${level}>${escape(text)}</h${level}>`;
}
