import assert from "assert";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import type { PlannedRally } from "../../workloads/rally/input";
import { runMeasurement } from "../../workloads/runner/measurement";
import type { Dependencies } from "../../workloads/runner/dependencies";
import { shaker } from "../shaker/planned";
import { measurement, password, workload } from "./input";
import { workload as trace } from "../trace/fixture";
import { rallyRecord, shakerRecord, traceRecord } from "./toolResults";
import { world } from "./world";

const rally: PlannedRally = {
  name: "boot",
  kind: "rally",
  site: "core",
  task: { scenario: "Dummy.dummy", arguments: {}, contexts: {}, sla: {} },
  times: 5,
  concurrency: 1,
  timeoutSeconds: 60,
  needsControlPlane: false,
  bootsServers: false,
};

/** Without what the runner adds itself. */
function findings<R extends { services: unknown; brokers: unknown }>(
  record: R,
): Omit<R, "services" | "brokers"> {
  const { services: _, brokers: __, ...found } = record;
  return found;
}

describe("a measurement with other tools", () => {
  let root = "";
  const file = (path: string): string => join(root, "runs/demo/1", path);
  const written = (): Results => resultsSchema.parse(JSON.parse(readFileSync(file("results.json"), "utf8")));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-tools-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** A tool that measures for a tenth of a second. */
  const measuring =
    (record: object): Dependencies["runShaker"] & Dependencies["runRally"] =>
    async (_: unknown, { name }: { name: string }, hooks: Parameters<Dependencies["runShaker"]>[2]) => {
      const startedAt = new Date();
      hooks.windowStarted(startedAt);
      hooks.progress("half");
      await new Promise((resolve) => setTimeout(resolve, 100));
      hooks.windowEnded();
      await hooks.keep(`tool/${name}/report.html`, `<p>${password}</p>`);
      return { ...record, startedAt: startedAt.toISOString(), durationSeconds: 0.1 } as never;
    };

  it("runs all in the scenario's order, and keeps figures, what was observed meanwhile, and the tools' reports", async () => {
    const deps = world(root, {
      runShaker: measuring(findings(shakerRecord())),
      runRally: measuring(findings(rallyRecord())),
    });
    const outcome = await runMeasurement(
      measurement({ workloads: [shaker(), workload("call"), rally] }),
      deps,
    );
    assert.equal(outcome.failure, undefined);
    const { workloads, shaker: ofShaker, rally: ofRally } = written();
    assert.deepEqual(
      [workloads, ofShaker ?? [], ofRally ?? []].map((list) => list.map(({ name }) => name)),
      [["call"], ["plane"], ["boot"]],
    );
    assert.deepEqual(ofShaker?.[0]?.pairs, shakerRecord().pairs);
    // Two directions of one link, two services and a broker: watched while a tool measured.
    for (const record of [ofShaker?.[0], ofRally?.[0]])
      assert.deepEqual(
        [record?.wan?.links.length, record?.services.length, record?.brokers.length],
        [2, 2, 1],
      );
    assert.deepEqual(
      outcome.results.map(({ name }) => name),
      ["call", "plane", "boot"],
    );
    assert.equal(readFileSync(file("tool/plane/report.html"), "utf8"), "<p>***</p>");
    const introduced = deps.lines.filter((line) => line.startsWith("workload "));
    assert.deepEqual(
      introduced.map((line) => line.replace(/; about .*/, "")),
      [
        "workload 1 of 3, plane: Shaker (static-agents), ping, tcp, udp between core and edge",
        "workload 2 of 3, call: call, clients 2 at edge, servers 1 at core, 50/s for 2 s",
        "workload 3 of 3, boot: Rally at core, Dummy.dummy, 5 times, 1 at a time",
      ],
    );
  });

  it("fails as a whole where a tool's workload fails, and measures the rest", async () => {
    const failed = { ...findings(rallyRecord()), status: "failed", failure: "boot: failure_rate" };
    const outcome = await runMeasurement(
      measurement({ workloads: [rally, workload("call")] }),
      world(root, { runRally: measuring(failed) }),
    );
    assert.deepEqual([outcome.status, outcome.failure], ["failed", "workload boot: boot: failure_rate"]);
    assert.equal(written().workloads[0]?.name, "call");
    assert.equal(written().rally?.[0]?.scenarios.length, 1);
  });

  it("has what brokers and links counted of a window of its own before a trace's requests", async () => {
    const background = {
      ...{ seconds: 0.1, exchanges: [], links: [], publishedPerSecond: 2, silent: [], findings: [] },
    };
    const single = measurement();
    const [container] = single.bus.brokers;
    const other = { name: "edge-local-rabbitmq", site: "edge", container: container?.container ?? "" };
    const outcome = await runMeasurement(
      measurement({
        workloads: [{ ...trace, regions: ["edge"], regionBrokers: [container?.name ?? ""] }],
        bus: { ...single.bus, brokers: [...single.bus.brokers, other] },
      }),
      world(root, {
        runTrace: async (input, planned, hooks, signal) => {
          const startedAt = new Date();
          hooks.backgroundStarted(startedAt);
          await new Promise((resolve) => setTimeout(resolve, 100));
          hooks.backgroundEnded();
          const watched = { ...background, startedAt: startedAt.toISOString() };
          return measuring({ ...findings(traceRecord()), background: watched })(
            input,
            planned as never,
            hooks,
            signal,
          ) as never;
        },
      }),
    );
    assert.equal(outcome.failure, undefined);
    const [found] = written().traces ?? [];
    const observed = found?.background;
    assert.equal(observed?.publishedPerSecond, 2);
    // All links, and of two regions' brokers those of the one that was watched.
    assert.deepEqual(
      [observed?.wan?.links.length, observed?.brokers.map(({ broker }) => broker), observed?.regions],
      [2, [container?.name], 2],
    );
    assert.deepEqual([found?.wan?.links.length, found?.brokers.length], [2, 2]);
    // Hundreds of lines are for the run's folder, and not for the stack's state.
    assert.deepEqual(
      outcome.results.map((result) => [result.name, "background" in result]),
      [["request", false]],
    );
  });

  it("without such workloads says nothing of them", async () => {
    await runMeasurement(measurement(), world(root));
    assert.deepEqual(
      Object.keys(JSON.parse(readFileSync(file("results.json"), "utf8")) as object).filter((key) =>
        ["shaker", "rally"].includes(key),
      ),
      [],
    );
    assert(!existsSync(file("tool")));
  });
});
