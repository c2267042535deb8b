import { existsSync, readlinkSync } from "fs";
import { join, relative } from "path";
import { writeJournal, type Attempt, type CellRecord, type Journal } from "../../campaigns/journal";
import { describePoint } from "../../campaigns/points";
import { readRun } from "../../campaigns/runs";
import { tableOf } from "../../campaigns/table/rows";
import { toolsInWords } from "../../campaigns/table/toolRows";
import { progressOf, secondsLeft } from "../../campaigns/timeLeft";
import type { Plan } from "../../components/plan/plan";
import { ailmentsOf } from "../../workloads/faults/busHealth";
import type { Results } from "../../workloads/results/schema";
import { apply, limitsOver } from "../commands/up";
import { measurementUrns } from "../engine/state";
import { planLoaded } from "../planning";
import { Failure, Refusal } from "../refusal";
import { expectedUnits, PhaseCounter } from "../report/phases";
import { formatSeconds, type Screen } from "../report/screen";
import type { Session } from "../session";
import { breaksSomething, busesInView, busUrns, whyRemake, type LookAfter } from "./busRepair";
import type { Execution } from "./execution";
import { endsOf, scenarioAt, type LoadedCampaign } from "./load";
import { runSearch } from "./search";

/** A cell that fails is tried this often before it is marked as failed. */
const tries = 2;

/** What the system says where a disk is full, or a user's share of it. */
const noSpace = /\b(ENOSPC|EDQUOT)\b/;

/**
 * Measures what a campaign has still to measure, in its order, on its stack, which each point changes in what
 * differs and nothing else. The journal is written before and after each try: a kill at any moment costs that try.
 * Errors: {@link Failure}, at an interruption; what fails about a point is in the journal instead.
 * @param lookAfter Tells what is wrong with the bus after something in it was broken.
 */
export async function runCells(
  session: Session,
  campaign: LoadedCampaign,
  { folder, journal }: Execution,
  lookAfter: LookAfter = async (buses) => {
    const engineOf = await session.engines.byContainer();
    return (await Promise.all(buses.map((bus) => ailmentsOf(bus, engineOf)))).flat();
  },
): Promise<void> {
  const save = () => writeJournal(folder, journal);
  const measureOne = async (cell: CellRecord) => {
    await measure(session, campaign, journal, cell, { save, lookAfter });
    await writeTables(session.root, folder, journal);
    session.screen.line(inWords(session.root, campaign, journal, cell));
  };
  if (campaign.definition.search) await runSearch(session, campaign, journal, measureOne, save);
  else
    for (const cell of journal.cells)
      if (cell.status !== "complete" && cell.status !== "failed") await measureOne(cell);
  journal.finishedAt = new Date().toISOString();
  save();
}

/**
 * Says which points this machine cannot make: those that need an image which neither it nor a registry has. The others are
 * measured all the same. Errors: {@link Refusal}, there are no others.
 */
export async function warnOfMissingImages(session: Session, campaign: LoadedCampaign): Promise<void> {
  const { definition, points } = campaign;
  const refusals: Refusal[] = [];
  for (const point of points)
    try {
      for (const end of endsOf(definition, point)) await planLoaded(scenarioAt(campaign, end, 1), session);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusals.push(error);
      const label = describePoint(point.values, definition.labels);
      session.screen.line(`warning: ${label} will be left out: ${reasonsOf(error)}`);
    }
  const [first] = refusals;
  if (first && refusals.length === points.length) throw first;
}

function reasonsOf({ issues }: Refusal): string {
  return issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
}

/** Writes the table of what has been measured so far. */
export async function writeTables(root: string, folder: string, journal: Journal): Promise<void> {
  // The library of the format takes a while to load: not before there is something to write.
  const { writeTable } = await import("../../campaigns/table/write");
  writeTable(
    folder,
    tableOf(journal, (run) => readRun(join(root, run))),
  );
}

