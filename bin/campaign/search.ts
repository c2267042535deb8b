import { join } from "path";
import seedrandom from "seedrandom";
import type { CellRecord, Journal } from "../../campaigns/journal";
import { describePoint } from "../../campaigns/points";
import { readRun } from "../../campaigns/runs";
import { measurementsLeft, nextStep } from "../../campaigns/search/bisect";
import { judge } from "../../campaigns/search/judge";
import { outcomeInWords, outcomesOf, trialsOf } from "../../campaigns/search/outcomes";
import { scaleOf } from "../../campaigns/search/scale";
import type { SearchDefinition } from "../../campaigns/search/schema";
import { rowsOfRun } from "../../campaigns/table/rows";
import type { Session } from "../session";
import type { LoadedCampaign } from "./load";

/**
 * Searches for the limit along one value, for each of a campaign's points. Searches take turns, in an order drawn
 * with the campaign's seed, so that what drifts meets them alike. What is measured next follows from what the
 * journal says was measured: after a kill, it is the same.
 */
export async function runSearch(
  session: Session,
  { definition }: LoadedCampaign,
  journal: Journal,
  measure: (cell: CellRecord) => Promise<void>,
  save: () => void,
): Promise<void> {
  const { search, repetitions, seed } = definition;
  const bases = journal.bases ?? [];
  if (!search) throw new Error("the campaign has no search");
  const scale = scaleOf(search);
  for (;;) {
    for (const cell of journal.cells) {
      if (cell.status === "waiting" || cell.status === "running") await measure(cell);
      if (cell.search && cell.search.verdict === undefined) {
        cell.search.verdict = verdictOf(cell, search, session.root);
        save();
        const { holds, reasons } = cell.search.verdict;
        const label = describePoint(journal.points[cell.point] ?? {}, definition.labels);
        session.screen.line(
          `  ${label}: ${holds === undefined ? "could not be measured" : holds ? "holds" : `does not hold: ${reasons.join("; ")}`}`,
        );
      }
    }
    const open = bases.flatMap((values, base) => {
      const { trials, broken } = trialsOf(journal, base);
      const step = nextStep(scale, trials, repetitions);
      return broken === undefined && step.kind === "measure"
        ? [{ base, values, trials, value: step.value }]
        : [];
    });
    const done = journal.cells.length;
    journal.expected = open.reduce(
      (sum, { trials }) => sum + measurementsLeft(scale, trials, repetitions),
      done,
    );
    const [next] = open
      .map((one) => ({ ...one, turn: seedrandom(`${seed} ${one.base} ${one.trials.length}`)() }))
      .sort((a, b) => a.trials.length - b.trials.length || a.turn - b.turn);
    if (!next) break;
    const values = { ...next.values, [search.path]: scale.write(next.value) };
    const text = JSON.stringify(values);
    let point = journal.points.findIndex((known) => JSON.stringify(known) === text);
    if (point < 0) point = journal.points.push(values) - 1;
    journal.cells.push({
      index: done,
      point,
      repetition: next.trials.filter(({ value }) => value === next.value).length + 1,
      status: "waiting",
      attempts: [],
      search: { base: next.base, value: next.value },
    });
    save();
  }
  save();
  for (const outcome of outcomesOf(journal)) session.screen.line(outcomeInWords(outcome, journal));
}

/** What a cell that is done with says of a search's conditions. */
function verdictOf(
  cell: CellRecord,
  { workload, holds }: SearchDefinition,
  root: string,
): NonNullable<NonNullable<CellRecord["search"]>["verdict"]> {
  const attempt = cell.attempts.at(-1);
  const results = attempt?.run === undefined ? undefined : readRun(join(root, attempt.run));
  const rows = results === undefined ? [] : rowsOfRun(results, cell.repetition);
  const row = rows.find(
    (one) => one.workload !== undefined && (workload === undefined || one.workload === workload),
  );
  if (!row) return { reasons: [attempt?.failure ?? "nothing was measured"] };
  // A workload that failed was measured, and does not hold; a run that failed otherwise says nothing of it.
  if (row.workload_status === "failed")
    return { holds: false, reasons: [String(row.workload_failure ?? "the workload failed")] };
  if (cell.status === "failed") return { reasons: [attempt?.failure ?? "the run failed"] };
  const { reasons, ...verdict } = judge(row, holds);
  return { ...verdict, reasons: [...reasons] };
}
