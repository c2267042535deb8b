import { z } from "zod";
import { siteName, workloadName } from "../names";
import { bitRate, memory, seconds, secondsOrZero } from "../quantities";

/** Shaker takes whole seconds. */
const wholeSeconds = seconds.refine((value) => Number.isInteger(value) && value <= 3600, {
  error: "Shaker takes whole seconds up to an hour: use such as 5s",
});

/** What Shaker measures of the data plane between sites, and how. */
export const shakerSchema = z
  .strictObject({
    kind: z.literal("shaker"),
    name: workloadName.describe("Names the workload in results; unique in the scenario."),
    pairs: z
      .array(z.tuple([siteName, siteName]))
      .min(1, { error: "name pairs of sites, such as [[core, edge]], or leave it out: each link's ends" })
      .optional()
      .describe(
        "Pairs of sites or groups between which it is measured, one pair after the other; a group stands for each of its sites, with itself for each pair in it. Default: the ends of every link.",
      ),
    mode: z
      .enum(["static-agents", "spot"])
      .default("static-agents")
      .describe(
        "Which of Shaker's scenarios it is: agents at both ends that ask a server at the first site what to do, or a program at the first end alone.",
      ),
    tests: z
      .array(z.enum(["ping", "tcp", "udp"]))
      .min(1, { error: "name tests: ping, tcp, udp" })
      .refine((tests) => new Set(tests).size === tests.length, { error: "name each test once" })
      .default(["ping", "tcp", "udp"])
      .describe(
        "ping: round trips on idle links, by flent. tcp, udp: throughput each way, by iperf3; udp also loss and jitter.",
      ),
    duration: wholeSeconds
      .prefault("5s")
      .describe("How long each test measures, whole seconds; default 5s. Each direction is a test."),
    omit: secondsOrZero
      .refine((value) => Number.isInteger(value) && value <= 60, {
        error: "iperf3 takes whole seconds up to a minute: use such as 2s",
      })
      .prefault("2s")
      .describe("Of tcp, what is left out at the start, in which a stream finds its speed; default 2s."),
    udp: z
      .strictObject({
        rate: bitRate
          .optional()
          .describe(
            "Payload that is sent, such as 10mbit; default: half of the narrowest link on the way, 10mbit without one.",
          ),
      })
      .prefault({})
      .describe("What the udp test sends."),
    memory: memory
      .prefault("256MiB")
      .describe("Memory limit of a site's container of Shaker, such as 256MiB (the default)."),
  })
  .describe(
    "The data plane between sites, measured by Shaker with flent and iperf3. It does not use the bus.",
  );
export type ShakerDefinition = z.infer<typeof shakerSchema>;
