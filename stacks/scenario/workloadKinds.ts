import type { WorkloadDefinition } from "./schema";

/** A workload that puts messages on the bus; others measure something else. */
export type BusWorkloadDefinition = Extract<WorkloadDefinition, { kind: "rpc" | "notification" }>;

export function usesBus(workload: WorkloadDefinition): workload is BusWorkloadDefinition {
  return workload.kind === "rpc" || workload.kind === "notification";
}
