import { decodeHistogram } from "../probe/latency";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Results, WorkloadRecord } from "./schema";

/** One point of a workload's latency distribution. */
interface Point {
  workload: string;
  /** Share of operations that took longer, 1 … 0. */
  slower: number;
  /** Latency, milliseconds. */
  ms: number;
}

/** Beyond this share of slower operations fewer than this many samples speak. */
const leastSamples = 10;
const pointsPerDecade = 24;

/**
 * Draws the latency distributions of a run's workloads as SVG: how many operations took longer than a time, both
 * axes logarithmic, so that the tail is as legible as the middle. A curve ends where fewer than ten samples are left.
 * Errors: no workload of the run has latencies.
 */
export async function drawLatencies(results: Pick<Results, "stack" | "run" | "workloads">): Promise<string> {
  const points = results.workloads.flatMap(distribution);
  if (points.length === 0) throw new Error(`run ${results.run} of ${results.stack} has no latencies to draw`);
  const names = [...new Set(points.map(({ workload }) => workload))];
  const spec: TopLevelSpec = {
    background: "white",
    padding: 12,
    width: 560,
    height: 300,
    title: {
      text: `Latency of ${results.stack}, run ${results.run}`,
      subtitle: "Share of operations that took longer. Calls: round trip at the client; the others: one way.",
      anchor: "start",
    },
    data: { values: points },
    mark: { type: "line", interpolate: "step-after", strokeWidth: 2 },
    encoding: {
      x: { field: "ms", type: "quantitative", scale: { type: "log", nice: false }, title: "latency, ms" },
      y: {
        field: "slower",
        type: "quantitative",
        scale: { type: "log", domainMax: 1 },
        axis: { values: [1, 0.1, 0.01, 0.001, 0.0001], format: "~%" },
        title: "slower operations",
      },
      color: {
        field: "workload",
        type: "nominal",
        sort: names,
        scale: { scheme: "tableau10" },
        title: "workload",
      },
    },
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function distribution({ name, histogram, latencyMs }: WorkloadRecord): Point[] {
  if (histogram === undefined || latencyMs === undefined || latencyMs.count === 0) return [];
  const decoded = decodeHistogram(histogram);
  const least = leastSamples / latencyMs.count;
  const points: Point[] = [{ workload: name, slower: 1, ms: decoded.minNonZeroValue / 1000 }];
  for (let step = 1; ; step++) {
    const slower = 10 ** (-step / pointsPerDecade);
    if (slower < least) return points;
    points.push({ workload: name, slower, ms: decoded.getValueAtPercentile(100 * (1 - slower)) / 1000 });
  }
}
