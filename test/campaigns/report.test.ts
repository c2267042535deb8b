import { deepEqual, equal, match, ok, rejects } from "assert/strict";
import { DOMParser } from "@xmldom/xmldom";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { report } from "../../bin/commands/report";
import {
  keystoneBaseline,
  rpcBaseline,
  tcpBaseline,
  thousandNodesBaseline,
  wanBaseline,
} from "../../campaigns/baselines/read";
import { baselineRatios } from "../../campaigns/baselines/ratios";
import { findSource } from "../../campaigns/compare/sources";
import { xEncoding } from "../../campaigns/report/encodings";
import { renderMarkdown } from "../../campaigns/report/markdown";
import { glanceOf } from "../../campaigns/report/glance";
import { makeReport } from "../../campaigns/report/report";
import { chooseAxes, placeOf, summarize } from "../../campaigns/report/summary";
import { measuredRows } from "../../campaigns/table/rows";
import { buswide } from "../command/shim";
import { writeCampaign, type Model } from "./synthetic";

describe("a report", function () {
  this.timeout(120_000);
  let root = "";
  before(() => (root = mkdtempSync(join(tmpdir(), "buswide-report-"))));
  after(() => rmSync(root, { recursive: true }));

  let number = 0;
  const make = async (model: Model, question = "How does latency grow?") => {
    number += 1;
    const source = findSource(writeCampaign(root, { ...model, number }), root);
    return { source, ...(await makeReport({ source, question })) };
  };

  it("by the command is one page and a drawing a file, with the topology among them", async () => {
    const folder = writeCampaign(root, { name: "command", buses: ["rabbitmq"] });
    const { code, stdout, stderr } = await buswide(["report", folder]);
    equal(code, 0, stderr);
    match(stdout, /report\.html, and its 7 drawings in /);
    deepEqual(readdirSync(join(folder, "figures")).sort(), [
      "call-bus-cpu.svg",
      "call-bus-memory.svg",
      "call-distribution.svg",
      "call-latency.svg",
      "call-series.svg",
      "call-throughput.svg",
      "topology.svg",
    ]);
    const html = readFileSync(join(folder, "report.html"), "utf8");
    match(html, /<section id="topology">[^]*class="site/);
  });

  it("by the command is a page of Markdown where that is asked for, which says where each figure is from", async () => {
    const folder = writeCampaign(root, {
      name: "page",
      buses: ["rabbitmq", "zeromq"],
      delays: [0, 25],
      repetitions: 3,
    });
    const file = join(root, "page.md");
    const { code, stderr } = await buswide(["report", folder, "--markdown", file]);
    equal(code, 0, stderr);
    const text = readFileSync(file, "utf8");
    const source = findSource(folder, root);
    const [tables = "", origins = ""] = text.split("## Where the figures come from");
    const rows = tables.split("\n").filter((line) => /^\| (rabbitmq|zeromq), /.test(line));
    deepEqual(
      rows.map((row) =>
        row
          .split("|")
          .slice(1, 3)
          .map((cell) => cell.trim()),
      ),
      [
        ["rabbitmq, 0ms", "3"],
        ["rabbitmq, 25ms", "3"],
        ["zeromq, 0ms", "3"],
        ["zeromq, 25ms", "3"],
      ],
    );
    const second = measuredRows(source.table).filter(({ point }) => point === 2);
    const latencies = second.map((row) => Number(row.latency_p50_ms)).sort((a, b) => a - b);
    const [, , , p50 = ""] = rows[1]?.split("|").map((cell) => cell.trim()) ?? [];
    const [, mean, low, high] = /^([\d.]+) \[([\d.]+), ([\d.]+)\]$/.exec(p50) ?? [];
    const rounded = (value: number | undefined) => String(Number(value?.toPrecision(3)));
    const average = latencies.reduce((sum, value) => sum + value, 0) / latencies.length;
    deepEqual([mean, low, high], [average, latencies[0], latencies.at(-1)].map(rounded));
    for (const { results } of source.runs) ok(origins.includes(`\`runs/${results.stack}/${results.run}\``));
    match(text, /Again: `npx buswide campaign run page`/);
  });

  it("as Markdown begins with all workloads in one table, a row a point, where there are several", () => {
    const folder = writeCampaign(root, {
      name: "glance",
      buses: ["rabbitmq", "zeromq"],
      delays: [25],
      workloads: ["call", "cast"],
      repetitions: 2,
      failed: [0],
    });
    const source = findSource(folder, root);
    const text = renderMarkdown(source, "Which?", "npx buswide report glance --markdown page.md");
    const lines = (from: string) => {
      const section = text.slice(text.indexOf(`## ${from}`) + 1);
      return section
        .slice(0, section.indexOf("\n##"))
        .split("\n")
        .filter((line) => line.startsWith("| "));
    };
    const cells = (line = "") =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1);
    const [head, , ...rows] = lines("At a glance").map(cells);
    deepEqual(head, [
      ...["", "n", "lost", "doubled", "errors", "call: p50 / p99, ms", "cast: p50 / p99, ms"],
      ...["WAN, B per delivery", "bus CPU, % of a core", "bus memory, MiB"],
    ]);
    const measured = measuredRows(source.table);
    const [failed] = source.table.rows.filter(({ status }) => status === "failed");
    deepEqual(
      rows.map((row) => row.slice(0, 5)),
      ["rabbitmq, 25ms", "zeromq, 25ms"].map((name, at) => {
        const n = Number(failed?.point) - 1 === at ? "1 of 2" : "2";
        return [name, n, "0", "0", "0"];
      }),
    );
    for (const [at, row] of rows.entries())
      for (const [column, workload] of [
        [5, "call"],
        [6, "cast"],
      ] as const) {
        const own = measured.filter((one) => one.point === at + 1 && one.workload === workload);
        const mean = (figure: string) =>
          Number((own.reduce((sum, one) => sum + Number(one[figure]), 0) / own.length).toPrecision(3));
        equal(row[column], `${mean("latency_p50_ms")} / ${mean("latency_p99_ms")}`);
      }
    // Bytes of all workloads over their messages, and not a mean of the workloads' own ratios.
    const carried = { call: { wan_bytes: 9000, received: 10 }, cast: { wan_bytes: 1000, received: 90 } };
    const { head: heads, rows: weighed } = glanceOf({
      ...source,
      table: {
        ...source.table,
        rows: source.table.rows.map((row) => ({ ...row, ...carried[row.workload as "call" | "cast"] })),
      },
    }) ?? { head: [], rows: [] };
    deepEqual(
      weighed.map((row) => row[heads.indexOf("WAN, B per delivery")]),
      ["100", "100"],
    );
    // Each point's brokers, the image that they ran, and its runs.
    const origins = lines("Where the figures come from")
      .map(cells)
      .filter(([name = ""]) => name.endsWith(", 25ms"));
    deepEqual(
      origins.map((row) => row.slice(1, 3)),
      [
        ["core-rabbitmq: 3.10.8", "cdcdcdcdcdcd"],
        ["core-zeromq: 3.10.8", ""],
      ],
    );
    for (const { point, results } of source.runs)
      match(origins[point]?.[3] ?? "", new RegExp(`\`runs/c-glance/${results.run}\` \\([0-9a-f]{12}\\)`));
  });

  it("needs no network and runs no script: nothing in it is fetched", async () => {
    const { html } = await make({});
    ok(!/<script|<link|<img|<iframe|@import|url\(\s*['"]?(?!#)|src=/i.test(html));
    const references = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target ?? "");
    ok(
      references.every((target) => target.startsWith("#")),
      references.join(),
    );
  });

  it("has colours for light and for dark, and a drawing for wide pages and one for narrow ones", async () => {
    const { html } = await make({});
    match(html, /@media \(prefers-color-scheme: dark\) {\s*:root {[^}]*--plot-0: #56b4e9/);
    const drawings = (kind: string) => html.split(`<div class="${kind}"><svg`).length - 1;
    equal(drawings("wide"), 6);
    equal(drawings("narrow"), 6);
    for (const [, width] of html.matchAll(/<div class="narrow"><svg[^>]* width="([\d.]+)"/g))
      ok(Number(width) <= 340, width);
  });

  it("leaves drawings as files that stand alone: XML, with every colour said", async () => {
    const { figures } = await make({});
    for (const [name, svg] of figures) {
      ok(!svg.includes("var(--") && !svg.includes("currentColor"), name);
      const document = new DOMParser({
        onError: (_, message) => {
          throw new Error(`${name}: ${message}`);
        },
      }).parseFromString(svg, "image/svg+xml");
      equal(document.documentElement?.localName, "svg");
    }
  });

  it("says in its first lines how the median goes along the parameter, and how sure that is", async () => {
    const { html, source } = await make({});
    const rows = measuredRows(source.table);
    const at = (delay: number) =>
      summarize(
        rows.filter((row) => row["links[0].delay_ms"] === delay),
        "latency_p50_ms",
      )?.mean ?? NaN;
    const [, first, last, factor, low, high] =
      /from 0 to 100 ms of one-way delay the median latency goes from ([\d.]+) ms to ([\d.]+) ms, ×([\d.]+) \(95 % interval ×([\d.]+) to ×([\d.]+)\)/
        .exec(html)
        ?.map(Number) ?? [];
    ok(Math.abs((first ?? NaN) - at(0)) < 0.01 * at(0));
    ok(Math.abs((last ?? NaN) - at(100)) < 0.01 * at(100));
    ok((low ?? NaN) < (factor ?? NaN) && (factor ?? NaN) < (high ?? NaN));
  });

  it("tells of failed measurements, few repetitions and the emulator's error among its caveats", async () => {
    const { html } = await make({ repetitions: 3, failed: [2] });
    const caveats = /<section id="caveats">[^]*?<\/section>/.exec(html)?.[0] ?? "";
    match(caveats, /1 of 15 measurements failed, and are in no figure: the broker fell over/);
    match(
      caveats,
      /of five or more repetitions, a 95 % interval of the mean; of fewer, the lowest and highest\. The fewest that were measured of a workload at a point are 2\./,
    );
    match(caveats, /emulated by nfqueue: round-trip times were off by at most 0\.2 ms/);
  });

  it("takes no interval for extremes, nor extremes for an interval, where one point has fewer repetitions", async () => {
    const { html, source } = await make({ failed: [2] });
    const caveats = /<section id="caveats">[^]*?<\/section>/.exec(html)?.[0] ?? "";
    match(caveats, /1 of 25 measurements failed/);
    match(
      caveats,
      /a 95 % interval of the mean; of fewer, the lowest and highest\. The fewest [^.]* are 4\./,
    );
    ok(!/so spreads are the lowest|Intervals are of the mean over/.test(caveats));
    const spreads = [0, 1, 2, 3, 4].map((point) =>
      summarize(
        measuredRows(source.table).filter((row) => row.point === point + 1),
        "latency_p50_ms",
      ),
    );
    deepEqual(spreads.map((one) => one?.spread).sort(), [
      "extremes",
      "interval",
      "interval",
      "interval",
      "interval",
    ]);
  });

  it("counts at each point what failed, also where nothing else is left of it", async () => {
    const { html, source } = await make({ repetitions: 1, failed: [2] });
    const failed = source.table.rows.filter(({ status }) => status === "failed").map(({ point }) => point);
    const section = /<section id="workload-call">[^]*?<\/section>/.exec(html)?.[0] ?? "";
    const cells = [...section.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row = ""]) =>
      [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/g)].map(([, cell]) => cell),
    );
    deepEqual(
      cells.map((row) => row.slice(1, 3)),
      [
        ["n", "not measured"],
        ...[1, 2, 3, 4, 5].map((at) => (failed.includes(at) ? ["0", "1"] : ["1", "0"])),
      ],
    );
  });

  it("sets values that are far apart by their logarithms, zero among them", () => {
    const along = (values: number[]) => xEncoding({ title: "", x: { name: "x", path: "x", values } });
    ok(!("scale" in along([0, 10, 25, 50, 100])));
    const { scale, axis } = along([25, 0, 0.1, 1, 10, 1]) as { scale: object; axis: object };
    deepEqual(
      [scale, axis],
      [{ type: "symlog", constant: 0.1, nice: false }, { values: [0, 0.1, 1, 10, 25] }],
    );
  });

  it("says below the topology what of it was varied, as it is drawn once", async () => {
    const { source } = await make({ repetitions: 1 });
    const { html } = await makeReport({ source, question: "Why?", topology: "<svg/>" });
    match(
      html,
      /<svg\/><\/div>\s*<p class="muted">As the scenario is written\. The campaign varied: one-way delay\.</,
    );
  });

  it("takes nothing that it is told for markup", async () => {
    const { html } = await make({}, `<b onclick="x">&'`);
    ok(!html.includes("<b onclick"));
    match(html, /<h1>&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;<\/h1>/);
  });

  it("of what measured nothing is refused rather than empty", () =>
    rejects(() => make({ failed: Array.from({ length: 25 }, (_, at) => at) }), /nothing was measured/));

  it("of what is not there is refused", () =>
    rejects(() => report("moon", { root, json: false }), /no campaign and no stack of that name/));

  it("has the network's timeline below what it did to the latency, at the times at which it did", async () => {
    const timeline = [
      { what: "cut" as const, link: "core--edge", atSeconds: 2, untilSeconds: 4 },
      { what: "ramp" as const, link: "core--far", atSeconds: 3, untilSeconds: 6 },
    ];
    const { source } = await make({ delays: [10] });
    for (const { results } of source.runs) for (const record of results.workloads) record.timeline = timeline;
    const { html, figures } = await makeReport({ source, question: "Why?" });
    match(html, /Below it, what was done on purpose\./);
    const svg = figures.get("call-series.svg") ?? "";
    const bars = [
      ...svg.matchAll(/<path[^>]*d="M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)[^"]*"[^>]*opacity="0.35"/g),
    ].map((bar) => bar.slice(1).map(Number));
    equal(bars.length, 2);
    const [[from = NaN, top = NaN, width = NaN] = [], [otherFrom = NaN, below = NaN, wider = NaN] = []] =
      bars;
    // Two seconds from the second, three from the third: on one scale.
    ok(Math.abs(width / wider - 2 / 3) < 0.01 && Math.abs((otherFrom - from) / width - 1 / 2) < 0.02);
    ok(below > top, "the second link's row is below the first's");
    match(svg, /core--edge: cut/);
  });

  it("goes along the number with most values, and tells lines apart by all else that varies", async () => {
    const { source } = await make({ buses: ["rabbitmq", "zeromq"] });
    const axes = chooseAxes(source);
    deepEqual([axes.x?.name, axes.series.map(({ name }) => name)], ["links[0].delay_ms", ["bus.kind"]]);
  });

  it("gives lines that are not one unlike names", () => {
    const delay = { name: "delay_ms", path: "delay", values: [0, 10, 0, 10] };
    const tls = { name: "bus.tls", path: "bus", values: [true, true, undefined, undefined] };
    const failover = { name: "bus.failover", path: "bus", values: [undefined, undefined, true, true] };
    const source = {
      ...{ kind: "runs" as const, label: "", folder: "", runs: [] },
      table: { columns: [], parameters: [delay, tls, failover], rows: [] },
    };
    const axes = chooseAxes(source);
    deepEqual(
      [{ "bus.tls": true }, { "bus.failover": true }, {}].map((row) => placeOf(row, axes).series),
      ["tls true", "failover true", ""],
    );
  });

  it("gives of few repetitions their extremes, and of five an interval", () => {
    const rows = [3, 1, 2].map((value) => ({ x: value }));
    deepEqual(summarize(rows, "x"), { mean: 2, low: 1, high: 3, repetitions: 3, spread: "extremes" });
    equal(summarize([...rows, ...rows], "x")?.spread, "interval");
    equal(summarize(rows, "y"), undefined);
  });
});

describe("published figures", () => {
  it("are as their sources have them", () => {
    const boot = wanBaseline().figures.filter(({ operation }) => operation === "boot and delete");
    deepEqual(
      boot.map(({ rttMs, seconds }) => [rttMs, seconds]),
      [
        [0, 15.13],
        [20, 17.85],
        [50, 20.34],
        [100, 23.77],
        [200, 30.86],
      ],
    );
    const [broker, router] = rpcBaseline().figures.filter(
      ({ memoryGigabytes }) => memoryGigabytes !== undefined,
    );
    deepEqual([broker?.memoryGigabytes, broker?.connections, router?.memoryGigabytes], [28, 12600, 2.9]);
    deepEqual(
      rpcBaseline().rates.map(({ bus, instances, messagesPerSecond, mostClients, outliersSeconds }) => [
        ...[bus, instances, messagesPerSecond?.join("–"), mostClients, outliersSeconds],
      ]),
      [
        ["rabbitmq", 1, "8720–8850", 6000, undefined],
        ["rabbitmq", 3, "9580–9780", 10000, undefined],
        ["rabbitmq", 5, "7850–8880", 10000, 15],
        ["router", 1, "8280–9760", 8000, undefined],
        ["router", 3, undefined, 10000, 8.5],
        ["router", 5, "9660–9890", 10000, 5.5],
      ],
    );
    deepEqual(
      tcpBaseline().figures.map(({ megabitsPerSecond }) => megabitsPerSecond),
      [9411, 1206, 480, 234, 116],
    );
    deepEqual(
      thousandNodesBaseline().figures.map(({ service, connections }) => [service, connections]),
      [
        ["rabbitmq", 7600],
        ["mariadb", 2245],
      ],
    );
    const authenticated = keystoneBaseline().figures.filter(({ operation }) => operation === "authenticate");
    deepEqual(
      authenticated.map(({ sites, database, seconds, failedPercent }) => [
        ...[sites, database, seconds, failedPercent],
      ]),
      [
        [45, "mariadb", undefined, 98],
        [45, "galera", 0.475, undefined],
        [45, "cockroachdb", 0.195, 9],
        [9, "mariadb", 0.1, undefined],
        [9, "galera", 0.4, undefined],
        [9, "cockroachdb", 6.8, undefined],
      ],
    );
  });

  const row = { pattern: "call", workload: "call", clients: 10 };
  it("stand beside ours as ratios over the same round-trip times, each bus by itself", () => {
    const rows = ["rabbitmq", "zeromq"].flatMap((bus_kind, at) =>
      [0, 20, 200].map((rtt) => ({
        ...row,
        bus_kind,
        link_rtt_asked_ms: rtt,
        latency_p50_ms: (at + 1) * (4 + rtt),
      })),
    );
    const [wan, ...more] = baselineRatios(rows);
    equal(more.length, 0);
    ok(wan);
    equal(wan.columns.length, 5);
    deepEqual(
      wan.ratios.map(({ what, values }) => [what.split(" ")[0], values.map((value) => value?.toFixed(2))]),
      [
        ["20", ["1.18", "1.11", "1.13", "6.00", "6.00"]],
        ["200", ["2.04", "1.65", "1.67", "51.00", "51.00"]],
      ],
    );
  });

  it("of OpenStack's operations stand beside Rally's of ours, the same operation of each", () => {
    const rows = [0, 50, 100].flatMap((rtt) =>
      [
        ["NovaServers.boot_and_delete_server", 2 + rtt / 10],
        ["Authenticate.keystone", 0.1],
      ].map(([rally_scenario, rally_mean_s]) => ({
        ...{ bus_kind: "rabbitmq", bus_topology: "single", link_rtt_asked_ms: rtt },
        ...{ workload: "rally", rally_scenario, rally_mean_s },
      })),
    );
    const [found, ...more] = baselineRatios(rows);
    equal(more.length, 0);
    ok(found);
    deepEqual(found.columns, [
      "boot and delete",
      "ours: rabbitmq single, NovaServers.boot_and_delete_server, mean",
    ]);
    deepEqual(
      found.ratios.map(({ what, values }) => [what.split(" ")[0], values.map((value) => value?.toFixed(2))]),
      [
        ["50", ["1.34", "3.50"]],
        ["100", ["1.57", "6.00"]],
      ],
    );
  });

  it("of brokers and routers stand beside ours only where both were measured", () => {
    const of = (bus_kind: string, memory: number, cpu: number) => ({
      ...row,
      bus_kind,
      brokers_memory_max_bytes: memory,
      brokers_cpu_percent: cpu,
    });
    equal(baselineRatios([of("rabbitmq", 100, 50)]).length, 0);
    const [found] = baselineRatios([of("rabbitmq", 100, 50), of("amqp-router", 20, 10)]);
    deepEqual(
      found?.ratios.map(({ values }) => values.map((value) => value?.toFixed(2))),
      [
        ["9.66", "5.00"],
        ["10.75", "5.00"],
      ],
    );
  });

  it("of more and more clients stand beside ours only where nothing but the clients differs", () => {
    const of = (clients: number, latency_p50_ms: number, more: object = {}) => ({
      ...row,
      ...{ bus_kind: "rabbitmq", bus_topology: "single", loop: "closed", clients, latency_p50_ms },
      ...more,
    });
    const ours = [of(10, 4), of(100, 20)];
    const [found] = baselineRatios([
      ...ours,
      of(1000, 500, { workload: "other" }),
      of(1000, 500, { bus_topology: "cluster" }),
      of(1000, 500, { topics: 50 }),
      of(1000, 500, { link_rtt_asked_ms: 50 }),
    ]);
    deepEqual(
      found?.ratios.map(({ what, values }) => [what.slice(0, 55), values.map((value) => value?.toFixed(2))]),
      [["rabbitmq, call: median latency, 100 clients against 10 ", ["7.78", "5.00"]]],
    );
    deepEqual(baselineRatios([of(10, 4), of(100, 20, { workload: "other" })]), []);
  });

  it("stand beside nothing where what was measured has no counterpart", () =>
    deepEqual(baselineRatios([{ ...row, bus_kind: "zeromq", latency_p50_ms: 3 }]), []));
});
