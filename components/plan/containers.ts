import { controlPlaneContainers } from "../controlplane/plan";
import type { Plan } from "./plan";

/** Containers whose memory is limited, `<site>-<service>` each, and by how many bytes: brokers, agents, tools and a control plane. */
export function limitedContainers(plan: Plan): (readonly [name: string, memoryBytes: number])[] {
  return [
    ...plan.bus.brokers.map(({ name, memoryBytes }) => [name, memoryBytes] as const),
    ...[...plan.agents].map(([site, { memoryBytes }]) => [`${site}-agents`, memoryBytes] as const),
    ...plan.tools.map(({ site, tool, memoryBytes }) => [`${site}-${tool}`, memoryBytes] as const),
    ...(plan.controlPlane === undefined ? [] : controlPlaneContainers(plan.controlPlane)).map(
      ({ site, service, memoryBytes }) => [`${site}-${service}`, memoryBytes] as const,
    ),
  ];
}

/** Every container of a plan, `<site>-<service>` each. */
export function containersOf(plan: Plan): string[] {
  return [
    ...plan.sites.map(({ name }) => `${name}-gateway`),
    ...limitedContainers(plan).map(([name]) => name),
  ];
}