async function measure(
  session: Session,
  campaign: LoadedCampaign,
  journal: Journal,
  cell: CellRecord,
  { save, lookAfter }: { readonly save: () => void; readonly lookAfter: LookAfter },
): Promise<void> {
  const values = journal.points[cell.point];
  if (!values) throw new Error(`the journal names point ${cell.point}, which it does not have`);
  const loaded = scenarioAt(campaign, { index: cell.point, values }, cell.repetition);
  const label = describePoint(values, campaign.definition.labels);
  let plan: Plan;
  try {
    plan = await planLoaded(loaded, session);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const now = new Date().toISOString();
    cell.attempts.push({ startedAt: now, finishedAt: now, failure: reasonsOf(error) });
    cell.status = "failed";
    save();
    return;
  }
  const screen = cellScreen(session.screen, `${label}, repetition ${cell.repetition}`, journal);
  session.engine.configure(loaded.configuration, loaded.overrides);

  const breaks = breaksSomething(plan);
  // A kill came between a run's end and the journal: what was measured is not measured again.
  const interrupted = cell.attempts.at(-1);
  const wasCutOff = interrupted !== undefined && interrupted.finishedAt === undefined;
  if (wasCutOff) {
    const run = newestRun(session.root, campaign.stack);
    if (run && isOf(run.results, interrupted, plan.scenarioSha256) && run.results.status === "complete") {
      end(cell, interrupted, { run: run.folder }, save);
      return;
    }
    cell.attempts.pop();
  }

  while (cell.attempts.length < tries) {
    session.interrupts.check();
    let state = await session.engine.exportState();
    const look = () => lookAfter(busesInView(plan));
    const broken =
      busUrns(state).length > 0 ? await whyRemake(session.root, journal, wasCutOff, look) : undefined;
    if (broken !== undefined) session.screen.line(`making the bus anew for ${label}: ${broken}`);
    if (cell.attempts.length > 0 || broken !== undefined) state = (await session.repair()) ?? state;
    const attempt: Attempt = {
      startedAt: new Date().toISOString(),
      broke: breaks,
      ...(broken === undefined ? {} : { busRemade: broken }),
    };
    cell.attempts.push(attempt);
    cell.status = "running";
    save();
    screen.status({ text: "comparing", done: 0, total: 1 });
    let failure: string | undefined;
    try {
      // Measured anew even if nothing differs from what was measured last.
      const replace = [
        ...(state ? measurementUrns(state) : []),
        ...(broken === undefined ? [] : busUrns(state)),
      ];
      await apply(session, new PhaseCounter(expectedUnits(plan)), screen, {
        replace,
        ...limitsOver(state, plan),
      });
    } catch (error) {
      if (!(error instanceof Failure) || session.interrupts.interrupted) throw error;
      failure = error.message;
    }
    const run = newestRun(session.root, campaign.stack);
    const own = run && isOf(run.results, attempt, plan.scenarioSha256) ? run : undefined;
    if (own && own.results.status !== "complete") failure ??= own.results.failure ?? "the run did not end";
    if (!own) failure ??= "the engine measured nothing";
    // Nothing would be kept of what comes next either: there is room to be made first. The try stays begun in the journal,
    // as after a kill, so that whoever goes on knows that the bus was last left in the middle of one.
    if (failure !== undefined && noSpace.test(failure))
      throw new Failure(
        `the disk is full, and the measurement under way was not kept: ${failure}\nmake room; \`npx buswide campaign run\` goes on from here`,
      );
    if (breaks) attempt.busAfter = await lookAfter(busesInView(plan));
    end(cell, attempt, { ...(own ? { run: own.folder } : {}), ...(failure ? { failure } : {}) }, save);
    if (!failure) return;
    session.screen.line(`failed, try ${cell.attempts.length} of ${tries}: ${label}: ${failure}`);
  }
}

function end(cell: CellRecord, attempt: Attempt, outcome: Partial<Attempt>, save: () => void): void {
  Object.assign(attempt, outcome, { finishedAt: new Date().toISOString() });
  if (outcome.failure === undefined) cell.status = "complete";
  else if (cell.attempts.length >= tries) cell.status = "failed";
  save();
}

/** The newest run of a stack, whatever its state. */
function newestRun(
  root: string,
  stack: string,
): { readonly folder: string; readonly results: Results } | undefined {
  const runs = join(root, "runs", stack);
  const latest = join(runs, "latest");
  if (!existsSync(latest)) return undefined;
  const folder = join(runs, readlinkSync(latest));
  const results = readRun(folder);
  return results && { folder: relative(root, folder), results };
}

/** Whether a run was made by an attempt at a scenario. */
function isOf({ provenance }: Results, { startedAt }: Attempt, scenarioSha256: string): boolean {
  return provenance.scenarioSha256 === scenarioSha256 && provenance.startedAt >= startedAt;
}

/** The campaign's progress instead of the cell's own. Lines of a cell's deployment are its own affair; warnings are not. */
function cellScreen(screen: Screen, label: string, journal: Journal): Screen {
  return {
    line: (text) => {
      if (text.startsWith("warning:")) screen.line(text);
    },
    status: ({ text }) => {
      const { done, total } = progressOf(journal);
      screen.status({ text: `${timeLeft(journal)}${label}: ${text}`, done, total });
    },
    close: () => undefined,
  };
}

function timeLeft(journal: Journal): string {
  const left = secondsLeft(journal);
  return left === undefined ? "" : `about ${formatSeconds(left)} left  `;
}

/** `3/10  delay 25ms, repetition 2: call p50 52.1 ms, 100/s; about 4m left`. */
function inWords(root: string, { definition }: LoadedCampaign, journal: Journal, cell: CellRecord): string {
  const { done, total } = progressOf(journal);
  const label = describePoint(journal.points[cell.point] ?? {}, definition.labels);
  const run = cell.attempts.at(-1)?.run;
  const results = run === undefined ? undefined : readRun(join(root, run));
  const figures = results && [
    ...results.workloads.map(
      ({ name, latencyMs, throughputPerSecond }) =>
        `${name} ${latencyMs ? `p50 ${latencyMs.p50.toFixed(1)} ms, ` : ""}${throughputPerSecond.toFixed(1)}/s`,
    ),
    ...toolsInWords(results),
  ];
  const outcome = cell.status === "failed" ? "FAILED" : (figures ?? []).join("; ");
  const left = done < total ? `  ${timeLeft(journal)}`.trimEnd() : "";
  return `${done}/${total}  ${label}, repetition ${cell.repetition}: ${outcome}${left}`;
}
