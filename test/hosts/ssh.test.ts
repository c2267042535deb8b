import assert from "assert/strict";
import { createServer, type Server as HttpServer } from "http";
import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import type Docker from "dockerode";
import {
  describeDestination,
  engineUrl,
  sshCommand,
  sshLine,
  sshOptions,
} from "../../workloads/hosts/destination";
import { openEngines } from "../../workloads/hosts/engines";
import { HostError, runOnHost } from "../../workloads/hosts/run";
import { SshHost } from "./sshServer";

/** An engine that knows its name and nothing else. */
async function engineCalled(name: string, folder: string): Promise<{ socket: string; server: HttpServer }> {
  const socket = join(folder, `${name}.sock`);
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/info" ? { Name: name } : { message: "no such thing" }));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { socket, server };
}

const nameOf = async (docker: Docker): Promise<unknown> => ((await docker.info()) as { Name: unknown }).Name;

describe("the way to a host", () => {
  it("asks nobody anything, and shares one connection unless it is to have its own", () => {
    const options = sshOptions({ host: "a" });
    for (const option of ["-oBatchMode=yes", "-oControlMaster=auto", "-oControlPath=~/.ssh/buswide-%C"])
      assert.ok(options.includes(option), option);
    assert.ok(sshOptions({ host: "a" }, true).includes("-oControlPath=none"));
  });

  it("leads by every host on the way with the same key, each connected to once", () => {
    const words = sshCommand(
      {
        host: "n",
        identityFile: "~/k",
        jump: [
          { host: "a", user: "me" },
          { host: "b", port: 23 },
        ],
        options: ["X=1%"],
      },
      "true",
    );
    const [proxy = ""] = words.filter((word) => word.startsWith("-oProxyCommand="));
    assert.match(proxy, /^-oProxyCommand=ssh .* -oPort=23 -W '\[%h\]:%p' -- b$/);
    // What is meant for the host before is read once more on the way to it.
    assert.match(proxy, /-oUser=me -W .*\[%%h\]:%%p.* -- a/);
    assert.equal(proxy.match(/IdentityFile=~\/k/g)?.length, 2);
    assert.ok(proxy.includes("buswide-%%C") && proxy.includes("buswide-%%%%C") && proxy.includes("X=1%%%%"));
  });

  it("is a line of a shell in which the host's command is one word", () =>
    assert.match(
      sshLine({ host: "n", user: "me" }, "docker exec -i a b || true"),
      /-oUser=me -T -- n 'docker exec -i a b \|\| true'$/,
    ));

  it("is told to Docker's clients and to people", () => {
    assert.equal(engineUrl({ host: "10.0.0.5", user: "root", port: 2222 }), "ssh://root@10.0.0.5:2222");
    assert.equal(engineUrl({ host: "n" }), "ssh://n");
    assert.equal(
      describeDestination({
        host: "n",
        user: "me",
        port: 2,
        jump: [{ host: "a" }, { host: "b", user: "you" }],
      }),
      "me@n:2 by a, you@b",
    );
  });
});

