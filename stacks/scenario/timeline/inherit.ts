import type { ScenarioShape } from "../schema";
import type { ServersDefinition } from "../tools/servers";
import { isTimed, usesBus, type BusWorkloadDefinition, type TimedWorkloadDefinition } from "../workloadKinds";
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
  return workloads.filter(usesBus).map((workload) => withTimeline(workload, timeline));
}

/** The workloads that boot servers, likewise. */
export function serverWorkloadsOf({ timeline, workloads }: Timed): ServersDefinition[] {
  return workloads
    .filter((workload) => workload.kind === "servers")
    .map((workload) => withTimeline(workload, timeline));
}

function withTimeline<W extends TimedWorkloadDefinition>(workload: W, timeline: Timed["timeline"]): W {
  return timeline !== undefined && inherits(workload) ? { ...workload, timeline } : workload;
}

/** Every timeline of a scenario, once. */
export function timelinesOf({ timeline, workloads }: Timed): PlacedTimeline[] {
  const own = workloads.flatMap((workload, index) =>
    !isTimed(workload) || workload.timeline === undefined || workload.duration === undefined
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
    .filter(isTimed)
    .filter(inherits)
    .map(({ duration }) => duration ?? 0);
  if (durations.length === 0) return own;
  return [{ timeline, durationSeconds: Math.min(...durations), path: ["timeline"] }, ...own];
}

function inherits({ timeline, duration }: TimedWorkloadDefinition): boolean {
  return timeline === undefined && duration !== undefined;
}
