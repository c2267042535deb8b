import { deepEqual, equal, match } from "assert/strict";
import { readFileSync } from "fs";
import { join } from "path";
import { pairOf } from "../../workloads/shaker/output";
import { testsOf } from "../../workloads/shaker/scenario";
import { pair, shaker } from "./planned";

/** What Shaker 1.4.2 wrote of two containers on one machine: TCP held at 20 Mbit/s and UDP at 10, for 3 s, 1 s omitted; what says more of the machine than of Shaker is left out. */
const recorded = readFileSync(join(__dirname, "recorded", "output.json"), "utf8");
const tests = testsOf(shaker(), pair());

interface Recorded {
  records: Record<string, { test?: string; status: string; stdout?: string; stderr?: string; info?: string }>;
}
/** The recorded output with one test's record changed. */
function changed(test: string, change: object): string {
  const output = JSON.parse(recorded) as Recorded;
  for (const record of Object.values(output.records)) if (record.test === test) Object.assign(record, change);
  return JSON.stringify(output);
}
const raw = (test: string): Record<string, never> => {
  const { records } = JSON.parse(recorded) as Recorded;
  const record = Object.values(records).find((one) => one.test === test);
  return JSON.parse(record?.stdout ?? "") as Record<string, never>;
};

describe("Shaker's output", () => {
  it("has every figure of a pair, as flent and iperf3 told it", () => {
    const versions = {};
    const found = pairOf(pair(), tests, recorded, undefined, versions);
    deepEqual(found.failures, []);
    const { sum_received: received, sum_sent: sent } = (raw("core to edge: tcp there") as { end: never })
      .end as {
      sum_received: { bits_per_second: number };
      sum_sent: { retransmits: number };
    };
    deepEqual(found.there.tcp, {
      bitsPerSecond: received.bits_per_second,
      // 66 bytes of headers for a segment of 1448.
      lineBitsPerSecond: (received.bits_per_second * 1514) / 1448,
      retransmits: sent.retransmits,
      congestion: "bbr",
    });
    for (const { udp } of [found.there, found.back]) {
      equal(Math.round((udp?.sentBitsPerSecond ?? 0) / 1e5), 100);
      equal(Math.round((udp?.bitsPerSecond ?? 0) / 1e5), 100);
      deepEqual([udp?.lossPercent, (udp?.packets ?? 0) > 2000, (udp?.jitterMs ?? 9) < 1], [0, true, true]);
    }
    // The round trips themselves, of which flent's and Shaker's series are interpolations.
    deepEqual(found.rttMs, { min: 0.06, mean: 0.11, median: 0.091, max: 0.23, samples: 15 });
    deepEqual(versions, { flent: "2.1.1", iperf3: "3.12" });
  });

  it("without a figure of a test says why, and keeps the others", () => {
    const busy = JSON.stringify({ start: {}, intervals: [], end: {}, error: "the server is busy" });
    const found = pairOf(pair(), tests, changed("core to edge: udp back", { stdout: busy }), undefined, {});
    deepEqual(found.failures, ["udp back: iperf3: the server is busy"]);
    deepEqual([found.back.udp, found.there.udp === undefined], [undefined, false]);
    const lost = changed("core to edge: ping", { status: "lost", stdout: undefined });
    match(pairOf(pair(), tests, lost, undefined, {}).failures.join(), /^ping: Shaker says lost/);
  });

  it("of a scenario that could not be played gives Shaker's reason for all of its tests", () => {
    const output = {
      records: { x: { id: "x", status: "error", stderr: "Agents failed to join: {'edge': 'lost'}" } },
    };
    const { failures } = pairOf(pair(), tests, JSON.stringify(output), undefined, {});
    equal(failures.length, tests.length);
    match(failures[0] ?? "", /^ping: Shaker says error: Agents failed to join/);
    deepEqual(pairOf(pair(), tests.slice(0, 1), undefined, "interrupted", {}).failures, [
      "ping: interrupted",
    ]);
  });
});
