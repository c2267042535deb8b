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
  /** Median latency, milliseconds; absent: nothing ended well. */
  readonly p50?: number;
}

/**
 * Every second of a workload, also those of which the series says nothing, as nothing came in them, to the end of its
 * window; none where the run left no series.
 */
export function secondsOf({ folder, results }: MeasuredRun, workload: string): Second[] {
  const told = new Map<number, Second>();
  for (const record of linesOf<Line>(textOfSeries(folder), /"kind":"workload"/)) {
    if (record.workload !== workload) continue;
    const { second, succeeded, received, latencyMs } = record;
    told.set(second, { second, succeeded, received, ...(latencyMs ? { p50: latencyMs.p50 } : {}) });
  }
  if (told.size === 0) return [];
  const window = Math.floor(results.workloads.find(({ name }) => name === workload)?.durationSeconds ?? 0);
  const length = Math.max(window, ...[...told.keys()].map((second) => second + 1));
  return Array.from({ length }, (_, second) => told.get(second) ?? { second, succeeded: 0, received: 0 });
}

interface Line {
  readonly workload: string;
  readonly second: number;
  readonly succeeded: number;
  readonly received: number;
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
