import { existsSync, readFileSync, readlinkSync } from "fs";
import { basename, dirname, join, relative, resolve } from "path";
import { isDeepStrictEqual } from "util";
import { parse } from "yaml";
import { executions, campaignFolder } from "../folders";
import { hasJournal, readJournal, type Journal } from "../journal";
import { readRun } from "../runs";
import { rowsOfRun, tableOf, type Table } from "../table/rows";
import type { Results } from "../../workloads/results/schema";

/** A run that measured something, with where it stands in what it belongs to. */
export interface MeasuredRun {
  /** Index of the campaign's point; 0 for runs outside a campaign. */
  readonly point: number;
  readonly repetition: number;
  readonly folder: string;
  readonly results: Results;
}

interface Measured {
  readonly label: string;
  /** Where it is kept: the execution's folder, or the newest run's. */
  readonly folder: string;
  readonly table: Table;
  readonly runs: readonly MeasuredRun[];
}

/** What `compare` and `report` are given: an execution of a campaign, or runs of a stack. */
export type Source =
  | ({ readonly kind: "campaign"; readonly journal: Journal } & Measured)
  | ({ readonly kind: "runs" } & Measured);

/** An argument that names nothing that was measured. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}

/**
 * Finds what an argument means: the folder of a campaign's execution or of a run; the name of a campaign (its
 * newest execution) or of a stack (its newest run); either with `@` and numbers, `demo@3`, `demo@3,5-8`.
 * Errors: {@link SourceError}.
 */
export function findSource(argument: string, root: string): Source {
  const folder = resolve(argument);
  if (hasJournal(folder)) return campaignIn(folder);
  if (existsSync(join(folder, "results.json"))) return runsIn([real(folder)]);
  const [, name = "", numbers] = /^([a-z][a-z0-9-]*)(?:@([\d,-]+))?$/.exec(argument) ?? [];
  if (name === "") throw new SourceError(`${argument} is neither a folder of a campaign or run nor a name`);
  const wanted = numbers === undefined ? undefined : parseNumbers(numbers);
  const known = executions(root, name);
  if (known.length > 0) {
    const [number, ...more] = wanted ?? [known.at(-1) ?? 0];
    if (more.length > 0 || number === undefined || !known.includes(number))
      throw new SourceError(
        `${argument}: the campaign ${name} has the executions ${known.join(", ")}; name one`,
      );
    return campaignIn(join(campaignFolder(root, name), String(number)));
  }
  const runs = join(root, "runs", name);
  if (!existsSync(join(runs, "latest")))
    throw new SourceError(`${argument}: no campaign and no stack of that name has been run`);
  return runsIn((wanted ?? ["latest"]).map((number) => real(join(runs, String(number)))));
}

/** An execution and its runs, which are in the same `runs/`, wherever that was copied to. */
function campaignIn(folder: string): Source {
  const root = resolve(folder, "../../../..");
  const journal = readJournal(folder);
  const read = new Map<string, Results>();
  const table = tableOf(journal, (run) => {
    const results = readRun(join(root, run));
    if (results) read.set(run, results);
    return results;
  });
  const runs = journal.cells.flatMap(({ point, repetition, attempts, status }) => {
    const run = status === "complete" ? attempts.at(-1)?.run : undefined;
    const results = run === undefined ? undefined : read.get(run);
    return run !== undefined && results ? [{ point, repetition, folder: join(root, run), results }] : [];
  });
  const label = `campaign ${journal.name}, execution ${journal.number}`;
  return { kind: "campaign", label, folder, journal, table, runs };
}

function runsIn(folders: readonly string[]): Source {
  const runs = folders.map((folder, index) => {
    const results = readRun(folder);
    if (!results) throw new SourceError(`there is no run in ${relative(process.cwd(), folder) || folder}`);
    return { point: 0, repetition: index + 1, folder, results };
  });
  refuseUnlike(runs);
  const rows = runs.flatMap(({ results, repetition }) => rowsOfRun(results, repetition));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const stack = runs[0]?.results.stack ?? "";
  const numbers = runs.map(({ results }) => results.run).join(", ");
  const label = `${stack}, run${runs.length > 1 ? "s" : ""} ${numbers}`;
  return {
    kind: "runs",
    label,
    folder: folders.at(-1) ?? "",
    runs,
    table: { columns, parameters: [], rows },
  };
}

/** Of a scenario, what repetitions may differ in: each has a seed of its own, and words change no figure. */
const decidingNothing: readonly string[] = ["seed", "description"];

/** The scenario that a run kept, as it was parsed; undefined if it kept none. */
export function keptScenario(folder: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(folder, "config", "scenario.yaml");
  return existsSync(file) ? (parse(readFileSync(file, "utf8")) as Record<string, unknown>) : undefined;
}

/**
 * Runs of a stack are repetitions of each other only if they measured the same: what they differ in would else be taken
 * for chance. Errors: {@link SourceError}.
 */
function refuseUnlike([first, ...others]: readonly MeasuredRun[]): void {
  if (!first) return;
  for (const other of others) {
    const unlike = unlikeIn(first, other);
    if (unlike.length > 0)
      throw new SourceError(
        `runs ${first.results.run} and ${other.results.run} are not repetitions of each other, as their scenarios differ in ${unlike.join(", ")}: compare the one with the other, or name runs of one scenario`,
      );
  }
}

/** What the scenarios of two runs differ in, by its name. */
function unlikeIn(one: MeasuredRun, other: MeasuredRun): string[] {
  if (one.results.provenance.scenarioSha256 === other.results.provenance.scenarioSha256) return [];
  const [left, right] = [keptScenario(one.folder), keptScenario(other.folder)];
  if (!left || !right) return ["what is not known, as they are not both kept"];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (name) => !decidingNothing.includes(name) && !isDeepStrictEqual(left[name], right[name]),
  );
}

/** A run's own folder where a link such as `latest` was named. */
function real(folder: string): string {
  return basename(folder) === "latest" ? join(dirname(folder), readlinkSync(folder)) : folder;
}

function parseNumbers(text: string): number[] {
  const numbers = text.split(",").flatMap((part) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (from === undefined) throw new SourceError(`"${part}" is no number and no range such as 3-5`);
    const [first, last] = [Number(from), Number(to ?? from)];
    if (last < first) throw new SourceError(`"${part}" ends before it begins: write ${last}-${first}`);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  // A run named twice is one sample all the same.
  return [...new Set(numbers)];
}
