import { strict as assert } from "assert";
import type { TopicTotals } from "../../workloads/ombt/protocol";
import { reportedTotals } from "../../workloads/ombt/totals";

/** An agent's totals: `latencies` in milliseconds, from `start` to `stop` Unix seconds. */
const agent = (latencies: readonly number[], start: number | null, stop: number | null, failed = 0) => ({
  start_time: start,
  stop_time: stop,
  msgs_ok: latencies.length - failed,
  msgs_fail: failed,
  latency: {
    min: latencies.length === 0 ? null : Math.min(...latencies),
    max: latencies.length === 0 ? null : Math.max(...latencies),
    total: latencies.reduce((sum, value) => sum + value, 0),
    count: latencies.length,
    sum_of_squares: latencies.reduce((sum, value) => sum + value ** 2, 0),
  },
});

describe("what ombt reports of itself", () => {
  it("is added up over topics as its own report adds it up over clients", () => {
    const topics: TopicTotals[] = [
      { clients: { a: agent([2, 4], 100, 102) }, servers: { s: agent([1, 1], 100.1, 101.9) } },
      { clients: { b: agent([6, 8], 101, 105) }, servers: { t: agent([1, 1], 101.1, 104.9) } },
    ];
    assert.deepEqual(reportedTotals(topics, "call", "3.0.0"), {
      version: "3.0.0",
      clients: 2,
      servers: 2,
      sent: 4,
      failed: 0,
      processed: 4,
      messagesPerSecond: 0.8,
      latencyMs: { mean: 5, stddev: 2.236 },
    });
  });

  it("times a cast at the server, until the last one has it", () => {
    const topics = [
      { clients: { a: agent([1, 1], 100, 100.5) }, servers: { s: agent([10, 30], 100.2, 104) } },
    ];
    const { messagesPerSecond, latencyMs } = reportedTotals(topics, "cast", "3.0.0");
    assert.deepEqual([messagesPerSecond, latencyMs], [0.5, { mean: 20, stddev: 10 }]);
  });

  it("has no rate and no latency where nothing was delivered", () => {
    const topics = [{ clients: { a: agent([1], 100, 101) }, servers: { s: agent([], null, null) } }];
    const reported = reportedTotals(topics, "cast", "3.0.0");
    assert.deepEqual(
      [reported.processed, reported.messagesPerSecond, reported.latencyMs],
      [0, undefined, undefined],
    );
  });
});
