import assert from "assert";
import { spawnSync } from "child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { guardStackFile } from "../../bin/engine/stackFile";
import { projectRoot } from "./shim";

const written =
  "# mine\n\nconfig:\n  buswide:scenario:\n    sites: { core: {}, edge: {} } # the first is the default\n    bus: {kind: 'kafka'}\n";
/** As the engine writes it anew: the words as they were, white space as it has it, and its salt. */
const rewritten = written.replace("\n\n", "\n").replace("{ core: {}, edge: {} }", "{core: {}, edge: {}}");
const salt = "encryptionsalt: v1:x=:v1:y/z==\n";
const noted = `${rewritten}${salt}`;

describe("the file of a stack", () => {
  let root = "";
  const file = () => join(root, "stacks", "Pulumi.demo.yaml");
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "buswide-"));
    mkdirSync(join(root, "stacks"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("is as it was, comments and all, after the engine has noted its salt in it", () => {
    writeFileSync(file(), written);
    const guard = guardStackFile(root, "demo");
    writeFileSync(file(), noted);
    guard.end();
    assert.equal(readFileSync(file(), "utf8"), written);
  });

  it("is as it was each time that the note is taken back, while a command goes on", () => {
    writeFileSync(file(), written);
    const guard = guardStackFile(root, "demo");
    for (let time = 1; time <= 2; time++) {
      writeFileSync(file(), noted);
      guard.takeBack();
      assert.equal(readFileSync(file(), "utf8"), written);
    }
    guard.end();
    assert.deepEqual(readdirSync(join(root, ".buswide", "stacks")), []);
  });

  it("is gone if only the engine's note made it", () => {
    const guard = guardStackFile(root, "demo");
    writeFileSync(file(), "encryptionsalt: v1:x\n");
    guard.end();
    assert.ok(!existsSync(file()));
  });

  it("is as it was at the next command when one was killed before it could take the note back", () => {
    for (const before of [written, undefined]) {
      if (before === undefined) rmSync(file());
      else writeFileSync(file(), before);
      const code = `require("ts-node/register");
        require("./bin/engine/stackFile").guardStackFile(${JSON.stringify(root)}, "demo");
        require("fs").writeFileSync(${JSON.stringify(file())}, ${JSON.stringify(before === undefined ? "encryptionsalt: v1:x\n" : noted)});
        process.kill(process.pid, "SIGKILL");`;
      const { signal } = spawnSync(process.execPath, ["-e", code], { cwd: projectRoot });
      assert.equal(signal, "SIGKILL");
      assert.match(readFileSync(file(), "utf8"), /encryptionsalt/);
      guardStackFile(root, "demo").end();
      assert.equal(existsSync(file()) ? readFileSync(file(), "utf8") : undefined, before);
    }
    assert.deepEqual(readdirSync(join(root, ".buswide", "stacks")), []);
  });

  it("keeps what someone wrote into it meanwhile, and loses only the engine's note", () => {
    for (const [what, edited] of [
      ["another value", rewritten.replace("kafka", "zeromq")],
      ["a comment", `${rewritten}# and this\n`],
      ["a comment less", rewritten.replace(" # the first is the default", "")],
      [
        "another order, which says which site is the first",
        rewritten.replace(/core: {}, edge/, "edge: {}, core"),
      ],
      ["other quotes", rewritten.replaceAll("'", '"')],
      ["white space with a meaning", rewritten.replace("\n    bus:", "\n  bus:")],
      ["something that is no YAML yet", `${rewritten}  a: [\n`],
    ] as const) {
      writeFileSync(file(), written);
      const guard = guardStackFile(root, "demo");
      writeFileSync(file(), `${edited}${salt}`);
      guard.end();
      assert.equal(readFileSync(file(), "utf8"), edited, what);
    }
  });

  it("is left alone where the engine has noted nothing, white space and all", () => {
    writeFileSync(file(), written);
    const guard = guardStackFile(root, "demo");
    writeFileSync(file(), rewritten);
    guard.end();
    assert.equal(readFileSync(file(), "utf8"), rewritten);
  });

  it("keeps the notes that it had, also beside what someone wrote into it", () => {
    const own = "secretsprovider: passphrase\nencryptionsalt: v1:mine\n";
    for (const [text, expected] of [
      [rewritten, `${own}${written}`],
      [rewritten.replace("core", "middle"), `${own}${rewritten.replace("core", "middle")}`],
    ] as const) {
      writeFileSync(file(), `${own}${written}`);
      const guard = guardStackFile(root, "demo");
      writeFileSync(file(), `${own.replace("v1:mine", "v1:other")}encryptedkey: k\n${text}`);
      guard.end();
      assert.equal(readFileSync(file(), "utf8"), expected);
    }
  });

  it("keeps what someone wrote into a file that was not there", () => {
    const guard = guardStackFile(root, "demo");
    writeFileSync(file(), `${salt}config: {}\n`);
    guard.end();
    assert.equal(readFileSync(file(), "utf8"), "config: {}\n");
  });

  it("is as it was after a command that failed before it had an engine", () => {
    writeFileSync(file(), written);
    const code = `require("ts-node/register");
      const { writeFileSync } = require("fs");
      const toolchain = require.resolve("./toolchain");
      require.cache[toolchain] = { id: toolchain, loaded: true, exports: {
        prepare: () => {
          writeFileSync(${JSON.stringify(file())}, ${JSON.stringify(noted)});
          return Promise.reject(new Error("no engine"));
        },
      } };
      require("./bin/session")
        .withSession({ root: ${JSON.stringify(root)}, stack: "demo", configuration: {}, openstack: false, claim: "up" })
        .catch(({ message }) => process.stdout.write(message));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], {
      cwd: projectRoot,
      encoding: "utf8",
    });
    assert.equal(stdout, "no engine", stderr);
    assert.equal(readFileSync(file(), "utf8"), written);
    assert.deepEqual(readdirSync(join(root, ".buswide", "stacks")), []);
  });
});
