import type { BusPlan } from "../bus/bus";
import { controlPlaneServices, ownBrokers, type ControlPlanePlan } from "../controlplane/plan";
import type { Services } from "../../stacks/scenario/timeline/services";

/**
 * The services of a planned deployment, `<site>/<service>` each, by whether a timeline may do something to them. Brokers that sites
 * have for themselves are of the scenario's kind, and with those of its bus.
 */
export function servicesOf(
  bus: Pick<BusPlan, "kind" | "brokers" | "diskLimit">,
  sites: readonly string[],
  agentSites: readonly string[],
  target: Services["target"],
  controlPlane?: ControlPlanePlan,
  watching: readonly string[] = [],
): Services {
  return {
    bus: [...bus.brokers, ...(controlPlane ? ownBrokers(controlPlane) : [])].map(
      ({ name, site }) => `${site}/${name.slice(site.length + 1)}`,
    ),
    controlPlane: controlPlane ? controlPlaneServices(controlPlane) : [],
    target,
    ...(bus.diskLimit
      ? {}
      : {
          noFullDisk: `cannot be filled: its disk is the machine's, and ${bus.kind} has no limit of free space of its own that could be set above what there is`,
        }),
    others: new Map([
      ...sites.map(
        (site) =>
          [
            `${site}/gateway`,
            "is what makes the links and keeps their times: isolate its site, or cut a link",
          ] as const,
      ),
      ...watching.map(
        (service) => [service, "watches the deployment, and is no part of what is measured"] as const,
      ),
      ...agentSites.map(
        (site) =>
          [`${site}/agents`, "makes the load and measures it: isolate its site, or cut a link"] as const,
      ),
    ]),
  };
}
