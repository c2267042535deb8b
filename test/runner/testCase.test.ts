import { strict as assert } from "assert";
import { emptyHistogram, encodeHistogram, summarize } from "../../workloads/probe/latency";
import { spreadOf, testCaseFigures, withBus } from "../../workloads/results/testCase";
import { record } from "./results";

const histogram = emptyHistogram();
for (const milliseconds of [10, 10, 20, 20]) histogram.recordValue(1000 * milliseconds);
const latencyMs = summarize(histogram);
const measured = record("tc", {
  sent: 4,
  received: 4,
  throughputPerSecond: 2,
  ...(latencyMs ? { latencyMs } : {}),
  histogram: encodeHistogram(histogram),
});

const usage = (service: string, received: number, sockets: number) => ({
  service,
  cpuSeconds: 1,
  cpuPercentMean: 30,
  memoryBytesMax: 1000,
  networkReceivedBytes: received,
  networkSentBytes: 1,
  socketsMax: sockets,
});

describe("metrics of the massively distributed RPC plan", () => {
  it("have the mean and the standard deviation of the latency, which the plan asks for", () => {
    const figures = testCaseFigures("TC1", measured, {});
    assert(Math.abs((figures.latency ?? 0) - 15) < 0.02, `mean ${figures.latency}`);
    assert(Math.abs((figures.latencyStddev ?? 0) - 5) < 0.02, `deviation ${figures.latencyStddev}`);
    assert.deepEqual([figures.messagesRate, figures.sent, figures.processed], [2, 4, 4]);
  });

  it("add up the bus over its containers", () => {
    const figures = withBus(testCaseFigures("TC2", measured, {}), 10, [
      usage("a", 500, 3),
      usage("b", 300, 4),
    ]);
    assert.deepEqual(
      [figures.throughput, figures.cpuLoad, figures.ramConsumption, figures.openedConnections],
      [80, 60, 2000, 7],
    );
  });

  it("have no rates of fanouts, for which the plan asks none", () => {
    const figures = withBus(testCaseFigures("TC3", measured, {}), 10, [usage("a", 500, 3)]);
    assert.deepEqual([figures.messagesRate, figures.throughput, figures.cpuLoad], [undefined, undefined, 30]);
  });

  it("say how evenly clients sent and servers were used", () => {
    assert.deepEqual(spreadOf([4, 0, 2]), { min: 0, mean: 2, max: 4, stddev: Math.sqrt(8 / 3) });
    assert.equal(spreadOf([]), undefined);
  });
});
