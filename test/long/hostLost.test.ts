import assert from "assert/strict";
import { spawn } from "child_process";
import { readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { projectRoot, shim } from "../command/shim";
import { keepingImages } from "../support/keptImages";
import { StackOnHosts } from "../support/stackOnHosts";

/** Time in which a command ends once a host is lost, milliseconds: what waits for the host gives up, and what goes on elsewhere is done. */
const boundMs = 180_000;

/** A command that goes on while the test does. */
interface Begun {
  /** What it has said so far. */
  said(): string;
  /** Waits until `reached`, as long as the command goes on. Errors: it has ended before. */
  until(reached: () => boolean | Promise<boolean>): Promise<void>;
  /** Its exit code. Errors: it goes on for longer than it may. */
  end(): Promise<number | null>;
  kill(): void;
}

function begin(...args: readonly string[]): Begun {
  const child = spawn(process.execPath, [shim, ...args], {
    cwd: projectRoot,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (more: string) => (text += more));
  const ended = new Promise<number | null>((done, failed) => {
    child.once("error", failed);
    child.once("close", done);
  });
  ended.catch(() => undefined);
  return {
    said: () => text,
    until: async (reached) => {
      while (!(await reached())) {
        assert.equal(child.exitCode, null, text);
        await sleep(100);
      }
    },
    end: async () => {
      const code = await Promise.race([ended, sleep(boundMs, "late" as const, { ref: false })]);
      if (code === "late") assert.fail(`it goes on ${boundMs / 1000} s after its host was lost:\n${text}`);
      return code;
    },
    kill: () => child.kill("SIGKILL"),
  };
}

describe("a host that is lost half-way", function () {
  this.timeout(20 * 60_000);

  const on = new StackOnHosts("host-lost");
  const scenario = (duration: string) => `config:
  buswide:scenario:
    ${on.target()}
    sites: { core: {}, edge: { count: 2 } }
    links: [{ between: [core, edge], delay: 25ms }]
    bus: { kind: rabbitmq, topology: single }
    workloads:
      - { name: call, kind: rpc, clients: { edge: 2 }, servers: { core: 1 }, rate: 20/s, duration: ${duration}, warmup: 1s }
`;
  let begun: Begun | undefined;

  before(async function () {
    // Only root can make hosts.
    if (process.getuid?.() !== 0) this.skip();
    await on.start();
  });
  // One that hangs would hold the stack.
  afterEach(() => begun?.kill());
  after(() => on.stop());

  /** The stack is whole, and its newest run is complete. */
  async function assertHealed(calls: number): Promise<void> {
    const ofEdge = ["agents", "gateway"];
    await on.assertPlaced({
      alpha: { core: ["agents", "gateway", "rabbitmq"] },
      beta: { "edge-1": ofEdge, "edge-2": ofEdge },
    });
    on.assertMeasured({ "core--edge-1": 50, "core--edge-2": 50 });
    on.assertCallsAnswered(calls);
  }

  /** Whether the newest run has counted a second of its workload. */
  function isBeingMeasured(): boolean {
    return readFileSync(join(on.latest, "series.jsonl"), "utf8")
      .split("\n")
      .some((line) => line.includes('"kind":"workload"') && !line.includes('"event"'));
  }

  it("while its containers are made is named within bounded time, and `up` goes on once it is back", async () => {
    writeFileSync(on.file, scenario("4s"));
    const up = (begun = begin("up", on.file));
    await up.until(async () => (await on.containersOn("beta")).length > 0);
    // In order: where power fails while Docker publishes a port, Docker 20.10 holds it until it is started once more.
    await on.hosts.halt("beta");
    assert.equal(await up.end(), 1, up.said());
    assert.match(up.said(), /failed on beta: /);

    await on.hosts.boot("beta");
    await on.up();
    await assertHealed(80);
  });

  it("while it is measured is named within bounded time, its run has failed, and the next `up` is complete", async () => {
    const earlier = on.results().run;
    writeFileSync(on.file, scenario("20s"));
    const up = (begun = begin("up", on.file));
    await up.until(() => /workload 1 of 1/.test(up.said()) && isBeingMeasured());
    await on.hosts.fail("beta");
    assert.equal(await up.end(), 1, up.said());
    const lost = /the connection to beta is lost: /;
    assert.match(up.said(), lost);
    const { run, status, failure = "", links, workloads } = on.results();
    assert.ok(run > earlier, `run ${run}`);
    assert.equal(status, "failed");
    assert.match(failure, lost);
    assert.deepEqual(
      workloads.map((workload) => [workload.name, workload.status]),
      [["call", "failed"]],
    );
    // What was measured until then is kept.
    for (const { name, before } of links) assert.ok(before, name);

    await on.hosts.boot("beta");
    await on.up();
    assert.ok(on.results().run > run);
    await assertHealed(400);
  });

  it("leaves both hosts as they were found", () => keepingImages(() => on.assertLeftAsFound(on.names)));
});
