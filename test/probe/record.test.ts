import { strict as assert } from "assert";
import { emptyHistogram, encodeHistogram, Latencies } from "../../workloads/probe/latency";
import { Ledger } from "../../workloads/probe/ledger";
import { makeRecord } from "../../workloads/probe/record";
import type { PlannedWorkload } from "../../workloads/runner/input";
import { caveatsOf } from "../../workloads/results/caveats";
import { someResults } from "../runner/results";

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

describe("a record", () => {
  /** What is said of 300 casts that arrived, the last of them 6.1 s after the window of 6 s opened. */
  const record = (change: object = {}) => {
    const ledger = new Ledger(new Map([[0, [0]]]), "cast", () => false);
    ledger.client(0, { ok: [[0, 299]], failed: {}, late: 0 });
    ledger.receiver(0, { new: { 0: [[0, 299]] }, again: {}, reordered: 0 });
    const histogram = emptyHistogram();
    histogram.recordValue(100_000);
    const latencies = new Latencies();
    latencies.add({ edge: encodeHistogram(histogram) }, {});
    const workload = { ...load, pattern: "cast" as const, ratePerSecond: 50, durationSeconds: 6 };
    const window = { startedAt: new Date(0), plannedSeconds: 6, lastOperation: 6.3, lastDelivery: 6.1 };
    const unused = { startedAt: new Date(0), late: 0, hands: [], failure: undefined };
    return makeRecord(workload, { ...unused, window, ledger, latencies, ...change });
  };

  it("has the rate of deliveries, whatever the senders of casts wait for besides", () => {
    const { throughputPerSecond, durationSeconds, deliveringSeconds } = record();
    assert.deepEqual([throughputPerSecond, durationSeconds, deliveringSeconds], [50, 6.3, 6.3]);
  });

  it("counts until the last operation where the time of the last delivery is not known", () => {
    const window = { startedAt: new Date(0), plannedSeconds: 0, lastOperation: 6.1, lastDelivery: 0 };
    assert.equal(record({ window }).throughputPerSecond, 50);
  });

  it("says what was still arriving, and those who read its figures are told", () => {
    const { stillArriving } = record({ stillArriving: { warmup: 40, window: 12 } });
    assert.deepEqual(stillArriving, { warmup: 40, window: 12 });
    const results = someResults();
    const [first] = results.workloads;
    assert(first && stillArriving);
    const unwarned = caveatsOf(results);
    results.workloads[0] = { ...first, stillArriving };
    const told = caveatsOf(results).filter((caveat) => !unwarned.includes(caveat));
    assert.equal(told.length, 2);
    assert.match(told[0] ?? "", /40 messages of the warm-up were still under way when the window began/);
    assert.match(told[1] ?? "", /still arriving .* the 12 that were missing then count as lost/);
    assert.equal("stillArriving" in record(), false);
  });
});
