import { existsSync, readFileSync, readlinkSync } from "fs";
import { join, relative } from "path";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import { Failure } from "../refusal";

/** The newest run of a stack. */
export interface LatestRun {
  /** The run's folder, relative to the working directory where it is below it. */
  readonly folder: string;
  readonly results: Results;
  /** The archive, if the run came to its end. */
  readonly backup?: string;
}

/** The newest run of a stack; undefined if there was none. Errors: {@link Failure}, its results cannot be read. */
export function latestRun(root: string, stack: string): LatestRun | undefined {
  const runs = join(root, "runs", stack);
  const latest = join(runs, "latest");
  const file = join(latest, "results.json");
  if (!existsSync(file)) return undefined;
  const folder = join(runs, readlinkSync(latest));
  const parsed = resultsSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success)
    throw new Failure(
      `${file} is not what this version of buswide writes: ${parsed.error.issues[0]?.message}`,
    );
  const backup = join(folder, "backup.tar.zst");
  return {
    folder: nearer(folder),
    results: parsed.data,
    ...(existsSync(backup) ? { backup: nearer(backup) } : {}),
  };
}

/** A run for people: its table, and where it is kept. */
export async function describeRun(
  { folder, results, backup }: LatestRun,
  stream: NodeJS.WriteStream,
): Promise<string> {
  const { renderResults } = await import("../../workloads/results/table");
  const color = stream.isTTY && process.env.NO_COLOR === undefined;
  const table = renderResults(results, { color, width: stream.isTTY ? stream.columns : 120 });
  return [table.trimEnd(), `run:    ${folder}`, ...(backup === undefined ? [] : [`backup: ${backup}`])].join(
    "\n",
  );
}

function nearer(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
