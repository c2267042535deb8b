import { readFileSync } from "fs";
import { resolve } from "path";
import { ScenarioError } from "./parse";
import { show } from "./show";

/**
 * A scenario as it stands in a stack's configuration, with the text of every file it names put in place of the
 * name: `matrix: delays.csv` becomes `matrix: { file: delays.csv, text: … }`. What is parsed afterwards
 * depends on nothing but its own content. Anything that is not where it should be is left for the parser.
 * @param directory Where relative paths start: the folder of the scenario's file.
 * Errors: {@link ScenarioError} for files that cannot be read.
 */
export function readScenarioFiles(value: unknown, directory: string): unknown {
  if (!isRecord(value) || !Array.isArray(value.links)) return value;
  const issues: { path: string; message: string }[] = [];
  const links = value.links.map((link: unknown, index): unknown => {
    if (!isRecord(link) || typeof link.matrix !== "string") return link;
    const path = resolve(directory, link.matrix);
    try {
      return { ...link, matrix: { file: link.matrix, text: readFileSync(path, "utf8") } };
    } catch (error) {
      const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
      issues.push({
        path: `links[${index}].matrix`,
        message: `${show(link.matrix)} cannot be read (${reason}): give the path of a CSV file from the scenario's folder`,
      });
      return link;
    }
  });
  if (issues.length > 0) throw new ScenarioError(issues);
  return { ...value, links };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
