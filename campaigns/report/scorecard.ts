import type { Source } from "../compare/sources";
import { scorecardOf, type FaultLine, type Score, type Scorecard } from "../faults/scorecard";
import { leastRepetitions } from "../statistics/bootstrap";
import { inWords } from "./summary";

/** A table as its cells, for whatever it is written in. */
export interface Cells {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The scorecard of a campaign's or runs' faults for people; undefined where nothing was broken. */
export interface ShownScorecard {
  readonly explanation: string;
  readonly scores: Cells;
  readonly faults: Cells;
}

/** What a report shows of faults. */
export function shownScorecard({ table }: Source): ShownScorecard | undefined {
  const scorecard = scorecardOf(table.rows, table.parameters);
  return (
    scorecard && {
      explanation: explanationOf(scorecard),
      scores: { head: scoreHead, rows: scorecard.scores.map(scoreRow) },
      faults: { head: faultHead, rows: scorecard.faults.map(faultRow) },
    }
  );
}

function explanationOf({ scores }: Scorecard): string {
  const fewest = Math.min(...scores.map(({ cameThrough }) => cameThrough.repetitions));
  const spread =
    fewest < leastRepetitions
      ? `the lowest and highest of ${fewest} or more repetitions`
      : "a 95 % interval of the mean over repetitions";
  return (
    "One thing was broken at a time, under a steady open loop. The score is the share of the operations asked for that came through: " +
    "of calls those that were answered, of casts, fanouts and notifications the deliveries that there should have been, late ones too. " +
    `It is the mean over all faults and workloads; in brackets stands ${spread}. Full service is 90 % of the rate asked for, for good; ` +
    "times are by the second, and may be up to one second short. A score says nothing of faults that were not made."
  );
}

const scoreHead = [
  "",
  "score %",
  "faults",
  "full after, median s",
  "never full",
  "lost",
  "doubled",
  "out of order",
  "failed runs",
];

function scoreRow(score: Score): string[] {
  return [
    score.of,
    inWords(score.cameThrough, { digits: 4 }),
    String(score.faults),
    score.fullServiceSeconds === undefined ? "–" : String(Number(score.fullServiceSeconds.toPrecision(3))),
    String(score.never),
    String(score.lost),
    String(score.duplicated),
    String(score.reordered),
    String(score.failed),
  ];
}

const faultHead = [
  "",
  "fault",
  "workload",
  "n",
  "errors",
  "lost",
  "doubled",
  "out of order",
  "1st error after s",
  "down s",
  "full after s",
];

function faultRow(line: FaultLine): string[] {
  const never = line.never === 0 ? "" : line.fullServiceSeconds ? `; never in ${line.never}` : "never";
  return [
    line.of,
    line.fault,
    line.workload,
    String(line.repetitions),
    String(line.errors),
    String(line.lost),
    String(line.duplicated),
    String(line.reordered),
    line.firstErrorSeconds ? inWords(line.firstErrorSeconds) : "–",
    line.interruptedSeconds ? inWords(line.interruptedSeconds) : "–",
    `${line.fullServiceSeconds ? inWords(line.fullServiceSeconds) : ""}${never}`,
  ];
}
