import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { stringify } from "yaml";
import type { Source } from "../../campaigns/compare/sources";
import { mappedRun, patternSection, slowdownCells } from "../../campaigns/report/patterns";
import type { Row } from "../../campaigns/table/rows";
import type { Results } from "../../workloads/results/schema";
import { patternsOf } from "../../workloads/trace/patterns";
import { someResults } from "../runner/results";
import { traceRecord } from "../runner/toolResults";
import { buswide } from "../command/shim";
import { scenario } from "../trace/fixture";
import { patternsOf1, surroundings } from "../trace/patternFixture";

const row = (roundTrips: number, rttMs: number, totalMs: number, more: Row = {}): Row => ({
  ...{ status: "complete", workload_status: "complete", workload: "boot", kind: "trace" },
  ...{ trace_round_trips: roundTrips, trace_far_predicted_ms: roundTrips * rttMs },
  ...{ trace_traced_ms: totalMs, trace_untraced_ms: totalMs - 100, ...more },
});
const source = (rows: readonly Row[], changes: Partial<Source> = {}): Source =>
  ({
    ...{ kind: "runs", label: "demo", folder: "", runs: [] },
    table: { columns: [], parameters: [], rows },
    ...changes,
  }) as Source;

describe("the slowdown of requests beside the round trips that were found", () => {
  it("is a slope of one where a request gets slower by just these", () => {
    const cells = slowdownCells(source([row(20, 0, 2000), row(20, 50, 3000), row(20, 100, 4000)]));
    deepEqual(cells?.rows, [
      ["boot", "", "3", "0 to 2000", "2000 to 4000", "1900 to 3900", "1", "1", "20", "20"],
    ]);
  });

  it("is more where something that waits is not in the map", () => {
    const [line] = slowdownCells(source([row(20, 0, 2000), row(20, 100, 5000)]))?.rows ?? [];
    deepEqual(line?.slice(6), ["1.5", "1.5", "20", "30"]);
  });

  it("is of each of whatever else was varied", () => {
    const parameters = [
      { name: "bus.kind", path: "bus.kind", values: ["rabbitmq", "artemis"] },
      { name: "links[0].delay_ms", path: "links[0].delay", unit: "ms", values: [0, 50] },
    ];
    const on = (kind: string, factor: number) =>
      [0, 50].map((rttMs) => row(20, rttMs, 2000 + 20 * rttMs * factor, { "bus.kind": kind }));
    const cells = slowdownCells(
      source([], { table: { columns: [], parameters, rows: [...on("rabbitmq", 1), ...on("artemis", 2)] } }),
    );
    deepEqual(
      cells?.rows.map(([, line, n, , , , slope]) => [line, n, slope]),
      [
        ["rabbitmq", "2", "1"],
        ["artemis", "2", "2"],
      ],
    );
  });

  it("is not known where delays are the same, or nothing was found", () => {
    equal(slowdownCells(source([row(20, 50, 3000), row(20, 50, 3100)])), undefined);
    equal(slowdownCells(source([row(20, 50, 3000)])), undefined);
    equal(slowdownCells(source([{ ...row(20, 0, 1), trace_far_predicted_ms: undefined }])), undefined);
  });

  it("counts no measurement that failed", () =>
    equal(slowdownCells(source([row(20, 0, 1), row(20, 50, 2, { workload_status: "failed" })])), undefined));
});

describe("a report's communication patterns", () => {
  const patterns = patternsOf([{ patterns: patternsOf1(), missing: [], unfinished: 0 }], surroundings());
  const run = (number: number, results: Partial<Results> = {}) => ({
    ...{ point: 0, repetition: number, folder: "" },
    results: { ...someResults({ workloads: [] }), run: number, ...results },
  });
  const traced = { traces: [traceRecord(patterns && { patterns })] };

  it("are those of the newest run that has any, and of a campaign's first", () => {
    const runs = [run(1, traced), run(2, traced), run(3)];
    equal(mappedRun(source([], { runs }))?.results.run, 2);
    equal(mappedRun({ ...source([], { runs }), kind: "campaign" } as Source)?.results.run, 1);
    equal(mappedRun(source([], { runs: [run(1)] })), undefined);
  });

  it("are a section with the drawing, anti-patterns and the map", () => {
    const html = patternSection(
      source([], { runs: [run(1, traced)] }),
      new Map([["request", "<svg>map</svg>"]]),
    );
    match(html, /<section id="patterns"><h2>Communication patterns<\/h2>/);
    ok(html.includes('<div class="topology"><svg>map</svg></div>'));
    match(html, /<td>chain<\/td><td>edge-1\/computes<\/td><td>build_and_run_instance<\/td>/);
    match(html, /core\/neutron at edge-1: 3 round trips/);
    ok(!html.includes("Found, and paid for"));
  });

  it("are drawn by the command, and kept as a file", async function () {
    this.timeout(120_000);
    const root = mkdtempSync(join(tmpdir(), "buswide-patterns-"));
    try {
      const folder = join(root, "runs/demo/1");
      mkdirSync(join(folder, "config"), { recursive: true });
      writeFileSync(join(folder, "results.json"), JSON.stringify(run(1, traced).results));
      writeFileSync(join(folder, "config/scenario.yaml"), stringify(scenario));
      const { code, stderr } = await buswide(["report", folder]);
      equal(code, 0, stderr);
      const drawing = readFileSync(join(folder, "figures/request-patterns.svg"), "utf8");
      match(drawing, /data-flow="edge-1\/computes core\/nova-conductor call"/);
      const html = readFileSync(join(folder, "report.html"), "utf8");
      match(
        html,
        /<section id="patterns">[^]*data-flow="edge-1\/computes core\/nova-conductor call"[^]*<td>chain<\/td>/,
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("are nothing where nothing was traced", () =>
    equal(patternSection(source([], { runs: [run(1)] }), new Map()), ""));
});
