import * as assert from "assert";
import { spawn } from "child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "fs";
import * as os from "os";
import * as path from "path";
import { prepareCli } from "../../toolchain";
import { ensurePlugin } from "../../toolchain/install";
import { output, run } from "../../toolchain/processes";

const root = path.join(__dirname, "..", "..");

/** The real CLI, language host and plugin, whichever route they came by, on programs of a temporary project. */
describe("the engine", function () {
  this.timeout(600_000);
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  const file = (name: string) => path.join(folder, name);
  const pulumi = (...parameters: string[]) =>
    output("pulumi", [...parameters, "--stack", "test"], { cwd: folder, env: environment });
  const program = (text: string) =>
    writeFileSync(
      file("index.ts"),
      `import { local } from "@pulumi/command";\nimport * as pulumi from "@pulumi/pulumi";\n${text}\n`,
    );
  const up = (...parameters: string[]) => pulumi("up", "--yes", "--skip-preview", ...parameters);
  const stateOf = async () => {
    const { deployment } = JSON.parse(await pulumi("stack", "export")) as {
      deployment: { resources: { type: string; outputs?: { [name: string]: unknown } }[] };
    };
    return deployment.resources
      .filter(({ type }) => type === "command:local:Command")
      .map(({ outputs = {} }) => outputs);
  };
  const operations = async () => {
    const { steps } = JSON.parse(await pulumi("preview", "--json")) as {
      steps: { op: string; urn: string }[];
    };
    return steps.filter(({ op }) => op !== "same").map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);
  };

  before(async () => {
    const quiet = () => undefined;
    const prepared = await prepareCli(quiet);
    await ensurePlugin("command", prepared, quiet);
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    environment = { ...prepared, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "test" };
    symlinkSync(path.join(root, "node_modules"), file("node_modules"));
    writeFileSync(
      file("Pulumi.yaml"),
      "name: test\nruntime:\n  name: nodejs\n  options: { typescript: true }\n",
    );
    writeFileSync(
      file("package.json"),
      JSON.stringify({ name: "test", main: "index.ts", dependencies: { "@pulumi/command": "*" } }),
    );
    writeFileSync(
      file("tsconfig.json"),
      JSON.stringify({ extends: path.join(root, "tsconfig.json"), "ts-node": { swc: true } }),
    );
    program("");
    await pulumi("stack", "init");
  });
  after(async () => {
    await pulumi("destroy", "--yes", "--skip-preview");
    rmSync(folder, { recursive: true });
  });

  it("makes, updates, replaces and deletes a command as its inputs say", async () => {
    const log = file("log");
    const command = (say: string, trigger: string) =>
      `new local.Command("c", { create: "echo ${say} | tee -a ${log}", delete: "echo gone >> ${log}", triggers: ["${trigger}"] });`;
    program(command("one", "a"));
    assert.deepEqual((await operations()).sort(), ["create c", "create test-test"]);
    await up();
    assert.deepEqual(await operations(), []);
    program(command("two", "a"));
    assert.deepEqual(await operations(), ["update c"]);
    await up();
    program(command("two", "b"));
    assert.deepEqual(
      (await operations()).filter((operation) => operation.startsWith("replace")),
      ["replace c"],
    );
    await up();
    program("");
    await up();
    assert.equal(readFileSync(log, "utf8"), "one\ntwo\ntwo\ngone\ngone\n");
  });

  it("keeps the output of a command with a secret input encrypted", async () => {
    program(
      'export const out = new local.Command("s", { create: "echo $P", environment: { P: pulumi.secret("hunter2") }, logging: "none" }).stdout;',
    );
    const shown = await up();
    const [state] = await stateOf();
    assert.ok(state && "ciphertext" in (state.stdout as object));
    assert.doesNotMatch(shown, /hunter2/);
    assert.equal((await pulumi("stack", "output", "out", "--show-secrets")).trim(), "hunter2");
  });

  it("tells a failed program and a failed command, each once, with what they said", async () => {
    program('throw new Error("not like this");');
    const failed = (result: { code: number | null; stdout: string; stderr: string }) => {
      assert.ok(result.code !== 0);
      return result.stdout + result.stderr;
    };
    const attempt = () =>
      run("pulumi", ["up", "--yes", "--skip-preview", "--stack", "test"], { cwd: folder, env: environment });
    assert.match(failed(await attempt()), /not like this/);
    program('new local.Command("f", { create: "echo why; exit 3" });');
    assert.match(failed(await attempt()), /exit status 3: running "echo why; exit 3":\s+why/);
  });

  it("ends a command and its children on an interrupt", async () => {
    const started = file("started");
    program(`new local.Command("long", { create: "sh -c 'echo $$ > ${started}; sleep 300; true' & wait" });`);
    const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--stack", "test"], {
      cwd: folder,
      env: environment,
      stdio: "ignore",
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const deadline = Date.now() + 120_000;
    while (!existsSync(started) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const pid = readFileSync(started, "utf8").trim();
    child.kill("SIGINT");
    assert.notEqual(await ended, 0);
    assert.equal(
      existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "",
      false,
    );
    program("");
    await up();
  });
});
