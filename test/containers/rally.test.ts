import assert from "assert";
import { randomBytes } from "crypto";
import Docker from "dockerode";
import { DockerContainers } from "../../workloads/dockerContainers";
import { runRally } from "../../workloads/rally";
import type { PlannedRally } from "../../workloads/rally/input";
import type { ToolHooks } from "../../workloads/runner/dependencies";
import { buildImage } from "./buildImage";

const dummy = (scenario: string, args: Record<string, number>, sla: Record<string, { max: number }>) => ({
  scenario,
  arguments: args,
  contexts: {},
  sla,
});

describe("Rally", function () {
  this.timeout(120_000);
  const docker = new Docker();
  const containers = new DockerContainers(docker);
  const name = `buswide-test-${randomBytes(4).toString("hex")}-rally`;
  const input = {
    sites: [{ name: "core", gateway: { container: "none", wanAddress: "192.0.2.1" }, rally: name }],
    services: [],
    clockShared: true,
    ...{ links: [], scenario: {}, stack: "test" },
  };

  before(async function () {
    this.timeout(600_000);
    const image = await buildImage("rally");
    const made = await docker.createContainer({
      name,
      Image: image,
      HostConfig: { Init: true, NetworkMode: "none", Memory: 2 ** 30, MemorySwap: 2 ** 30 },
    });
    await made.start();
  });
  after(() => docker.getContainer(name).remove({ force: true, v: true }));

  const run = async (change: Partial<PlannedRally>, signal = new AbortController().signal) => {
    const kept = new Map<string, string>();
    const none = (): void => undefined;
    const hooks: ToolHooks = {
      progress: none,
      windowStarted: none,
      windowEnded: none,
      keep: (path, content) => {
        kept.set(path, content);
        return Promise.resolve();
      },
    };
    const workload: PlannedRally = {
      name: "dummy",
      kind: "rally",
      site: "core",
      task: dummy("Dummy.dummy", { sleep: 0.2 }, { failure_rate: { max: 0 } }),
      times: 8,
      concurrency: 4,
      timeoutSeconds: 60,
      needsControlPlane: false,
      bootsServers: false,
      ...change,
    };
    return { found: await runRally(containers, input, workload, hooks, signal), kept };
  };
  const left = async () => (await containers.exec(name, ["ls", "/var/lib/rally"])).stdout.trim();

  it("executes a scenario by name so often and so many at a time, and leaves its reports", async () => {
    const { found, kept } = await run({});
    assert.deepEqual([found.failure, found.status], [undefined, "complete"]);
    const [scenario] = found.scenarios;
    assert.deepEqual(
      [scenario?.scenario, scenario?.times, scenario?.concurrency, scenario?.successPercent],
      ["Dummy.dummy", 8, 4, 100],
    );
    const { durationSeconds: duration, loadSeconds = 0 } = scenario ?? {};
    assert(duration && duration.min >= 0.2 && duration.median < 1, JSON.stringify(duration));
    // Two rounds of four at a time.
    assert(loadSeconds >= 0.4 && loadSeconds < 3, `${loadSeconds}`);
    assert.deepEqual(scenario?.sla, [
      { criterion: "failure_rate", passed: true, detail: scenario?.sla[0]?.detail },
    ]);
    assert.deepEqual([...kept.keys()], ["rally/dummy/report.html", "rally/dummy/report.json"]);
    // It needs no network: what draws it is in it.
    const page = kept.get("rally/dummy/report.html") ?? "";
    assert(page.includes("Dummy.dummy") && !/<script[^>]+src=/.test(page));
    assert.equal(found.versions.rally, "3.3.0");
    assert.equal(await left(), "empty.sqlite");
  });

  it("fails a workload whose criteria do not hold, with all its figures", async () => {
    const { found } = await run({
      task: dummy("Dummy.dummy_exception", {}, { failure_rate: { max: 0 } }),
      times: 3,
      concurrency: 1,
    });
    assert.equal(found.status, "failed");
    assert.match(found.failure ?? "", /Dummy\.dummy_exception: failure_rate: .*100/);
    const [scenario] = found.scenarios;
    assert.deepEqual(
      [scenario?.failures, scenario?.successPercent, scenario?.durationSeconds, scenario?.errors],
      [3, 0, undefined, { DummyScenarioException: 3 }],
    );
  });

  it("fills a task file, and executes all of its scenarios", async () => {
    const text = [
      "version: 2",
      "title: two",
      "subtasks:",
      "{% for sleep in sleeps %}",
      "- title: one of them",
      "  workloads:",
      "  - scenario: { Dummy.dummy: { sleep: {{ sleep }} } }",
      "    runner: { constant: { times: {{ times }}, concurrency: {{ concurrency }} } }",
      "{% endfor %}",
    ].join("\n");
    const { found } = await run({
      task: { file: "two.yaml", text, arguments: { sleeps: [0.1, 0.3] } },
      times: 2,
      concurrency: 2,
    });
    assert.equal(found.failure, undefined);
    const [first, second, ...others] = found.scenarios;
    assert.deepEqual([first?.times, second?.times, others], [2, 2, []]);
    assert((first?.durationSeconds?.min ?? 0) >= 0.1 && (second?.durationSeconds?.min ?? 0) >= 0.3);
  });

  it("says what is wrong with a task that it does not take", async () => {
    const { found } = await run({ task: dummy("Dummy.no_such_thing", {}, {}) });
    assert.deepEqual([found.status, found.scenarios], ["failed", []]);
    assert.match(found.failure ?? "", /no_such_thing/);
  });

  it("ends a task that takes too long, and one that is interrupted, and leaves nothing behind", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 6_000);
    const begin = Date.now();
    const { found } = await run({ task: dummy("Dummy.dummy", { sleep: 60 }, {}) }, controller.signal);
    assert.deepEqual([found.status, found.failure], ["failed", "interrupted"]);
    assert(Date.now() - begin < 20_000);
    assert.equal(await left(), "empty.sqlite");
  });
});
