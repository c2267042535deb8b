import { existsSync, readdirSync } from "fs";
import { join } from "path";
import { hasJournal } from "./journal";

/** Where the executions of a campaign are kept, each in a folder `<n>`. */
export function campaignFolder(root: string, name: string): string {
  return join(root, "runs", "campaigns", name);
}

/** Numbers of a campaign's executions, oldest first. */
export function executions(root: string, name: string): number[] {
  const folder = campaignFolder(root, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => /^[1-9]\d*$/.test(entry) && hasJournal(join(folder, entry)))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The newest execution's folder; undefined if there was none. */
export function newestExecution(root: string, name: string): string | undefined {
  const number = executions(root, name).at(-1);
  return number === undefined ? undefined : join(campaignFolder(root, name), String(number));
}
