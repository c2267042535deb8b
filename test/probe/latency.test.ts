import { strict as assert } from "assert";
import {
  decodeHistogram,
  emptyHistogram,
  encodeHistogram,
  Latencies,
  summarize,
} from "../../workloads/probe/latency";

/*
 * Encoded by the agents' own library (hdrhistogram 0.10.8 for Python), by
 * LatencyHistogram: record(ms / 1000) for ms in 1..1000, take().
 */
const fromPython =
  "HISTFAAAAIl4nJNpmSzMwMB+mgECmKE0I4hQPuzGYP8BInCen+ksP9NUDqan7EwLWZg+MkPRciam74xY0EpGpmqmSjw4m8kaCG3BJHm0LpM0kywQIkj68/mZeJm4gRgCESzsosNVnp2JFQyZoTQqJF50VP/Q18/MxIgGMQRwQaIV0sLMUctHLR8ZlgMA7m0+rg==";

describe("latency", () => {
  it("reads what the agents' Python library encodes, to its three digits", () => {
    const summary = summarize(decodeHistogram(fromPython));
    assert(summary);
    assert.equal(summary.count, 1000);
    const expected = { mean: 500.5, p50: 500, p90: 900, p99: 990, p999: 999, max: 1000 };
    for (const [figure, value] of Object.entries(expected)) {
      const read = summary[figure as keyof typeof expected];
      assert(Math.abs(read - value) <= value / 1000, `${figure}: ${read}, not ${value}`);
    }
  });

  it("merges agents by adding their counts, not by averaging their percentiles", () => {
    const [fast, slow] = [emptyHistogram(), emptyHistogram()];
    for (let i = 0; i < 990; i++) fast.recordValue(1_000);
    for (let i = 0; i < 10; i++) slow.recordValue(1_000_000);
    const latencies = new Latencies();
    latencies.add({ edge: encodeHistogram(fast) }, { edge: encodeHistogram(fast) });
    latencies.add({ core: encodeHistogram(slow) }, { core: encodeHistogram(fast) });
    const { latencyMs, latencyMsByClientSite, serviceLatencyMs } = latencies.summary(true);
    assert.equal(latencyMs?.count, 1000);
    assert.equal(Math.round(latencyMs.p99), 1);
    assert.equal(Math.round(latencyMs.p999), 1000);
    assert.equal(latencyMsByClientSite?.["edge"]?.count, 990);
    assert.equal(latencyMsByClientSite["core"]?.count, 10);
    assert.equal(serviceLatencyMs?.count, 1980);
  });

  it("writes a histogram that reads back as it was", () => {
    const latencies = new Latencies();
    latencies.add({ edge: fromPython }, {});
    const { histogram, serviceLatencyMs } = latencies.summary(false);
    assert(histogram);
    assert.deepEqual(summarize(decodeHistogram(histogram)), summarize(decodeHistogram(fromPython)));
    assert.equal(serviceLatencyMs, undefined);
  });

  it("leaves out figures it has no values for", () => {
    assert.deepEqual(new Latencies().summary(true), {});
  });
});