describe("on a host", function () {
  this.timeout(60_000);
  let host: SshHost;
  before(async () => (host = await SshHost.start()));
  after(() => host.stop());

  it("a command runs with its input, and gives what it prints", async () => {
    const printed = await runOnHost(host.destination, "cat; echo 'a  b'", {
      input: "in ",
      timeoutMs: 20_000,
    });
    assert.equal(printed, "in a  b");
  });

  it("further commands take no further connection", async () => {
    const before = host.asked.filter((what) => what === "connection").length;
    await runOnHost(host.destination, "true", { timeoutMs: 20_000 });
    assert.equal(host.asked.filter((what) => what === "connection").length, before);
  });

  it("a command that fails says what it said, and is no lost connection", () =>
    assert.rejects(
      runOnHost(host.destination, "echo why >&2; exit 3", { timeoutMs: 20_000 }),
      (error) =>
        error instanceof HostError && !error.unreachable && /^me@127\.0\.0\.1:\d+: why$/.test(error.message),
    ));

  it("that is not there, nothing runs, and it is said that it is not", () =>
    assert.rejects(
      runOnHost({ ...host.destination, port: 1 }, "true", { timeoutMs: 20_000 }),
      (error) =>
        error instanceof HostError &&
        error.unreachable &&
        /^no connection to me@127\.0\.0\.1:1: .*Connection refused/.test(error.message),
    ));

  it("behind others, a command runs by way of them, if the key opens them, too", async () => {
    const [one, other] = [await SshHost.start(), await SshHost.start()];
    try {
      // One key opens all three, as the way to a host has one.
      const { host: place, port, user } = one.destination;
      const jump = {
        host: place,
        ...(port === undefined ? {} : { port }),
        ...(user === undefined ? {} : { user }),
      };
      const { identityFile, ...rest } = other.destination;
      await assert.rejects(
        runOnHost(
          { ...rest, ...(identityFile === undefined ? {} : { identityFile }), jump: [jump] },
          "true",
          { timeoutMs: 20_000 },
        ),
        /no connection to/,
        "the first host takes no key but its own",
      );
      const through = { ...one.destination, jump: [jump, jump] };
      assert.equal(await runOnHost(through, "echo there", { timeoutMs: 20_000 }), "there");
      assert.ok(one.asked.filter((what) => what === "forward").length >= 1);
    } finally {
      one.stop();
      other.stop();
    }
  });
});

describe("engines of hosts", function () {
  this.timeout(60_000);
  let folder: string;
  let engines: { socket: string; server: HttpServer }[];
  let hosts: SshHost[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "buswide-engines-"));
    engines = await Promise.all(["one", "other"].map((name) => engineCalled(name, folder)));
    hosts = await Promise.all(engines.map(({ socket }) => SshHost.start(socket)));
  });
  after(() => {
    hosts.forEach((host) => host.stop());
    engines.forEach(({ server }) => server.close());
    rmSync(folder, { recursive: true });
  });
  const map = () => ({
    hosts: Object.fromEntries(hosts.map(({ destination }, at) => [["alpha", "beta"][at] ?? "", destination])),
    hostOf: { a: "alpha", b: "beta" },
  });

  it("are asked each for its own containers, by one connection a host", async () => {
    const open = await openEngines(map());
    try {
      const before = hosts.map(({ asked }) => asked.filter((what) => what === "connection").length);
      assert.deepEqual(await Promise.all(["a", "b", "a"].map((name) => nameOf(open.of(name)))), [
        "one",
        "other",
        "one",
      ]);
      assert.deepEqual(await Promise.all([...open.hosts.values()].map(nameOf)), ["one", "other"]);
      assert.deepEqual(
        hosts.map(({ asked }) => asked.filter((what) => what === "connection").length),
        before,
      );
    } finally {
      open.close();
    }
  });

  it("that can't be reached are named, all of them, and none is open", () =>
    assert.rejects(
      openEngines({
        hosts: { ...map().hosts, gone: { host: "127.0.0.1", port: 1 }, off: { host: "127.0.0.1", port: 2 } },
        hostOf: {},
      }),
      /^HostError: gone: no connection to 127\.0\.0\.1:1: .*\noff: no connection to/,
    ));

  it("that are lost are said to be, instead of a socket that does not answer", async () => {
    const open = await openEngines(map());
    try {
      hosts[0]?.drop();
      for (let left = 100; left > 0; left--) {
        try {
          open.of("a");
        } catch {
          break;
        }
        await sleep(50);
      }
      assert.throws(() => open.of("a"), /^Error: the connection to alpha is lost: /);
      await assert.rejects(open.containers.logs("a"), /the connection to alpha is lost/);
      assert.equal(await nameOf(open.of("b")), "other");
    } finally {
      open.close();
    }
  });

  it("have the times of their samples told by this machine's clock, once it is known how far theirs are ahead", async () => {
    const open = await openEngines(map());
    try {
      open.setClocks({ alpha: 1500, beta: -20 });
      assert.deepEqual(
        ["a", "b", "here"].map((name) => open.containers.clockAhead?.(name)),
        [1.5, -0.02, 0],
      );
    } finally {
      open.close();
    }
  });
});
