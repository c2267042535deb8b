import { z } from "zod";
import { plannedDirection } from "../results/paths";

export const shakerTest = z.enum(["ping", "tcp", "udp"]);
export type ShakerTest = z.infer<typeof shakerTest>;

/** Two sites between which Shaker measures, and what their links add up to. */
const plannedPair = z.strictObject({
  between: z.tuple([z.string(), z.string()]),
  there: plannedDirection,
  back: plannedDirection,
  udpBitsPerSecond: z
    .strictObject({ there: z.number().positive(), back: z.number().positive() })
    .describe("Payload that the udp test sends in each direction."),
});
export type PlannedPair = z.infer<typeof plannedPair>;

/** What Shaker is to measure, every site and quantity resolved. */
export const plannedShaker = z.strictObject({
  name: z.string(),
  kind: z.literal("shaker"),
  mode: z.enum(["static-agents", "spot"]),
  tests: z.array(shakerTest),
  durationSeconds: z.int().positive().describe("What each test measures."),
  omitSeconds: z.int().nonnegative().describe("Of tcp, left out at the start."),
  pairs: z.array(plannedPair).describe("Measured one after the other."),
});
export type PlannedShaker = z.infer<typeof plannedShaker>;
