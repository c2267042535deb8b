import type { BusContext } from "../bus";
import type { BusIssue, BusSites } from "../checks";
import { patternLimit } from "../combinations";
import { notOneSite } from "../places";
import type { Kafka } from "./schema";

/** What is wrong with a Kafka bus in itself and with its sites. */
export function kafkaIssues({ site }: Kafka, sites: BusSites): BusIssue[] {
  return notOneSite(["site"], site, sites);
}

/** What is wrong with a Kafka bus for the workloads it is to carry. */
export function kafkaLoadIssues(_: Kafka, { workloads }: Pick<BusContext, "workloads">): BusIssue[] {
  return workloads.flatMap(({ kind, pattern }, workload): BusIssue[] => {
    const limit = patternLimit("kafka", pattern);
    if (!limit) return [];
    return [
      { workload, path: ["kind"], message: `${kind} (${pattern}): ${limit.reason}; use ${limit.instead}` },
    ];
  });
}
