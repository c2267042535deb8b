import { deepStrictEqual, match, ok, rejects, strictEqual } from "assert";
import { PassThrough, Readable } from "stream";
import type { Containers } from "../../workloads/containers";
import { traceFindings } from "../../workloads/results/trace";
import type { TraceHooks } from "../../workloads/runner/dependencies";
import { runTrace } from "../../workloads/trace";
import { parseNotifications } from "../../workloads/trace/spans";
import {
  activeMs,
  answeredMs,
  began,
  computes,
  linesOf,
  links,
  scenario,
  services,
  traceId,
  workload,
} from "./fixture";

const password = "the administrator's";
const input = {
  ...{ clockShared: true, scenario, links, stack: "test" },
  sites: [{ name: "core", gateway: { container: "g", wanAddress: "10.1.0.1" }, client: "core/client" }],
  services: [...services, ...computes].map(({ name }) => ({ name, container: name, image: "openstack" })),
  controlPlane: {
    ...{ url: "http://10.0.0.11:5000/v3", region: "RegionOne", password },
    ...{ traceKey: "key", hosts: ["edge-1-compute-1"] },
  },
};

const told = (changes: object) => ({
  ...{ host: "edge-1-compute-1", startedAt: began, spans: [] as unknown[], traced: false },
  baseId: "00000000-0000-4000-8000-000000000000",
  ...{ answeredSeconds: answeredMs / 1000, activeSeconds: 0.8 },
  ...changes,
});
const traced = told({
  ...{ traced: true, baseId: traceId, activeSeconds: activeMs / 1000 },
  spans: parseNotifications(linesOf("core/client")),
});

interface World {
  readonly answers?: readonly object[];
  readonly exitCodes?: readonly number[];
  /** The services that kept nothing. */
  readonly silent?: readonly string[];
  /** The service that cannot be watched. */
  readonly unwatched?: string;
}

/** Containers in which a user asks, and services have the fixture's trace. */
function world({ answers = [traced, told({})], exitCodes = [0, 0], silent = [], unwatched }: World = {}) {
  const asked: unknown[] = [];
  const removed: string[] = [];
  let turn = 0;
  const containers: Containers = {
    exec: (container, command, options) => {
      const done = (stdout = "") => Promise.resolve({ exitCode: 0, stdout, stderr: "" });
      if (options?.stdin !== undefined) asked.push(JSON.parse(options.stdin));
      if (command[0] === "rm") removed.push(`${container} ${command.at(-1)}`);
      const file = command.at(-1) ?? "";
      if (container === unwatched && command[2]?.includes("mkdir"))
        return Promise.resolve({ exitCode: 1, stdout: "", stderr: "no space left" });
      return done(
        file.endsWith(`${traceId}.jsonl`) && command[0] === "sh" && !silent.includes(container)
          ? linesOf(container)
          : "",
      );
    },
    spawn: () => {
      const code = exitCodes[turn] ?? 0;
      // The first is for first servers, of which nothing is told.
      const lines = turn++ === 0 ? [] : answers.map((answer) => `${JSON.stringify(answer)}\n`);
      return Promise.resolve({
        stdin: new PassThrough(),
        stdout: Readable.from(lines),
        stderr: Readable.from(code === 0 ? [] : ["Traceback\nKeystone is away\n"]),
        exited: Promise.resolve(code),
      });
    },
    usage: () => Promise.reject(new Error("unexpected: usage")),
    logs: () => Promise.reject(new Error("unexpected: logs")),
  };
  return { containers, asked, removed };
}

async function run(
  settings: World = {},
  changes: Partial<typeof input> = {},
  planned: Partial<typeof workload> = {},
) {
  const { containers, asked, removed } = world(settings);
  const kept = new Map<string, string>();
  const hooks: TraceHooks = {
    ...{ progress: () => undefined, windowStarted: () => undefined, windowEnded: () => undefined },
    ...{ backgroundStarted: () => undefined, backgroundEnded: () => undefined },
    keep: (path, content) => Promise.resolve(void kept.set(path, content)),
  };
  const { signal } = new AbortController();
  const found = await runTrace(
    containers,
    { ...input, ...changes },
    { ...workload, ...planned },
    hooks,
    signal,
  );
  return { found: traceFindings.parse(found), kept, asked, removed };
}

