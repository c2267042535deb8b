import type { MeasuredRun, Source } from "../compare/sources";
import { pointName } from "./pointNames";

/** A repetition of a point that is in no figure. */
export interface Unmeasured {
  /** Index of its point, as a run's. */
  readonly point: number;
  readonly state: "failed" | "not ended" | "to be made";
  /** Why, in words. */
  readonly why: string;
}

/** How many repetitions of points there are, whatever became of them. */
export function measurementsOf(source: Source): number {
  return source.kind === "campaign" ? source.journal.cells.length : source.runs.length;
}

/** How many repetitions of a point were begun, by the point's index. */
export function begunAt(source: Source, index: number): number {
  if (source.kind === "runs") return source.runs.filter(({ point }) => point === index).length;
  return source.journal.cells.filter(({ point, status }) => point === index && status !== "waiting").length;
}

/** The runs that came to their end: what others measured until they broke off is in no figure. */
export function measuredRuns({ runs }: Source): MeasuredRun[] {
  return runs.filter(({ results }) => results.status === "complete");
}

/** All repetitions of points that are in no figure. */
export function unmeasuredOf(source: Source): Unmeasured[] {
  return source.kind === "campaign" ? unmeasuredCells(source) : unmeasuredRuns(source);
}

function unmeasuredCells({ journal, runs }: Source & { readonly kind: "campaign" }): Unmeasured[] {
  return journal.cells.flatMap(({ point, repetition, status, attempts }) => {
    const kept = runs.some((run) => run.point === point && run.repetition === repetition);
    if (status === "complete")
      return kept ? [] : [{ point, state: "not ended" as const, why: "its results are not there" }];
    if (status === "waiting") return [{ point, state: "to be made" as const, why: "still to be made" }];
    return [unended(point, status, attempts.at(-1)?.failure)];
  });
}

function unmeasuredRuns({ runs }: Source): Unmeasured[] {
  return runs.flatMap(({ point, results: { status, failure } }) =>
    status === "complete" ? [] : [unended(point, status, failure)],
  );
}

function unended(point: number, status: "failed" | "running", failure: string | undefined): Unmeasured {
  if (status === "running") return { point, state: "not ended", why: "did not end" };
  return { point, state: "failed", why: failure ?? "failed" };
}

/** What is in no figure, and why, a sentence each; none where all was measured. */
export function unmeasuredInWords(source: Source): string[] {
  const all = measurementsOf(source);
  const found = unmeasuredOf(source);
  const of = (state: Unmeasured["state"]) => found.filter((one) => one.state === state);
  const [failed, open, coming] = [of("failed"), of("not ended"), of("to be made")];
  const reasons = [...new Set(failed.map(({ why }) => why))].slice(0, 3).join("; ");
  return [
    ...(failed.length > 0
      ? [`${failed.length} of ${all} measurements failed, and are in no figure: ${reasons}.`]
      : []),
    ...(open.length > 0
      ? [`${open.length} of ${all} measurements did not end or left no results, and are in no figure.`]
      : []),
    ...(coming.length > 0 ? [`${coming.length} of ${all} measurements are still to be made.`] : []),
  ];
}

/** The same point by point, as items of a list; what is still to be made is told together. */
export function unmeasuredByPoint(source: Source): string[] {
  const found = unmeasuredOf(source);
  const coming = found.filter(({ state }) => state === "to be made").length;
  const items = found
    .filter(({ state }) => state !== "to be made")
    .map(({ point, why }) => `${pointName(source, point)}: ${why}`);
  return [
    ...new Set(items),
    ...(coming > 0 ? [`${coming} of ${measurementsOf(source)} measurements are still to be made`] : []),
  ];
}
