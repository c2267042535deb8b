import type { Scenario } from "../../stacks/scenario/schema";
import type { ServersDefinition } from "../../stacks/scenario/tools/servers";
import type { PlannedServers } from "../../workloads/servers/input";
import { planTimeline } from "./timeline";

/**
 * A workload that boots servers, with its timeline's links resolved.
 * @param region The one that is asked; undefined: the control plane's own.
 */
export function planServers(
  scenario: Pick<Scenario, "sites" | "links" | "seed">,
  workload: ServersDefinition,
  region: string | undefined,
): PlannedServers {
  const { name, site, rate, authentications, duration, wait, timeout, timeline } = workload;
  return {
    name,
    kind: "servers",
    site,
    ...(region === undefined ? {} : { region }),
    ratePerSecond: rate,
    authenticationsPerSecond: authentications,
    durationSeconds: duration,
    waitSeconds: wait,
    timeoutSeconds: timeout,
    ...(timeline === undefined ? {} : { timeline: planTimeline(scenario, workload) }),
  };
}
