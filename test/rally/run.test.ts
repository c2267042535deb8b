import { deepEqual, equal, match, ok, rejects } from "assert/strict";
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
function containers(
  reports: Readonly<Record<string, string | undefined>>,
  exited: (command: readonly string[]) => number = () => 0,
): Containers {
  const refuse = (what: string) => () => Promise.reject(new Error(`unexpected: ${what}`));
  const done = (changes: Partial<ExecResult> = {}) =>
    Promise.resolve({ exitCode: 0, stdout: "", stderr: "", ...changes });
  return {
    exec: (_, [program, path = ""]) => {
      if (program !== "cat") return done();
      const text = reports[path.split("/").at(-1) ?? ""];
      return done(text === undefined ? { exitCode: 1, stderr: "no such file" } : { stdout: text });
    },
    spawn: (_, command) =>
      Promise.resolve({
        ...{ stdin: new PassThrough(), stdout: Readable.from([]), stderr: Readable.from([]) },
        exited: Promise.resolve(exited(command)),
      }),
    usage: refuse("usage"),
    logs: refuse("logs"),
  };
}

const none: ToolHooks = {
  ...{ progress: () => undefined, windowStarted: () => undefined, windowEnded: () => undefined },
  keep: () => Promise.resolve(),
};
const core = {
  name: "core",
  gateway: { container: "core-gateway", wanAddress: "10.1.0.1" },
  rally: "core",
};

const input = { sites: [core], services: [], clockShared: true, links: [], scenario: {}, stack: "test" };

async function run(reports: Readonly<Record<string, string | undefined>>, full = false) {
  const kept: string[] = [];
  const hooks: ToolHooks = {
    ...none,
    keep: (path) => (full ? Promise.reject(new Error("ENOSPC")) : Promise.resolve(void kept.push(path))),
  };
  const { signal } = new AbortController();
  const found = await runRally(containers(reports), input, workload, hooks, signal);
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

  it("begins when its window does, which is told of before", async () => {
    const begun: number[] = [];
    const told: { readonly at: number; readonly by: number }[] = [];
    const hooks: ToolHooks = {
      ...none,
      windowStarted: (at) => void told.push({ at: at.getTime(), by: Date.now() }),
    };
    const doing = containers(whole, () => begun.push(Date.now()) && 0);
    const found = await runRally(doing, input, workload, hooks, new AbortController().signal);
    const startedAt = Date.parse(found.startedAt);
    deepEqual(
      told.map(({ at }) => at),
      [startedAt],
    );
    ok(
      told.every(({ at, by }) => at - by > 500),
      "brokers have no time to be read",
    );
    // A timer may be a millisecond early.
    ok(Math.min(...begun) >= startedAt - 2, `${begun.join(", ")} is before ${startedAt}`);
  });
});

describe("the first servers of a task of Rally", () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, at) => `edge-compute-${at + 1}`);
  const cloud = (count: number) => ({
    ...{ url: "http://10.0.0.11:5000/v3", region: "R", password: "x" },
    hosts: hosts(count),
  });

  /** What the warm-up of so many hosts is given, seconds, where it exits so. */
  async function bound(count: number, exitCode: number): Promise<{ seconds: number; failure: string }> {
    let seconds = NaN;
    const doing = containers({}, (command) => {
      if (!command.some((word) => word.includes("rally-warm-up"))) throw new Error("unexpected: a task");
      seconds = Number(command[3]);
      return exitCode;
    });
    const booting = { ...workload, needsControlPlane: true, bootsServers: true };
    const booted = { ...input, controlPlane: cloud(count) };
    const failure = await runRally(doing, booted, booting, none, new AbortController().signal).then(
      () => "",
      (error: unknown) => String(error),
    );
    return { seconds, failure };
  }

  it("say that their time was up", async () => {
    const { seconds, failure } = await bound(1, 124);
    equal(failure, `Error: the first servers did not come and go within ${seconds} s`);
  });

  it("have more time than one takes at most to come and to go, and eight hosts no more than one", async () => {
    const [one, eight, nine] = await Promise.all([1, 8, 9].map((count) => bound(count, 1)));
    ok((one?.seconds ?? NaN) >= 2 * 120 + 30, `${one?.seconds} s`);
    deepEqual([eight?.seconds, nine?.seconds], [one?.seconds, 2 * (one?.seconds ?? NaN)]);
  });
});
