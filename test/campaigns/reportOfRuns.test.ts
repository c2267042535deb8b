import { deepEqual, equal, match, ok } from "assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { findSource, type Source } from "../../campaigns/compare/sources";
import { drawFile } from "../../campaigns/report/draw";
import { renderMarkdown } from "../../campaigns/report/markdown";
import { distributions, timeSeries } from "../../campaigns/report/runPlots";
import { caveats, figures } from "../../campaigns/report/sections";
import { chooseAxes } from "../../campaigns/report/summary";
import { rowsOfRun } from "../../campaigns/table/rows";
import type { Results } from "../../workloads/results/schema";
import { writeCampaign } from "./synthetic";

describe("a report on runs of which some did not come to their end", () => {
  let root = "";
  let source: Source;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-report-runs-"));
    const folder = writeCampaign(root, { delays: [0, 100], repetitions: 1 });
    const [near, far] = findSource(folder, root).runs.toSorted((a, b) => a.point - b.point);
    ok(near && far);
    // What broke off has some 200 ms and what was measured some 4.
    const broken = (status: Results["status"], failure?: string) => ({
      ...far,
      results: { ...far.results, status, ...(failure === undefined ? {} : { failure }) },
    });
    const runs = [broken("failed", "the broker fell over"), near, broken("running"), near].map(
      (run, index) => ({ ...run, point: 0, repetition: index + 1 }),
    );
    const rows = runs.flatMap(({ results, repetition }) => rowsOfRun(results, repetition));
    source = {
      ...{ kind: "runs", label: "demo, runs 1, 2, 3, 4", folder: "", runs },
      table: { columns: [], parameters: [], rows },
    };
  });
  after(() => rmSync(root, { recursive: true }));

  const valuesOf = (spec: unknown) =>
    (spec as { readonly data: { readonly values: readonly Readonly<Record<string, number>>[] } }).data.values;

  it("draws the operations and seconds of those that did, and of no others", () => {
    const axes = chooseAxes(source);
    const [distribution] = distributions("call", source, axes);
    const latencies = valuesOf(distribution?.spec).map(({ ms = NaN }) => ms);
    ok(latencies.length > 10 && latencies.every((ms) => ms < 50), `${Math.max(...latencies)} ms`);
    const [series] = timeSeries("call", source, axes);
    const medians = valuesOf(series?.spec).map(({ p50 = NaN }) => p50);
    ok(medians.length > 0 && medians.every((ms) => ms < 50), `${Math.max(...medians)} ms`);
  });

  it("draws nothing of a workload that failed in every run", () => {
    const runs = source.runs.map((run) => ({
      ...run,
      results: { ...run.results, status: "failed" as const },
    }));
    deepEqual(distributions("call", { ...source, runs }, chooseAxes(source)), []);
    deepEqual(timeSeries("call", { ...source, runs }, chooseAxes(source)), []);
  });

  it("counts those that failed and those that did not end as not measured, in words", () => {
    const html = caveats(source);
    match(html, /1 of 4 measurements failed, and are in no figure: the broker fell over\./);
    match(html, /1 of 4 measurements did not end or left no results, and are in no figure\./);
    match(html, /The fewest that were measured of a workload at a point are 2\./);
    ok(!html.includes("what is here was measured until then"), "nothing of a run that did not end is there");
    const [head = "", row = ""] = figures(source, "call").match(/<tr>.*?<\/tr>/g) ?? [];
    match(head, /<th>n<\/th><th>not measured<\/th>/);
    match(row, /<td class="number">2<\/td><td class="number">2<\/td>/);
  });

  it("names them on a page of Markdown", () => {
    const text = renderMarkdown(source, "Why?", "npx buswide report");
    // Runs 1 and 3 broke off; where figures come from is those that were measured.
    match(text, /\| `runs\/c-wan\/\d+` \([0-9a-f]{12}\), `runs\/c-wan\/\d+` \([0-9a-f]{12}\) +\|/);
    match(text, /## Not measured\n\n- c-wan: the broker fell over\n- c-wan: did not end\n/);
  });

  it("of a campaign that is under way says what is still to be made", () => {
    const campaign = findSource(
      writeCampaign(root, { name: "halfway", delays: [0, 10], repetitions: 2 }),
      root,
    );
    ok(campaign.kind === "campaign");
    const [first, second, ...rest] = campaign.journal.cells;
    ok(first && second);
    const cells = [
      { ...first, status: "running" as const },
      { ...second, status: "waiting" as const },
      ...rest,
    ];
    const html = caveats({ ...campaign, journal: { ...campaign.journal, cells } });
    match(html, /1 of 4 measurements did not end or left no results/);
    match(html, /1 of 4 measurements are still to be made\./);
  });
});

