import { z } from "zod";
import { tracedServices } from "../trace/input";

const settings = z.record(z.string(), z.unknown());

/** What Rally is to execute, in full. */
export const plannedRally = z.strictObject({
  name: z.string(),
  kind: z.literal("rally"),
  site: z.string().describe("The site that Rally asks from."),
  region: z.string().optional().describe("The region that is asked; absent: the control plane's own."),
  task: z
    .union([
      z.strictObject({
        scenario: z.string(),
        arguments: settings,
        contexts: settings,
        sla: settings,
      }),
      z.strictObject({
        file: z.string().describe("What the task file was called."),
        text: z.string(),
        arguments: settings,
      }),
    ])
    .describe("A scenario by name, or a task of Rally's own with what fills it."),
  times: z.int().positive(),
  concurrency: z.int().positive(),
  timeoutSeconds: z.number().positive(),
  needsControlPlane: z.boolean(),
  traced: tracedServices.optional().describe("What its requests go through; absent: they are not traced."),
  bootsServers: z.boolean().describe("Whether each host boots a server before, as its first takes longer."),
});
export type PlannedRally = z.infer<typeof plannedRally>;
