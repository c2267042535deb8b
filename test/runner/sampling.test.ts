import { equal, ok } from "assert/strict";
import { PassThrough, Readable } from "stream";
import { setTimeout as sleep } from "timers/promises";
import type { BrokerSampler } from "../../workloads/brokers";
import type { Containers } from "../../workloads/containers";
import { runRally } from "../../workloads/rally";
import type { ToolHooks } from "../../workloads/runner/dependencies";
import { openWindow, Sampling, toolLeadSeconds } from "../../workloads/runner/sampling";
import { runShaker } from "../../workloads/shaker";
import { pair, shaker } from "../shaker/planned";
import { measurement } from "./input";

const sinks = { append: () => Promise.resolve(), warn: () => undefined };
/** A program of a tool that fails, as all of them do here, after so long. */
const failsAfterMs = 50;

/** A broker that takes its time to say what it counted so far: a hundred messages more each time. */
function slowBroker(): BrokerSampler {
  let publishedTotal = 0;
  return {
    sample: async () => {
      publishedTotal += 100;
      const counted = publishedTotal;
      await sleep(200);
      return { time: Date.now() / 1000, connections: 1, publishedTotal: counted };
    },
    versions: () => Promise.reject(new Error("unexpected: versions")),
  };
}

const containers: Containers = {
  exec: async (_, [program]) => {
    await sleep(failsAfterMs);
    return { exitCode: program === "cat" ? 1 : 0, stdout: "", stderr: "none" };
  },
  spawn: () =>
    Promise.resolve({
      ...{ stdin: new PassThrough(), stdout: Readable.from([]), stderr: Readable.from([]) },
      exited: sleep(failsAfterMs, 1),
    }),
  usage: () => Promise.reject(new Error("unexpected: usage")),
  logs: () => Promise.reject(new Error("unexpected: logs")),
};

/** What a tool's hooks are in a run, and the sampling behind them: of brokers, and at the edges only. */
function observed() {
  const input = measurement({ services: [] });
  const sampling = new Sampling(containers, input, slowBroker(), "tool", sinks);
  const hooks: ToolHooks = {
    progress: () => undefined,
    windowStarted: () => sampling.windowStarted(),
    windowEnded: () => sampling.windowEnded(),
    keep: () => Promise.resolve(),
  };
  const published = async (found: { readonly startedAt: string; readonly durationSeconds: number }) => {
    await sampling.stop();
    const start = Date.parse(found.startedAt) / 1000;
    return sampling.usage({ start, end: start + found.durationSeconds }).brokers[0]?.publishedTotal;
  };
  return { hooks, published };
}

describe("the brokers' totals of a tool's window", () => {
  const site = (name: string) => ({
    ...{ name, gateway: { container: `${name}-gateway`, wanAddress: "10.1.0.1" }, rally: `${name}-rally` },
    shaker: { container: `${name}-shaker`, address: "10.0.0.20" },
  });
  const sites = ["core", "edge"].map(site);
  const { signal } = new AbortController();

  it("are known for Rally, however the rest of the readings falls", async () => {
    const { hooks, published } = observed();
    const task = { scenario: "Dummy.dummy", arguments: {}, contexts: {}, sla: {} };
    const found = await runRally(
      containers,
      { sites, services: [], clockShared: true, links: [], scenario: {}, stack: "test" },
      {
        ...{ name: "boot", kind: "rally", site: "core", times: 5, concurrency: 1, timeoutSeconds: 60, task },
        ...{ needsControlPlane: false, bootsServers: false },
      },
      hooks,
      signal,
    );
    equal(await published(found), 100);
  });

  it("are known for Shaker", async () => {
    const { hooks, published } = observed();
    const workload = shaker({ pairs: [pair({ between: ["core", "edge"] })] });
    equal(await published(await runShaker(containers, { sites }, workload, hooks, signal)), 100);
  });
});

describe("a tool's window", () => {
  it("opens a while after it was told of", async () => {
    const told: Date[] = [];
    const before = Date.now();
    const at = await openWindow(
      { windowStarted: (time) => void told.push(time) },
      new AbortController().signal,
    );
    equal(told[0], at);
    // A timer may be a millisecond early.
    ok(Date.now() >= at.getTime() - 2 && at.getTime() >= before + 1000 * toolLeadSeconds);
  });

  it("does not keep anybody waiting who gave up", async () => {
    const controller = new AbortController();
    const before = performance.now();
    const opened = openWindow({ windowStarted: () => undefined }, controller.signal);
    controller.abort();
    ok((await opened).getTime() <= Date.now());
    ok(performance.now() - before < 500);
  });
});
