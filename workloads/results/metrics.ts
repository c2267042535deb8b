import { z } from "zod";
import { bytes } from "./figures";

/** What watched the deployment, and what it left of that in the run's folder. */
export const metricsRecord = z.strictObject({
  kind: z.literal("prometheus"),
  site: z.string(),
  intervalSeconds: z.number().describe("How often each service was asked for its figures."),
  asked: z
    .number()
    .int()
    .optional()
    .describe("Services that were asked; absent, as the next three: it did not answer at the run's end."),
  unanswered: z.array(z.string()).optional().describe("Those of them that did not answer at the run's end."),
  series: z.number().int().optional().describe("Series that it collected, its own among them."),
  values: z.number().int().optional().describe("Values that all of them told when they were asked last."),
  bytes: z
    .number()
    .int()
    .optional()
    .describe("What of it is in the run's folder, `metrics/`; absent: it could not be had."),
  failure: z
    .string()
    .optional()
    .describe("Why it did not answer, or why nothing of it could be kept; absent: all is there."),
});
export type MetricsRecord = z.infer<typeof metricsRecord>;

/** What there is to be said of it. */
export function metricsSentences(record: MetricsRecord | undefined): string[] {
  if (record === undefined) return [];
  const { asked, unanswered = [], site, intervalSeconds, series, bytes: kept } = record;
  if (asked === undefined) return [`Metrics: Prometheus at ${site} did not answer.`];
  return [
    `Metrics: Prometheus at ${site} asked ${asked} services every ${intervalSeconds} s; ${series} series${kept === undefined ? ", none of which could be kept" : `, ${bytes(kept)}B in metrics/`}.`,
    ...(unanswered.length === 0 ? [] : [`At the end it had no answer of ${unanswered.join(", ")}.`]),
  ];
}
