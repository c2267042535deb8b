import { DOMParser } from "@xmldom/xmldom";
import assert from "assert";
import { drawLatencies } from "../../workloads/results/picture";
import { emptyHistogram, encodeHistogram, summarize } from "../../workloads/probe/latency";
import type { WorkloadRecord } from "../../workloads/results/schema";

/** A workload's record as far as the picture reads it: `count` latencies, evenly spread over `from` to `to` ms. */
function workload(name: string, count: number, from: number, to: number): WorkloadRecord {
  const histogram = emptyHistogram();
  for (let index = 0; index < count; index++)
    histogram.recordValue(Math.round((from + ((to - from) * index) / count) * 1000));
  const latencyMs = summarize(histogram);
  return {
    name,
    histogram: encodeHistogram(histogram),
    ...(latencyMs === undefined ? {} : { latencyMs }),
  } as WorkloadRecord;
}

const run = { stack: "demo", run: 3 };

describe("the picture of a run's latencies", () => {
  it("names every workload and draws a curve for each", async () => {
    const svg = await drawLatencies({
      ...run,
      workloads: [workload("call", 1000, 50, 90), workload("cast", 500, 25, 60)],
    });
    const document = new DOMParser().parseFromString(svg, "image/svg+xml");
    const texts = Array.from(document.getElementsByTagName("text"), (text) => text.textContent);
    assert.ok(texts.includes("call") && texts.includes("cast"), texts.join(", "));
    assert.ok(texts.includes("latency, ms"));
    const lines = Array.from(document.getElementsByTagName("path")).filter((path) =>
      (path.getAttribute("aria-roledescription") ?? "").includes("line mark"),
    );
    assert.equal(lines.length, 2);
  });

  it("ends a curve where fewer than ten operations are left", async () => {
    const few = await drawLatencies({ ...run, workloads: [workload("call", 100, 10, 110)] });
    const many = await drawLatencies({ ...run, workloads: [workload("call", 100_000, 10, 110)] });
    assert.ok(!few.includes(">1%<"), "100 operations say nothing of the slowest hundredth");
    assert.ok(many.includes(">0.1%<"));
  });

  it("refuses a run without latencies", async () => {
    await assert.rejects(drawLatencies({ ...run, workloads: [] }), {
      message: "run 3 of demo has no latencies to draw",
    });
  });
});
