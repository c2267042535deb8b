import { deepEqual, equal, match, rejects } from "assert/strict";
import { readFileSync } from "fs";
import { join } from "path";
import { PassThrough, Readable } from "stream";
import type { Containers, ExecResult } from "../../workloads/containers";
import { runRally } from "../../workloads/rally";
import type { PlannedRally } from "../../workloads/rally/input";
import type { ToolHooks } from "../../workloads/runner/dependencies";

const recorded = readFileSync(join(__dirname, "recorded", "report.json"), "utf8");

const workload: PlannedRally = {
  ...{ name: "boot", kind: "rally", site: "core", times: 5, concurrency: 1, timeoutSeconds: 60 },
  task: { scenario: "Dummy.dummy", arguments: {}, contexts: {}, sla: {} },
  ...{ needsControlPlane: false, bootsServers: false },
};

/** Containers in which Rally executes a task and leaves these reports; undefined: it left none. */
function containers(reports: Readonly<Record<string, string | undefined>>): Containers {
  const refuse = (what: string) => () => Promise.reject(new Error(`unexpected: ${what}`));
  const done = (changes: Partial<ExecResult> = {}) =>
    Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...changes });
  return {
    exec: (_, [program, path = ""]) => {
      if (program !== "cat") return done();
      const text = reports[path.split("/").at(-1) ?? ""];
      return done(text === undefined ? { exitCode: 1, stderr: "no such file" } : { stdout: text });
    },
    spawn: () =>
      Promise.resolve({
        ...{ stdin: new PassThrough(), stdout: Readable.from([]), stderr: Readable.from([]) },
        exited: Promise.resolve(0),
      }),
    usage: refuse("usage"),
    logs: refuse("logs"),
  };
}

async function run(reports: Readonly<Record<string, string | undefined>>, full = false) {
  const kept: string[] = [];
  const hooks: ToolHooks = {
    ...{ progress: () => undefined, windowStarted: () => undefined, windowEnded: () => undefined },
    keep: (path) => (full ? Promise.reject(new Error("ENOSPC")) : Promise.resolve(void kept.push(path))),
  };
  const core = {
    name: "core",
    gateway: { container: "core-gateway", wanAddress: "10.1.0.1" },
    rally: "core",
  };
  const { signal } = new AbortController();
  const found = await runRally(containers(reports), { sites: [core] }, workload, hooks, signal);
  return { found, kept };
}

describe("a task of Rally", () => {
  const whole = { "report.html": "<p>", "report.json": recorded };

  it("leaves its reports and what is in them", async () => {
    const { found, kept } = await run(whole);
    deepEqual(found.reports, kept);
    deepEqual(kept, ["rally/boot/report.html", "rally/boot/report.json"]);
    deepEqual([found.versions, found.scenarios.length > 0], [{ rally: "3.3.0" }, true]);
  });

  it("that leaves a report which cannot be read is a failed workload, with the report", async () => {
    const { found, kept } = await run({ ...whole, "report.json": '{"info": {}}' });
    equal(found.status, "failed");
    match(found.failure ?? "", /^Rally's report cannot be read: .*rally_version/s);
    deepEqual([found.scenarios, found.reports, kept.length], [[], kept, 2]);
  });

  it("that leaves no page of them has its figures", async () => {
    const { found } = await run({ ...whole, "report.html": undefined });
    match(found.failure ?? "", /^Rally's report cannot be read: core: task-boot\/report\.html: no such file/);
    deepEqual([found.scenarios.length > 0, found.reports], [true, ["rally/boot/report.json"]]);
  });

  it("is not measured on a disk that takes no report", async () => {
    await rejects(run(whole, true), /ENOSPC/);
  });
});
