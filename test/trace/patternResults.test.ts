import { deepEqual, equal, match, ok } from "assert/strict";
import { rowsOfRun } from "../../campaigns/table/rows";
import type { Results } from "../../workloads/results/schema";
import { results } from "../../workloads/results/schema";
import { renderResults } from "../../workloads/results/table";
import { keepPatterns } from "../../workloads/trace/keep";
import { patternsOf } from "../../workloads/trace/patterns";
import { backgroundOf } from "../../workloads/trace/background";
import { someResults } from "../runner/results";
import { rallyRecord, traceRecord } from "../runner/toolResults";
import { place, scenario } from "./fixture";
import { patternsOf1, surroundings } from "./patternFixture";

const patterns = patternsOf([{ patterns: patternsOf1(), missing: [], unfinished: 0 }], surroundings());
const start = new Date("2026-11-30T12:00:00Z");
const save = {
  ...{ name: "call", took: 0.05, used: { sent: 1000, received: 200 } },
  rpc: { method: "object_action", topic: "conductor", called: "Service.save" },
};
const background = backgroundOf(
  [
    {
      place: place("edge-1/computes"),
      lines: [1, 11].map((second) => ({ ...save, started: start.getTime() / 1000 + second })),
    },
    {
      place: place("core/nova-conductor"),
      lines: [
        {
          ...{ name: "served", started: start.getTime() / 1000 + 1, took: 0 },
          rpc: { topic: "conductor", method: "object_action" },
        },
      ],
    },
    { place: place("core/glance"), lines: [] },
  ],
  start,
  20,
  surroundings(),
);
const counted = {
  ...background,
  brokers: [{ broker: "core-rabbitmq", connectionsMax: 9, publishedTotal: 5 }],
  wan: { seconds: 20, bytes: 20_000, links: [] },
};
const run = (): Results => ({
  ...someResults({ workloads: [] }),
  traces: [traceRecord({ ...(patterns && { patterns }), background: counted })],
});
const shown = (width: number) => renderResults(run(), { color: false, width });

