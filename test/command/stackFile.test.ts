import assert from "assert";
import { spawnSync } from "child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { guardStackFile } from "../../bin/engine/stackFile";
import { projectRoot } from "./shim";

const written = "config:\n  buswide:scenario: { sites: { core: {} } } # mine\n";
const noted = "config:\n  buswide:scenario: {sites: {core: {}}}\nencryptionsalt: v1:x\n";

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
    const restore = guardStackFile(root, "demo");
    writeFileSync(file(), noted);
    restore();
    assert.equal(readFileSync(file(), "utf8"), written);
  });

  it("is gone if only the engine's note made it", () => {
    const restore = guardStackFile(root, "demo");
    writeFileSync(file(), "encryptionsalt: v1:x\n");
    restore();
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
      guardStackFile(root, "demo")();
      assert.equal(existsSync(file()) ? readFileSync(file(), "utf8") : undefined, before);
    }
    assert.deepEqual(readdirSync(join(root, ".buswide", "stacks")), []);
  });

  it("keeps what someone wrote into it meanwhile", () => {
    writeFileSync(file(), written);
    const restore = guardStackFile(root, "demo");
    const edited = noted.replace("core", "edge");
    writeFileSync(file(), edited);
    restore();
    assert.equal(readFileSync(file(), "utf8"), edited);
  });
});
