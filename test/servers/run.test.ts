import { deepEqual, equal, match, ok, rejects } from "assert/strict";
import { PassThrough, Readable } from "stream";
import type { Containers } from "../../workloads/containers";
import type { ToolHooks } from "../../workloads/runner/dependencies";
import { runServers, setupOf } from "../../workloads/servers";
import type { PlannedServers } from "../../workloads/servers/input";
import type { LoadEvent } from "../../workloads/servers/protocol";

const workload: PlannedServers = {
  ...{ name: "boots", kind: "servers", site: "core", ratePerSecond: 0.2, authenticationsPerSecond: 1 },
  ...{ durationSeconds: 60, waitSeconds: 30, timeoutSeconds: 10 },
};
const cloud = { url: "http://10.0.0.11:5000/v3", region: "R", password: "x", hosts: ["edge-compute-1"] };
const gateway = { container: "core-gateway", wanAddress: "10.1.0.1" };
const input = { sites: [{ name: "core", gateway, rally: "core-rally" }], controlPlane: cloud };

/** A load that says `ready` once it is set up, and the rest once it is told when to start. */
class FakeLoad {
  readonly told: Record<string, unknown>[] = [];
  readonly commands: string[] = [];
  startedBy = NaN;
  private readonly stdout = new PassThrough();
  private exit: (code: number) => void = () => undefined;

  constructor(
    private readonly events: (start: number) => LoadEvent[],
    private readonly exitCode = 0,
    private readonly stderr: string[] = [],
  ) {}

  containers(): Containers {
    const refuse = (what: string) => () => Promise.reject(new Error(`unexpected: ${what}`));
    return {
      exec: () => Promise.resolve({ exitCode: 0, stdout: "", stderr: "" }),
      spawn: (_, command) => {
        this.commands.push(command.join(" "));
        return Promise.resolve(command[0] === "servers-load" ? this.process() : done());
      },
      ...{ usage: refuse("usage"), logs: refuse("logs") },
    };
  }

  private process() {
    const stdin = new PassThrough();
    let rest = "";
    stdin.on("data", (chunk: Buffer) => {
      rest += chunk.toString();
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
        this.take(JSON.parse(rest.slice(0, end)) as Record<string, unknown>);
        rest = rest.slice(end + 1);
      }
    });
    stdin.on("end", () => this.finish(0));
    const exited = new Promise<number>((resolve) => (this.exit = resolve));
    return { stdin, stdout: this.stdout, stderr: Readable.from(this.stderr), exited };
  }

  private take(line: Record<string, unknown>): void {
    this.told.push(line);
    if (typeof line["start"] !== "number") return this.say({ event: "ready" });
    this.startedBy = Date.now() / 1000;
    for (const event of this.events(line["start"])) this.say(event);
    if (this.events(0).some(({ event }) => event === "end") || this.exitCode !== 0)
      this.finish(this.exitCode);
  }

  private say(event: LoadEvent): void {
    this.stdout.write(`${JSON.stringify(event)}\n`);
  }

  private finish(code: number): void {
    this.stdout.end();
    this.exit(code);
  }
}

function done() {
  return {
    ...{ stdin: new PassThrough(), stdout: Readable.from([]), stderr: Readable.from([]) },
    exited: Promise.resolve(0),
  };
}

const whole = (start: number): LoadEvent[] => [
  { event: "boot", number: 0, due: start, sent: start, answered: start + 0.2, status: 202, error: null },
  { event: "server", number: 0, state: "ACTIVE", time: start + 4 },
  { event: "windowEnded", time: start + 60 },
  { event: "end", time: start + 61, states: {} },
  { event: "left", servers: 0 },
];

async function run(load: FakeLoad, signal = new AbortController().signal) {
  const kept = new Map<string, string>();
  const told: string[] = [];
  const hooks: ToolHooks = {
    progress: () => undefined,
    windowStarted: (at) => void told.push(`started ${at.getTime() / 1000}`),
    windowEnded: () => void told.push("ended"),
    keep: (path, text) => Promise.resolve(void kept.set(path, text)),
  };
  return { found: await runServers(load.containers(), input, workload, hooks, signal), kept, told };
}

describe("a load of servers", () => {
  it("begins when its window does, of which it is told before, after a first server on each host", async () => {
    const load = new FakeLoad(whole);
    const { found, told } = await run(load);
    equal(found.failure, undefined);
    match(load.commands[0] ?? "", /rally-warm-up/);
    equal(load.commands[1], "servers-load");
    deepEqual(load.told[0], setupOf(workload, cloud));
    const start = Number(load.told[1]?.["start"]);
    deepEqual(told, [`started ${start}`, "ended"]);
    ok(start - load.startedBy > 0.5, `${start - load.startedBy}`);
    equal(Date.parse(found.startedAt) / 1000, start);
  });

  it("leaves every event, and the figures that are made of them", async () => {
    const { found, kept } = await run(new FakeLoad(whole));
    deepEqual([found.status, found.boots.active, found.waitedSeconds, found.left], ["complete", 1, 1, 0]);
    deepEqual(found.reports, ["servers/boots/events.jsonl"]);
    const lines = (kept.get("servers/boots/events.jsonl") ?? "").trim().split("\n");
    deepEqual(
      lines.map((line) => (JSON.parse(line) as LoadEvent).event),
      ["ready", "boot", "server", "windowEnded", "end", "left"],
    );
  });

  it("that ends before it is over is a failed workload with what is known by then", async () => {
    const early = (start: number) => whole(start).slice(0, 2);
    const { found } = await run(new FakeLoad(early, 1, ["Traceback\n", "MemoryError\n"]));
    equal(found.status, "failed");
    match(found.failure ?? "", /^the load ended with exit code 1: .*MemoryError/);
    equal(found.boots.active, 1);
  });

  it("is told to end when the run is interrupted, and says that it was", async () => {
    const interrupting = new AbortController();
    const load = new FakeLoad((start) => whole(start).slice(0, 1));
    setTimeout(() => interrupting.abort(), 1_300);
    const { found } = await run(load, interrupting.signal);
    deepEqual([found.status, found.failure, found.boots.unknown], ["failed", "interrupted", 1]);
  });

  it("cannot begin without a control plane, or where nothing asks", async () => {
    const hooks: ToolHooks = {
      ...{ progress: () => undefined, windowStarted: () => undefined, windowEnded: () => undefined },
      keep: () => Promise.resolve(),
    };
    const begin = (given: Parameters<typeof runServers>[1]) =>
      runServers(new FakeLoad(whole).containers(), given, workload, hooks, new AbortController().signal);
    await rejects(begin({ sites: input.sites }), /there is no control plane/);
    await rejects(begin({ ...input, sites: [{ name: "core", gateway }] }), /core, where nothing asks/);
  });

  it("waits for Nova's services from when the last fault is over", () => {
    const fault = { what: "kill", service: "core/mariadb", atSeconds: 10 } as const;
    const timeline = [
      { ...fault, untilSeconds: 40 },
      { ...fault, atSeconds: 20, untilSeconds: 30 },
    ];
    deepEqual((setupOf({ ...workload, timeline }, cloud) as { wanted: object }).wanted, {
      ...{ prefix: "load-boots", rate: 0.2, authentications: 1, duration: 60 },
      ...{ wait: 30, timeout: 10, quiet_from: 40 },
    });
  });
});
