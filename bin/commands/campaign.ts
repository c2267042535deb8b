import { join, relative } from "path";
import { campaignFolder, executions } from "../../campaigns/folders";
import { readJournal, type Journal } from "../../campaigns/journal";
import { describePoint } from "../../campaigns/points";
import { outcomeInWords, outcomesOf } from "../../campaigns/search/outcomes";
import { arrowFile, csvFile } from "../../campaigns/table/files";
import { progressOf, secondsLeft } from "../../campaigns/timeLeft";
import { checkExecution, openExecution } from "../campaign/execution";
import { endsOf, loadCampaign, locateCampaign, scenarioAt } from "../campaign/load";
import { planLoaded } from "../planning";
import { Failure } from "../refusal";
import { formatSeconds } from "../report/screen";
import { withSession } from "../session";
import { destroyResources } from "./destroy";
import { usesOpenstack } from "./target";

export interface CampaignRunOptions {
  readonly root: string;
  readonly json: boolean;
  /** Begin a new execution even if the newest is not at its end. */
  readonly new: boolean;
  /** Leave the stack as the last point made it. */
  readonly keep: boolean;
}

/**
 * Runs a campaign, or goes on with one that was stopped. Everything about every point is checked before anything
 * is made. Errors: {@link Failure} if a measurement failed twice, at the end.
 */
export async function campaignRun(argument: string, options: CampaignRunOptions): Promise<void> {
  const { root, json, keep } = options;
  const campaign = loadCampaign(argument, root);
  checkExecution(campaign, root, options.new);
  const scenarios = campaign.points.flatMap((point) =>
    endsOf(campaign.definition, point).map((end) => scenarioAt(campaign, end, 1)),
  );
  for (const loaded of scenarios) await planLoaded(loaded);
  const [first] = scenarios;
  if (!first) throw new Error("a campaign has at least one point");
  const { stack } = campaign;
  const openstack = scenarios.some(({ scenario }) => usesOpenstack(scenario));
  const { configuration, overrides } = first;
  const claim = `campaign run ${campaign.name}, on`;
  await withSession({ root, stack, configuration, overrides, openstack, claim }, async (session) => {
    const { runCells, warnOfMissingImages } = await import("../campaign/runner");
    await warnOfMissingImages(session, campaign);
    const execution = openExecution(campaign, root, options.new);
    const { journal } = execution;
    const shown = relative(process.cwd(), execution.folder) || execution.folder;
    const { done, total } = progressOf(journal);
    session.screen.line(
      execution.resumed
        ? `going on with ${shown}: ${done} of ${total} measurements are done`
        : campaign.definition.search
          ? `${shown}: a search along ${campaign.definition.search.path} for ${campaign.points.length === 1 ? "one limit" : `${campaign.points.length} limits`}, each value at most ${campaign.definition.repetitions} times`
          : `${shown}: ${total} measurements, ${campaign.points.length} points, each ${campaign.definition.repetitions} times`,
    );
    if (!(await session.repair())) await session.engine.create();
    try {
      await runCells(session, campaign, execution);
    } catch (error) {
      session.screen.close();
      if (!session.interrupts.interrupted) throw error;
      throw new Failure(
        `interrupted; \`npx buswide campaign run ${argument}\` goes on from here, \`npx buswide destroy ${stack}\` removes what stands`,
      );
    }
    if (!keep) {
      const state = await session.engine.exportState();
      if (state && (state.deployment.resources ?? []).length > 0) await destroyResources(session, state);
      await session.engine.remove();
    }
    session.screen.close();
    process.stdout.write(`${json ? asJson(journal, shown) : summary(journal, shown).join("\n")}\n`);
    const { failed, total: all } = progressOf(journal);
    if (failed > 0)
      throw new Failure(
        `${failed} of ${all} measurements failed twice; they are marked so in the table, and \`npx buswide campaign run ${argument} --new\` measures all again`,
      );
  });
}

export interface CampaignStatusOptions {
  readonly root: string;
  readonly json: boolean;
}

/** Says how far a campaign is. Nothing but its journal is read. Errors: {@link Failure}, it has not been run. */
export function campaignStatus(argument: string, { root, json }: CampaignStatusOptions): Promise<void> {
  const { name } = locateCampaign(argument, root);
  const number = executions(root, name).at(-1);
  if (number === undefined)
    throw new Failure(`${name} has not been run yet: \`npx buswide campaign run ${argument}\``);
  const folder = join(campaignFolder(root, name), String(number));
  const shown = relative(process.cwd(), folder) || folder;
  const journal = readJournal(folder);
  process.stdout.write(`${json ? asJson(journal, shown) : summary(journal, shown).join("\n")}\n`);
  return Promise.resolve();
}

function asJson(journal: Journal, folder: string): string {
  const { cells, points, name, number, stack, startedAt, finishedAt } = journal;
  const left = secondsLeft(journal);
  const { done, failed, total } = progressOf(journal);
  const document = {
    campaign: name,
    execution: number,
    folder,
    stack,
    startedAt,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    done,
    failed,
    total,
    ...(finishedAt === undefined && left !== undefined ? { secondsLeft: Math.round(left) } : {}),
    points,
    cells,
    ...(journal.bases === undefined ? {} : { search: outcomesOf(journal) }),
    table: { csv: join(folder, csvFile), arrow: join(folder, arrowFile) },
  };
  return JSON.stringify(document, undefined, 2);
}

function summary(journal: Journal, folder: string): string[] {
  const { points, cells, definition, finishedAt } = journal;
  const { done, failed, total } = progressOf(journal);
  const left = secondsLeft(journal);
  const rest = finishedAt
    ? "at its end"
    : `not at its end${left ? `, about ${formatSeconds(left)} left` : ""}`;
  return [
    definition.question,
    `${done} of ${total} measurements done${failed > 0 ? `, ${failed} of them failed` : ""}; ${rest}`,
    ...points.map((values, point) => {
      const own = cells.filter((cell) => cell.point === point);
      const complete = own.filter(({ status }) => status === "complete").length;
      const bad = own.filter(({ status }) => status === "failed").length;
      return `  ${describePoint(values, definition.labels)}: ${complete}/${own.length}${bad > 0 ? `, ${bad} failed` : ""}`;
    }),
    ...outcomesOf(journal).map((outcome) => outcomeInWords(outcome, journal)),
    `table: ${join(folder, csvFile)}, ${join(folder, arrowFile)}`,
  ];
}
