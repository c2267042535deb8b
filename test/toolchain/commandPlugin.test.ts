import * as assert from "assert";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "fs";
import * as os from "os";
import * as path from "path";
import { choose } from "../../toolchain/command-plugin/glob";
import { processTree } from "../../toolchain/command-plugin/tree";
import { holdsSecret, revealed, secret, unknown } from "../../toolchain/command-plugin/values";
import { PluginUnderTest } from "./pluginUnderTest";

// Expectations are those of the real plugin's documentation: https://www.pulumi.com/registry/packages/command/
const type = "command:local:Command";

describe("a local command", function () {
  this.timeout(20_000);
  let plugin: PluginUnderTest;
  let folder: string;

  before(async () => {
    plugin = await PluginUnderTest.start();
    folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "buswide-test-")));
  });
  after(async () => {
    await plugin.stop();
    rmSync(folder, { recursive: true });
  });

  it("keeps what it printed, without the last line break, and its inputs", async () => {
    const inputs = { create: "printf 'a\\n\\n'; echo b >&2", triggers: ["t"] };
    assert.deepEqual(await plugin.create(type, inputs), { ...inputs, stdout: "a\n", stderr: "b" });
  });

  it("gets its input, environment and folder", async () => {
    const state = await plugin.create(type, {
      create: "cat; echo $A; pwd",
      stdin: "given ",
      environment: { A: "1" },
      dir: folder,
    });
    assert.equal(state.stdout, `given 1\n${folder}`);
  });

  it("takes an input of megabytes, and need not read it", async () => {
    const stdin = "x".repeat(6_000_000);
    assert.equal((await plugin.create(type, { create: "wc -c", stdin, logging: "none" })).stdout, "6000000");
    assert.equal((await plugin.create(type, { create: "echo done", stdin, logging: "none" })).stdout, "done");
  });

  it("is run by its interpreter", async () => {
    const state = await plugin.create(type, {
      create: "console.log(6 * 7)",
      interpreter: [process.execPath, "-e"],
    });
    assert.equal(state.stdout, "42");
  });

  it("that ends with another status than 0 fails, with all it printed", async () => {
    await assert.rejects(
      plugin.create(type, { create: "echo out; echo err >&2; exit 3" }),
      (error: Error) => {
        assert.match(error.message, /^exit status 3: running "echo out; echo err >&2; exit 3":\n/);
        assert.match(error.message, /out/);
        assert.match(error.message, /err/);
        return true;
      },
    );
  });

  it("in a folder that is not there fails and names it", async () => {
    await assert.rejects(
      plugin.create(type, { create: "true", dir: "/nonexistent" }),
      /"\/nonexistent": ENOENT/,
    );
  });

  it("does not run in a preview, where its output is unknown", async () => {
    const file = path.join(folder, "preview");
    const state = await plugin.create(type, { create: `touch ${file}` }, { preview: true });
    assert.deepEqual([state.stdout, state.stderr], [unknown, unknown]);
    assert.throws(() => readFileSync(file));
  });

  it("runs its update on a change, or its create when it has none, and sees what was printed before", async () => {
    const state = { create: "x", stdout: "old out", stderr: "old err" };
    const show = 'echo "$PULUMI_COMMAND_STDOUT/$PULUMI_COMMAND_STDERR"';
    assert.equal(
      (await plugin.update(type, state, { create: "echo no", update: show })).stdout,
      "old out/old err",
    );
    assert.equal((await plugin.update(type, state, { create: show })).stdout, "old out/old err");
    assert.equal(
      (await plugin.update(type, state, { create: show, addPreviousOutputInEnv: false })).stdout,
      "/",
    );
  });

  it("with nothing to run on an update keeps what was printed before", async () => {
    const state = await plugin.update(type, { stdout: "old", stderr: "e" }, { delete: "true" });
    assert.deepEqual(state, { delete: "true", stdout: "old", stderr: "e" });
  });

  it("runs its delete with the environment and the output of its state", async () => {
    const file = path.join(folder, "deleted");
    const state = {
      delete: `echo "$A $PULUMI_COMMAND_STDOUT" > ${file}`,
      environment: { A: "1" },
      stdout: "made",
      stderr: "",
    };
    await plugin.delete(type, state);
    assert.equal(readFileSync(file, "utf8"), "1 made\n");
  });

  it("is replaced when a trigger changes, and updated when anything else does", async () => {
    const olds = { create: "a", triggers: [1, "x"], environment: { A: "1" }, addPreviousOutputInEnv: true };
    assert.deepEqual(await plugin.diff(type, olds, olds), { replaces: [], paths: [] });
    assert.deepEqual(await plugin.diff(type, olds, { ...olds, triggers: [1, "y"] }), {
      replaces: ["triggers"],
      paths: ["triggers[1]"],
    });
    assert.deepEqual(
      await plugin.diff(type, olds, { ...olds, create: "b", environment: { A: "1", B: "2" } }),
      {
        replaces: [],
        paths: ["create", "environment.B"],
      },
    );
  });

  it("does not change when an input becomes a secret", async () => {
    const olds = { create: "a", addPreviousOutputInEnv: true };
    assert.deepEqual(await plugin.diff(type, olds, { ...olds, create: secret("a") }), {
      replaces: [],
      paths: [],
    });
  });

  it("keeps all its output secret when an input is, and its inputs as they came", async () => {
    const state = await plugin.create(type, { create: "echo $P", environment: { P: secret("hunter2") } });
    assert.ok(holdsSecret(state.stdout ?? null) && holdsSecret(state.stderr ?? null));
    assert.equal(revealed(state.stdout ?? null), "hunter2");
    assert.deepEqual(state.environment, { P: secret("hunter2") });
    assert.equal(state.create, "echo $P");
  });

  it("is refused with the input and the reason when it is written wrongly", async () => {
    const { failures } = await plugin.check(type, { create: 1, logging: "loud", crate: "x" });
    assert.equal(failures.length, 3);
    assert.match(
      failures.join("\n"),
      /crate is not known[\s\S]*create must be a string[\s\S]*logging must be one of stdout, stderr/,
    );
    assert.deepEqual(await plugin.check(type, { create: unknown }), {
      inputs: { create: unknown, addPreviousOutputInEnv: true },
      failures: [],
    });
  });

  it("shows its lines while it runs, in order, as far as logging says", async () => {
    const lines = async (logging?: string) => {
      plugin.logged.length = 0;
      await plugin.create(type, {
        create: "echo 1; sleep 0.1; echo 2 >&2; sleep 0.1; printf 3",
        ...(logging ? { logging } : {}),
      });
      assert.ok(plugin.logged.every(({ ephemeral, urn }) => ephemeral && urn.endsWith("::thing")));
      return plugin.logged.map(({ message }) => message);
    };
    assert.deepEqual(await lines(), ["1", "2", "3"]);
    assert.deepEqual(await lines("stdoutAndStderr"), ["1", "2", "3"]);
    assert.deepEqual(await lines("stdout"), ["1", "3"]);
    assert.deepEqual(await lines("stderr"), ["2"]);
    assert.deepEqual(await lines("none"), []);
  });

  it("hands over the files that its globs name", async () => {
    const dir = path.join(folder, "assets");
    mkdirSync(path.join(dir, "src"), { recursive: true });
    const inputs = {
      create: "echo a > src/a.js; echo b > src/secret.js; echo c > c.txt",
      dir,
      assetPaths: ["src/**.js", "!**secret.*"],
      archivePaths: ["*.txt"],
    };
    const state = await plugin.create(type, inputs);
    const assets = state.assets as { [name: string]: { path: string; hash: string } };
    assert.deepEqual(Object.keys(assets), ["src/a.js"]);
    assert.equal(assets["src/a.js"]?.path, path.join(dir, "src", "a.js"));
    assert.equal(
      assets["src/a.js"]?.hash,
      "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7",
    );
    assert.deepEqual(Object.keys((state.archive as { assets: object }).assets), ["c.txt"]);
  });

  it("runs beside others", async () => {
    const started = Date.now();
    await Promise.all(Array.from({ length: 8 }, () => plugin.create(type, { create: "sleep 1" })));
    assert.ok(Date.now() - started < 6000, `took ${Date.now() - started} ms`);
  });

  it("ends with its children when its time is over", async () => {
    const file = path.join(folder, "pid");
    const create = `sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 60; done' & wait`;
    await assert.rejects(
      plugin.create(type, { create }, { timeout: 1 }),
      /^Error: timed out after 1 s: signal: SIGTERM/,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(await processTree([Number(readFileSync(file, "utf8"))]), []);
  });

  it("gives `run` its output at once, in previews too", async () => {
    assert.deepEqual(await plugin.invoke({ command: "echo hi", environment: { A: "1" } }), {
      command: "echo hi",
      environment: { A: "1" },
      stdout: "hi",
      stderr: "",
    });
  });
});

