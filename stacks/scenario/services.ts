import { busSites, planControlPlane } from "../../components/controlplane/plan";
import { planBus } from "../../components/bus/planners";
import { watchingServices } from "../../components/metrics/plan";
import { mustCidr } from "../../components/plan/cidr";
import { planDistances } from "../../components/plan/distances";
import { planLinks } from "../../components/plan/links";
import { planRoutes } from "../../components/plan/routes";
import { servicesOf } from "../../components/plan/services";
import { Site } from "../../components/plan/site";
import { planWorkload } from "../../components/plan/workloads";
import { expandSites } from "./expand";
import type { ScenarioShape } from "./schema";
import { busWorkloadsOf } from "./timeline/inherit";
import type { Services } from "./timeline/services";

/** A network as large as any that sites have: what the services of a bus are called does not depend on their addresses. */
const anyPrefix = mustCidr("10.0.0.0/16");

/** The services that a scenario stands for, of a bus and links that are known to be right. */
export function scenarioServices(scenario: ScenarioShape): Services {
  const expanded = expandSites(scenario.sites);
  const names = [...expanded.values()].flat();
  const links = planLinks(scenario);
  const routes = planRoutes(names, links);
  const workloads = busWorkloadsOf(scenario).map((workload) => planWorkload(scenario, workload, expanded));
  const agentSites = names.filter((name) =>
    workloads.some(({ clients, servers }) => Object.hasOwn(clients, name) || Object.hasOwn(servers, name)),
  );
  const sites = names.map((name) => new Site(name, anyPrefix, ""));
  const { controlPlane } = scenario;
  const distance = planDistances(routes, links);
  const bus = planBus(scenario.bus, {
    sites,
    groups: expanded,
    links,
    distance,
    workloads,
    agentSites,
    ...(controlPlane === undefined ? {} : { serviceSites: busSites(controlPlane, expanded) }),
  });
  return servicesOf(
    bus,
    names,
    agentSites,
    scenario.target.kind,
    controlPlane &&
      planControlPlane(controlPlane, {
        ...{ sites, groups: expanded, links, distance, bus },
        busDefinition: scenario.bus,
      }),
    watchingServices(scenario.metrics, expanded),
  );
}
