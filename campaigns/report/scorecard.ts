import type { Source } from "../compare/sources";
import { scorecardOf, type FaultLine, type Score, type Scorecard, type SitesLine } from "../faults/scorecard";
import type { Cells } from "../../workloads/results/cells";
import { inWords } from "./summary";

/** The scorecard of a campaign's or runs' faults for people; undefined where nothing was broken. */
export interface ShownScorecard {
  readonly explanation: string;
  readonly scores: Cells;
  readonly faults: Cells;
  /** What clients at a fault saw beside what those elsewhere did; undefined where no workload has figures by site. */
  readonly sites: Cells | undefined;
}

/** What a report shows of faults. */
export function shownScorecard({ table }: Source): ShownScorecard | undefined {
  const scorecard = scorecardOf(table.rows, table.parameters);
  if (!scorecard) return undefined;
  const bySite = scorecard.faults.filter(({ atFault, elsewhere }) => atFault ?? elsewhere);
  return {
    explanation: explanationOf(scorecard),
    scores: { head: scoreHead, rows: scorecard.scores.map(scoreRow) },
    faults: { head: faultHead, rows: scorecard.faults.map(faultRow) },
    sites: bySite.length === 0 ? undefined : { head: sitesHead, rows: bySite.map(sitesRow) },
  };
}

/** What stands above the table of what clients saw by where they are. */
export const sitesExplanation =
  "At the fault are clients of the site that it happened to, and those that connect to what it happened to while nothing is wrong; " +
  "all others are elsewhere. Times are of the worst site of each.";

function explanationOf({ scores, missing }: Scorecard): string {
  return (
    "One thing was broken at a time, under a steady open loop. The score is the share of the operations asked for that came through: " +
    "of calls those that were answered, of casts, fanouts and notifications the deliveries that there should have been, late ones too. " +
    "It is the mean over the repetitions of each fault and workload, and then over these. In brackets stands, of five or more repetitions in which " +
    "every one of them was measured, a 95 % interval of the mean; of fewer, the lowest and highest; of none, nothing. `n` counts these repetitions. " +
    "The score depends on the length of the measured window: the same outage is a smaller share of a longer one. Only scores of windows of one length can be compared. " +
    "Seconds of full service lost a fault are what did not come through, as a share, times that length, with the same means and brackets: where service was full again before the window ended, they do not depend on it. Full service is 90 % of the rate asked for, for good; " +
    "times are by the second, and may be up to one second short. Deaf agents were there after a fault, and got nothing any more: " +
    "servers no message, clients no success; orphan queues are those that nobody read any more. Not healed are measurements after which the bus was not well by itself; it " +
    "was made anew for the next. First success is told of repetitions in which nothing was served for a second or more, and then something was. Not measured are runs that failed or did not end: of the other columns only the one of those not healed counts them. " +
    "A score is of the runs that were measured alone, and says so where some were not: if those failed because the fault was worse in them, it is too good (survivor bias), and is not to be set beside one of which none failed. " +
    "Connections inside the bus are cut by the links they cross, with clients' traffic: what a bus loses by the one or the other is not told apart. " +
    `A score says nothing of faults that were not made.${missingInWords(scores, missing)}`
  );
}

/** Scores that lack faults are no scores beside those that have them. */
function missingInWords(scores: readonly Score[], missing: Scorecard["missing"]): string {
  if (missing.length === 0) return "";
  const scored = new Set(scores.map(({ of }) => of));
  const items = missing.map(({ of, faults }) =>
    scored.has(of) ? `${of}: ${faults.join("; ") || "some faults"}` : `${of}: all, and it has no score`,
  );
  return ` Of these faults there is no figure, and a score that lacks some is not to be compared with one of all: ${items.join(". ")}.`;
}

const scoreHead = [
  "",
  "score %",
  "n",
  "faults",
  "seconds of full service lost a fault",
  "full after, median s",
  "never full",
  "lost",
  "doubled",
  "out of order",
  "deaf agents",
  "orphan queues",
  "not healed",
  "not measured",
];

function scoreRow(score: Score): string[] {
  return [
    score.of,
    `${inWords(score.cameThrough, { digits: 4 })}${withoutFigure(score)}`,
    String(score.cameThrough.repetitions),
    String(score.faults),
    inWords(score.serviceLostSeconds),
    score.fullServiceSeconds === undefined ? "–" : String(Number(score.fullServiceSeconds.toPrecision(3))),
    String(score.never),
    String(score.lost),
    String(score.duplicated),
    String(score.reordered),
    shownCount(score.deafAgents, score.leftoversUnknown),
    shownCount(score.orphanQueues, score.leftoversUnknown),
    shownCount(score.notHealed),
    String(score.failed),
  ];
}

/** What a score is not of, beside it: else it would be quoted without. */
function withoutFigure({ failed, runs }: Score): string {
  if (failed === 0) return "";
  return `; ${failed} of its ${runs} runs ${failed === 1 ? "has" : "have"} no figure`;
}

const faultHead = [
  "",
  "fault",
  "workload",
  "n",
  "errors",
  "by kind",
  "lost",
  "doubled",
  "out of order",
  "deaf agents",
  "orphan queues",
  "1st error after s",
  "down s",
  "1st success after s",
  "full after s",
  "full service lost s",
  "healed by itself",
];

function faultRow(line: FaultLine): string[] {
  return [
    line.of,
    line.fault,
    line.workload,
    String(line.repetitions),
    String(line.errors),
    line.errorsByKind.map(([kind, count]) => `${kind} ${count}`).join(", ") || "–",
    String(line.lost),
    String(line.duplicated),
    String(line.reordered),
    shownCount(line.deafAgents, line.leftoversUnknown),
    shownCount(line.orphanQueues, line.leftoversUnknown),
    line.firstErrorSeconds ? inWords(line.firstErrorSeconds) : "–",
    line.interruptedSeconds ? inWords(line.interruptedSeconds) : "–",
    line.firstServedSeconds ? inWords(line.firstServedSeconds) : "–",
    fullAfter(line),
    line.serviceLostSeconds ? inWords(line.serviceLostSeconds) : "–",
    line.healed ? `${line.healed.well} of ${line.healed.of}` : "–",
  ];
}

/** `3`, or `3; not known in 1` where it could not be found out each time. */
function shownCount(count: number | undefined, unknown = 0): string {
  if (count === undefined) return "–";
  return `${count}${unknown === 0 ? "" : `; not known in ${unknown}`}`;
}

const sitesHead = [
  "",
  "fault",
  "workload",
  "errors at the fault",
  "elsewhere",
  "down s at the fault",
  "elsewhere",
  "full after s at the fault",
  "elsewhere",
];

function sitesRow({ of, fault, workload, atFault, elsewhere }: FaultLine): string[] {
  const both = (cell: (line: SitesLine) => string) =>
    [atFault, elsewhere].map((line) => (line ? cell(line) : "–"));
  return [
    of,
    fault,
    workload,
    ...both(({ errors }) => String(Number(errors.toPrecision(3)))),
    ...both(({ interruptedSeconds }) => (interruptedSeconds ? inWords(interruptedSeconds) : "–")),
    ...both(fullAfter),
  ];
}

/** `12`, `12; never in 1`, or `never`. */
function fullAfter({
  fullServiceSeconds: full,
  never,
}: Pick<FaultLine, "fullServiceSeconds" | "never">): string {
  if (!full) return "never";
  return `${inWords(full)}${never === 0 ? "" : `; never in ${never}`}`;
}
