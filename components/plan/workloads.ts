import { resolveSites } from "../../stacks/scenario/expand";
import type { Scenario } from "../../stacks/scenario/schema";
import type { BusWorkloadDefinition } from "../../stacks/scenario/workloadKinds";
import type { PlannedWorkload } from "../../workloads/runner/input";
import { planTimeline } from "./timeline";

/** A workload with its groups of sites, and its timeline's links, resolved. */
export function planWorkload(
  scenario: Pick<Scenario, "sites" | "links" | "seed">,
  workload: BusWorkloadDefinition,
  expanded: ReadonlyMap<string, readonly string[]>,
): PlannedWorkload {
  const perSite = (counts: Readonly<Record<string, number>>) => {
    // A map, as a site may be called what every object has: `constructor`.
    const totals = new Map<string, number>();
    for (const [name, count] of Object.entries(counts))
      for (const site of resolveSites(expanded, name) ?? [])
        totals.set(site, (totals.get(site) ?? 0) + count);
    return Object.fromEntries(totals);
  };
  return {
    name: workload.name,
    kind: workload.kind,
    pattern: workload.kind === "rpc" ? workload.pattern : "notify",
    clients: perSite(workload.clients),
    servers: perSite(workload.servers),
    topics: workload.topics,
    messageBytes: workload.length,
    ...(workload.rate === undefined ? {} : { ratePerSecond: workload.rate }),
    ...(workload.duration === undefined ? {} : { durationSeconds: workload.duration }),
    ...(workload.calls === undefined ? {} : { callsPerClient: workload.calls }),
    ...(workload.pause === undefined ? {} : { pauseSeconds: workload.pause }),
    warmupSeconds: workload.warmup,
    timeoutSeconds: workload.timeout,
    ...(workload.kind === "rpc" && workload.tool !== "probe" ? { tool: workload.tool } : {}),
    ...(workload.kind === "rpc" && workload.case !== undefined ? { testCase: workload.case } : {}),
    ...(workload.timeline === undefined ? {} : { timeline: planTimeline(scenario, workload) }),
  };
}
