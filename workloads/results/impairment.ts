import { z } from "zod";

const share = z.number().min(0).max(100);

/** One direction of a link: what was asked for. What few links have is absent where it was not asked for. */
export const impairment = z.strictObject({
  delayMs: z.number().nonnegative().describe("One-way delay, milliseconds."),
  jitterMs: z
    .number()
    .nonnegative()
    .describe(
      "Size of the jitter around the delay, milliseconds: half-width of uniform, standard deviation of normal jitter; for pareto what netem scales its table by.",
    ),
  jitterDistribution: z
    .enum(["normal", "pareto"])
    .optional()
    .describe("How the jitter is spread; absent: uniform."),
  jitterCorrelationPercent: share
    .optional()
    .describe("Jitter is drawn for each packet with this correlation; absent: it is a function of time."),
  lossPercent: share.describe("Packets lost at random, percent; of losses in bursts the mean."),
  lossBursts: z
    .strictObject({
      beginsPercent: share.describe("Chance of a packet to begin a burst (netem's p)."),
      endsPercent: share.describe("Chance of a packet to end one (r)."),
      insidePercent: share.describe("Packets lost in a burst (1-h)."),
      outsidePercent: share.describe("Packets lost outside (1-k)."),
    })
    .optional()
    .describe("Losses come in bursts (Gilbert–Elliott); absent: each by itself."),
  rateBitsPerSecond: z
    .number()
    .positive()
    .optional()
    .describe("Rate limit, bits per second; absent: unlimited."),
  limitPackets: z
    .number()
    .int()
    .positive()
    .optional()
    .describe("Packets that may wait for the line; absent, and no bytes given: 1000."),
  limitBytes: z.number().int().positive().optional().describe("Bytes that may wait for the line."),
  duplicatePercent: share.optional().describe("Packets that come twice."),
  corruptPercent: share.optional().describe("Packets with one bit flipped."),
  reorder: z
    .strictObject({
      percent: share.describe("Chance of a packet to overtake those before it."),
      gap: z.number().int().positive().describe("From which packet after the last that did, there is one."),
    })
    .optional()
    .describe("Packets that overtake those before them; absent: order is kept."),
});
export type Impairment = z.infer<typeof impairment>;
