import * as assert from "assert";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "fs";
import * as os from "os";
import * as path from "path";
import { backendEnvironment } from "../../toolchain/backend";

describe("the backend", () => {
  let home: string;
  let project: string;
  const passphraseFile = () => path.join(home, "buswide-passphrase");

  beforeEach(() => {
    home = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    project = path.join(home, "Pulumi.yaml");
    writeFileSync(project, "name: x\nruntime: nodejs\n");
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it("is a local one with a passphrase of its own when the user has chosen none", async () => {
    const added = await backendEnvironment({ HOME: "/home/someone" }, home, project);
    assert.deepEqual(added, {
      PULUMI_BACKEND_URL: "file:///home/someone",
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(),
    });
    assert.equal(statSync(passphraseFile()).mode & 0o777, 0o600);
    assert.match(readFileSync(passphraseFile(), "utf8"), /^[\w-]{43}$/);
  });

  it("keeps its passphrase from one run to the next", async () => {
    await backendEnvironment({}, home, project);
    const first = readFileSync(passphraseFile(), "utf8");
    await backendEnvironment({}, home, project);
    assert.equal(readFileSync(passphraseFile(), "utf8"), first);
  });

  it("gets one passphrase from two runs that start together", async () => {
    await Promise.all([
      backendEnvironment({}, home, project),
      backendEnvironment({}, path.join(home, "."), project),
    ]);
    assert.match(readFileSync(passphraseFile(), "utf8"), /^[\w-]{43}$/);
  });

  it("is the user's own, from the environment, the project, a login or a token", async () => {
    const token = { PULUMI_ACCESS_TOKEN: "pul-1" };
    assert.deepEqual(await backendEnvironment(token, home, project), {});
    assert.deepEqual(
      await backendEnvironment({ PULUMI_BACKEND_URL: "https://pulumi.example.org" }, home, project),
      {},
    );

    writeFileSync(path.join(home, "credentials.json"), JSON.stringify({ current: "https://api.pulumi.com" }));
    assert.deepEqual(await backendEnvironment({}, home, project), {});

    writeFileSync(project, "name: x\nruntime: nodejs\nbackend:\n  url: https://pulumi.example.org\n");
    rmSync(path.join(home, "credentials.json"));
    assert.deepEqual(await backendEnvironment({}, home, project), {});
  });

  it("of the user's own store gets a passphrase, unless the user has one", async () => {
    const store = { PULUMI_BACKEND_URL: "s3://states" };
    assert.deepEqual(await backendEnvironment(store, home, project), {
      PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(),
    });
    assert.deepEqual(await backendEnvironment({ ...store, PULUMI_CONFIG_PASSPHRASE: "" }, home, project), {});
    assert.deepEqual(
      await backendEnvironment({ ...store, PULUMI_CONFIG_PASSPHRASE_FILE: "/x" }, home, project),
      {},
    );
  });
});
