import { join } from "path";
import { campaignFolder, executions } from "../../campaigns/folders";
import { readJournal, writeJournal, type Journal } from "../../campaigns/journal";
import { Failure, Refusal } from "../refusal";
import { scenarioKey } from "../scenario/read";
import type { LoadedCampaign } from "./load";

/** One execution of a campaign: its journal, and the folder it is kept in. */
export interface Execution {
  readonly folder: string;
  readonly journal: Journal;
  /** Whether it goes on from where an earlier command left it. */
  readonly resumed: boolean;
}

/**
 * Makes sure that a campaign can be gone on with, or begun.
 * Errors: {@link Refusal} if the newest execution is not at its end and was begun with another definition.
 */
export function checkExecution(
  campaign: LoadedCampaign,
  root: string,
  afresh: boolean,
): Execution | undefined {
  const newest = executions(root, campaign.name).at(-1);
  if (newest === undefined || afresh) return undefined;
  const folder = join(campaignFolder(root, campaign.name), String(newest));
  const journal = read(folder);
  if (journal.finishedAt !== undefined) return undefined;
  if (journal.definitionSha256 === campaign.sha256) return { folder, journal, resumed: true };
  throw new Refusal(campaign.shown, [
    {
      path: "",
      message: `it, or its scenario, is not what execution ${newest} was begun with, and that is not at its end: take the change back to go on with it, or begin a new one with --new`,
    },
  ]);
}

/**
 * The execution to go on with: the newest if it is not at its end, else a new one. Only for who has claimed the
 * campaign's stack. Errors: as {@link checkExecution}.
 * @param afresh Begin a new one whatever the newest is.
 */
export function openExecution(campaign: LoadedCampaign, root: string, afresh: boolean): Execution {
  const unfinished = checkExecution(campaign, root, afresh);
  if (unfinished) return unfinished;
  const number = (executions(root, campaign.name).at(-1) ?? 0) + 1;
  const journal: Journal = {
    schemaVersion: 1,
    name: campaign.name,
    number,
    stack: campaign.stack,
    definitionSha256: campaign.sha256,
    definition: campaign.definition,
    scenario: campaign.configuration[scenarioKey],
    startedAt: new Date().toISOString(),
    ...(campaign.definition.search
      ? { points: [], bases: campaign.points.map(({ values }) => values), cells: [] }
      : {
          points: campaign.points.map(({ values }) => values),
          cells: campaign.order.map((cell) => ({ ...cell, status: "waiting", attempts: [] })),
        }),
  };
  const path = join(campaignFolder(root, campaign.name), String(number));
  writeJournal(path, journal);
  return { folder: path, journal, resumed: false };
}

function read(folder: string): Journal {
  try {
    return readJournal(folder);
  } catch (error) {
    throw new Failure(
      `${folder} holds no campaign that this version of buswide can go on with: ${(error as Error).message}; begin a new one with --new`,
    );
  }
}
