import * as assert from "assert";
import { spawn } from "child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import type { AddressInfo } from "net";
import * as os from "os";
import * as path from "path";
import { Server, type ServerChannel, utils } from "ssh2";
import { connectConfig } from "../../toolchain/command-plugin/ssh";
import { fileAsset } from "../../toolchain/command-plugin/values";
import { PluginUnderTest } from "./pluginUnderTest";
import { serveFiles } from "./sftpServer";

// Expectations are those of the real plugin's documentation: https://www.pulumi.com/registry/packages/command/
const type = "command:remote:Command";
const password = "only for this test";

/** An SSH server on the loopback interface that runs what it is asked to, with variables as AcceptEnv * would. */
function sshServer(hostKey: string): Promise<Server> {
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) =>
      context.method === "password" && context.password === password
        ? context.accept()
        : context.reject(["password"]),
    );
    client.on("session", (accept) => {
      const session = accept();
      const environment: { [name: string]: string } = {};
      session.on("env", (acceptVariable, _reject, { key, val }) => {
        environment[key] = val;
        // The other end need not have asked for an answer.
        (acceptVariable as (() => void) | undefined)?.();
      });
      session.on("sftp", (acceptSftp) => serveFiles(acceptSftp()));
      session.on("exec", (acceptCommand, _reject, { command }) => run(acceptCommand(), command, environment));
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function run(channel: ServerChannel, command: string, environment: { [name: string]: string }): void {
  const child = spawn("/bin/sh", ["-c", command], { env: { ...process.env, ...environment } });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("close", (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}

describe("a remote command", function () {
  this.timeout(30_000);
  let plugin: PluginUnderTest;
  let server: Server;
  let connection: { host: string; port: number; password: string; user: string };
  const key = utils.generateKeyPairSync("ed25519");

  before(async () => {
    plugin = await PluginUnderTest.start();
    server = await sshServer(key.private);
    connection = { host: "127.0.0.1", port: (server.address() as AddressInfo).port, user: "root", password };
  });
  after(async () => {
    await plugin.stop();
    server.close();
  });

  it("runs on the host, with its input and its variables", async () => {
    const state = await plugin.create(type, {
      connection,
      create: "cat; echo $A; echo e >&2",
      stdin: "given ",
      environment: { A: "1" },
    });
    assert.deepEqual([state.stdout, state.stderr], ["given 1", "e"]);
  });

  it("that fails tells the status and what it printed", async () => {
    await assert.rejects(
      plugin.create(type, { connection, create: "echo out; exit 4" }),
      /Process exited with status 4: running "echo out; exit 4":\nout/,
    );
  });

  it("sees what it printed before when it is updated", async () => {
    const state = await plugin.update(
      type,
      { stdout: "old" },
      { connection, create: "no", update: "echo got $PULUMI_COMMAND_STDOUT" },
    );
    assert.equal(state.stdout, "got old");
  });

  it("accepts the host key it is given and no other", async () => {
    const right = { ...connection, hostKey: key.public };
    assert.equal((await plugin.create(type, { connection: right, create: "echo ok" })).stdout, "ok");
    const wrong = { ...connection, hostKey: utils.generateKeyPairSync("ed25519").public, dialErrorLimit: 0 };
    await assert.rejects(
      plugin.create(type, { connection: wrong, create: "echo ok" }),
      /verification failed/,
    );
  });

  it("gives up after as many attempts as it may make", async () => {
    const closed = { ...connection, port: 9, dialErrorLimit: 2 };
    await assert.rejects(plugin.create(type, { connection: closed, create: "true" }), /ECONNREFUSED/);
  });

  it("is refused without a host, and with a setting that is not known", async () => {
    const { failures } = await plugin.check(type, { connection: { hots: "x" }, create: "true" });
    assert.match(failures.join("\n"), /connection.hots is not known[\s\S]*connection.host is required/);
  });

  it("has the documented defaults of a connection", () => {
    const config = connectConfig({ host: "h" }, { SSH_AUTH_SOCK: "/agent" });
    assert.deepEqual(
      [config.port, config.username, config.readyTimeout, config.agent],
      [22, "root", 15_000, "/agent"],
    );
  });
});

describe("a copy to a remote host", function () {
  this.timeout(30_000);
  const copy = "command:remote:CopyToRemote";
  let plugin: PluginUnderTest;
  let server: Server;
  let folder: string;
  let connection: { host: string; port: number; password: string };

  before(async () => {
    plugin = await PluginUnderTest.start();
    server = await sshServer(utils.generateKeyPairSync("ed25519").private);
    connection = { host: "127.0.0.1", port: (server.address() as AddressInfo).port, password };
  });
  after(async () => {
    await plugin.stop();
    server.close();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    mkdirSync(path.join(folder, "from", "deep"), { recursive: true });
    writeFileSync(path.join(folder, "from", "a"), "1");
    writeFileSync(path.join(folder, "from", "deep", "b"), "2");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (...parts: string[]) => readFileSync(path.join(folder, ...parts), "utf8");
  const upload = (source: string, remotePath: string) =>
    plugin.create(copy, {
      connection,
      source: fileAsset(path.join(folder, "from") + source, "hash"),
      remotePath: path.join(folder, remotePath),
    });

  it("of a file goes to the path, over what is there, or into a folder that is there", async () => {
    await upload("/a", "x");
    assert.equal(read("x"), "1");
    writeFileSync(path.join(folder, "from", "a"), "new");
    await upload("/a", "x");
    assert.equal(read("x"), "new");
    mkdirSync(path.join(folder, "into"));
    await upload("/a", "into");
    assert.equal(read("into", "a"), "new");
  });

  it("of a folder goes in under its name, or its contents do when its path ends with a slash", async () => {
    await upload("", "x");
    assert.equal(read("x", "from", "deep", "b"), "2");
    await upload("/", "y");
    assert.equal(read("y", "deep", "b"), "2");
  });

  it("fails where a folder meets a file, and where the path's parent is missing", async () => {
    await assert.rejects(upload("", "from/a"), /exists but is not a directory/);
    await assert.rejects(upload("/a", "none/x"), /cannot copy .* to the remote path/);
  });

  it("is refused without a source that can be read, or a place to put it", async () => {
    const { failures } = await plugin.check(copy, { connection: { host: "h" }, source: "a" });
    assert.match(failures.join("\n"), /remotePath is required[\s\S]*source must be a file asset/);
  });

  it("changes with its content and not with the path that the content is read from", async () => {
    const { inputs } = await plugin.check(copy, {
      connection,
      remotePath: "/x",
      source: fileAsset("/one/a", "hash 1"),
    });
    const moved = { ...inputs, source: fileAsset("/two/a", "hash 1") };
    assert.deepEqual((await plugin.diff(copy, inputs, moved)).paths, []);
    const changed = { ...inputs, source: fileAsset("/one/a", "hash 2") };
    assert.deepEqual((await plugin.diff(copy, inputs, changed)).paths, ["source"]);
  });
});