describe("a workload that traces requests", function () {
  this.timeout(20_000);

  it("has the figures of those that are traced, and how long both kinds took", async () => {
    const { found } = await run();
    strictEqual(found.status, "complete", found.failure);
    deepStrictEqual(found.totalMs, {
      traced: { requests: 1, min: activeMs, median: activeMs, max: activeMs },
      untraced: { requests: 1, min: 800, median: 800, max: 800 },
    });
    const [request] = found.requests;
    deepStrictEqual(
      [request?.spans, request?.totalMs, request?.answeredMs, request?.kinds.bus.selfMs, request?.missing],
      [34, activeMs, answeredMs, 174, []],
    );
  });

  it("asks for a first server on each host before, and signs with the stack's key", async () => {
    const { asked } = await run();
    const common = {
      ...{ url: "http://10.0.0.11:5000/v3", region: "RegionOne", password, key: "key" },
      ...{ hosts: ["edge-1-compute-1"], timeoutSeconds: 60 },
    };
    deepStrictEqual(asked, [
      { ...common, times: 0 },
      { ...common, times: 1 },
    ]);
  });

  it("leaves neither what the user was told, nor the services' files", async () => {
    const { removed } = await run();
    deepStrictEqual(removed.slice(0, 2), ["core/client trace.json", "core/client trace.json"]);
    deepStrictEqual(
      removed.slice(2),
      [...services, ...computes].map(({ name }) => `${name} /var/lib/openstack/traces/${traceId}.jsonl`),
    );
  });

  it("keeps each trace as OSProfiler reports it, and as a page", async () => {
    const { found, kept } = await run();
    deepStrictEqual(found.reports.slice(0, 2), ["traces/boot/1.html", "traces/boot/1.json"]);
    deepStrictEqual([...kept.keys()].sort(), found.reports);
    const report = JSON.parse(kept.get("traces/boot/1.json") ?? "") as {
      info: object;
      stats: Record<string, object>;
      children: { info: Record<string, unknown>; children: { info: Record<string, unknown> }[] }[];
    };
    deepStrictEqual(report.info, { name: "total", started: 0, finished: 954, last_trace_started: 916 });
    deepStrictEqual(report.stats["db"], { count: 7, duration: 26 });
    const [token, server] = report.children;
    deepStrictEqual(
      [report.children.length, token?.info["name"], token?.info["started"], token?.info["finished"]],
      [2, "http", 0, 50],
    );
    deepStrictEqual(
      [server?.children[0]?.info["name"], server?.children[0]?.info["place"]],
      ["wsgi", "core/nova-api"],
    );
    const page = kept.get("traces/boot/1.html") ?? "";
    strictEqual(page.match(/<tr class="/g)?.length, 35);
    ok(!/(src|href)=/.test(page), "the page needs nothing else");
  });

  it("of a service that kept nothing is a failed one that says which, with its figures", async () => {
    const { found } = await run({ silent: ["core/placement", "edge-1/computes"] });
    strictEqual(found.status, "failed");
    strictEqual(found.failure, "trace 1 has nothing of core/placement, edge-1/computes");
    ok((found.requests[0]?.spans ?? 0) > 20);
  });

  it("whose server does not come is a failed one, and blames no service for that", async () => {
    const { activeSeconds: _, ...failed } = traced;
    const { found } = await run({
      answers: [{ ...failed, error: "RuntimeError: the server is in status ERROR" }, told({})],
      silent: ["edge-1/computes"],
    });
    strictEqual(
      found.failure,
      "a server on edge-1-compute-1, traced: RuntimeError: the server is in status ERROR",
    );
    deepStrictEqual([found.totalMs.traced, found.requests[0]?.missing], [undefined, ["edge-1/computes"]]);
  });

  it("that ends before it is done is a failed one, with what was told until then", async () => {
    const { found } = await run({ exitCodes: [0, 1] });
    match(found.failure ?? "", /^asking for servers ended with code 1: Traceback \| Keystone is away/);
    strictEqual(found.requests.length, 1);
  });

  it("has who tells whom what for requests, and what each of them waits for", async () => {
    const { found } = await run();
    strictEqual(found.patterns?.requests, 1);
    strictEqual(found.patterns.exchanges.find(({ what }) => what === "object_action")?.count, 3);
    // Nothing says when the server became active: what it waited for after the API had answered is not known.
    strictEqual(found.requests[0]?.critical?.userMs, activeMs - answeredMs + 2);
    strictEqual(found.background, undefined);
  });

  it("has no patterns of a request that failed", async () => {
    const { activeSeconds: _, ...failed } = traced;
    const { found } = await run({ answers: [{ ...failed, error: "RuntimeError: no" }] });
    deepStrictEqual([found.patterns, found.requests.length], [undefined, 1]);
  });

  it("watches services before, while nobody asks anything", async () => {
    const { found } = await run({}, {}, { backgroundSeconds: 0.2 });
    strictEqual(found.status, "complete", found.failure);
    deepStrictEqual(
      [found.background?.seconds, found.background?.silent.length],
      [0.2, services.length + computes.length],
    );
    ok(Date.parse(found.background?.startedAt ?? "") < Date.parse(found.startedAt));
  });

  it("that cannot watch services is a failed one that says so, with the figures of its requests", async () => {
    const { found } = await run({ unwatched: "core/glance" }, {}, { backgroundSeconds: 0.2 });
    match(
      found.failure ?? "",
      /^what services tell each other while nobody asks anything is not known: core\/glance: .*no space left$/,
    );
    strictEqual(found.requests.length, 1);
  });

  it("measures nothing where the first servers do not come", () =>
    rejects(run({ exitCodes: [1] }), /asking for servers ended with code 1/));

  it("measures nothing where services read different clocks", () =>
    rejects(run({}, { clockShared: false }), /read different clocks/));
});
