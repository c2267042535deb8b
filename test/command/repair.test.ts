import assert from "assert";
import { spawn, type ChildProcess } from "child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { hostname, tmpdir, userInfo } from "os";
import { join } from "path";
import { parse } from "yaml";
import { claimStack } from "../../bin/engine/claim";
import { isDead, lockFolder, readLocks, type LockHolder } from "../../bin/engine/locks";
import {
  endOrphans,
  isAlive,
  operationMark,
  operationProcesses,
  processBegan,
} from "../../bin/engine/processes";
import { writeBareProject, writeStackFile } from "../../bin/engine/stackFile";
import { measurementUrns, pendingOperations, statedIds, withoutPending } from "../../bin/engine/state";
import { Failure } from "../../bin/refusal";

const children: ChildProcess[] = [];

/** Starts a process that lives until it is ended, and waits until it is there. */
async function sleeper(environment: NodeJS.ProcessEnv = {}): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ["-e", "process.stdout.write('up'); setInterval(() => {}, 1000)"], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  children.push(child);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  assert.ok(child.pid !== undefined);
  return child as unknown as ChildProcess & { pid: number };
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

let root = "";
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "buswide-"))));
afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) await killed(child);
  rmSync(root, { recursive: true });
});

describe("a claim on a stack", () => {
  it("is refused while another living process has it, and names that process", async () => {
    const other = await sleeper();
    mkdirSync(join(root, ".buswide", "claims"), { recursive: true });
    const claim = { pid: other.pid, began: processBegan(other.pid), command: "up t" };
    writeFileSync(join(root, ".buswide", "claims", "t.json"), JSON.stringify(claim));
    assert.throws(
      () => claimStack(root, "t", "destroy t"),
      (error) =>
        error instanceof Failure && error.message.includes(`\`buswide up t\` (process ${other.pid})`),
    );
    await killed(other);
    claimStack(root, "t", "destroy t")();
  });

  it("is taken over from a process whose number now belongs to another", async () => {
    const other = await sleeper();
    mkdirSync(join(root, ".buswide", "claims"), { recursive: true });
    const claim = { pid: other.pid, began: "1", command: "up t" };
    writeFileSync(join(root, ".buswide", "claims", "t.json"), JSON.stringify(claim));
    claimStack(root, "t", "up t")();
  });

  it("is taken over when its file was cut off by a kill", () => {
    mkdirSync(join(root, ".buswide", "claims"), { recursive: true });
    writeFileSync(join(root, ".buswide", "claims", "t.json"), '{"pid": 1');
    claimStack(root, "t", "up t")();
  });

  it("does not stand in the way of another stack, nor of the next command", () => {
    const release = claimStack(root, "a", "up a");
    claimStack(root, "b", "up b")();
    release();
    claimStack(root, "a", "up a")();
  });
});

describe("a lock of the engine", () => {
  const holder = (pid: number, more: Partial<LockHolder> = {}): LockHolder => ({
    pid,
    username: "someone",
    hostname: hostname(),
    timestamp: new Date().toISOString(),
    ...more,
  });

  it("is dead exactly when its holder is a process of this machine that is no more", async () => {
    const other = await sleeper();
    const living = holder(other.pid);
    assert.equal(isDead(living), false);
    await killed(other);
    assert.equal(isDead(living), true);
    assert.equal(isDead({ ...living, hostname: "elsewhere" }), false, "of another machine nothing is known");
  });

  it("is dead when the number of its holder has passed to a later process", async () => {
    const other = await sleeper();
    assert.equal(isDead(holder(other.pid, { timestamp: new Date(Date.now() - 60_000).toISOString() })), true);
  });

  it("is found in the folder of a backend that is one, and nowhere else", () => {
    const folder = lockFolder(`file://${root}`, "buswide", "t");
    assert.ok(folder !== undefined);
    assert.equal(folder, join(root, ".pulumi", "locks", "organization", "buswide", "t"));
    assert.deepEqual(readLocks(folder), []);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "a.json"), JSON.stringify(holder(1)));
    assert.deepEqual(
      readLocks(folder).map(({ pid }) => pid),
      [1],
    );
    assert.equal(lockFolder("https://api.pulumi.com", "buswide", "t"), undefined);
    const home = process.env.HOME;
    process.env.HOME = "/somewhere/else";
    try {
      // The CLI does not look at HOME here.
      const ofUser = join(userInfo().homedir, ".pulumi", "locks", "organization", "buswide", "t");
      assert.equal(lockFolder("file://~", "buswide", "t"), ofUser);
    } finally {
      process.env.HOME = home;
    }
  });
});

