import type { Histogram } from "hdr-histogram-js";
import { decodeHistogram, emptyHistogram, summarize } from "./latency";
import type { Interval, Ranges } from "./protocol";

/** One second of a workload, a line of `series.jsonl`. */
export interface SeriesRecord {
  workload: string;
  /** Full seconds since the measured window started. */
  second: number;
  /** Unix time at which the second started, seconds. */
  time: number;
  /** Operations that ended well in this second. */
  succeeded: number;
  /** Operations that failed, by kind. */
  errors: Record<string, number>;
  /** Distinct deliveries, each receiver by itself. */
  received: number;
  /** Latency of what ended in this second, milliseconds; absent if nothing did. */
  latencyMs?: { p50: number; p99: number };
}

interface Second {
  succeeded: number;
  errors: Record<string, number>;
  received: number;
  histogram?: Histogram;
}

/** Joins the agents' seconds into one series and hands each on once every agent is past it. */
export class Series {
  private readonly seconds = new Map<number, Second>();
  private readonly reached = new Map<number, number>();
  private next = 0;

  /**
   * @param startedAt Unix time of the window's start, seconds
   * @param agents numbers of the agents that report
   */
  constructor(
    private readonly workload: string,
    private readonly startedAt: number,
    agents: Iterable<number>,
    private readonly emit: (record: SeriesRecord) => void,
  ) {
    for (const agent of agents) this.reached.set(agent, -1);
  }

  /** Takes in one report of an agent. */
  add(agent: number, interval: Interval): void {
    // A report that comes after its second was handed on still counts: in the next one.
    const at = Math.max(interval.second, this.next);
    const second = this.seconds.get(at) ?? { succeeded: 0, errors: {}, received: 0 };
    this.seconds.set(at, second);
    for (const { ok, failed } of Object.values(interval.clients)) {
      second.succeeded += size(ok);
      for (const [kind, ranges] of Object.entries(failed)) {
        second.errors[kind] = (second.errors[kind] ?? 0) + size(ranges);
      }
    }
    for (const { new: arrived } of Object.values(interval.receivers)) {
      for (const ranges of Object.values(arrived)) second.received += size(ranges);
    }
    for (const encoded of Object.values(interval.latency)) {
      second.histogram ??= emptyHistogram();
      second.histogram.add(decodeHistogram(encoded));
    }
    this.reached.set(agent, Math.max(this.reached.get(agent) ?? -1, interval.second));
    this.handOn(Math.min(...this.reached.values()));
  }

  /** Hands on what is left, up to the last second in which anything happened. */
  end(): void {
    const busy = [...this.seconds].filter(
      ([, { succeeded, received, errors }]) => succeeded + received > 0 || Object.keys(errors).length > 0,
    );
    this.handOn(Math.max(this.next, ...busy.map(([second]) => second + 1)));
  }

  private handOn(until: number): void {
    for (; this.next < until; this.next++) {
      const { histogram, ...counts } = this.seconds.get(this.next) ?? {
        succeeded: 0,
        errors: {},
        received: 0,
      };
      this.seconds.delete(this.next);
      const summary = histogram && summarize(histogram);
      this.emit({
        workload: this.workload,
        second: this.next,
        time: this.startedAt + this.next,
        ...counts,
        ...(summary === undefined ? {} : { latencyMs: { p50: summary.p50, p99: summary.p99 } }),
      });
    }
  }
}

function size(ranges: Ranges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
