import { readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { z } from "zod";
import { results, resultsSchemaVersion } from "./schema";

/** Where the schema of `results.json` is published, from the project's root. */
export const publishedSchema = join("docs", "schema", "results.schema.json");

/** The JSON Schema (draft 2020-12) of `results.json`, as it is published: ended by a line feed. */
export function resultsJsonSchema(): string {
  const schema = {
    title: `Results of a buswide run, version ${resultsSchemaVersion}`,
    ...z.toJSONSchema(results, { target: "draft-2020-12" }),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

// Run as a program, it publishes; with --check it only says whether that would change anything.
if (require.main === module) {
  const path = join(__dirname, "..", "..", publishedSchema);
  if (!process.argv.includes("--check")) writeFileSync(path, resultsJsonSchema());
  else if (readFileSync(path, "utf8") !== resultsJsonSchema()) {
    process.stderr.write(
      `${publishedSchema} is out of date: node -r ts-node/register workloads/results/jsonSchema.ts\n`,
    );
    process.exitCode = 1;
  }
}