describe("what a killed command left running", function () {
  this.timeout(60_000);
  if (process.platform !== "linux") return;

  it("is ended by the next command on its stack, and only that", async () => {
    const owner = await sleeper();
    const mark = (stack: string) => {
      const [name = ""] = Object.keys(operationMark(root, stack));
      const value = { root, stack, pid: owner.pid, began: processBegan(owner.pid) };
      return { [name]: JSON.stringify(value) };
    };
    const orphan = await sleeper(mark("t"));
    const others = await sleeper(mark("u"));
    assert.equal(await endOrphans(root, "t", () => undefined), 0, "its owner is alive: it is no orphan");
    await killed(owner);
    const lines: string[] = [];
    assert.equal(await endOrphans(root, "t", (line) => lines.push(line)), 1);
    assert.deepEqual(lines, ["ending what an earlier command on t left running (1 processes)"]);
    assert.equal(processBegan(orphan.pid), undefined);
    assert.notEqual(processBegan(others.pid), undefined);
  });

  it("is not this process's own", async () => {
    const own = await sleeper(operationMark(root, "t"));
    const found = operationProcesses().find(({ pid }) => pid === own.pid);
    assert.ok(found && isAlive(found.owner));
    assert.equal(await endOrphans(root, "t", () => undefined), 0);
  });
});

describe("the engine's copy of a configuration", () => {
  it("says what was loaded, is for its owner only, and goes with the killed process that wrote it", () => {
    const configuration = {
      "buswide:scenario": { a: ["yes", "0.1%", 3, true, null, "012"], b: { c: "on" } },
    };
    mkdirSync(join(root, ".buswide", "stacks"), { recursive: true });
    writeFileSync(join(root, ".buswide", "stacks", "Pulumi.t.4194305.yaml"), "left behind");
    const file = writeStackFile(root, "t", configuration);
    assert.deepEqual(parse(readFileSync(file, "utf8"), { version: "1.1" }), { config: configuration });
    assert.deepEqual(readdirSync(join(root, ".buswide", "stacks")).length, 1);
  });

  it("starts a stack without the salt of an earlier one of its name", () => {
    const folder = writeBareProject(root, "buswide", "t");
    writeFileSync(join(folder, "Pulumi.t.yaml"), "encryptionsalt: old\n");
    writeBareProject(root, "buswide", "t");
    assert.equal(existsSync(join(folder, "Pulumi.t.yaml")), false);
  });
});

describe("a stack's state", () => {
  const container = {
    urn: "urn:pulumi:t::buswide::buswide:topology:Gateway$docker:index/container:Container::core-gateway-container",
    type: "docker:index/container:Container",
    id: "c1",
  };
  const run = {
    urn: "urn:pulumi:t::buswide::buswide:workload:Measurement$command:local:Command::measurement-run",
    type: "command:local:Command",
    id: "r1",
  };
  const state = {
    version: 3,
    deployment: {
      resources: [container, run],
      pending_operations: [{ type: "creating", resource: container }],
      secrets_providers: { type: "passphrase", state: { salt: "s" } },
    },
  };

  it("tells containers by id, and the command that measures", () => {
    assert.deepEqual([...statedIds(state).containers], [["c1", container.urn]]);
    assert.deepEqual(measurementUrns(state), [run.urn]);
  });

  it("keeps everything but what was pending", () => {
    assert.deepEqual(pendingOperations(state), ["creating core-gateway-container"]);
    const cleared = withoutPending(state);
    assert.deepEqual(pendingOperations(cleared), []);
    assert.deepEqual(cleared, { ...state, deployment: { ...state.deployment, pending_operations: [] } });
  });
});
