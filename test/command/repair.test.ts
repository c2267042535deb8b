import assert from "assert";
import { spawn, spawnSync, type ChildProcess } from "child_process";
import type Docker from "dockerode";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { hostname, tmpdir, userInfo } from "os";
import { join } from "path";
import { parse } from "yaml";
import { claimStack } from "../../bin/engine/claim";
import {
  doubtsOf,
  forgetUnfinished,
  isDoubtOnly,
  isUnfinished,
  notingWhileUnfinished,
  withDoubts,
} from "../../bin/engine/doubts";
import { StackEngines } from "../../bin/engine/hosts";
import { isDead, lockFolder, readLocks, type LockHolder } from "../../bin/engine/locks";
import {
  endOrphans,
  isAlive,
  operationMark,
  operationProcesses,
  processBegan,
} from "../../bin/engine/processes";
import { repair, type RepairContext } from "../../bin/engine/repair";
import { writeBareProject, writeStackFile } from "../../bin/engine/stackFile";
import {
  measurementUrns,
  pendingOperations,
  statedIds,
  withoutPending,
  type StackState,
  type StateResource,
} from "../../bin/engine/state";
import { isUnchanged, noteUnchanged } from "../../bin/engine/unchanged";
import { Failure } from "../../bin/refusal";
import { deployed } from "../support/experiments";
import { smallScenario } from "../support/scenarios";
import { projectRoot } from "./shim";

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

const urnOf = (type: string, name: string) => `urn:pulumi:t::buswide::${type}::${name}`;
const thereUrn = urnOf("buswide:topology:Link$command:local:Command", "core--edge-there");
const runUrn = urnOf("buswide:workload:Measurement$command:local:Command", "measurement-run");

