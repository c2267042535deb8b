import { z } from "zod";
import { impairment } from "./impairment";

/** One direction of a link as measured between the gateways of its two sites. */
export const measuredDirection = z.strictObject({
  delayMs: z
    .number()
    .optional()
    .describe("Median one-way delay, milliseconds; only where both ends share a clock."),
  lossPercent: z.number().describe("Packets lost, percent."),
  packets: z.number().int().describe("Packets sent for delay and loss."),
  rateBitsPerSecond: z
    .number()
    .optional()
    .describe(
      "Rate of the line, Ethernet headers included, bits per second; only where one was asked for and is cheap to check.",
    ),
});

/** A link as measured once, before or after the workloads. */
export const linkMeasurement = z.strictObject({
  rttMs: z.strictObject({
    median: z.number(),
    mean: z.number(),
    min: z.number(),
    max: z.number(),
    stddev: z.number(),
  }),
  there: measuredDirection,
  back: measuredDirection,
});
export type LinkMeasurement = z.infer<typeof linkMeasurement>;

/** A deviation of a measured link from what was asked, beyond tolerance. */
export const linkDeviation = z.strictObject({
  when: z.enum(["before", "after"]),
  what: z.string().describe("Which figure deviates: `rtt`, `delay there`, `loss back`, `rate there`, …"),
  asked: z.number(),
  measured: z.number(),
  tolerance: z.number(),
  unit: z.enum(["ms", "%", "bit/s"]),
});
export type LinkDeviation = z.infer<typeof linkDeviation>;

export const linkRecord = z.strictObject({
  name: z.string().describe("`<site>--<site>`."),
  between: z.tuple([z.string(), z.string()]),
  emulator: z
    .enum(["netem", "nfqueue"])
    .describe("What made the impairments: the kernel's netem, or buswide's own."),
  asked: z.strictObject({ there: impairment, back: impairment }),
  before: linkMeasurement.optional(),
  after: linkMeasurement.optional(),
  deviations: z.array(linkDeviation),
});
export type LinkRecord = z.infer<typeof linkRecord>;
