import assert from "assert/strict";
import { execFileSync } from "child_process";
import { createServer, type Server as HttpServer } from "http";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import Docker from "dockerode";
import { reachIssues } from "../../components/target/hosts/reach";
import {
  describeDestination,
  engineUrl,
  sshCommand,
  sshLine,
  sshOptions,
  type SshDestination,
} from "../../workloads/hosts/destination";
import { openEngines } from "../../workloads/hosts/engines";
import { HostError, runOnHost } from "../../workloads/hosts/run";
import { openTunnel } from "../../workloads/hosts/tunnel";
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

/** Processes that have a text among their arguments. */
function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    });
}

const nameOf = async (docker: Docker): Promise<unknown> => ((await docker.info()) as { Name: unknown }).Name;

describe("the way to a host", () => {
  it("asks nobody anything, and shares one connection unless it is to have its own", () => {
    const options = sshOptions({ host: "a" });
    for (const option of [
      "-oBatchMode=yes",
      "-oControlMaster=auto",
      "-oControlPath=~/.ssh/buswide-23f4db95-%C",
    ])
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
    assert.ok(/buswide-\w{8}-%%C/.test(proxy) && /buswide-\w{8}-%%%%C/.test(proxy));
    assert.ok(proxy.includes("X=1%%%%"));
  });

  it("shares a connection with no way that differs by who is passed, by the key, or by a setting", () => {
    const meets = (destination: Omit<SshDestination, "host">) =>
      sshOptions({ host: "10.0.0.5", ...destination })
        .find((option) => option.startsWith("-oControlPath="))
        ?.slice("-oControlPath=".length) ?? "";
    const ways = [
      {},
      { jump: [{ host: "a" }] },
      { jump: [{ host: "a" }, { host: "b" }] },
      { jump: [{ host: "b" }, { host: "a" }] },
      { identityFile: "/k" },
      { options: ["UserKnownHostsFile=/dev/null"] },
    ].map(meets);
    assert.equal(new Set(ways).size, ways.length, ways.join("\n"));
    assert.equal(meets({ jump: [{ host: "a" }] }), ways[1]);
    for (const way of ways) {
      assert.match(way, /^~\/\.ssh\/buswide-[0-9a-f]{8}-%C$/);
      // What the client makes of it, with the name that it has until it is bound, and a home of a long name.
      const socket = way.replace("~", `/home/${"n".repeat(20)}`).replace("%C", "0".repeat(40));
      assert.ok(`${socket}.${"x".repeat(16)}`.length < 108, socket);
    }
  });

  it("has a key's name read as one word", () => {
    const key = (identityFile: string) =>
      sshOptions({ host: "a", identityFile }).find((option) => option.startsWith("-oIdentityFile"));
    assert.equal(key("~/.ssh/a key"), '-oIdentityFile="~/.ssh/a key"');
    assert.equal(key("/k"), "-oIdentityFile=/k");
    // The client itself says what it takes for the key.
    const said = execFileSync(
      "ssh",
      ["-F", "none", "-G", ...sshOptions({ host: "a", identityFile: "/a key's #1" }), "a"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    assert.match(said, /^identityfile \/a key's #1$/m);
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

  it("are asked still when this machine is told to stop: what was done to containers is undone over these", async () => {
    const [host] = hosts;
    if (!host) throw new Error("there is no host");
    const tunnel = await openTunnel(host.destination);
    try {
      const [client] = processesWith(tunnel.socketPath);
      if (client === undefined) throw new Error("the client's process is not found");
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.kill(client, signal);
      await sleep(500);
      assert.equal(tunnel.broken(), undefined);
      assert.equal(await nameOf(new Docker({ socketPath: tunnel.socketPath })), "one");
    } finally {
      tunnel.close();
    }
    for (let left = 100; left > 0 && processesWith(tunnel.socketPath).length > 0; left--) await sleep(50);
    assert.deepEqual(processesWith(tunnel.socketPath), []);
  });

  it("are as many as there are, with one thing to be done at this process's end", async () => {
    const [host] = hosts;
    if (!host) throw new Error("there is no host");
    const before = process.listenerCount("exit");
    const tunnels = await Promise.all([1, 2, 3].map(() => openTunnel(host.destination)));
    assert.equal(process.listenerCount("exit"), before);
    for (const tunnel of tunnels) tunnel.close();
  });

  it("that do not answer, and those that SSH forwards nothing to, are named before anything is made", async () => {
    const [silent, forbidding] = [await SshHost.start("/nowhere"), await SshHost.start("forbidden")];
    const asked = (name: string, { destination: ssh }: SshHost) => ({ name, ssh });
    try {
      const issues = await reachIssues([
        ...hosts.map((host, at) => asked(`good-${at}`, host)),
        asked("silent", silent),
        asked("forbidding", forbidding),
        { name: "gone", ssh: { host: "127.0.0.1", port: 1 } },
      ]);
      assert.deepEqual(
        issues.map(({ path }) => path),
        ["silent", "forbidding", "gone"].map((name) => `target.hosts.${name}`),
      );
      for (const { message } of issues)
        assert.match(
          message,
          /^its Docker Engine does not answer through SSH \(.+\): .*forbids forwarding .*AllowStreamLocalForwarding.* does not listen at \/var\/run\/docker\.sock$/,
        );
    } finally {
      silent.stop();
      forbidding.stop();
    }
  });

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
