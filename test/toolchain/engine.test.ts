import * as assert from "assert";
import { spawn, type ChildProcess } from "child_process";
import { once } from "events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "fs";
import { createServer, type Server } from "http";
import * as os from "os";
import * as path from "path";
import { isDebianFamily } from "../../toolchain/apt";
import { ensureEngine, findEndpoint, ping, restartIdleEngine } from "../../toolchain/engine";

/** A step that must not be announced, as it must not be taken. */
function unexpected(): void {
  throw new Error("nothing was to be done");
}

describe("the Docker Engine", () => {
  let folder: string;
  let server: Server | undefined;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "buswide-test-"));
  });
  afterEach(() => {
    server?.close();
    rmSync(folder, { recursive: true });
  });

  function listen(status: number): Promise<string> {
    const socket = path.join(folder, "engine.sock");
    return new Promise((resolve) => {
      server = createServer((_request, response) => response.writeHead(status).end()).listen(socket, () =>
        resolve(`unix://${socket}`),
      );
    });
  }

  it("is the one of DOCKER_HOST, whatever the context says", async () => {
    const endpoint = await findEndpoint({
      DOCKER_HOST: "tcp://engine.example.org:2376",
      DOCKER_CONTEXT: "other",
      HOME: folder,
    });
    assert.deepEqual(endpoint, { host: "tcp://engine.example.org:2376", source: "DOCKER_HOST" });
  });

  it("is the one of the current context, when the user has chosen one", async () => {
    const bin = path.join(folder, "bin");
    mkdirSync(bin);
    mkdirSync(path.join(folder, ".docker"));
    writeFileSync(path.join(folder, ".docker", "config.json"), JSON.stringify({ currentContext: "lab" }));
    writeFileSync(
      path.join(bin, "docker"),
      '#!/bin/sh\n[ "$1 $2 $3" = "context inspect lab" ] && echo ssh://lab.example.org\n',
      { mode: 0o755 },
    );
    const endpoint = await findEndpoint({ HOME: folder, PATH: `${bin}:${process.env.PATH}` });
    assert.deepEqual(endpoint, { host: "ssh://lab.example.org", source: "context" });
  });

  it("is at its usual socket otherwise, the default context included", async () => {
    const endpoint = await findEndpoint({ HOME: folder, DOCKER_CONTEXT: "default" });
    assert.equal(endpoint.source, "socket");
    assert.match(endpoint.host, /^unix:\/\/.*docker\.sock$/);
  });

  it("runs when it answers, and is silent when a socket is all that is left of it", async () => {
    assert.equal(await ping(await listen(200), {}), "running");
    server?.close();
    const dead = path.join(folder, "dead.sock");
    writeFileSync(dead, "");
    assert.equal(await ping(`unix://${dead}`, {}), "silent");
    assert.equal(await ping(`unix://${folder}/none.sock`, {}), "silent");
  });

  it("is not replaced by another when the one the user chose does not answer", async () => {
    const host = `unix://${folder}/none.sock`;
    await assert.rejects(
      ensureEngine({ DOCKER_HOST: host, HOME: folder }, unexpected),
      new RegExp(`no Docker Engine answers at ${host}, which DOCKER_HOST names`),
    );
  });

  it("is left alone when it answers", async () => {
    const host = await listen(200);
    assert.deepEqual(await ensureEngine({ DOCKER_HOST: host, HOME: folder }, unexpected), {
      host,
      source: "DOCKER_HOST",
    });
  });

  it("is only installed on Debian and its kin", () => {
    const release = (text: string) => {
      const file = path.join(folder, "os-release");
      writeFileSync(file, text);
      return isDebianFamily(file);
    };
    assert.equal(release('ID=debian\nVERSION_ID="12"\n'), true);
    assert.equal(release('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), true);
    assert.equal(release('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), false);
    assert.equal(isDebianFamily(path.join(folder, "none")), false);
  });

  describe("in its own way", () => {
    let engine: ChildProcess | undefined;
    let started: string[];

    beforeEach(() => {
      started = [];
      mkdirSync(path.join(folder, "bin"));
      mkdirSync(path.join(folder, "pulumi", "buswide"), { recursive: true });
      // The kernel calls a process by the name of its file.
      copyFileSync("/bin/sleep", path.join(folder, "bin", "dockerd"));
    });
    afterEach(() => void engine?.kill("SIGKILL"));

    /** @param containers What the docker command lists. */
    function restart(containers: string, more: NodeJS.ProcessEnv = {}): Promise<boolean> {
      const command = path.join(folder, "bin", "docker");
      writeFileSync(command, `#!/bin/sh\n[ "$*" = "ps --all --quiet" ] && printf '${containers}'\n`, {
        mode: 0o755,
      });
      const environment = {
        ...{ HOME: folder, PULUMI_HOME: path.join(folder, "pulumi") },
        PATH: `${path.join(folder, "bin")}:${process.env.PATH}`,
        ...more,
      };
      const start = (where: string) => Promise.resolve(void started.push(path.basename(where)));
      return restartIdleEngine(environment, () => undefined, start);
    }

    async function run(program: string): Promise<ChildProcess> {
      engine = spawn(program, ["60"]);
      await once(engine, "spawn");
      writeFileSync(path.join(folder, "pulumi", "buswide", "dockerd.pid"), String(engine.pid));
      return engine;
    }

    it("is ended and started anew, where it is this project's and has no container", async () => {
      const ended = once(await run(path.join(folder, "bin", "dockerd")), "exit");
      assert.equal(await restart(""), true);
      assert.deepEqual(await ended, [null, "SIGTERM"]);
      assert.deepEqual(started, ["buswide"]);
    });

    it("is left alone where it has a container, or is somebody else's", async () => {
      assert.equal(await restart(""), false, "it is not known which process it is");
      const running = await run(path.join(folder, "bin", "dockerd"));
      assert.equal(await restart("4f2a\\n"), false, "a container is there");
      assert.equal(await restart("", { DOCKER_HOST: "tcp://engine.example.org:2376" }), false);
      assert.equal(running.exitCode ?? running.signalCode, null);
      running.kill("SIGKILL");
      await run("/bin/sleep");
      assert.equal(await restart(""), false, "the number is another process's by now");
      assert.deepEqual(started, []);
    });
  });
});
