import * as assert from "assert";
import { readFileSync } from "fs";
import * as path from "path";
import { isRecent, requiredGo } from "../../toolchain/go";
import { cliVersion, type PluginName, pluginVersions } from "../../toolchain/versions";

const root = path.join(__dirname, "..", "..");

describe("pinned versions", () => {
  for (const name of Object.keys(pluginVersions) as PluginName[]) {
    it(`of the ${name} plugin are the one that its SDK asks the engine for`, () => {
      const file = path.join(root, "node_modules", "@pulumi", name, "package.json");
      const { pulumi, version } = JSON.parse(readFileSync(file, "utf8")) as {
        pulumi: { version?: string };
        version: string;
      };
      assert.equal(pluginVersions[name], (pulumi.version ?? version).replace(/^v/, ""));
    });
  }

  it("of the CLI are the ones in its go.mod", () => {
    const goMod = readFileSync(path.join(root, "toolchain", "go", "cli", "go.mod"), "utf8");
    assert.match(goMod, new RegExp(`^\\tgithub.com/pulumi/pulumi/pkg/v3 v${cliVersion}$`, "m"));
    assert.match(goMod, new RegExp(`^\\tgithub.com/pulumi/pulumi/sdk/v3 v${cliVersion}$`, "m"));
  });

  it("of Go are read from a go.mod", () => {
    assert.equal(requiredGo("module x\n\ngo 1.25.11\n"), "1.25.11");
    assert.throws(() => requiredGo("module x\n"), /names no Go version/);
  });

  it("of Go are compared by number, not by letter", () => {
    assert.equal(isRecent("go1.26.8", "1.25.11"), true);
    assert.equal(isRecent("go1.25.11", "1.25.11"), true);
    assert.equal(isRecent("go1.25.9", "1.25.11"), false);
    assert.equal(isRecent("go1.9", "1.25.11"), false);
    assert.equal(isRecent("go1.26rc1", "1.25.11"), true);
  });
});
