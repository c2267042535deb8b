import { z } from "zod";
import { siteName, workloadName } from "../names";
import { frequency, memory, seconds, secondsOrZero } from "../quantities";
import { timelineSchema } from "../timeline/schema";
import { regionSetting } from "./region";

/** Servers booted at a steady rate, and tokens asked for, against the scenario's control plane. */
export const serversSchema = z
  .strictObject({
    kind: z.literal("servers"),
    name: workloadName.describe("Names the workload in results; unique in the scenario."),
    site: siteName.describe("The site that is asked from, such as core."),
    region: regionSetting,
    rate: frequency.describe(
      "Open loop: servers that are booted, such as 12/min; each is deleted once it is there. More than the control plane boots in that time queue up.",
    ),
    authentications: frequency
      .prefault("1/s")
      .describe("Open loop: how often Keystone is asked for a token besides, such as 1/s (the default)."),
    duration: seconds.describe("How long to measure, such as 2min."),
    wait: secondsOrZero
      .prefault("2min")
      .describe(
        "After the window, how long servers that are not there yet, and services of Nova that are not well, are waited for at most; default 2min. A server in BUILD is stuck then.",
      ),
    timeout: seconds
      .prefault("30s")
      .describe(
        "How long a request may take to be connected, and as long again to be answered; default 30s. After that it is one without an answer.",
      ),
    memory: memory
      .prefault("512MiB")
      .describe(
        "Memory limit of the container that asks, such as 512MiB (the default); it is Rally's, and has the most that a workload of its site asks for.",
      ),
    timeline: timelineSchema.optional(),
  })
  .describe(
    "Servers booted through Nova's API at a steady rate, and tokens asked of Keystone: what users of a control plane see while it is broken.",
  );
export type ServersDefinition = z.infer<typeof serversSchema>;

/** Nova lists so many servers at a time (its `max_limit`), and they are followed by one list. */
const mostServers = 1000;
/** Each request that waits has a thread: of a service that hangs, so many as come in two timeouts. */
const mostPerSecond = 10;

/** What is wrong with such a workload that needs more than one field to see. */
export function serversIssues({
  rate,
  duration,
  authentications,
}: ServersDefinition): { path: string[]; message: string }[] {
  const servers = Math.ceil(Math.round(rate * duration * 1e6) / 1e6);
  return [
    ...(servers > mostServers
      ? [
          {
            path: ["rate"],
            message: `these are ${servers} servers in ${duration}s, and Nova lists ${mostServers} at a time: use a lower rate, such as 12/min, or a shorter duration`,
          },
        ]
      : []),
    ...(rate > mostPerSecond
      ? [{ path: ["rate"], message: `${rate} servers a second are too many: use at most ${mostPerSecond}/s` }]
      : []),
    ...(authentications > mostPerSecond
      ? [
          {
            path: ["authentications"],
            message: `${authentications} a second are too many: use at most ${mostPerSecond}/s`,
          },
        ]
      : []),
  ];
}
