import { mean } from "simple-statistics";
import type { Journal } from "./journal";

/** How many cells are done with, and of how many. */
export function progressOf({ cells, expected = 0 }: Pick<Journal, "cells" | "expected">): {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
} {
  const failed = cells.filter(({ status }) => status === "failed").length;
  const complete = cells.filter(({ status }) => status === "complete").length;
  return { done: complete + failed, failed, total: Math.max(cells.length, expected) };
}

/**
 * Seconds that the rest will take: as long a cell as cells took so far, the first of a session aside, which built
 * everything; undefined until there is one to go by.
 */
export function secondsLeft({ cells, expected }: Pick<Journal, "cells" | "expected">): number | undefined {
  const took = cells.flatMap(({ status, attempts }) => {
    if (status !== "complete" && status !== "failed") return [];
    const first = attempts[0]?.startedAt;
    const last = attempts.at(-1)?.finishedAt;
    return first && last ? [(Date.parse(last) - Date.parse(first)) / 1000] : [];
  });
  // The first one also built the stack: it counts only while nothing better is known.
  const known = took.length > 1 ? took.slice(1) : took;
  if (known.length === 0) return undefined;
  const { done, total } = progressOf({ cells, ...(expected === undefined ? {} : { expected }) });
  return (total - done) * mean(known);
}
