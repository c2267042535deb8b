import type { ParameterColumn } from "../columns";
import { measuredRows, type Row } from "../table/rows";
import { pointsOf } from "../table/valueNames";
import { grouped } from "./grouped";
import { wayOf, type Names } from "./names";
import { faultPath } from "./schema";

/** Faults that were to be made, and of which there is no figure in any repetition. */
export interface MissingFaults {
  /** As of a score; there may be none of it. */
  readonly of: string;
  /** As the points have them; empty: they have nothing that tells their faults apart. */
  readonly faults: readonly string[];
}

/**
 * The faults of those points of which there is no figure, whatever the reason: failed, not measured yet, or measured by
 * workloads that say nothing of a fault.
 * @param isOwn Whether a row is of a workload that the faults' figures are of.
 */
export function missingOf(
  rows: readonly Row[],
  parameters: readonly ParameterColumn[],
  { nameOf }: Pick<Names, "nameOf">,
  isOwn: (row: Row) => boolean,
): MissingFaults[] {
  const keyOf = (row: Row) => JSON.stringify(parameters.map(({ name }) => row[name] ?? null));
  const byPoint = grouped(rows, keyOf);
  const areVaried = parameters.some(({ path }) => path === faultPath);
  const missing = pointsOf(parameters).filter((point) => {
    const there = byPoint.get(keyOf(point)) ?? [];
    const measured = measuredRows({ rows: there });
    // A point that does not have such a workload does not lack its figures.
    if (measured.length > 0 && !there.some(isOwn)) return false;
    const hasFault = wayOf(point, parameters) !== "";
    // Where faults were varied, a point without one is there for comparison.
    if (areVaried && !hasFault) return false;
    return !measured.some((row) => isOwn(row) && (row.fault !== undefined || (!hasFault && !isMeant(row))));
  });
  return [...grouped(missing, nameOf)].map(([of, own]) => ({
    of,
    faults: own.map((point) => wayOf(point, parameters)).filter((way) => way !== ""),
  }));
}

/** Whether something was broken during a row's workload. */
function isMeant({ broken_on_purpose }: Row): boolean {
  return broken_on_purpose === true;
}
