import type { ScenarioShape } from "../schema";
import { usesBus, type BusWorkloadDefinition } from "../workloadKinds";
import type { TimelineEntry } from "./schema";

/** A timeline, the shortest window that it must fit into, and where the scenario has it. */
export interface PlacedTimeline {
  readonly timeline: readonly TimelineEntry[];
  readonly durationSeconds: number;
  readonly path: readonly (string | number)[];
}

type Timed = Pick<ScenarioShape, "timeline" | "workloads">;

/** The workloads on the bus, those in an open loop that have no timeline of their own with the scenario's. */
export function busWorkloadsOf({ timeline, workloads }: Timed): BusWorkloadDefinition[] {
  const all = workloads.filter(usesBus);
  if (timeline === undefined) return all;
  return all.map((workload) => (inherits(workload) ? { ...workload, timeline } : workload));
}

/** Every timeline of a scenario, once. */
export function timelinesOf({ timeline, workloads }: Timed): PlacedTimeline[] {
  const own = workloads.flatMap((workload, index) =>
    !usesBus(workload) || workload.timeline === undefined || workload.duration === undefined
      ? []
      : [
          {
            timeline: workload.timeline,
            durationSeconds: workload.duration,
            path: ["workloads", index, "timeline"],
          },
        ],
  );
  if (timeline === undefined) return own;
  const durations = workloads
    .filter(usesBus)
    .filter(inherits)
    .map(({ duration }) => duration ?? 0);
  if (durations.length === 0) return own;
  return [{ timeline, durationSeconds: Math.min(...durations), path: ["timeline"] }, ...own];
}

function inherits({ timeline, duration }: BusWorkloadDefinition): boolean {
  return timeline === undefined && duration !== undefined;
}
