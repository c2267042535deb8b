import type { Scenario } from "../../stacks/scenario/schema";

/** Whether a scenario's sites are made in an OpenStack cloud, so that the engine needs its plugin. */
export function usesOpenstack(scenario: Scenario): boolean {
  return scenario.target.kind === "openstack";
}
