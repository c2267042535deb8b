import * as assert from "assert";
import { spawn } from "child_process";
import { once } from "events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "fs";
import * as os from "os";
import * as path from "path";
import { processTree } from "../../toolchain/command-plugin/tree";
import { run } from "../../toolchain/processes";

const toolchain = path.join(__dirname, "..", "..", "toolchain");

/** Waits until `holds`, for some seconds at most. Returns whether it did. */
async function comes(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

describe("a command of the toolchain", function () {
  this.timeout(40_000);
  let folder: string;
  let file: string;
  const started = () => Number(existsSync(file) && readFileSync(file, "utf8"));
  const ends = (pid: number) => comes(async () => (await processTree([pid])).length === 0);

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    file = path.join(folder, "started");
  });
  afterEach(() => {
    const pid = started();
    if (pid > 0) {
      spawn("kill", ["-KILL", String(pid)]);
    }
    rmSync(folder, { recursive: true });
  });

  /** A shell's script that starts a process, which keeps the shell's pipes open, and waits for it. */
  const starting = (command: string) => `${command} & echo $! > ${file}; wait`;

  it("is over when its time is, with what it has started", async () => {
    const began = Date.now();
    const late = run("sh", ["-c", starting("sleep 30")], { timeoutMs: 500 });
    await assert.rejects(late, /sleep 30.* did not end within 500 ms$/);
    assert.ok(Date.now() - began < 5000, "it was waited for");
    assert.ok(await ends(started()), "what it has started goes on");
  });

  it("is over when its time is, though a process of a session of its own holds its pipes", async () => {
    const began = Date.now();
    const late = run("sh", ["-c", starting("setsid sleep 30")], { timeoutMs: 500 });
    await assert.rejects(late, /did not end within 500 ms$/);
    assert.ok(Date.now() - began < 5000, "it was waited for");
  });

  describe("that this project's command runs", () => {
    /** Starts a process that holds a lock, as one that prepares does, and runs a command under it. */
    function prepare(atStart: string): ReturnType<typeof spawn> {
      const program = `
        require("ts-node/register/transpile-only");
        const { run } = require(${JSON.stringify(path.join(toolchain, "processes"))});
        const { withLock } = require(${JSON.stringify(path.join(toolchain, "lock"))});
        ${atStart}
        const work = () => run("sh", ["-c", ${JSON.stringify(starting("sleep 300"))}]);
        withLock(${JSON.stringify(path.join(folder, "lock"))}, () => undefined, work);
      `;
      return spawn(process.execPath, ["-e", program], { cwd: toolchain, stdio: "ignore", detached: true });
    }

    it("ends with it, and so does what the command has started", async () => {
      const command = prepare(
        `require("fs").writeFileSync(${JSON.stringify(file)}, "");
        setInterval(() => require("fs").statSync(${JSON.stringify(file)}).size > 0 && process.exit(3), 20);`,
      );
      assert.deepEqual(await once(command, "exit"), [3, null]);
      assert.ok(await ends(started()), "what the command has started goes on");
    });

    for (const signal of ["SIGTERM", "SIGHUP"] as const) {
      it(`ends with it by ${signal}, which ends it as if nothing ran`, async () => {
        const command = prepare("");
        assert.ok(await comes(() => started() > 0));
        command.kill(signal);
        assert.deepEqual(await once(command, "exit"), [null, signal]);
        assert.ok(await ends(started()), "what the command has started goes on");
        assert.equal(existsSync(path.join(folder, "lock.lock")), false, "the lock is left");
      });
    }

    it("is told of every Ctrl-C, which ends nothing that listens to it", async () => {
      const command = prepare(`let heard = 0; process.on("SIGINT", () => ++heard === 2 && process.exit(4));`);
      assert.ok(await comes(() => started() > 0));
      // The shell alone ends by it: what a shell starts in the background ignores Ctrl-C.
      const [shell] = (await processTree([command.pid ?? 0])).slice(1);
      command.kill("SIGINT");
      assert.ok(await ends(shell ?? 0), "the command was not told");
      assert.equal(command.exitCode ?? command.signalCode, null);
      command.kill("SIGINT");
      assert.deepEqual(await once(command, "exit"), [4, null]);
      assert.ok(await ends(started()), "what the command has started goes on");
    });
  });
});
