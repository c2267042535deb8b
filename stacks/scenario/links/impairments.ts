import { z } from "zod";
import { delay, percent, queueBytes, queueTime } from "../quantities";

/** How jitter is spread. */
export type Distribution = "uniform" | "normal" | "pareto";

/** How far jitter of each distribution reaches below the delay, in units of it; netem's tables end at 4. */
export const jitterReach: Readonly<Record<Distribution, number>> = { uniform: 1, normal: 4, pareto: 2 / 3 };

/** Jitter by more than its size. */
export const jitterShape = z
  .strictObject({
    by: delay.describe(
      "Size: half-width of uniform, standard deviation of normal jitter; of pareto, what netem scales its table by.",
    ),
    distribution: z
      .enum(["uniform", "normal", "pareto"])
      .default("uniform")
      .describe("How it is spread; default uniform. Normal jitter reaches 4 times its size below the delay."),
    correlation: percent
      .optional()
      .describe(
        "Drawn for each packet, dependent on the one before by this much; late packets hold up those behind. Absent: changes over time.",
      ),
  })
  .superRefine(({ correlation }, context) => {
    if (correlation !== undefined && correlation >= 100)
      context.addIssue({
        code: "custom",
        path: ["correlation"],
        message: `${correlation}% would give every packet the first one's jitter: use less than 100%`,
        input: correlation,
      });
  })
  .describe("Jitter with a distribution.");
export type JitterShape = z.infer<typeof jitterShape>;

/** Losses in bursts: E. N. Gilbert's and E. O. Elliott's model. */
export const lossBursts = z
  .strictObject({
    bursts: z
      .strictObject({
        begins: percent.describe("Chance of each packet outside a burst to begin one (netem's p)."),
        ends: percent.describe(
          "Chance of each packet in a burst to end it (r); bursts are 1/ends packets long.",
        ),
        inside: percent.prefault("100%").describe("Packets lost in a burst (1-h); default 100%."),
        outside: percent.prefault("0%").describe("Packets lost outside (1-k); default 0%."),
      })
      .superRefine((bursts, context) => {
        for (const key of ["begins", "ends"] as const)
          if (bursts[key] === 0)
            context.addIssue({
              code: "custom",
              path: [key],
              message: `0% means that bursts never ${key === "begins" ? "begin" : "end"}: use more than zero, or a plain loss such as 1%`,
              input: bursts[key],
            });
      })
      .describe("When bursts begin and end, and what is lost in and outside them."),
  })
  .describe("Losses in bursts (Gilbert–Elliott).");
export type Bursts = z.infer<typeof lossBursts>;

/** The bound of a queue, in one of three ways. */
export const queue = z
  .strictObject({
    packets: z.int().min(1).max(60_000).optional().describe("Packets that may wait, such as 100."),
    bytes: queueBytes.optional().describe("Bytes that may wait, such as 64KiB."),
    time: queueTime.optional().describe("What the line carries in this time may wait, such as 20ms."),
  })
  .superRefine((value, context) => {
    const given = Object.entries<unknown>(value).filter(([, bound]) => bound !== undefined);
    if (given.length !== 1)
      context.addIssue({
        code: "custom",
        message: `bound it in one way, not ${given.length}: { packets: 100 }, { bytes: 64KiB } or { time: 20ms }`,
        input: value,
      });
  })
  .describe("The bound of the queue before the line: in packets, bytes or time.");
export type Queue = z.infer<typeof queue>;

/** Packets that overtake others, at a distance. */
export const reordering = z
  .strictObject({
    percent: percent.describe("Chance of a packet to overtake."),
    gap: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe(
        "Only each packet from this one on, after the last that did, has the chance; default 1: each.",
      ),
  })
  .describe("Packets that overtake those before them.");
export type Reordering = z.infer<typeof reordering>;
