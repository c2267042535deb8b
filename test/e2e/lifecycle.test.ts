import assert from "assert";
import { execFileSync, spawn } from "child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { buswide, projectRoot, shim } from "../command/shim";

const stack = "command-e2e";
const scenario = `config:
  buswide:scenario:
    sites: { core: {}, edge: {} }
    links:
      - { between: [core, edge], delay: 25ms }
    bus: { kind: rabbitmq, topology: single, site: core }
    workloads:
      - { name: call, kind: rpc, clients: { edge: 2 }, servers: { core: 1 }, rate: 20/s, duration: 1s, warmup: 0s }
`;

interface Changes {
  readonly changes: readonly { readonly op: string; readonly name: string }[];
  readonly summary: Readonly<Record<string, number>>;
}

interface Up {
  readonly outputs: {
    readonly links: readonly { readonly before: { readonly rttMs: { readonly median: number } } }[];
  };
}

/** What Docker has of the stack. */
function inDocker(what: "ps" | "network" | "volume"): string[] {
  const list = what === "ps" ? ["ps", "-aq"] : [what, "ls", "-q"];
  const args = [...list, "--filter", `label=io.buswide.stack=${stack}`];
  return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean);
}

/** When each of the stack's containers was started, by name. */
function startTimes(): Record<string, string> {
  const lines = execFileSync(
    "docker",
    ["inspect", "--format", "{{.Name}} {{.State.StartedAt}}", ...inDocker("ps")],
    { encoding: "utf8" },
  );
  return Object.fromEntries(
    lines
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
}

describe("a stack, by the command", function () {
  this.timeout(15 * 60_000);

  let folder = "";
  let file = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
    writeFileSync(file, scenario);
  });
  after(async () => {
    await buswide(["destroy", stack, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
  });

  async function data<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await buswide([...args, "--json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  /** `up`, and Ctrl-C once it measures. */
  async function interruptedWhileMeasuring(): Promise<{ readonly code: unknown; readonly said: string }> {
    const child = spawn(process.execPath, [shim, "up", file], {
      cwd: projectRoot,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const closed = new Promise((resolve) => child.once("close", resolve));
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    while (!said.includes("measuring") && child.exitCode === null) await sleep(50);
    child.kill("SIGINT");
    return { code: await closed, said };
  }

  it("that is not there is all to be created, and is not there after the preview either", async () => {
    const { summary } = await data<Changes>("preview", file);
    assert.deepEqual(Object.keys(summary), ["create"]);
    const { code, stdout } = await buswide(["destroy", stack, "--keep-images"]);
    assert.deepEqual([code, stdout], [0, `there is no stack ${stack}: nothing to remove\n`]);
  });

  it("is gone on with after `kill -9` of the command and the engine in the middle of making containers", async () => {
    const child = spawn(process.execPath, [shim, "up", file], { cwd: projectRoot, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    while (inDocker("ps").length === 0 && child.exitCode === null) await sleep(50);
    assert.equal(child.exitCode, null, "it ended before it had made a container");
    const engine = execFileSync("pgrep", ["-P", String(child.pid), "-x", "pulumi"], { encoding: "utf8" });
    child.kill("SIGKILL");
    process.kill(Number(engine.trim().split("\n")[0]), "SIGKILL");
    await ended;

    const { code, said } = await interruptedWhileMeasuring();
    assert.equal(code, 1, said);
    assert.match(said, /dropping the lock of a command that is gone/);
    assert.match(
      said,
      /interrupted; the same command goes on from here, `npx buswide destroy command-e2e` removes/,
    );
  });

  it("that Ctrl-C ended gently during its first measurement is measured by `run`, all else left as it is", async () => {
    const started = startTimes();
    const { code, stdout, stderr } = await buswide(["run", file]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /dropping the lock|stopped in the middle/);
    assert.match(stderr, /done: 1 made/);
    assert.match(stdout, /call/);
    assert.match(stdout, /^backup: runs\/command-e2e\/\d+\/backup\.tar\.zst$/m);
    assert.deepEqual(startTimes(), started);
  });

  it("has nothing to change when nothing has changed, and shows the last run", async () => {
    const { code, stdout, stderr } = await buswide(["up", file]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /no changes: this is the last run/);
    assert.match(stdout, /call/);
  });

  it("lists for a slower link exactly the link's updates and the measurement", async () => {
    const { changes } = await data<Changes>("preview", file, "--set", "links[0].delay=50ms");
    assert.deepEqual(
      changes.map(({ op, name }) => `${op} ${name}`),
      ["update core--edge", "update core--edge-back", "update core--edge-there", "replace measurement-run"],
    );
  });

  it("is not measured by `run` when the scenario is not what is deployed", async () => {
    const { code, stderr } = await buswide(["run", file, "--set", "links[0].delay=50ms"]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /`npx buswide up .*` would do this:\n(.*\n)*.*core--edge: .*delayMs 25 → 50/);
  });

  it("keeps every container running when a link gets slower, and the link gets slower by that", async () => {
    const started = startTimes();
    const before = await data<Up>("up", file);
    const after = await data<Up>("up", file, "--set", "links[0].delay=50ms");
    assert.deepEqual(startTimes(), started);
    const [fast, slow] = [before, after].map(({ outputs }) => outputs.links[0]?.before.rttMs.median ?? NaN);
    assert.ok(Math.abs((slow ?? NaN) - (fast ?? NaN) - 50) <= 1, `${fast} ms, then ${slow} ms`);
  });

  it("is repaired when a container has gone from under it", async () => {
    const [gone] = Object.keys(startTimes()).filter((name) => name.endsWith("-agents"));
    execFileSync("docker", ["rm", "-f", (gone ?? "").slice(1)], { stdio: "ignore" });
    const { code, stderr } = await buswide(["up", file]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /no longer in Docker: /);
    assert.ok(Object.keys(startTimes()).includes(gone ?? ""));
  });

  it("leaves nothing but its runs when it is destroyed, its scenario's file gone", async () => {
    assert.equal(readFileSync(file, "utf8"), scenario, "the scenario's file was written to");
    rmSync(file);
    const { code, stderr } = await buswide(["destroy", stack, "--keep-images"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual([inDocker("ps"), inDocker("network"), inDocker("volume")], [[], [], []]);
    assert.ok(!existsSync(join(projectRoot, "stacks", `Pulumi.${stack}.yaml`)), "it left a stack file");
    const { code: kept } = await buswide(["results", stack]);
    assert.equal(kept, 0);
  });
});
