import { deepEqual, equal, match } from "assert/strict";
import { readFileSync } from "fs";
import { join } from "path";
import type { Containers } from "../../workloads/containers";
import { parseRallyReport, type RallyReport } from "../../workloads/rally/report";
import { renderEnvironment } from "../../workloads/rally/task";
import { takeTraces } from "../../workloads/rally/traces";
import type { PlannedRally } from "../../workloads/rally/input";
import { activeMs, began, computes, linesOf, links, scenario, services, traceId, workload } from "./fixture";

const { databases, brokers, regionBrokers, confirmedBy, single, ways } = workload;
const traced = { services, computes, databases, brokers, regionBrokers, confirmedBy, single, ways };
const rally: PlannedRally = {
  ...{ name: "boot", kind: "rally", site: "core", times: 1, concurrency: 1, timeoutSeconds: 60 },
  task: { scenario: "NovaServers.boot_server", arguments: {}, contexts: {}, sla: {} },
  ...{ needsControlPlane: true, bootsServers: true, traced },
};
const iteration = { scenario: "NovaServers.boot_server", traceId, start: began, seconds: activeMs / 1000 };
const report = (changes: Partial<RallyReport> = {}): RallyReport => ({
  ...{ version: "3.3.0", status: "finished", traced: [iteration] },
  scenarios: [
    {
      ...{ scenario: iteration.scenario, times: 1, failures: 0, successPercent: 100, loadSeconds: 1 },
      ...{ actions: [], errors: {}, sla: [] },
    },
  ],
  ...changes,
});

async function take(changes: Partial<RallyReport> = {}, planned: PlannedRally = rally) {
  const containers = {
    exec: (container: string, command: readonly string[]) =>
      Promise.resolve({
        ...{ exitCode: 0, stderr: "" },
        stdout: command[0] === "sh" && command.at(-1)?.endsWith(`${traceId}.jsonl`) ? linesOf(container) : "",
      }),
  } as unknown as Containers;
  const input = {
    ...{ scenario, links, stack: "test" },
    services: [...services, ...computes].map(({ name }) => ({ name, container: name, image: "openstack" })),
  };
  const hooks = {
    ...{ progress: () => undefined, windowStarted: () => undefined, windowEnded: () => undefined },
    keep: () => Promise.resolve(),
  };
  return takeTraces(containers, input, planned, report(changes), hooks, AbortSignal.abort());
}

describe("a task of Rally that is traced", () => {
  it("signs its requests with the stack's key, and others do not", () => {
    const cloud = { url: "u", region: "R", password: "p", traceKey: "key", hosts: [] };
    const keyOf = (text: string) =>
      (JSON.parse(text) as Record<string, Record<string, unknown>>)["existing@openstack"]?.[
        "profiler_hmac_key"
      ];
    deepEqual([keyOf(renderEnvironment(cloud, true)), keyOf(renderEnvironment(cloud))], ["key", undefined]);
  });

  it("has of each iteration what a request's trace has", async () => {
    const { requests, patterns, files, failures } = await take();
    deepEqual(failures, []);
    deepEqual(files, [
      ...["traces/boot/1.html", "traces/boot/1.json"],
      ...["traces/boot/patterns.html", "traces/boot/patterns.svg"],
    ]);
    deepEqual(
      patterns.map((one) => [one.scenario, one.requests, one.exchanges.length > 10]),
      [["NovaServers.boot_server", 1, true]],
    );
    deepEqual(
      requests.map(({ scenario, totalMs, kinds, missing }) => [scenario, totalMs, kinds.bus.selfMs, missing]),
      [["NovaServers.boot_server", activeMs, 174, []]],
    );
  });

  it("says what cannot be read, and has the rest", async () => {
    const unheard = { ...iteration, traceId: "00000000-0000-4000-8000-000000000000" };
    const { requests, failures } = await take({ traced: [unheard, iteration] });
    equal(requests.length, 1);
    deepEqual(failures, ["trace 1 cannot be read: no service has a span of it"]);
  });

  it("says where Rally traced nothing", async () =>
    match((await take({ traced: [] })).failures.join(), /^Rally traced none of its iterations$/));

  it("has none where none was to be traced", async () => {
    const { traced: _, ...plain } = rally;
    deepEqual(await take({}, plain), { requests: [], patterns: [], files: [], failures: [] });
  });
});

describe("Rally's report of traced iterations", () => {
  const text = readFileSync(join(__dirname, "../rally/recorded/report.json"), "utf8");

  it("tells of none where it traced none", () => deepEqual(parseRallyReport(text).traced, []));

  it("tells which trace is of which iteration, and when that was", () => {
    const changed = JSON.parse(text) as {
      tasks: {
        subtasks: { workloads: { data: { output: object; timestamp: number; duration: number }[] }[] }[];
      }[];
    };
    const [first] = changed.tasks[0]?.subtasks[0]?.workloads[0]?.data ?? [];
    if (first === undefined) throw new Error("nothing was recorded");
    const data = { trace_id: traceId, conn_str: null, taskID: "t", iteration: 1 };
    first.output = {
      additive: [],
      complete: [
        { title: "other", chart_plugin: "TextArea", data: ["x"] },
        { title: "OSProfiler Trace-ID", chart_plugin: "OSProfiler", data },
      ],
    };
    const { traced } = parseRallyReport(JSON.stringify(changed));
    deepEqual(
      traced.map((one) => [one.traceId, one.start]),
      [[traceId, first.timestamp]],
    );
  });
});
