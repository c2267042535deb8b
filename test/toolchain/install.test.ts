import * as assert from "assert";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { createServer, type Server } from "net";
import * as os from "os";
import * as path from "path";
import { adopt, type Artifact, install, isInstalled, isOwn } from "../../toolchain/artifact";
import { answers } from "../../toolchain/download";
import { missingGo } from "../../toolchain/go";
import { withLock } from "../../toolchain/lock";

/** A step that must not be announced, as it must not be taken. */
function unexpected(): void {
  throw new Error("nothing was to be done");
}

describe("an artifact that is built here", () => {
  let folder: string;
  let artifact: Artifact;
  const build = (text: string) => async (temporary: string) => {
    writeFileSync(path.join(temporary, "tool"), text);
    await Promise.resolve();
  };
  const tool = () => readFileSync(path.join(artifact.folder, "tool"), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    mkdirSync(path.join(folder, "sources"));
    writeFileSync(path.join(folder, "sources", "a"), "1");
    artifact = {
      folder: path.join(folder, "home", "bin"),
      executable: "tool",
      sources: [path.join(folder, "sources")],
    };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is there after its build, with nothing beside it", async () => {
    assert.equal(isInstalled(artifact), false);
    await install(artifact, build("one"));
    assert.equal(isInstalled(artifact), true);
    assert.equal(tool(), "one");
    assert.deepEqual(readdirSync(path.join(folder, "home")), ["bin"]);
  });

  it("is out of date when a source changes", async () => {
    await install(artifact, build("one"));
    writeFileSync(path.join(folder, "sources", "a"), "2");
    assert.equal(isInstalled(artifact), false);
    await install(artifact, build("two"));
    assert.equal(isInstalled(artifact), true);
    assert.equal(tool(), "two");
  });

  it("stays as it was when a build fails, and leaves nothing of the build", async () => {
    await install(artifact, build("one"));
    await assert.rejects(
      install(artifact, () => Promise.reject(new Error("no compiler"))),
      /no compiler/,
    );
    assert.equal(tool(), "one");
    assert.deepEqual(readdirSync(path.join(folder, "home")), ["bin"]);
  });

  it("is built again over the remains of a build that was killed", async () => {
    mkdirSync(path.join(folder, "home", ".buswide-tool-dead00"), { recursive: true });
    mkdirSync(artifact.folder);
    writeFileSync(path.join(artifact.folder, "tool"), "half");
    writeFileSync(path.join(artifact.folder, ".buswide-tool"), "incomplete");
    assert.equal(isInstalled(artifact), false);
    await install(artifact, build("whole"));
    assert.equal(tool(), "whole");
    assert.deepEqual(readdirSync(path.join(folder, "home")), ["bin"]);
  });

  it("gives way to what an official installer has put there", async () => {
    await install(artifact, build("one"));
    writeFileSync(path.join(folder, "sources", "a"), "2");
    writeFileSync(path.join(artifact.folder, "tool"), "official");
    await adopt(artifact);
    assert.equal(isInstalled(artifact), true);
    assert.equal(isOwn(artifact), false);
  });
});

describe("two preparations at once", () => {
  it("do a piece of work one after the other, and the second is told to wait", async function () {
    this.timeout(10_000);
    const folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    const file = path.join(folder, "deep", "lock");
    const events: string[] = [];
    const work = (name: string) =>
      withLock(
        file,
        () => events.push(`${name} waits`),
        async () => {
          events.push(`${name} starts`);
          await new Promise((resolve) => setTimeout(resolve, 300));
          events.push(`${name} ends`);
        },
      );
    try {
      await Promise.all([work("a"), new Promise((resolve) => setTimeout(resolve, 50)).then(() => work("b"))]);
      assert.deepEqual(events, ["a starts", "b waits", "a ends", "b starts", "b ends"]);
      assert.equal(existsSync(`${file}.lock`), false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("do not hold the work's own error back", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
    const failing = withLock(path.join(folder, "lock"), unexpected, () => Promise.reject(new Error("mine")));
    await assert.rejects(failing, /mine/);
    rmSync(folder, { recursive: true });
  });
});

describe("a download site", () => {
  function serving(handle: (server: Server) => void): Promise<{ url: string; server: Server }> {
    return new Promise((resolve) => {
      const server = createServer();
      handle(server);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address() as { port: number };
        resolve({ url: `http://127.0.0.1:${address.port}/install.sh`, server });
      });
    });
  }

  it("that answers is open", async () => {
    const { url, server } = await serving((it) =>
      it.on("connection", (socket) =>
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
      ),
    );
    assert.equal(await answers(url), true);
    server.close();
  });

  it("that refuses is closed at once, and one that never answers within seconds", async function () {
    this.timeout(15_000);
    const { url, server } = await serving((it) =>
      it.on("connection", (socket) => socket.on("error", () => undefined)),
    );
    const started = Date.now();
    assert.equal(await answers(url), false);
    assert.ok(Date.now() - started < 12_000);
    server.close();
    assert.equal(await answers("http://127.0.0.1:9/"), false);
  });
});

describe("a missing Go", () => {
  it("is told by the version that is needed", async () => {
    const before = process.env.PATH;
    try {
      process.env.PATH = "/nonexistent";
      const module = path.join(__dirname, "..", "..", "toolchain", "go", "cli");
      assert.match((await missingGo(module)) ?? "", /^Go 1\.\d+\.\d+ or newer is not installed$/);
    } finally {
      process.env.PATH = before;
    }
  });
});
