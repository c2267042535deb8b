import assert from "assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { results as resultsSchema } from "../../workloads/results/schema";
import type { PlannedEpisode } from "../../workloads/runner/input";
import { runMeasurement } from "../../workloads/runner/measurement";
import type { Timeline } from "../../workloads/runner/timeline";
import type { PlannedServers } from "../../workloads/servers/input";
import { measurement, workload } from "./input";
import { serversRecord } from "./toolResults";
import { world, type World } from "./world";

const impairment = { delayMs: 25, jitterMs: 0, lossPercent: 100 };
const episode: PlannedEpisode = {
  ...{ what: "cut", link: "core--edge", atSeconds: 0.5, untilSeconds: 1 },
  actions: [{ atSeconds: 0.5, from: "core", to: "edge", impairment }],
};

describe("a measurement with a timeline", function () {
  this.timeout(20_000);
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-timeline-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const input = () =>
    measurement({ workloads: [workload("first", { timeline: [episode] }), workload("second")] });
  const read = (path: string) => readFileSync(join(root, "runs/demo/1", path), "utf8");

  function recording(deps: World, end: () => Promise<void> = () => Promise.resolve()): World {
    const timeline: Timeline = {
      start: () => void deps.events.push("start"),
      end: () => {
        deps.events.push("end");
        return end();
      },
    };
    return {
      ...deps,
      prepareTimeline: (_, { name }, take) => {
        deps.events.push(`prepare ${name}`);
        const change = { workload: name, link: "core--edge", from: "core", to: "edge", impairment };
        take({ ...change, what: "cut", askedTime: 1000.5, time: 1000.51 });
        return Promise.resolve(timeline);
      },
    };
  }

  it("has the gateways ready before the workload, and the links back before they are measured again", async () => {
    const deps = recording(world(root));
    const { status } = await runMeasurement(input(), deps);
    assert.equal(status, "complete");
    assert.deepEqual(deps.events, [
      ...["facts", "links before", "prepare first", "workload first", "start", "end"],
      ...["workload second", "links after"],
    ]);
  });

  it("has every change in its series with the time asked for and the time it was", async () => {
    await runMeasurement(input(), recording(world(root)));
    const lines = read("series.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.filter(({ kind }) => kind === "link"),
      [
        {
          ...{ kind: "link", workload: "first", link: "core--edge", from: "core", to: "edge", impairment },
          ...{ what: "cut", askedTime: 1000.5, time: 1000.51 },
        },
      ],
    );
    const { workloads } = resultsSchema.parse(JSON.parse(read("results.json")));
    assert.deepEqual(workloads[0]?.timeline, [
      { what: "cut", link: "core--edge", atSeconds: 0.5, untilSeconds: 1 },
    ]);
    assert.equal(workloads[1]?.timeline, undefined);
  });

  it("brings the links back when the workload breaks off", async () => {
    const deps = recording(world(root));
    await runMeasurement(input(), {
      ...deps,
      runProbe: () => Promise.reject(new Error("the probe fell over")),
    });
    assert.deepEqual(deps.events, ["facts", "links before", "prepare first", "end"]);
  });

  it("is failed by links that were not changed as asked, and keeps the workload's figures", async () => {
    const deps = recording(world(root), () => Promise.reject(new Error("cut at 1 s was 250 ms late")));
    const { status, failure, results } = await runMeasurement(input(), deps);
    assert.equal(status, "failed");
    assert.equal(failure, "timeline of first: cut at 1 s was 250 ms late");
    assert.equal(results.length, 2);
  });

  describe("of a workload that boots servers", () => {
    const boots: PlannedServers = {
      ...{ name: "boots", kind: "servers", site: "core", ratePerSecond: 0.2, authenticationsPerSecond: 1 },
      ...{ durationSeconds: 2, waitSeconds: 1, timeoutSeconds: 1, timeline: [episode] },
    };
    const booting = measurement({ workloads: [boots] });

    it("begins with its window, is undone when it is over, and is in its record", async () => {
      const deps = recording(world(root));
      const { status } = await runMeasurement(booting, {
        ...deps,
        runServers: (_, { name }, hooks) => {
          deps.events.push(`workload ${name}`);
          hooks.windowStarted(new Date());
          const { services: _s, brokers: _b, timeline: _t, ...found } = serversRecord();
          return Promise.resolve(found);
        },
      });
      assert.equal(status, "complete");
      assert.deepEqual(deps.events, [
        ...["facts", "links before", "prepare boots", "workload boots", "start", "end", "links after"],
      ]);
      const [found] = resultsSchema.parse(JSON.parse(read("results.json"))).servers ?? [];
      assert.deepEqual(found?.timeline, [
        { what: "cut", link: "core--edge", atSeconds: 0.5, untilSeconds: 1 },
      ]);
      assert.deepEqual(found.boots, serversRecord().boots);
    });

    it("is undone where servers cannot be booted, and the record has no figures", async () => {
      const deps = recording(world(root));
      const { failure } = await runMeasurement(booting, {
        ...deps,
        runServers: () => Promise.reject(new Error("the first servers: no valid host")),
      });
      assert.equal(failure, "workload boots: the first servers: no valid host");
      assert.deepEqual(deps.events.slice(2), ["prepare boots", "end", "links after"]);
      const [found] = resultsSchema.parse(JSON.parse(read("results.json"))).servers ?? [];
      assert.deepEqual([found?.status, found?.boots.asked, found?.faults], ["failed", 0, []]);
    });

    it("leaves it out where a service does not run", async () => {
      const { failure, results } = await runMeasurement(booting, {
        ...world(root),
        prepareTimeline: () => Promise.reject(new Error("core-mariadb: it is not running")),
      });
      assert.equal(failure, "workload boots: core-mariadb: it is not running");
      assert.deepEqual(results, []);
    });
  });

  it("leaves out a workload whose timeline no gateway takes, and runs the others", async () => {
    const deps = world(root);
    const { failure, results } = await runMeasurement(input(), {
      ...deps,
      prepareTimeline: () => Promise.reject(new Error("core: the gateway took no schedule")),
    });
    assert.equal(failure, "workload first: core: the gateway took no schedule");
    assert.deepEqual(
      results.map(({ name }) => name),
      ["second"],
    );
  });
});
