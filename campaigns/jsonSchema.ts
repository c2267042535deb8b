import { mkdirSync, writeFileSync } from "fs";
import { dirname, resolve } from "path";
import { z } from "zod";
import { campaignSchema } from "./schema";

/** Where the schema of campaign files is published; their first line points there. */
export const publishedSchema = resolve(__dirname, "../docs/schema/campaign.schema.json");

/** The JSON Schema of a campaign file, as text; draft 7, which editors understand best. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(campaignSchema, { io: "input", target: "draft-7" }), undefined, 2)}\n`;
}

if (require.main === module) {
  mkdirSync(dirname(publishedSchema), { recursive: true });
  writeFileSync(publishedSchema, renderJsonSchema());
}