describe("what is set in containers when an update was cut off", () => {
  const set = "docker exec -i buswide-t-core-gateway gateway class set edge";
  const command = (urn: string, inputs: Readonly<Record<string, unknown>>): StateResource => ({
    ...{ urn, type: "command:local:Command", id: "c", custom: true },
    inputs: { ...inputs, triggers: ["id"] },
  });
  const resources = [
    command(thereUrn, { create: set, update: set, delete: "undo", stdin: '{"delayMs":25}' }),
    command(runUrn, { create: "run", update: "run --reuse", stdin: "{}" }),
    command(urnOf("buswide:index:RandomSecret$command:local:Command", "bus-password-value"), {
      create: "node",
    }),
  ];
  const state: StackState = { version: 3, deployment: { resources } };
  const inTheMiddle: StackState = {
    ...state,
    deployment: {
      ...state.deployment,
      pending_operations: [{ type: "updating", resource: resources[0] as StateResource }],
    },
  };

  /** A stack whose state is `kept`, and Docker has nothing of; what is said and put into the state is in the lists. */
  function contextWith(kept: StackState | undefined) {
    const [said, imported]: [string[], StackState[]] = [[], []];
    const engine = {
      exportState: () => Promise.resolve(imported.at(-1) ?? kept),
      importState: (one: StackState) => Promise.resolve(imported.push(one)),
    };
    const docker = { listContainers: () => Promise.resolve([]), listNetworks: () => Promise.resolve([]) };
    const context = {
      ...{ root, stack: "t", engine },
      engines: new StackEngines(root, "t", docker as unknown as Docker),
      environment: { PULUMI_BACKEND_URL: `file://${root}` },
      progress: (line: string) => said.push(line),
    };
    return { context: context as unknown as RepairContext, said, imported };
  }
  /** An update of this stack, of which `events` are heard before it ends with `error`. */
  const updating = (events: readonly object[], error?: Error) =>
    notingWhileUnfinished(
      {
        ...{ root, stack: "t", onEvent: () => undefined },
        wasKilled: (one) => (one as Error).message === "killed",
      },
      (onEvent) => {
        assert.ok(isUnfinished(root, "t"), "no note beside what is under way");
        for (const event of events) onEvent({ sequence: 0, timestamp: 0, ...event });
        return error ? Promise.reject(error) : Promise.resolve();
      },
    );
  const metadata = (urn: string, op = "update") => ({ op, urn, type: "command:local:Command" });
  const began = (urn: string, op?: string) => ({ resourcePreEvent: { metadata: metadata(urn, op) } });
  const ended = (urn: string, op?: string) => ({ resOutputsEvent: { metadata: metadata(urn, op) } });
  const summary = { summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {} } };

  it("is all that the program has set by commands, by that which updates it, and nothing that it made or measured", async () => {
    const { registrations } = await deployed(smallScenario());
    const program = registrations.map((one) => ({
      ...{ urn: urnOf(one.type, one.name), type: one.type, inputs: one.inputs },
    }));
    const doubted = withDoubts({ version: 3, deployment: { resources: program } });
    const set = [
      "bus-core-rabbitmq-accounts",
      ...["core--edge-1", "core--edge-2"].flatMap((link) => [`${link}-back`, `${link}-there`]),
    ];
    assert.deepEqual(
      doubtsOf(doubted).map((urn) => urn.split("::").at(-1)),
      program
        .map(({ urn }) => urn.split("::").at(-1) ?? "")
        .filter((name) => set.includes(name) || name.endsWith("-routes-set")),
    );
    assert.deepEqual(withDoubts(doubted), doubted);
    for (const [at, resource] of (doubted.deployment.resources ?? []).entries()) {
      // What makes a replacement of a command, and what a replacement deletes by, are as they were.
      const { update: _, ...others } = { ...resource.inputs };
      const { update: __, ...before } = { ...program[at]?.inputs };
      assert.deepEqual(others, before);
    }
  });

  it("is in doubt by the state after a kill, whether the state was saved at each step or is from before", async () => {
    const atEachStep = contextWith(inTheMiddle);
    await assert.rejects(updating([began(thereUrn)], new Error("killed")), /killed/);
    assert.deepEqual(doubtsOf((await repair(atEachStep.context)) ?? state), [thereUrn]);
    assert.deepEqual(atEachStep.imported.map(pendingOperations), [[]]);
    assert.equal(isUnfinished(root, "t"), false, "the state says it now");

    await assert.rejects(updating([began(thereUrn), ended(thereUrn), began(runUrn)], new Error("killed")));
    const fromBefore = contextWith(state);
    assert.deepEqual(doubtsOf((await repair(fromBefore.context)) ?? state), [thereUrn]);
    assert.match(fromBefore.said.join(), /did not come to its end: .* in doubt/);
    const again = contextWith(fromBefore.imported.at(-1));
    assert.deepEqual(doubtsOf((await repair(again.context)) ?? state), [thereUrn], "until it is set");
    assert.deepEqual([again.said, again.imported], [[], []]);
  });

  it("is in doubt also where only the state of another's engine says that it was killed", async () => {
    const { context, said } = contextWith(inTheMiddle);
    assert.deepEqual(doubtsOf((await repair(context)) ?? state), [thereUrn]);
    assert.match(said.join("\n"), /stopped in the middle of: updating core--edge-there\n.*in doubt/);
  });

  it("is in doubt after `kill -9` of the command, which nothing else tells of", async () => {
    const code = `require("ts-node/register");
      require("./bin/engine/doubts").notingWhileUnfinished(
        { root: ${JSON.stringify(root)}, stack: "t", onEvent: () => undefined, wasKilled: () => false },
        () => new Promise(() => process.kill(process.pid, "SIGKILL")),
      );`;
    assert.equal(spawnSync(process.execPath, ["-e", code], { cwd: projectRoot }).signal, "SIGKILL");
    const { context } = contextWith(state);
    assert.deepEqual(doubtsOf((await repair(context)) ?? state), [thereUrn]);
  });

  it("is known where an update went through, or ended of its own with nothing being set", async () => {
    await updating([began(thereUrn)]);
    assert.equal(isUnfinished(root, "t"), false);
    const measuring = [began(thereUrn), ended(thereUrn), began(runUrn, "create"), summary];
    await assert.rejects(updating(measuring, new Error("interrupted")), /interrupted/);
    assert.equal(isUnfinished(root, "t"), false);
    await assert.rejects(updating([], new Error("no passphrase")));
    assert.equal(isUnfinished(root, "t"), false);
    const { context, said, imported } = contextWith(state);
    assert.equal(await repair(context), state);
    assert.deepEqual([said, imported], [[], []]);
  });

  it("is in doubt where an interrupted update was setting something, removing it, or did not sum up", async () => {
    for (const events of [
      [began(thereUrn), summary],
      [began(thereUrn, "delete"), summary],
      [began(thereUrn, "delete-replaced"), ended(thereUrn, "delete-replaced"), began(thereUrn), summary],
      [began(runUrn)],
    ]) {
      await assert.rejects(updating(events, new Error("interrupted")));
      assert.equal(isUnfinished(root, "t"), true, JSON.stringify(events));
      forgetUnfinished(root, "t");
    }
  });

  it("is not taken for unchanged by `up`, whatever was noted before", () => {
    noteUnchanged(root, "t", "inputs", state);
    assert.equal(isUnchanged(root, "t", "inputs", state), true);
    assert.equal(isUnchanged(root, "t", "inputs", withDoubts(state)), false);
  });

  it("is set again by `run`, where it does not differ from the scenario besides", () => {
    const change = (...paths: string[]) => ({
      ...{ urn: thereUrn, op: "update", diff: paths.map((path) => ({ path })) },
    });
    const doubts = doubtsOf(withDoubts(state));
    assert.equal(isDoubtOnly(change("update"), doubts), true);
    assert.equal(isDoubtOnly(change("update", "stdin.delayMs"), doubts), false);
    assert.equal(isDoubtOnly(change("update"), doubtsOf(state)), false);
    assert.equal(isDoubtOnly({ ...change("update"), op: "replace" }, doubts), false);
  });
});