describe("the strip below a report's plot over time", () => {
  let root = "";
  before(() => (root = mkdtempSync(join(tmpdir(), "buswide-report-strip-"))));
  after(() => rmSync(root, { recursive: true }));

  type Timeline = NonNullable<Results["workloads"][number]["timeline"]>;
  const cut = (link: string, atSeconds: number) => {
    return { what: "cut" as const, link, atSeconds, untilSeconds: atSeconds + 1 };
  };

  /** The plot of a run with a timeline, and with changes in its series that many seconds after its window opened. */
  function plotOf(
    name: string,
    timeline: Timeline,
    changes: readonly { what: string; link: string; at: number }[],
  ) {
    const folder = writeCampaign(root, { name, delays: [10], repetitions: 1 });
    const found = findSource(folder, root);
    const runs = found.runs.map((run) => {
      const workloads = run.results.workloads.map((record) => ({ ...record, timeline }));
      const start = Date.parse(workloads[0]?.startedAt ?? "") / 1000;
      for (const { at, link, what } of changes)
        for (const [from, to] of [link.split("--"), link.split("--").reverse()]) {
          const line = { kind: "link", workload: "call", link, from, to, what, time: start + at };
          appendFileSync(join(run.folder, "series.jsonl"), `${JSON.stringify(line)}\n`);
        }
      return { ...run, results: { ...run.results, workloads } };
    });
    const source = { ...found, runs };
    const [plot] = timeSeries("call", source, chooseAxes(source));
    ok(plot);
    return plot;
  }

  const barsOf = (svg: string) =>
    [...svg.matchAll(/aria-label="[^"]*: ([\d.]+); until: ([\d.]+)"/g)].map((bar) =>
      bar.slice(1).map(Number),
    );

  it("has the times that were recorded, not those planned, a ramp being one bar", async () => {
    const planned = [{ what: "ramp" as const, link: "core--edge", atSeconds: 2, untilSeconds: 4 }];
    const plot = plotOf("recorded", planned, [
      ...[2.03, 2.53, 3.03].map((at) => ({ what: "ramp", link: "core--edge", at })),
      { what: "restored", link: "core--edge", at: 4.07 },
    ]);
    match(plot.caption, /what was done on purpose\. Its times are those recorded\./);
    const svg = await drawFile(plot.spec);
    deepEqual(barsOf(svg), [[2.03, 4.07]]);
    match(svg, />core--edge: ramp</);
  });

  it("says that times are those planned where none were recorded", async () => {
    const plot = plotOf("planned", [cut("core--edge", 2)], []);
    match(plot.caption, /Its times are those planned, as none were recorded\./);
    deepEqual(barsOf(await drawFile(plot.spec)), [[2, 3]]);
  });

  it("says how many rows were left out", async () => {
    const links = Array.from({ length: 8 }, (_, index) => `core--edge-${index + 1}`);
    const plot = plotOf(
      "many",
      links.map((link, index) => cut(link, index / 2)),
      [],
    );
    match(plot.caption, /2 of its 8 rows are left out: results\.json has all\./);
    const svg = await drawFile(plot.spec);
    equal(svg.match(/>core--edge-\d: cut</g)?.length, 6);
  });

  it("names what was repeated once, and what came late to the left of its end", async () => {
    const flaps = [1, 2, 3].flatMap((at) => [
      { what: "flap", link: "core--edge", at },
      { what: "restored", link: "core--edge", at: at + 0.5 },
    ]);
    const late = [
      { what: "cut", link: "core--far", at: 6 },
      { what: "restored", link: "core--far", at: 7 },
    ];
    const plot = plotOf("late", [cut("core--edge", 1)], [...flaps, ...late]);
    const svg = await drawFile(plot.spec);
    equal(barsOf(svg).length, 4);
    equal(svg.match(/>core--edge: flap</g)?.length, 1);
    match(svg, /text-anchor="end"[^>]*>core--far: cut</);
  });
});
