import type { ScenarioShape, WorkloadDefinition } from "../schema";
import type { TimelineEntry } from "./schema";

/** A timeline, the shortest window that it must fit into, and where the scenario has it. */
export interface PlacedTimeline {
  readonly timeline: readonly TimelineEntry[];
  readonly durationSeconds: number;
  readonly path: readonly (string | number)[];
}

type Timed = Pick<ScenarioShape, "timeline" | "workloads">;

/** The workloads, those in an open loop that have no timeline of their own with the scenario's. */
export function workloadsOf({ timeline, workloads }: Timed): WorkloadDefinition[] {
  if (timeline === undefined) return workloads;
  return workloads.map((workload) => (inherits(workload) ? { ...workload, timeline } : workload));
}

/** Every timeline of a scenario, once. */
export function timelinesOf({ timeline, workloads }: Timed): PlacedTimeline[] {
  const own = workloads.flatMap(({ timeline: one, duration }, index) =>
    one === undefined || duration === undefined
      ? []
      : [{ timeline: one, durationSeconds: duration, path: ["workloads", index, "timeline"] }],
  );
  if (timeline === undefined) return own;
  const durations = workloads.filter(inherits).map(({ duration }) => duration ?? 0);
  if (durations.length === 0) return own;
  return [{ timeline, durationSeconds: Math.min(...durations), path: ["timeline"] }, ...own];
}

function inherits({ timeline, duration }: WorkloadDefinition): boolean {
  return timeline === undefined && duration !== undefined;
}
