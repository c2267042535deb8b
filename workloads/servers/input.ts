import { z } from "zod";
import { plannedEpisode } from "../runner/episodes";

/** Servers that are to be booted at a steady rate, in full. */
export const plannedServers = z.strictObject({
  name: z.string(),
  kind: z.literal("servers"),
  site: z.string().describe("The site that is asked from."),
  region: z.string().optional().describe("The region that is asked; absent: the control plane's own."),
  ratePerSecond: z.number().positive(),
  authenticationsPerSecond: z.number().positive(),
  durationSeconds: z.number().positive(),
  waitSeconds: z
    .number()
    .nonnegative()
    .describe("How long after the window it is waited for what is not there yet, at most."),
  timeoutSeconds: z
    .number()
    .positive()
    .describe("How long a request may take to be connected, and as long again to be answered."),
  timeline: z
    .array(plannedEpisode)
    .optional()
    .describe("What happens to links and services; absent: nothing."),
});
export type PlannedServers = z.infer<typeof plannedServers>;
