import { deepEqual, equal, match, ok } from "assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import type { PlannedRally } from "../../workloads/rally/input";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import { runMeasurement } from "../../workloads/runner/measurement";
import { shaker } from "../shaker/planned";
import { measurement, password, workload } from "./input";
import { world } from "./world";

const rally: PlannedRally = {
  ...{ name: "boot", kind: "rally", site: "core", times: 5, concurrency: 1, timeoutSeconds: 60 },
  task: { scenario: "Dummy.dummy", arguments: {}, contexts: {}, sla: {} },
  ...{ needsControlPlane: false, bootsServers: false },
};

describe("a measurement in which a tool cannot measure", () => {
  let root = "";
  const written = (): Results =>
    resultsSchema.parse(JSON.parse(readFileSync(join(root, "runs/demo/1/results.json"), "utf8")));

  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-tools-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("has a failed workload of it, and measures the rest and the links again", async () => {
    const deps = world(root, {
      runShaker: () => Promise.reject(new Error(`no container of ${password}`)),
      runRally: () => Promise.reject(new Error("the first servers: no valid host")),
    });
    const outcome = await runMeasurement(
      measurement({ workloads: [shaker(), rally, workload("call")] }),
      deps,
    );
    equal(
      outcome.failure,
      "workload plane: no container of ***; workload boot: the first servers: no valid host",
    );
    deepEqual(deps.events.slice(-2), ["workload call", "links after"]);
    const { shaker: planes, rally: tasks, workloads, links } = written();
    ok(links[0]?.after);
    equal(workloads[0]?.status, "complete");
    deepEqual(
      [...(planes ?? []), ...(tasks ?? [])].map(({ name, status, reports }) => [name, status, reports]),
      [
        ["plane", "failed", []],
        ["boot", "failed", []],
      ],
    );
    deepEqual([planes?.[0]?.pairs, planes?.[0]?.testSeconds, tasks?.[0]?.scenarios], [[], 5, []]);
    match(tasks?.[0]?.failure ?? "", /no valid host/);
  });

  it("is ended by an interruption all the same", async () => {
    const deps = world(root, {
      runShaker: () => {
        deps.interrupt();
        return Promise.reject(new Error("the engine went away"));
      },
    });
    const outcome = await runMeasurement(measurement({ workloads: [shaker(), workload("call")] }), deps);
    equal(outcome.status, "failed");
    match(outcome.failure ?? "", /interrupted$/);
    ok(!deps.events.includes("workload call") && !deps.events.includes("links after"));
  });
});
