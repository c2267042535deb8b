import type { BusContext } from "../bus";
import type { BusIssue, BusSites } from "../checks";
import { patternLimit } from "../combinations";
import { notOneSite } from "../places";
import type { Zeromq } from "./schema";

/** What is wrong with a ZeroMQ bus in itself and with its sites. */
export function zeromqIssues({ site }: Zeromq, sites: BusSites): BusIssue[] {
  return notOneSite(["site"], site, sites);
}

/** What is wrong with a ZeroMQ bus for the workloads it is to carry. */
export function zeromqLoadIssues(_: Zeromq, { workloads }: Pick<BusContext, "workloads">): BusIssue[] {
  return workloads.flatMap(({ pattern, servers, topics, timeoutSeconds }, workload): BusIssue[] => {
    const total = Object.values(servers).reduce((sum, count) => sum + count, 0);
    const limit = patternLimit("zmq", pattern);
    return [
      ...(limit && total > topics
        ? [
            {
              workload,
              path: ["topics"],
              message: `${total} servers of ${topics === 1 ? "one topic" : `${topics} topics`}: ${limit.reason}; use ${limit.instead} (here topics: ${total})`,
            },
          ]
        : []),
      ...(Number.isInteger(timeoutSeconds)
        ? []
        : [
            {
              workload,
              path: ["timeout"],
              message: `${timeoutSeconds}s: the ZeroMQ driver counts timeouts in whole seconds; use ${Math.ceil(timeoutSeconds)}s`,
            },
          ]),
    ];
  });
}
