import { existsSync, readFileSync } from "fs";
import { join } from "path";
import { results as resultsSchema, type Results } from "../workloads/results/schema";

/**
 * The results in a run's folder; undefined if there are none.
 * Errors: what is there is not what this version of buswide writes.
 */
export function readRun(folder: string): Results | undefined {
  const file = join(folder, "results.json");
  if (!existsSync(file)) return undefined;
  const parsed = resultsSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `${file} is not what this version of buswide writes: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}
