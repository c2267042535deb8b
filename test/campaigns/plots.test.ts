import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { findSource, type Source } from "../../campaigns/compare/sources";
import { drawFile, drawInline, widths } from "../../campaigns/report/draw";
import { inLines } from "../../campaigns/report/nominal";
import { plotsOf } from "../../campaigns/report/plots";
import { summarize } from "../../campaigns/report/summary";
import { measuredRows, type Row } from "../../campaigns/table/rows";
import { writeCampaign, type Model } from "./synthetic";

describe("the plots of a report", function () {
  this.timeout(60_000);
  let root = "";
  before(() => (root = mkdtempSync(join(tmpdir(), "buswide-plots-"))));
  after(() => rmSync(root, { recursive: true }));

  let number = 0;
  const sourceOf = (model: Model, more: (row: Row) => Row = () => ({})): Source => {
    number += 1;
    const source = findSource(writeCampaign(root, { ...model, number }), root);
    const rows = source.table.rows.map((row) => ({ ...row, ...more(row) }));
    return { ...source, table: { ...source.table, rows } };
  };
  const plotOf = (source: Source, name: string) =>
    plotsOf(source)
      .get("call")
      ?.find((plot) => plot.name === `call-${name}`);
  const valuesOf = (plot: ReturnType<typeof plotOf>) => (plot?.spec.data.values ?? []) as Row[];

  describe("of a campaign that varies no number", () => {
    const buses = { buses: ["rabbitmq", "zeromq"], delays: [25] };
    const wan = (row: Row): Row => ({ wan_bytes_per_delivery: row.point === 1 ? 3000 : 1000 });

    it("have a row a point: percentiles, throughput, cost of the bus and bytes on the WAN", () => {
      const names = [...(plotsOf(sourceOf(buses, wan)).get("call") ?? [])].map(({ name }) => name);
      deepEqual(names, [
        ...["call-latency", "call-throughput", "call-bus-cpu", "call-bus-memory", "call-wan-bytes"],
        ...["call-distribution", "call-series"],
      ]);
    });

    it("have each point's mean and interval, in the campaign's order", () => {
      const source = sourceOf(buses, wan);
      const expected = [1, 2].map((point) => {
        const rows = measuredRows(source.table).filter((row) => row.point === point);
        const { mean, low, high } = summarize(rows, "latency_p99_ms") ?? { mean: NaN, low: NaN, high: NaN };
        ok(low < mean && mean < high);
        return [point === 1 ? "rabbitmq, 25ms" : "zeromq, 25ms", mean, low, high];
      });
      const shown = valuesOf(plotOf(source, "latency")).filter(({ percentile }) => percentile === "p99");
      deepEqual(
        shown.map(({ point, mean, low, high }) => [point, mean, low, high]),
        expected,
      );
      deepEqual(
        valuesOf(plotOf(source, "wan-bytes")).map(({ point, mean }) => [point, mean]),
        [
          ["rabbitmq, 25ms", 3000],
          ["zeromq, 25ms", 1000],
        ],
      );
    });

    it("are drawn with the points' names, a whisker each, on a narrow page too", async () => {
      const plot = plotOf(sourceOf(buses, wan), "bus-cpu");
      ok(plot);
      const svg = await drawFile(plot.spec);
      match(svg, />rabbitmq, 25ms</);
      match(svg, />zeromq, 25ms</);
      // As high as two rows and their axis, and not as a plot along a number.
      const [, height] = /<svg[^>]* height="([\d.]+)"/.exec(svg) ?? [];
      ok(Number(height) < 150, height);
      equal(svg.match(/class="mark-rule role-mark layer_1_marks"[^]*?<\/g>/)?.[0].match(/<line/g)?.length, 2);
      const [, width] = /<svg[^>]* width="([\d.]+)"/.exec(await drawInline(plot.spec, widths.narrow)) ?? [];
      ok(Number(width) <= 340, width);
    });

    it("break long names between words", () =>
      equal(
        inLines("rabbitmq, cluster, nodes core 1, edge 1, queues quorum"),
        "rabbitmq, cluster,\nnodes core 1, edge\n1, queues quorum",
      ));
  });

  it("of runs outside a campaign have a row with their stack's name", () => {
    const { runs, folder, label } = sourceOf({ delays: [0], repetitions: 2 });
    const rows = sourceOf({ delays: [0], repetitions: 2 }).table.rows.map(({ point: _, ...row }) => row);
    const source: Source = {
      kind: "runs",
      label,
      folder,
      runs,
      table: { columns: [], parameters: [], rows },
    };
    const values = valuesOf(plotOf(source, "latency"));
    deepEqual(
      values.map(({ point, percentile }) => [point, percentile]),
      ["p50", "p90", "p99"].map((percentile) => ["c-wan", percentile]),
    );
  });

  it("have errors and what was lost along the parameter where there were any, and else not", () => {
    const lossy = (row: Row): Row => ({ errors: Number(row.point) === 3 ? 40 : 0, lost: 2 });
    const source = sourceOf({ delays: [0, 10, 25], repetitions: 2 }, lossy);
    const along = (name: string) =>
      valuesOf(plotOf(source, name)).map(({ x, mean, low, high }) => [x, mean, low, high]);
    deepEqual(along("errors"), [
      [0, 0, 0, 0],
      [10, 0, 0, 0],
      [25, 40, 40, 40],
    ]);
    deepEqual(
      along("lost").map(([x, mean]) => [x, mean]),
      [
        [0, 2],
        [10, 2],
        [25, 2],
      ],
    );
    equal(plotOf(sourceOf({ repetitions: 1 }), "errors"), undefined);
    equal(plotOf(sourceOf({ repetitions: 1 }), "lost"), undefined);
  });
});
