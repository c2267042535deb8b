import type { WorkloadDefinition } from "./schema";

/** A workload that puts messages on the bus; others measure something else. */
export type BusWorkloadDefinition = Extract<WorkloadDefinition, { kind: "rpc" | "notification" }>;

/** A workload whose window has a known length, so that a timeline can be put on it. */
export type TimedWorkloadDefinition = Extract<
  WorkloadDefinition,
  { kind: "rpc" | "notification" | "servers" }
>;

export function usesBus(workload: WorkloadDefinition): workload is BusWorkloadDefinition {
  return workload.kind === "rpc" || workload.kind === "notification";
}

/** Whether it can have a timeline. */
export function isTimed(workload: WorkloadDefinition): workload is TimedWorkloadDefinition {
  return usesBus(workload) || workload.kind === "servers";
}
