import { deepEqual, equal, match } from "assert/strict";
import { renderResults } from "../../workloads/results/table";
import { rallyRecord, rallyScenario, shakerPair, shakerRecord } from "../runner/toolResults";
import { someResults } from "../runner/results";

const shown = (change: object, width = 120) =>
  renderResults({ ...someResults(), workloads: [], ...change }, { color: false, width });
const cells = (text: string, begin: RegExp) =>
  text
    .split("\n")
    .filter((line) => begin.test(line))
    .map((line) => line.trim().split(/ {2,}/));

describe("the table of a run with other tools", () => {
  it("has a line a pair of what Shaker measured beside what was asked for, directions apart where they differ", () => {
    const back = { ...shakerPair().back, tcp: { bitsPerSecond: 38e6, lineBitsPerSecond: 39.7e6 } };
    const text = shown({ shaker: [shakerRecord({ pairs: [shakerPair({ back })] })] });
    deepEqual(cells(text, /^plane/), [
      ["plane", "core → edge", "20", "20.3", "100M", "→ 99.4M", "→ 95.1M", "50M", "0", "0", "0.04"],
    ]);
    match(text, /← 39.7M +← 38M/);
  });

  it("marks and explains what came out otherwise than asked", () => {
    const difference = {
      what: "tcp there",
      asked: 100e6,
      measured: 8.1e6,
      unit: "bit/s" as const,
      why: "a stream slows down at each loss",
    };
    const text = shown({ shaker: [shakerRecord({ pairs: [shakerPair({ differences: [difference] })] })] });
    match(text, /99\.4M \*/);
    match(text, /^\* core to edge, tcp there: asked for 100Mbit\/s, got 8\.1Mbit\/s: a stream slows down/m);
  });

  it("says which tests have no figure, and why", () => {
    const pair = shakerPair({ failures: ["tcp back: iperf3: the server is busy"] });
    match(
      shown({ shaker: [shakerRecord({ pairs: [pair] })] }),
      /core to edge: no figure of tcp back: iperf3: the server is busy\./,
    );
  });

  it("has Rally's scenarios with their actions, and whether criteria held", () => {
    const text = shown({ rally: [rallyRecord()] });
    deepEqual(cells(text, /boot|nova/).slice(0, 3), [
      [
        "boot",
        "NovaServers.boot_and_delete_server",
        "20×2",
        "0",
        "100",
        "4.1",
        "4.8",
        "5.6",
        "5.9",
        "6.2",
        "held",
      ],
      ["nova.boot_server", "0", "100", "4.1", "3.3", "5.6", "5.9", "6.2"],
      ["nova.delete_server", "0", "100", "4.1", "1.4", "5.6", "5.9", "6.2"],
    ]);
  });

  it("says which of Rally's criteria do not hold, and what iterations failed with", () => {
    const scenario = rallyScenario({
      failures: 2,
      successPercent: 90,
      errors: { GetResourceErrorStatus: 2 },
      sla: [{ criterion: "failure_rate", passed: false, detail: "10.00% of iterations failed" }],
    });
    const text = shown({ rally: [rallyRecord({ status: "failed", scenarios: [scenario] })] });
    match(text, /boot ! .* 90 .* broken/);
    match(text, /failure_rate does not hold: 10.00% of iterations failed/);
    match(text, /failed with GetResourceErrorStatus \(2\)\./);
  });

  it("fits 80 columns", () => {
    const text = shown({ shaker: [shakerRecord()], rally: [rallyRecord()] }, 80);
    const wide = text.split("\n").filter((line) => line.length > 80);
    deepEqual(wide, []);
    equal(/NovaServers/.test(text), true);
  });
});
