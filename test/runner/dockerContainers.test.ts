import assert from "assert";
import Docker from "dockerode";
import { text } from "stream/consumers";
import { DockerContainers, ExecTimeout, usageOf } from "../../workloads/dockerContainers";
import { importHostImage } from "./hostImage";

const docker = new Docker();
const containers = new DockerContainers(docker);
const image = `buswide-test-host:${process.pid}`;
const name = `buswide-test-docker-containers-${process.pid}`;

describe("DockerContainers, with a real container", function () {
  this.timeout(60_000);

  before(async () => {
    await importHostImage(docker, image, ["sh", "cat", "sleep", "grep", "head", "dd"]);
    const container = await docker.createContainer({
      name,
      Image: image,
      Cmd: ["sh", "-c", 'echo "{}"; echo to error >&2; exec sleep 120'],
      Env: ["PATH=/usr/bin:/bin:/usr/sbin:/sbin"],
      User: "1234",
      HostConfig: { Memory: 256 << 20, MemorySwap: 256 << 20 },
    });
    await container.start();
  });

  after(async () => {
    await docker.getContainer(name).remove({ force: true });
    await docker.getImage(image).remove();
  });

  it("hands over both streams and the exit code of a command apart", async () => {
    const result = await containers.exec(name, ["sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert.deepEqual(result, { exitCode: 7, stdout: "out\n", stderr: "err\n" });
  });

  it("gives a command its standard input, and its end", async () => {
    const stdin = "ü€\n".repeat(200_000);
    const result = await containers.exec(name, ["cat"], { stdin });
    assert.equal(result.exitCode, 0);
    assert.equal(result.stdout.length, stdin.length);
    assert.equal(result.stdout, stdin);
  });

  it("does not mind a command that ends without reading its input", async () => {
    const result = await containers.exec(name, ["sh", "-c", "exit 3"], { stdin: "x".repeat(1_000_000) });
    assert.equal(result.exitCode, 3);
  });

  it("runs a command as the user asked for", async () => {
    const uid = ["sh", "-c", "grep ^Uid: /proc/self/status"];
    assert.match((await containers.exec(name, uid)).stdout, /^Uid:\t1234\t/);
    assert.match((await containers.exec(name, uid, { user: "4321" })).stdout, /^Uid:\t4321\t/);
  });

  it("ends a command and its children when their time has passed", async () => {
    const started = Date.now();
    await assert.rejects(
      containers.exec(name, ["sh", "-c", "sleep 61 & sleep 62; echo never"], { timeoutMs: 300 }),
      (error) =>
        error instanceof ExecTimeout && error.message.includes(`${name}: sh did not end within 300 ms`),
    );
    assert.ok(Date.now() - started < 5_000);
    const left = await containers.exec(name, ["sh", "-c", "cat /proc/[0-9]*/cmdline"]);
    assert.ok(left.stdout.includes("sleep\u0000120"), "the container's own process must go on");
    assert.ok(!left.stdout.includes("sleep\u000061") && !left.stdout.includes("sleep\u000062"), left.stdout);
  });

  it("reports a missing program by its exit code and a missing container by an error that names it", async () => {
    const result = await containers.exec(name, ["no-such-program"]);
    assert.ok(result.exitCode === 126 || result.exitCode === 127, String(result.exitCode));
    await assert.rejects(
      containers.exec(`${name}-not`, ["true"]),
      new RegExp(`^Error: ${name}-not: .*no such container`, "i"),
    );
    await assert.rejects(containers.usage(`${name}-not`), /no such container/i);
  });

  it("streams to and from a running command, and the end of its input reaches it", async () => {
    const running = await containers.spawn(name, [
      "sh",
      "-c",
      "while read line; do echo got $line; done; echo end >&2; exit 5",
    ]);
    const stderr = text(running.stderr);
    running.stdin.write("one\n");
    const [first] = (await running.stdout.take(1).toArray()) as Buffer[];
    assert.equal(String(first), "got one\n");
    running.stdin.end();
    assert.equal(await running.exited, 5);
    assert.equal(await stderr, "end\n");
  });

  it("loses nothing of a large output that is read late", async () => {
    const running = await containers.spawn(name, ["sh", "-c", "head -c 20000000 /dev/zero; exit 0"]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    let bytes = 0;
    for await (const chunk of running.stdout) bytes += (chunk as Buffer).length;
    assert.equal(bytes, 20_000_000);
    assert.equal(await running.exited, 0);
  });

  it("counts CPU time used, and memory without the files a container has read", async () => {
    const before = await containers.usage(name);
    assert.ok(Math.abs(before.time - Date.now() / 1000) < 5);
    await containers.exec(name, ["sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"]);
    await containers.exec(name, ["dd", "if=/dev/zero", "of=/tmp-file", "bs=1M", "count=64"], { user: "0" });
    const after = await containers.usage(name);
    const used = after.cpuSeconds - before.cpuSeconds;
    assert.ok(used > 0.05 && used < 10, `${used} s`);
    assert.ok(after.memoryBytes < 32 << 20, `${after.memoryBytes} bytes counted, 64 MiB of them page cache`);
  });

  it("reads the same from this machine's counters as the engine does", async () => {
    const own = await containers.usage(name);
    const answer = await docker.getContainer(name).stats({ stream: false, "one-shot": true });
    const engine = usageOf(name, answer);
    assert.ok(
      Math.abs(own.cpuSeconds - engine.cpuSeconds) < 0.2,
      `${own.cpuSeconds} and ${engine.cpuSeconds} s`,
    );
    assert.ok(
      Math.abs(own.memoryBytes - engine.memoryBytes) < 4 << 20,
      `${own.memoryBytes}, ${engine.memoryBytes} bytes`,
    );
    assert.ok(Math.abs(own.networkReceivedBytes - engine.networkReceivedBytes) < 10_000);
  });

  it("takes many samples in the time of one", async () => {
    const started = performance.now();
    await Promise.all(Array.from({ length: 30 }, () => containers.usage(name)));
    assert.ok(performance.now() - started < 3_000);
  });

  it("returns a log as written, be it JSON", async () => {
    const log = await containers.logs(name);
    assert.ok(log.includes("{}\n") && log.includes("to error\n"), JSON.stringify(log));
    assert.equal(log.length, "{}\nto error\n".length);
  });
});

describe("usageOf", () => {
  const stats = {
    read: "2026-01-02T03:04:05.5Z",
    cpu_stats: { cpu_usage: { total_usage: 2_500_000_000 } },
    networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
  };

  it("leaves the page cache out, but not shared memory, under cgroup v1 and v2", () => {
    const v1 = { usage: 1000, stats: { total_cache: 400, total_shmem: 100, cache: 9, shmem: 9, file: 9 } };
    const v2 = { usage: 1000, stats: { file: 400, shmem: 100 } };
    for (const memory_stats of [v1, v2]) {
      assert.deepEqual(usageOf("c", { ...stats, memory_stats }), {
        time: 1767323045.5,
        cpuSeconds: 2.5,
        memoryBytes: 700,
        networkReceivedBytes: 11,
        networkSentBytes: 22,
      });
    }
  });

  it("refuses the empty answer an engine gives for a stopped container", () => {
    const empty = {
      read: "0001-01-01T00:00:00Z",
      cpu_stats: { cpu_usage: { total_usage: 0 } },
      memory_stats: {},
    };
    assert.throws(() => usageOf("site/service", empty), /site\/service: not running/);
  });
});
