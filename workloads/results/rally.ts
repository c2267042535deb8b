import { z } from "zod";
import { patterns } from "./patterns";
import { tracedRequest } from "./trace";

/** Figures of how long something took. */
export const durations = z
  .strictObject({
    min: z.number(),
    median: z.number(),
    p90: z.number(),
    p95: z.number(),
    max: z.number(),
    mean: z.number(),
  })
  .describe(
    "Seconds, to the millisecond; percentiles between two values are interpolated, as in Rally's reports.",
  );
export type Durations = z.infer<typeof durations>;

/** One atomic action of a scenario, such as `nova.boot_server`. */
const action = z.strictObject({
  name: z.string(),
  iterations: z.int().describe("Iterations that came to it."),
  failures: z.int().describe("Of these, those in which it failed."),
  durationSeconds: durations
    .optional()
    .describe(
      "Of all its executions in an iteration together, where iterations succeeded; absent: none did.",
    ),
});

/** One scenario of a task, executed many times. */
const measured = z.strictObject({
  scenario: z.string(),
  times: z.int().describe("Iterations that were executed."),
  concurrency: z
    .int()
    .optional()
    .describe("At a time; absent: the runner of the task file has no such number."),
  failures: z.int(),
  successPercent: z.number(),
  loadSeconds: z.number().describe("From the start of the first iteration to the end of the last."),
  durationSeconds: durations
    .optional()
    .describe(
      "Of iterations that succeeded, waits between its requests included; absent: none did. Rally's own report has failed iterations in its figures.",
    ),
  actions: z.array(action).describe("What iterations are made of, in order."),
  errors: z
    .record(z.string(), z.int())
    .describe("Failed iterations by the class of their error, such as `GetResourceErrorStatus`."),
  sla: z
    .array(z.strictObject({ criterion: z.string(), passed: z.boolean(), detail: z.string() }))
    .describe("What had to hold, and whether it did."),
});
export type RallyScenario = z.infer<typeof measured>;

/** What Rally found; a record has what was observed meanwhile besides. */
export const rallyFindings = z.strictObject({
  name: z.string(),
  kind: z.literal("rally"),
  status: z.enum(["complete", "failed"]).describe("Failed as well where Rally's criteria do not hold."),
  failure: z.string().optional(),
  site: z.string().describe("Where Rally asked from."),
  versions: z.record(z.string(), z.string()).describe("Of Rally and its plugins."),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number(),
  scenarios: z.array(measured),
  traces: z
    .array(tracedRequest)
    .optional()
    .describe(
      "Where the time of iterations went, in the order of Rally's report; absent: they were not traced. `durationSeconds` holds what tracing took.",
    ),
  patterns: z
    .array(patterns)
    .optional()
    .describe("Who tells whom what for these iterations, of each scenario of which any succeeded; likewise."),
  reports: z.array(z.string()).describe("Rally's own reports, and traces, paths in the run's folder."),
});
export type RallyFindings = z.infer<typeof rallyFindings>;
