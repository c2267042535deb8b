import type { Row } from "../table/rows";
import { inWords, summarize } from "./summary";

/** A column of a report's table: what it is called and the figure of a run's table that it shows. */
export interface ShownFigure {
  readonly head: string;
  readonly column: string;
  /** What the figure is divided by; default 1. */
  readonly by?: number;
}

/** The figure over the repetitions of a point, in words; a dash if none of them has it. */
export function figureOf(rows: readonly Row[], { column, by = 1 }: ShownFigure): string {
  const summary = summarize(rows, column);
  return summary ? inWords(summary, { by }) : "–";
}
