import { z } from "zod";
import { linkDeviation, linkMeasurement } from "./links";

/** One direction of a path, as the links on it add up. */
export const plannedDirection = z.strictObject({
  sites: z.array(z.string()).describe("The sites on the way, both ends included."),
  delayMs: z.number().describe("Sum of the links' one-way delays, milliseconds."),
  jitterMs: z.number().describe("Sum of the links' jitters, milliseconds."),
  lossPercent: z.number().describe("Packets lost on any of the links, percent: 1 - prod(1 - p)."),
  rateBitsPerSecond: z
    .number()
    .positive()
    .optional()
    .describe("Rate of the narrowest link, bits per second; absent: no link has a limit."),
});
export type PlannedDirection = z.infer<typeof plannedDirection>;

/** Two sites that no single link joins both ways, and what packets between them met before the workloads. */
export const pathRecord = z.strictObject({
  between: z.tuple([z.string(), z.string()]),
  predicted: z.strictObject({ there: plannedDirection, back: plannedDirection }),
  measured: linkMeasurement.describe(
    "Between the gateways' addresses inside the two sites, over the routes that services use.",
  ),
  deviations: z.array(linkDeviation),
});
export type PathRecord = z.infer<typeof pathRecord>;

/** The paths of a run: all of them, or a sample. */
export const pathsRecord = z.strictObject({
  pairs: z
    .number()
    .int()
    .describe("Pairs of sites that talk over more than one link, in one direction at least."),
  seed: z.number().int().describe("What decided which are measured where not all are."),
  measured: z.array(pathRecord).describe("All of these pairs, or a sample of them."),
});
export type PathsRecord = z.infer<typeof pathsRecord>;
