import { z } from "zod";
import { plannedDirection } from "./paths";

/** One direction between two sites, as Shaker's iperf3 found it. */
const direction = z.strictObject({
  tcp: z
    .strictObject({
      bitsPerSecond: z.number().describe("Payload that arrived, bits per second: what an application has."),
      lineBitsPerSecond: z
        .number()
        .describe(
          "The same with the headers of full packets, Ethernet's of 14 bytes included: what rates of links count.",
        ),
      retransmits: z.number().int().optional().describe("Segments sent again; absent: not told."),
      congestion: z
        .string()
        .optional()
        .describe("The sender's congestion control, such as cubic or bbr; absent: not told."),
    })
    .optional()
    .describe("One stream, iperf3's figures after the omitted seconds; absent: not tested, or it failed."),
  udp: z
    .strictObject({
      sentBitsPerSecond: z.number().describe("Payload sent, bits per second."),
      bitsPerSecond: z.number().describe("Payload that arrived, bits per second."),
      packets: z.number().int().describe("Datagrams sent."),
      lossPercent: z.number(),
      jitterMs: z.number().describe("The receiver's, by RFC 1889."),
    })
    .optional()
    .describe("Datagrams of the whole test; absent: likewise."),
});
export type ShakerDirection = z.infer<typeof direction>;

/** Something that did not come out as the links were asked to be. */
const difference = z.strictObject({
  what: z.string().describe("`rtt`, `tcp there`, `udp loss back`, …"),
  asked: z.number(),
  measured: z.number(),
  unit: z.enum(["ms", "%", "bit/s"]),
  why: z.string().describe("What explains it, in words, or that nothing known does."),
});
export type ShakerDifference = z.infer<typeof difference>;

const pair = z.strictObject({
  between: z.tuple([z.string(), z.string()]),
  asked: z
    .strictObject({ there: plannedDirection, back: plannedDirection })
    .describe("What the links on the way add up to."),
  rttMs: z
    .strictObject({
      min: z.number(),
      mean: z.number(),
      median: z.number(),
      max: z.number(),
      samples: z.number().int(),
    })
    .optional()
    .describe("Round trips of flent's ping (ICMP) without other load, milliseconds."),
  there: direction,
  back: direction,
  failures: z.array(z.string()).describe("Tests without a figure, and why."),
  differences: z.array(difference),
});
export type ShakerPair = z.infer<typeof pair>;

/** What Shaker measured of the data plane between sites; a record has what was observed meanwhile besides. */
export const shakerFindings = z.strictObject({
  name: z.string(),
  kind: z.literal("shaker"),
  status: z.enum(["complete", "failed"]),
  failure: z.string().optional(),
  mode: z.enum(["static-agents", "spot"]),
  versions: z.record(z.string(), z.string()).describe("Of Shaker and its tools."),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number(),
  testSeconds: z.number().describe("What each test measured."),
  omittedSeconds: z.number().describe("Of tcp, left out at the start."),
  pairs: z.array(pair),
  reports: z.array(z.string()).describe("Shaker's own reports, paths in the run's folder."),
});
export type ShakerFindings = z.infer<typeof shakerFindings>;
