import { existsSync, readFileSync } from "fs";
import { join } from "path";
import { episodesOf, linesOf } from "../../workloads/results/episodes";
import type { MeasuredRun } from "../compare/sources";
import type { PointTimeline } from "./network";

/** A second of a workload. */
export interface Second {
  readonly second: number;
  readonly succeeded: number;
  readonly received: number;
  /** Whether it is of the load: after that nothing is asked for, and that nothing came says nothing. */
  readonly asked: boolean;
  /** Median latency, milliseconds; absent: nothing ended well. */
  readonly p50?: number;
}

/**
 * Every second of a workload, also those of which the series says nothing, as nothing came in them, to the end of its
 * load or to the last that the series tells of; none where the run left no series.
 */
export function secondsOf(run: MeasuredRun, workload: string): Second[] {
  const told = new Map<number, Second>();
  const load = Math.floor(loadSecondsOf(run, workload) ?? 0);
  for (const record of linesOf<Line>(textOfSeries(run.folder), /"kind":"workload"/)) {
    // Events of a workload, such as messages that were still arriving after its window, are lines of the same kind.
    if (record.workload !== workload || typeof record.second !== "number") continue;
    const { second, succeeded = 0, received = 0, latencyMs } = record;
    told.set(second, {
      ...{ second, succeeded, received, asked: second < load },
      ...(latencyMs ? { p50: latencyMs.p50 } : {}),
    });
  }
  if (told.size === 0) return [];
  const length = Math.max(load, ...[...told.keys()].map((second) => second + 1));
  return Array.from(
    { length },
    (_, second) => told.get(second) ?? { second, succeeded: 0, received: 0, asked: second < load },
  );
}

/**
 * How long a workload's clients were asked for something, seconds: of one with faults until they were last looked at,
 * which is the end of the load. The window of a record ends with its last operation, which may be a timeout long after
 * the load. Undefined: the run has no such workload.
 */
export function loadSecondsOf({ results }: MeasuredRun, workload: string): number | undefined {
  const record = results.workloads.find(({ name }) => name === workload);
  if (!record) return undefined;
  const observed = (record.recovery ?? []).map(({ observedUntilSeconds }) => observedUntilSeconds);
  return observed.length === 0 ? record.durationSeconds : Math.max(...observed);
}

interface Line {
  readonly workload: string;
  /** Absent: it is an event. */
  readonly second?: number;
  readonly succeeded?: number;
  readonly received?: number;
  readonly latencyMs?: { readonly p50: number };
}

/** What was done during a workload of a run; undefined: nothing. */
export function timelineOf({ folder, results }: MeasuredRun, workload: string): PointTimeline | undefined {
  const record = results.workloads.find(({ name }) => name === workload);
  if (!record?.timeline) return undefined;
  const start = Date.parse(record.startedAt) / 1000;
  const since = (time: number) => Math.round((time - start) * 1000) / 1000;
  const recorded = episodesOf(textOfSeries(folder)).flatMap(({ workload: of, place, what, from, until }) => {
    const end = until ?? Math.max(from, start + record.durationSeconds);
    return of === workload ? [{ place, what, from: since(from), until: since(end) }] : [];
  });
  return { planned: record.timeline, recorded };
}

/** The text of a run's series; empty where it left none. */
function textOfSeries(folder: string): string {
  const file = join(folder, "series.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
