import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { findSource, type Source } from "../../campaigns/compare/sources";
import { metrics } from "../../campaigns/compare/metrics";
import { renderMarkdown } from "../../campaigns/report/markdown";
import { makeReport } from "../../campaigns/report/report";
import { testCasesOf } from "../../campaigns/report/testCases";
import { describeWorkload, type Row } from "../../campaigns/table/rows";
import { record, someResults } from "../runner/results";
import { writeCampaign } from "./synthetic";

const plan = record("tc", {
  testCase: {
    case: "TC1",
    messagesRate: 50,
    latency: 12,
    latencyStddev: 3,
    sent: 400,
    sentByClient: { min: 38, mean: 40, max: 42, stddev: 1.25 },
    processed: 399,
    processedByServer: { min: 90, mean: 99.75, max: 110 },
    throughput: 64_000,
    cpuLoad: 37,
    ramConsumption: 100 * 2 ** 20,
    openedConnections: 28,
  },
});

describe("the plan's metrics of a test case", function () {
  this.timeout(60_000);
  let root = "";
  let source: Source;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-cases-"));
    const found = findSource(writeCampaign(root, { delays: [0, 10], repetitions: 2 }), root);
    const own = Object.entries(describeWorkload(plan, someResults())).filter(([name]) =>
      /^(plan_|test_case|tool)/.test(name),
    );
    // The second repetition of each point has one more.
    const more = (row: Row): Row => ({ plan_sent: row.repetition === 2 ? 402 : 400 });
    const rows = found.table.rows.map((row) => ({ ...row, ...Object.fromEntries(own), ...more(row) }));
    source = { ...found, table: { ...found.table, rows } };
  });
  after(() => rmSync(root, { recursive: true }));

  it("have a column each, clients and servers by their spread too", () => {
    const row = describeWorkload(plan, someResults());
    deepEqual(
      ["min", "mean", "max", "stddev"].map((part) => [
        row[`plan_sent_by_client_${part}`],
        row[`plan_processed_by_server_${part}`],
      ]),
      [
        [38, 90],
        [40, 99.75],
        [42, 110],
        [1.25, undefined],
      ],
    );
  });

  it("have a table with a row a point, under the plan's names", () => {
    const cells = testCasesOf(source);
    deepEqual(cells?.head, [
      ...["", "workload", "case", "tool", "n", "Messages rate, /s", "Latency, ms", "Latency stddev, ms"],
      ...["Sent", "Sent by client", "Processed", "Processed by server", "Throughput, kB/s"],
      ...["CPU load, % of a core", "RAM consumption, MiB", "Opened Connection"],
    ]);
    const figures = ["2", "50", "12", "3", "401 [400, 402]", "38 / 40 / 42 (1.25)", "399", "90 / 99.8 / 110"];
    deepEqual(cells.rows, [
      ["0ms", "call", "TC1", "probe", ...figures, "64", "37", "100", "28"],
      ["10ms", "call", "TC1", "probe", ...figures, "64", "37", "100", "28"],
    ]);
  });

  it("are in the report as a page and in Markdown, and in neither where nothing was a test case", async () => {
    const { html } = await makeReport({ source, question: "Why?" });
    match(html, /<section id="test-cases">[^]*?<th>Sent by client<\/th>[^]*?38 \/ 40 \/ 42 \(1\.25\)/);
    match(renderMarkdown(source, "Why?", "x"), /## Test case\n[^]*\| 38 \/ 40 \/ 42 \(1\.25\) +\|/);
    const rows = source.table.rows.map((row) => ({ ...row, test_case: undefined }));
    const none: Source = { ...source, table: { ...source.table, rows } };
    equal(testCasesOf(none), undefined);
    ok(!renderMarkdown(none, "Why?", "x").includes("## Test case"));
  });

  it("are compared where no other figure has the same, so that chance does not count twice", () => {
    const compared = metrics.flatMap(({ column }) => (column.startsWith("plan_") ? [column] : []));
    // Nor is the plan's throughput, which is all bytes of the bus: copies between its brokers are no merit.
    deepEqual(compared, ["plan_latency_ms", "plan_latency_stddev_ms", "plan_opened_connections"]);
    const row = describeWorkload(plan, someResults());
    ok(compared.every((column) => typeof row[column] === "number"));
  });
});
