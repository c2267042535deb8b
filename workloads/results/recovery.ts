import { z } from "zod";
import { linkFault, serviceFault } from "./timeline";

/**
 * What the workload saw of one fault, by the second: a time is from the fault's start to the start of a full second of
 * the series, so it is up to a second less than the true one, and 0 within the fault's own second.
 */
export const recoveryRecord = z.strictObject({
  what: z.union([linkFault, serviceFault]),
  subjects: z.array(z.string()).describe("The links, or the services, that it happened to."),
  atSeconds: z.number().describe("From the start of the window, seconds."),
  untilSeconds: z.number().describe("When the fault was undone, seconds; of a restart, at the latest."),
  observedUntilSeconds: z
    .number()
    .describe("Start of the next fault, or end of the load: what came later is not seen here."),
  offeredPerSecond: z
    .number()
    .describe(
      "What full service is: calls a second, or of other patterns deliveries, as many as were asked for.",
    ),
  errors: z
    .record(z.string(), z.number().int())
    .describe("Operations that failed from the fault's second on, by kind."),
  firstErrorSeconds: z
    .number()
    .optional()
    .describe("Until a sender was first told of a failure; absent: none was."),
  interruptedSeconds: z.number().int().describe("Full seconds in which nothing was served."),
  firstServedSeconds: z
    .number()
    .optional()
    .describe("Until something was served again; absent: service was not interrupted, or did not come back."),
  fullServiceSeconds: z
    .number()
    .optional()
    .describe(
      "Until service was full for good: at least 90 % of what was asked for, over each three seconds from then on; 0: it never was less; absent: it did not come to that.",
    ),
});
export type RecoveryRecord = z.infer<typeof recoveryRecord>;
