import { readFile } from "fs/promises";
import { join } from "path";
import type {
  LinkRecord,
  RallyRecord,
  Results,
  ServersRecord,
  ShakerRecord,
  TraceRecord,
  WorkloadRecord,
} from "../results/schema";
import type { Backup } from "./backup";
import { outcomeFile, pruneBackups, runNumbers } from "./runFolder";

/** How a run ended, and where to find it: small, for it goes into the stack's state. */
export interface Outcome {
  run: number;
  directory: string;
  status: "complete" | "failed";
  failure?: string;
  backup?: Backup;
  links: LinkRecord[];
  paths?: Results["paths"];
  results: (
    | Omit<WorkloadRecord, "histogram">
    | ShakerRecord
    | Omit<RallyRecord, "patterns">
    | ServersRecord
    | Omit<TraceRecord, "patterns" | "background">
  )[];
  provenance: Results["provenance"];
}

/**
 * The outcome of the newest complete run, or undefined if there is none; backups beyond the newest `keep`
 * are removed, for that number may be what has changed. Errors: a folder can't be read.
 */
export async function newestOutcome(runs: string, keep: number): Promise<Outcome | undefined> {
  for (const number of (await runNumbers(runs)).sort((a, b) => b - a)) {
    const outcome = await read(join(runs, String(number), outcomeFile));
    if (outcome?.status !== "complete") continue;
    await pruneBackups(runs, keep);
    return outcome;
  }
  return undefined;
}

async function read(path: string): Promise<Outcome | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Outcome;
  } catch (error) {
    // A run that was killed, or is under way.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
