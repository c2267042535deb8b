import type { Histogram } from "hdr-histogram-js";
import { decodeHistogram, emptyHistogram, summarize } from "./latency";
import type { Interval, Ranges } from "./protocol";

/** What came of the operations of one site's clients in a second. */
export interface SiteSecond {
  succeeded: number;
  errors: Record<string, number>;
  /** Deliveries, wherever, of what they sent. */
  received: number;
}

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
  /** The same by the site of the clients, those of which nothing came left out; only where something is broken on purpose. */
  bySite?: Record<string, SiteSecond>;
}

interface Second extends SiteSecond {
  histogram?: Histogram;
  readonly bySite: Map<string, SiteSecond>;
}

/** Joins the agents' seconds into one series and hands each on once every agent is past it. */
export class Series {
  private readonly seconds = new Map<number, Second>();
  private readonly reached = new Map<number, number>();
  private next = 0;

  /**
   * @param startedAt Unix time of the window's start, seconds
   * @param agents numbers of the agents that report
   * @param siteOf client to its site; absent: seconds are not told by site
   */
  constructor(
    private readonly workload: string,
    private readonly startedAt: number,
    agents: Iterable<number>,
    private readonly emit: (record: SeriesRecord) => void,
    private readonly siteOf?: ReadonlyMap<number, string>,
  ) {
    for (const agent of agents) this.reached.set(agent, -1);
  }

  /** Takes in one report of an agent. */
  add(agent: number, interval: Interval): void {
    // A report that comes after its second was handed on still counts: in the next one.
    const at = Math.max(interval.second, this.next);
    const second = this.seconds.get(at) ?? nothing();
    this.seconds.set(at, second);
    for (const [client, { ok, failed }] of Object.entries(interval.clients)) {
      for (const counts of this.countsOf(second, client)) {
        counts.succeeded += size(ok);
        for (const [kind, ranges] of Object.entries(failed)) {
          counts.errors[kind] = (counts.errors[kind] ?? 0) + size(ranges);
        }
      }
    }
    for (const { new: arrived } of Object.values(interval.receivers)) {
      for (const [client, ranges] of Object.entries(arrived)) {
        for (const counts of this.countsOf(second, client)) counts.received += size(ranges);
      }
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

  /** Where a client's operations count: in the second as a whole, and in that of its site. */
  private countsOf(second: Second, client: string): SiteSecond[] {
    const site = this.siteOf?.get(Number(client));
    if (site === undefined) return [second];
    const own = second.bySite.get(site) ?? { succeeded: 0, errors: {}, received: 0 };
    second.bySite.set(site, own);
    return [second, own];
  }

  private handOn(until: number): void {
    for (; this.next < until; this.next++) {
      const { histogram, bySite, ...counts } = this.seconds.get(this.next) ?? nothing();
      this.seconds.delete(this.next);
      const summary = histogram && summarize(histogram);
      this.emit({
        workload: this.workload,
        second: this.next,
        time: this.startedAt + this.next,
        ...counts,
        ...(summary === undefined ? {} : { latencyMs: { p50: summary.p50, p99: summary.p99 } }),
        ...(bySite.size === 0 ? {} : { bySite: Object.fromEntries(bySite) }),
      });
    }
  }
}

function nothing(): Second {
  return { succeeded: 0, errors: {}, received: 0, bySite: new Map() };
}

function size(ranges: Ranges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
