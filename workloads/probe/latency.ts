import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";
import type { LatencySummary } from "../results/schema";

/** An empty histogram of microseconds, 1 µs to 10 min, three significant digits: the agents' own settings. */
export function emptyHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
  });
}

/** Reads an agent's histogram (base64 of the V2 compressed encoding). Errors: it is not one. */
export function decodeHistogram(encoded: string): Histogram {
  return decodeFromCompressedBase64(encoded, 32, false);
}

/** Writes a histogram as the agents do, for a record. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/** Microseconds as milliseconds. */
const toMs = (microseconds: number): number => Math.round(microseconds) / 1000;

/** A histogram's figures in milliseconds; undefined if it is empty. */
export function summarize(histogram: Histogram): LatencySummary | undefined {
  if (histogram.totalCount === 0) return undefined;
  const at = (percentile: number) => toMs(histogram.getValueAtPercentile(percentile));
  return {
    count: histogram.totalCount,
    mean: toMs(histogram.mean),
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: toMs(histogram.maxValue),
  };
}

/** Latencies kept by client site, from the intended (`latency`) and the actual start (`service`). */
export class Latencies {
  private readonly bySite = new Map<string, Histogram>();
  private readonly all = emptyHistogram();
  private readonly service = emptyHistogram();

  /** Takes in an agent's increments, encoded, by client site. */
  add(latency: Record<string, string>, service: Record<string, string>): void {
    for (const [site, encoded] of Object.entries(latency)) {
      const histogram = decodeHistogram(encoded);
      this.all.add(histogram);
      const ofSite = this.bySite.get(site) ?? emptyHistogram();
      ofSite.add(histogram);
      this.bySite.set(site, ofSite);
    }
    for (const encoded of Object.values(service)) this.service.add(decodeHistogram(encoded));
  }

  /** The shortest one from the intended start, seconds; 0 where there is none. */
  get shortestSeconds(): number {
    return this.all.totalCount === 0 ? 0 : this.all.minNonZeroValue / 1_000_000;
  }

  /** The latency fields of a record; those without values are absent. */
  summary(openLoop: boolean): {
    latencyMs?: LatencySummary;
    serviceLatencyMs?: LatencySummary;
    latencyMsByClientSite?: Record<string, LatencySummary>;
    histogram?: string;
  } {
    const latencyMs = summarize(this.all);
    if (latencyMs === undefined) return {};
    const serviceLatencyMs = openLoop ? summarize(this.service) : undefined;
    const sites = [...this.bySite].flatMap(([site, histogram]) => {
      const ofSite = summarize(histogram);
      return ofSite === undefined ? [] : [[site, ofSite] as const];
    });
    return {
      latencyMs,
      ...(serviceLatencyMs === undefined ? {} : { serviceLatencyMs }),
      latencyMsByClientSite: Object.fromEntries(sites),
      histogram: encodeHistogram(this.all),
    };
  }
}
