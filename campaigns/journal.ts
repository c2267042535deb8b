import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "fs";
import { dirname, join } from "path";
import { z } from "zod";
import { campaignSchema } from "./schema";

/** One try at measuring a cell. */
const attempt = z.strictObject({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
  run: z.string().optional().describe("The run's folder, relative to the project's root."),
  failure: z.string().optional().describe("Why it failed, in words."),
  broke: z
    .boolean()
    .optional()
    .describe(
      "Whether something is broken on purpose in it; absent: it was refused before anything was made, or an older version began it.",
    ),
  busRemade: z
    .string()
    .optional()
    .describe(
      "Why the bus was made anew for it, so that it was not measured on a broken one; absent: it was not.",
    ),
  busAfter: z
    .array(z.string())
    .optional()
    .describe(
      "What was wrong with the bus after a measurement in which something was broken; empty: nothing; absent: nothing was broken, or nobody looked.",
    ),
});
export type Attempt = z.infer<typeof attempt>;

const cellRecord = z.strictObject({
  index: z.int().nonnegative(),
  point: z.int().nonnegative(),
  repetition: z.int().positive(),
  status: z
    .enum(["waiting", "running", "complete", "failed"])
    .describe("`running`: begun and not ended, or killed in the middle."),
  attempts: z.array(attempt),
  search: z
    .strictObject({
      base: z.int().nonnegative().describe("Which of the campaign's own points, `bases`, is searched from."),
      value: z.number().describe("In the unit of the search's ends."),
      verdict: z
        .strictObject({
          holds: z.boolean().optional().describe("Absent: the measurement failed and says neither."),
          reasons: z.array(z.string()),
          saturated: z.enum(["load generator", "machine", "host", "hosts"]).optional(),
        })
        .optional()
        .describe("Absent: not measured yet."),
    })
    .optional(),
});
export type CellRecord = z.infer<typeof cellRecord>;

/** What a campaign has done and has still to do: enough to go on after a kill at any moment. */
export const journalSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  /** Number of this execution among those of the campaign, from 1. */
  number: z.int().positive(),
  stack: z.string(),
  definitionSha256: z.string().describe("Of the campaign and its scenario as they stood when it began."),
  definition: campaignSchema,
  scenario: z.unknown().describe("The scenario that is varied, as written."),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
  points: z
    .array(z.record(z.string(), z.json()))
    .describe("Of a search: those it came to, as it came to them."),
  bases: z
    .array(z.record(z.string(), z.json()))
    .optional()
    .describe("What a search is done for; absent: none is."),
  expected: z.int().optional().describe("Of a search: how many measurements it will have taken, about."),
  cells: z.array(cellRecord),
});
export type Journal = z.infer<typeof journalSchema>;

export const journalFile = "journal.json";

/** Reads a campaign's journal. Errors: it is none, or of another version. */
export function readJournal(folder: string): Journal {
  return journalSchema.parse(JSON.parse(readFileSync(join(folder, journalFile), "utf8")));
}

export function hasJournal(folder: string): boolean {
  return existsSync(join(folder, journalFile));
}

/** Writes the journal so that whoever reads it, after whatever kill, finds the old one or the new one, whole. */
export function writeJournal(folder: string, journal: Journal): void {
  writeWhole(join(folder, journalFile), `${JSON.stringify(journal, undefined, 1)}\n`);
}

/** Replaces a file's content in one step, on the disk before it counts. Errors: the system's, with the file's name. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.part`;
    const file = openSync(temporary, "w");
    try {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw new Error(`${path} can't be written: ${(error as Error).message}`, { cause: error });
  }
}