describe("a cancelled engine", function () {
  this.timeout(20_000);

  it("ends every command, and none starts afterwards", async () => {
    const plugin = await PluginUnderTest.start();
    const running = ["sleep 60", "sleep 61 & wait"].map((create) => plugin.create(type, { create }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok((await processTree([plugin.process.pid ?? 0])).length > 2);
    await plugin.cancel();
    for (const result of await Promise.allSettled(running)) {
      assert.match(String(result.status === "rejected" && result.reason), /cancelled: signal: SIGTERM/);
    }
    assert.equal((await processTree([plugin.process.pid ?? 0])).length, 1);
    await assert.rejects(plugin.create(type, { create: "true" }), /cancelled/);
    await plugin.stop();
  });
});

describe("a glob", () => {
  const paths = ["a.js", "src/a.js", "src/b/c.js", "src/secret.js", "x1.txt", "x2.txt"];
  const cases: [string[], string[]][] = [
    [["*.js"], ["a.js"]],
    [["**.js"], ["a.js", "src/a.js", "src/b/c.js", "src/secret.js"]],
    [["src/*", "!**secret*"], ["src/a.js"]],
    [["!a.js", "*.js"], ["a.js"]],
    [["x[!2].txt"], ["x1.txt"]],
    [["x?.{txt,md}"], ["x1.txt", "x2.txt"]],
    [["x\\?.txt"], []],
  ];
  for (const [globs, chosen] of cases) {
    it(`${globs.join(" ")} chooses ${chosen.join(" ") || "nothing"}`, () =>
      assert.deepEqual(choose(paths, globs), chosen));
  }

  it("that is not closed is refused", () => {
    assert.throws(() => choose(paths, ["x[12"]), /opens "\["/);
    assert.throws(() => choose(paths, ["x{1,2"]), /opens "\{"/);
  });
});