describe("results of patterns", () => {
  it("are what the schema promises", () => deepEqual(results.parse(run()), run()));

  it("are what crosses links, the most first", () => {
    const lines = shown(200)
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/));
    const at = lines.findIndex(([name, from]) => name === "request" && from === "edge-1/computes");
    deepEqual(lines.slice(at, at + 2), [
      [
        "request",
        "edge-1/computes",
        "core/nova-conductor",
        "call",
        "Instance.save",
        "core--edge-1",
        "3",
        "15k",
        "900",
        "1.5",
      ],
      [
        "core/nova-conductor",
        "edge-1/computes",
        "cast",
        "build_and_run_instance",
        "core--edge-1",
        "1",
        "14k",
        "0",
        "0.5",
      ],
    ]);
  });

  it("say what is waited for over links, beside what crossing them takes", () =>
    match(
      shown(1000),
      /request: A request waits for 5 round trips over links, one after the other \(5 over core--edge-1\), of these 0\.5 for casts by which it goes on: 250 ms by the links' delays; measured were 264 ms, 1\.06 times as long\. Where a link's round trip is 100 ms these are 500 ms\./,
    ));

  it("name anti-patterns with what shows them, what they cost, and what would be local if", () => {
    match(
      shown(1000),
      /request: chain: edge-1\/computes waits 4 times one after the other over core--edge-1, for build_and_run_instance \(3 call Instance\.save of core\/nova-conductor, .*\): 4\.5 round trips, 450 ms of a request at 100 ms each; by the delays here 225 ms, measured 236 ms\. Besides, while the request waits for something else: 1\. Local if core\/nova-conductor, core\/neutron, broker were at edge-1 \(a request then takes 3\.5 round trips over links\)\./,
    );
    match(
      shown(1000),
      /request: fanout: edge-1\/computes tells all update_instance_info over core--edge-1, which reaches 1 of 3 sites \(core\): delivered 1 times a request/,
    );
    match(
      shown(1000),
      /request: Placed otherwise, .* core\/neutron at edge-1: 3 round trips, 200 ms less at 100 ms each;/,
    );
  });

  it("say what is told in the background, beside what brokers and gateways counted", () => {
    match(
      shown(1000),
      /request: While nobody asked anything, for 20 s, services made 0\.1 exchanges a second, and gave 0\.2 messages a second to the bus, where brokers counted 0\.25\. On links that was 120 B\/s of the 1k B\/s that gateways counted: .* Nothing was heard of core\/glance\./,
    );
    match(
      shown(1000),
      /request: chatty-task: edge-1\/computes, Service\.save, over core--edge-1: 0\.1 exchanges a second, 0\.1 round trips and 120 B a second/,
    );
  });

  it("say that gateways count other regions' traffic, too", () => {
    const traces = [traceRecord({ ...(patterns && { patterns }), background: { ...counted, regions: 2 } })];
    match(
      renderResults({ ...run(), traces }, { color: false, width: 1000 }),
      /where brokers counted 0\.25\. On links that was 120 B\/s of the 1k B\/s of all regions that gateways counted: the rest is the other regions', what carries it, heartbeats, and what nobody told\./,
    );
  });

  it("fit 80 columns", () =>
    deepEqual(
      shown(80)
        .split("\n")
        .filter((line) => line.length > 80),
      [],
    ));

  it("say what the map lacks", () => {
    const lacking = patternsOf(
      [{ patterns: patternsOf1(), missing: ["core/glance"], unfinished: 2 }],
      surroundings(),
    );
    const text = renderResults(
      { ...run(), traces: [traceRecord(lacking && { patterns: lacking })] },
      { color: false, width: 400 },
    );
    match(text, /Of core\/glance there is no span in some of the requests\./);
    match(text, /2 spans a request never ended, and count with no time\./);
  });

  it("are of each scenario of Rally's where there are several", () => {
    ok(patterns);
    const several = ["A.a", "B.b"].map((name) => ({ ...patterns, scenario: name }));
    const text = renderResults(
      { ...someResults({ workloads: [] }), rally: [rallyRecord({ patterns: several })] },
      { color: false, width: 400 },
    );
    match(text, /boot, A\.a: A request waits for 5 round trips/);
    match(text, /boot, B\.b: A request waits for 5 round trips/);
  });

  it("are columns of a campaign", () => {
    const [row] = rowsOfRun(run(), 1);
    deepEqual(
      [row?.trace_round_trips, row?.trace_far_ms, row?.trace_far_predicted_ms, row?.trace_work_ms],
      [5, 264, 250, 182],
    );
    deepEqual([row?.trace_link_messages, row?.trace_link_bytes], [10, 17_400 + 18_500]);
    deepEqual([row?.trace_background_published_per_s, row?.trace_background_link_bytes_per_s], [0.2, 120]);
  });
});

describe("patterns in a run's folder", () => {
  const kept = new Map<string, string>();
  before(async () => {
    const keep = (path: string, content: string) => Promise.resolve(void kept.set(path, content));
    const files = await keepPatterns({ keep }, { scenario, stack: "demo" }, "boot", { patterns, background });
    deepEqual(files, ["traces/boot/patterns.html", "traces/boot/patterns.svg"]);
  });

  it("are a drawing on the topology", () => {
    const svg = kept.get("traces/boot/patterns.svg") ?? "";
    match(svg, /5 round trips a request/);
    match(svg, /data-flow="edge-1\/computes core\/nova-conductor call"/);
    match(svg, /3 a request: Instance\.save\n0\.1\/s: Service\.save/);
  });

  it("are a page that needs nothing else, with every exchange", () => {
    const page = kept.get("traces/boot/patterns.html") ?? "";
    ok(!/(src|href)=/.test(page));
    equal(page.split("<td>sql</td>").length - 1, 4);
    for (const text of ["Anti-patterns", "If services were elsewhere", "While nobody asks anything"])
      ok(page.includes(text), text);
  });

  it("are nothing where nothing is known", async () =>
    deepEqual(
      await keepPatterns(
        { keep: () => Promise.reject(new Error("unexpected")) },
        { scenario, stack: "demo" },
        "boot",
        { patterns: undefined, background: undefined },
      ),
      [],
    ));
});
