import { mkdirSync, writeFileSync } from "fs";
import { dirname, resolve } from "path";
import { z } from "zod";
import { scenarioSchema } from "./schema";
import { shareDefinitions } from "./sharedSchema";

/** Where the schema is published; the scenarios' first line points there. */
export const publishedSchema = resolve(__dirname, "../../docs/schema/scenario.schema.json");

/** A stack's file: Pulumi's own settings, which are Pulumi's to check, and the scenario. */
const stackFile = z
  .looseObject({
    config: z
      .looseObject({ "buswide:scenario": scenarioSchema })
      .describe("Configuration of the stack, by namespace."),
  })
  .meta({ title: "A buswide scenario in the configuration of a Pulumi stack" });

/**
 * The JSON Schema of a stack's file, every part written out where it stands. It is draft 7, which editors understand best.
 * What needs two fields at once, and limits of quantities, are checked by the parser only.
 */
export function stackFileSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(stackFile, { io: "input", target: "draft-7" });
}

/** The same as it is published: what occurs in several places is written once. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(shareDefinitions(stackFileSchema()), undefined, 2)}\n`;
}

if (require.main === module) {
  mkdirSync(dirname(publishedSchema), { recursive: true });
  writeFileSync(publishedSchema, renderJsonSchema());
}
