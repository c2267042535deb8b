import { strict as assert } from "assert";
import { emptyHistogram, encodeHistogram, Latencies } from "../../workloads/probe/latency";
import { Ledger } from "../../workloads/probe/ledger";
import { makeRecord } from "../../workloads/probe/record";
import type { PlannedWorkload } from "../../workloads/runner/input";

const load: PlannedWorkload = {
  name: "w",
  kind: "rpc",
  pattern: "call",
  clients: { edge: 1 },
  servers: { core: 1 },
  topics: 1,
  messageBytes: 0,
  warmupSeconds: 0,
  timeoutSeconds: 30,
};

/** What 300 calls are called that took at least `shortestMs` and ended `last` seconds after the window opened. */
function throughput(change: Partial<PlannedWorkload>, shortestMs: number, last: number): number {
  const ledger = new Ledger(new Map([[0, [0]]]), "call", () => false);
  ledger.client(0, { ok: [[0, 299]], failed: {}, late: 0 });
  const histogram = emptyHistogram();
  histogram.recordValue(shortestMs * 1000);
  histogram.recordValue(4 * shortestMs * 1000);
  const latencies = new Latencies();
  latencies.add({ edge: encodeHistogram(histogram) }, {});
  const { durationSeconds: plannedSeconds = 0 } = change;
  const window = { startedAt: new Date(0), plannedSeconds, lastOperation: last, lastDelivery: last };
  const unused = { late: 0, hands: [], failure: undefined };
  const measured = { startedAt: new Date(0), window, ledger, latencies, ...unused };
  return makeRecord({ ...load, ...change }, measured).throughputPerSecond;
}

describe("throughput", () => {
  const open = { ratePerSecond: 50, durationSeconds: 6 };

  it("of an open loop is the offered rate where the bus keeps up, however long the way", () => {
    assert.equal(throughput(open, 2, 5.99), 50);
    assert.ok(Math.abs(throughput(open, 400, 6.395) - 50) < 0.05);
  });

  it("of an open loop is less where the bus falls behind, or stood still", () => {
    assert.ok(Math.abs(throughput(open, 100, 10.1) - 30) < 0.05);
  });

  it("of a closed loop is counted from its start, the first latency included", () => {
    assert.equal(throughput({ callsPerClient: 300 }, 100, 30), 10);
  });
});
