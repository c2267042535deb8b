import { strict as assert } from "assert";
import { encodeHistogram, emptyHistogram } from "../../workloads/probe/latency";
import { parseReport, type Interval } from "../../workloads/probe/protocol";
import { Series, type SeriesRecord } from "../../workloads/probe/series";

const interval = (second: number, change: Partial<Interval> = {}): Interval => {
  const report = parseReport(JSON.stringify({ type: "interval", round: 1, second, ...change }));
  assert(report.type === "interval");
  return report;
};

const client = (ok: number): Partial<Interval> => ({
  clients: { "0": { ok: ok > 0 ? [[0, ok - 1]] : [], failed: { MessagingTimeout: [[90, 91]] }, late: 0 } },
});

describe("series", () => {
  const started = (agents: number[]) => {
    const records: SeriesRecord[] = [];
    return { records, series: new Series("w", 1000, agents, (record) => records.push(record)) };
  };

  it("hands a second on once every agent is past it, with the sums of all", () => {
    const { records, series } = started([0, 1]);
    series.add(0, interval(0, client(5)));
    series.add(0, interval(1));
    assert.deepEqual(records, []);
    series.add(1, interval(0, { receivers: { "7": { new: { "0": [[0, 2]] }, again: {}, reordered: 0 } } }));
    series.add(1, interval(1));
    assert.deepEqual(records, [
      { workload: "w", second: 0, time: 1000, succeeded: 5, errors: { MessagingTimeout: 2 }, received: 3 },
    ]);
  });

  it("has the latencies of the second only", () => {
    const { records, series } = started([0]);
    const [slow, fast] = [emptyHistogram(), emptyHistogram()];
    slow.recordValue(100_000);
    fast.recordValue(1_000);
    series.add(0, interval(0, { latency: { edge: encodeHistogram(slow) } }));
    series.add(0, interval(1, { latency: { edge: encodeHistogram(fast) } }));
    series.add(0, interval(2));
    assert.deepEqual(
      records.map(({ latencyMs }) => latencyMs && Math.round(latencyMs.p50)),
      [100, 1],
    );
  });

  it("loses no count of an agent that ended early or reported late", () => {
    const { records, series } = started([0, 1]);
    series.add(0, interval(0, client(5)));
    series.add(0, interval(3, client(1)));
    series.add(1, interval(1, client(7)));
    series.end();
    assert.equal(
      records.reduce((sum, { succeeded }) => sum + succeeded, 0),
      13,
    );
    assert.deepEqual(
      records.map(({ second }) => second),
      [0, 1, 2, 3],
    );
  });

  it("tells seconds by the site of the clients where it is asked to, deliveries by that of their sender", () => {
    const records: SeriesRecord[] = [];
    const sites = new Map([
      [0, "edge"],
      [1, "core"],
    ]);
    const series = new Series("w", 1000, [0], (record) => records.push(record), sites);
    series.add(0, interval(0, client(5)));
    series.add(0, interval(0, { receivers: { "7": { new: { "1": [[0, 2]] }, again: {}, reordered: 0 } } }));
    series.add(0, interval(2));
    assert.deepEqual(records[0]?.bySite, {
      edge: { succeeded: 5, errors: { MessagingTimeout: 2 }, received: 0 },
      core: { succeeded: 0, errors: {}, received: 3 },
    });
    assert.equal(records[1]?.bySite, undefined);
  });
});
