import { deepEqual, equal, match, ok } from "assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { report } from "../../bin/commands/report";
import { findSource, type Source } from "../../campaigns/compare/sources";
import { drawFile } from "../../campaigns/report/draw";
import { faultPlots } from "../../campaigns/report/faultPlots";
import { plotsOf } from "../../campaigns/report/plots";
import { timeSeries } from "../../campaigns/report/runPlots";
import { chooseAxes } from "../../campaigns/report/summary";
import type { Row } from "../../campaigns/table/rows";
import type { Results } from "../../workloads/results/schema";
import { writeCampaign } from "./synthetic";

type Served = readonly (number | undefined)[];

/** What runs of a campaign of two delays were served, second by second, under a fault each; undefined: the series has no such second. */
function writeFaults(
  root: string,
  name: string,
  served: (delay: number, repetition: number) => Served,
  durationSeconds = 8,
) {
  const folder = writeCampaign(root, { name, delays: [10, 20], repetitions: 2 });
  for (const { folder: run, results, point, repetition } of findSource(folder, root).runs) {
    const at = point + 1;
    const changed: Results = {
      ...results,
      workloads: results.workloads.map((record) => ({
        ...{ ...record, durationSeconds },
        timeline: [{ what: "kill", service: "core/rabbitmq", atSeconds: at, untilSeconds: at + 2 }],
        recovery: [
          {
            ...{ what: "kill", subjects: ["core/rabbitmq"], atSeconds: at, untilSeconds: at + 2 },
            ...{ observedUntilSeconds: 8, offeredPerSecond: 50, errors: {}, interruptedSeconds: 2 },
          },
        ],
      })),
    };
    writeFileSync(join(run, "results.json"), JSON.stringify(changed));
    const lines = served(point === 0 ? 10 : 20, repetition).flatMap((count, second) =>
      count === undefined
        ? []
        : [
            {
              ...{ kind: "workload", workload: "call", second, time: 0, succeeded: count, received: 7 },
              ...{ errors: {}, ...(count > 0 ? { latencyMs: { p50: 4, p99: 5 } } : {}) },
            },
          ],
    );
    writeFileSync(join(run, "series.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }
  return folder;
}

interface Spec {
  readonly data: {
    readonly values: readonly { second: number; served: number | null; repetition: string }[];
  };
  readonly layer: readonly { readonly data?: { readonly values: readonly object[] } }[];
}

describe("the plots of what was served under faults", function () {
  this.timeout(60_000);
  let root = "";
  let folder = "";
  let source: Source;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-fault-plots-"));
    folder = writeFaults(root, "faults", (delay, repetition) =>
      // The first comes back, after seconds of which one is not told; the second never does.
      delay === 10 ? [50, 50, 0, undefined, 48 + repetition, 50, 50, 50, 3] : [50, 50],
    );
    source = findSource(folder, root);
  });
  after(() => rmSync(root, { recursive: true }));

  const specs = () => faultPlots("call", source).map(({ spec }) => spec as unknown as Spec);
  const lineOf = (spec: Spec | undefined, repetition: number) =>
    spec?.data.values.filter((one) => one.repetition === String(repetition)).map(({ served }) => served);

  it("are one for each point's fault, and no plot has more than its own", () => {
    deepEqual(
      faultPlots("call", source).map(({ name, title }) => [name, title]),
      [
        ["call-fault-1", "10: kill core/rabbitmq"],
        ["call-fault-2", "20: kill core/rabbitmq"],
      ],
    );
    const [first, second] = specs();
    // Each has its own point's fault below it: a second apart.
    deepEqual(
      [first, second].map((spec) => spec?.layer.at(-2)?.data?.values),
      [[{ from: 1, until: 3 }], [{ from: 2, until: 4 }]],
    );
  });

  it("keep a second in which nothing was served as zero, also one that the series does not tell of", () => {
    deepEqual(lineOf(specs()[0], 1), [50, 50, 0, 0, 49, 50, 50, 50, 3]);
    deepEqual(lineOf(specs()[0], 2), [50, 50, 0, 0, 50, 50, 50, 50, 3]);
    deepEqual(lineOf(specs()[1], 1), [50, 50, 0, 0, 0, 0, 0, 0], "zero to the end of its window");
  });

  it("have the rate that was asked for, over the window", () =>
    deepEqual(specs()[0]?.layer[0]?.data?.values, [{ from: 0, until: 8, offered: 50 }]));

  it("have neither rate nor outage after the load, though operations ended long after it", () => {
    const late = writeFaults(root, "late", () => [...Array<number>(8).fill(50), 3, undefined, 2, 0, 0], 60);
    const plots = faultPlots("call", findSource(late, root)).map(({ spec }) => spec as unknown as Spec);
    deepEqual(plots[0]?.layer[0]?.data?.values, [{ from: 0, until: 8, offered: 50 }]);
    deepEqual(lineOf(plots[0], 1), [...Array<number>(8).fill(50), 3, null, 2]);
  });

  it("keep their seconds where a line of the series is an event, which is of none", () => {
    const run = source.runs.find(({ point }) => point === 0);
    ok(run);
    const file = join(run.folder, "series.jsonl");
    const before = readFileSync(file, "utf8");
    const event = { kind: "workload", workload: "call", event: "still-arriving", received: 3 };
    writeFileSync(file, `${before}${JSON.stringify(event)}\n`);
    try {
      deepEqual(lineOf(specs()[0], run.repetition), [
        ...[50, 50, 0, 0, 48 + run.repetition],
        ...[50, 50, 50, 3],
      ]);
    } finally {
      writeFileSync(file, before);
    }
  });

  it("count of other patterns than calls what was delivered", () => {
    const rows = source.table.rows.map((row) => ({ ...row, pattern: "cast" }));
    const [plot] = faultPlots("call", { ...source, table: { ...source.table, rows } });
    deepEqual(lineOf(plot?.spec as unknown as Spec, 1), [7, 7, 7, 0, 7, 7, 7, 7, 7]);
    match(plot?.caption ?? "", /^What was delivered of call in each second/);
  });

  it("can be drawn, with the fault and the line of the rate", async () => {
    const [plot] = faultPlots("call", source);
    const svg = await drawFile(plot?.spec ?? { data: { values: [] } });
    match(svg, />core\/rabbitmq: kill</);
    match(svg, /stroke-dasharray="5,4"/);
  });

  it("take the place of the plot of latency over time", () => {
    deepEqual(timeSeries("call", source, chooseAxes(source)), []);
    const names =
      plotsOf(source)
        .get("call")
        ?.map(({ name }) => name) ?? [];
    ok(names.includes("call-fault-2") && !names.includes("call-series"), names.join());
  });

  it("do so of the workload that was measured under the fault alone", () => {
    const both = writeCampaign(root, {
      name: "both",
      delays: [10],
      repetitions: 1,
      workloads: ["call", "calm"],
    });
    const found = findSource(both, root);
    const fault = { fault: "kill", fault_of: "core/rabbitmq" };
    const namesWith = (workload: string, more: Row, at = workload) => {
      const rows = found.table.rows.map((row) => ({ ...row, ...(row.workload === at ? more : {}) }));
      const changed = { ...found, table: { ...found.table, rows } };
      return timeSeries(workload, changed, chooseAxes(changed)).map(({ name }) => name);
    };
    deepEqual(namesWith("call", fault), []);
    deepEqual(namesWith("calm", fault, "call"), ["calm-series"]);
    deepEqual(namesWith("call", { ...fault, kind: "servers" }), ["call-series"], "which have no such plot");
    deepEqual(namesWith("call", { ...fault, workload_status: "failed" }), ["call-series"]);
  });

  it("are on a page of Markdown, and in a folder beside it; those of an earlier page are not", async () => {
    const page = join(root, "page.md");
    const pictures = join(root, "page-pictures");
    await report(folder, { root, json: true, markdown: page });
    writeFileSync(join(pictures, "call-fault-3.svg"), "an earlier page's");
    writeFileSync(join(pictures, "own.svg"), "somebody's own");
    await report(folder, { root, json: true, markdown: page });
    deepEqual(readdirSync(pictures).sort(), ["call-fault-1.svg", "call-fault-2.svg", "own.svg"]);
    const links = [...readFileSync(page, "utf8").matchAll(/!\[(.*)\]\((.*)\)/g)].map((link) => link.slice(1));
    deepEqual(links, [
      ["10: kill core/rabbitmq", "page-pictures/call-fault-1.svg"],
      ["20: kill core/rabbitmq", "page-pictures/call-fault-2.svg"],
    ]);
    for (const [, file = ""] of links) ok(existsSync(join(root, file)), file);
  });
});

describe("a plot of latency over time", () => {
  it("has a gap where nothing ended well, and no line across it", async () => {
    const root = mkdtempSync(join(tmpdir(), "buswide-gap-"));
    try {
      const folder = writeCampaign(root, { name: "gap", delays: [10], repetitions: 1 });
      const source = findSource(folder, root);
      const [run] = source.runs;
      ok(run);
      const lines = [4, 5, undefined, undefined, 5, 4].map((p50, second) => ({
        ...{ kind: "workload", workload: "call", second, succeeded: 1, received: 1 },
        ...(p50 === undefined ? {} : { latencyMs: { p50 } }),
      }));
      writeFileSync(
        join(run.folder, "series.jsonl"),
        lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
      );
      const [plot] = timeSeries("call", source, chooseAxes(source));
      const svg = await drawFile(plot?.spec ?? { data: { values: [] } });
      const line = /<path aria-label="seconds[^>]*d="(M[^"]*)"[^>]*stroke-width="1.5"/.exec(svg)?.[1] ?? svg;
      equal(line.match(/M/g)?.length, 2, line);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
