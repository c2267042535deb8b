import { awaitedInColumn, type Awaited } from "../compare/metrics";
import type { Row } from "../table/rows";
import { inWords, summarize } from "./summary";

/** A column of a report's table: what it is called and the figure of a run's table that it shows. */
export interface ShownFigure {
  readonly head: string;
  readonly column: string;
  /** What the figure is divided by; default 1. */
  readonly by?: number;
}

/** The figure over the repetitions of a point, in words; a dash if none of them has it, and of a time how often it never came. */
export function figureOf(rows: readonly Row[], { column, by = 1 }: ShownFigure): string {
  const summary = summarize(rows, column);
  return withNever(summary && inWords(summary, { by }), awaitedInColumn(rows, column));
}

/** `12`, `12; never in 1`, or `never`; a dash where there is no time, and nothing was waited for. */
export function withNever(time: string | undefined, awaited: Awaited | undefined): string {
  const { of, never } = awaited ?? { of: 0, never: 0 };
  if (time === undefined) return of === 0 ? "–" : "never";
  return never === 0 ? time : `${time}; never in ${never}`;
}
