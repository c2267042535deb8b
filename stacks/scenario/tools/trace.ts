import { z } from "zod";
import { siteName, workloadName } from "../names";
import { memoryFrom, seconds, secondsOrZero } from "../quantities";
import { regionSetting } from "./region";

/** OpenStack's clients take some 80 MiB. */
const leastMemory = "128MiB";

/** Requests to the scenario's control plane that are traced through its services. */
export const traceSchema = z
  .strictObject({
    kind: z.literal("trace"),
    name: workloadName.describe("Names the workload in results; unique in the scenario."),
    site: siteName.describe("The site of the user who asks, such as core."),
    region: regionSetting,
    computes: siteName
      .optional()
      .describe("The site, or group of sites, on whose hosts servers are made; default: all that have any."),
    times: z
      .int()
      .min(1)
      .max(200)
      .default(5)
      .describe(
        "How many requests are traced, one after the other and on the hosts in turn; default 5. As many are not, in between.",
      ),
    timeout: seconds
      .prefault("2min")
      .describe("After this long a server that is not active has failed; default 2min."),
    background: secondsOrZero
      .prefault("60s")
      .describe(
        "How long services are watched before, while nobody asks anything of them, to know what they tell each other anyway; default 60s, in which most of Nova's periodic tasks come once; 0s: not at all.",
      ),
    memory: memoryFrom(leastMemory)
      .prefault("256MiB")
      .describe("Memory limit of the user's container, such as 256MiB (the default)."),
  })
  .describe(
    "A user's request for a server (a token, then `server create`), traced by OSProfiler through all services until it is active.",
  );
export type TraceDefinition = z.infer<typeof traceSchema>;
