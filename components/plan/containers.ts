import type { PlannedBroker } from "../bus/bus";
import { controlPlaneContainers, ownBrokers } from "../controlplane/plan";
import type { Plan } from "./plan";

/** Every broker and router of a plan: those of the scenario's bus, and those that sites have for themselves. */
export function brokersOf({
  bus,
  controlPlane,
}: Pick<Plan, "bus" | "controlPlane">): readonly PlannedBroker[] {
  return [...bus.brokers, ...(controlPlane === undefined ? [] : ownBrokers(controlPlane))];
}

/** Containers whose memory is limited, `<site>-<service>` each, and by how many bytes: brokers, agents, tools, a control plane and what watches them. */
export function limitedContainers(plan: Plan): (readonly [name: string, memoryBytes: number])[] {
  return [
    ...brokersOf(plan).map(({ name, memoryBytes }) => [name, memoryBytes] as const),
    ...[...plan.agents].map(([site, { memoryBytes }]) => [`${site}-agents`, memoryBytes] as const),
    ...plan.tools.map(({ site, tool, memoryBytes }) => [`${site}-${tool}`, memoryBytes] as const),
    ...(plan.controlPlane === undefined ? [] : controlPlaneContainers(plan.controlPlane)).map(
      ({ site, service, memoryBytes }) => [`${site}-${service}`, memoryBytes] as const,
    ),
    ...(plan.metrics === undefined ? [] : [plan.metrics]).map(
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
