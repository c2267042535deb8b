import assert from "assert/strict";
import { randomBytes } from "crypto";
import Docker from "dockerode";
import { readFileSync } from "fs";
import { resolve } from "path";
import { setTimeout as sleep } from "timers/promises";
import { writeIn } from "../../workloads/attended";
import { DockerContainers } from "../../workloads/dockerContainers";
import { openWindow } from "../../workloads/runner/sampling";
import { setupOf } from "../../workloads/servers";
import { figuresOf } from "../../workloads/servers/figures";
import type { PlannedServers } from "../../workloads/servers/input";
import { RunningLoad } from "../../workloads/servers/runningLoad";
import { buildImage } from "./buildImage";

const fake = resolve(__dirname, "../../images/rally/control/tests/fake_cloud.py");
const port = 5000;
const workload: PlannedServers = {
  ...{ name: "boots", kind: "servers", site: "core", ratePerSecond: 2, authenticationsPerSecond: 4 },
  ...{ durationSeconds: 3, waitSeconds: 4, timeoutSeconds: 5 },
};
const cloud = { url: `http://127.0.0.1:${port}/v3`, region: "RegionOne", password: "x", hosts: [] };

/** The load of the image, with keystoneauth as Debian has it, against a cloud of which some requests go wrong. */
describe("servers at a steady rate", function () {
  this.timeout(120_000);
  const docker = new Docker();
  const containers = new DockerContainers(docker);
  const name = `buswide-test-${randomBytes(4).toString("hex")}-servers`;

  before(async function () {
    this.timeout(600_000);
    const made = await docker.createContainer({
      name,
      Image: await buildImage("rally"),
      HostConfig: { Init: true, NetworkMode: "none", Memory: 2 ** 29, MemorySwap: 2 ** 29 },
    });
    await made.start();
    await writeIn(containers, name, "fake_cloud.py", readFileSync(fake, "utf8"));
  });
  after(() => docker.getContainer(name).remove({ force: true, v: true }));

  /** With what listens in the container, until it is used. */
  async function beside<T>(program: readonly string[], use: () => Promise<T>): Promise<T> {
    const serving = await containers.spawn(name, ["python3", ...program]);
    try {
      const probe = `import socket; socket.create_connection(("127.0.0.1", ${port}))`;
      for (let tries = 0; (await containers.exec(name, ["python3", "-c", probe])).exitCode !== 0; tries++) {
        assert.ok(tries < 50, "nothing listens");
        await sleep(100);
      }
      return await use();
    } finally {
      serving.stdin.end();
      await serving.exited;
    }
  }

  /** With a cloud of its own. */
  const withCloud = <T>(use: () => Promise<T>) => beside(["fake_cloud.py", String(port)], use);

  it("are followed to their ends, and every one that is not ACTIVE is told by what became of it", async () => {
    const found = await withCloud(async () => {
      const load = await RunningLoad.start(containers, name, () => undefined);
      load.tell(setupOf(workload, cloud));
      await load.said("ready");
      const windowStarted = (at: Date): void => load.tell({ start: at.getTime() / 1000 });
      const startedAt = await openWindow({ windowStarted }, new AbortController().signal);
      await load.over;
      return figuresOf(workload, startedAt.getTime() / 1000, load.events);
    });
    const { boots, authentications, unaccepted, errors, novaServices, left } = found;
    const { activeSeconds, ...counts } = boots;
    assert.deepEqual(counts, {
      ...{ asked: 6, accepted: 4, refused: { 503: 2 }, unanswered: {}, active: 2, error: 1 },
      ...{ stuck: { BUILD: 1 }, gone: 0, unknown: 0 },
    });
    // One that is there after a second, seen by a look every half second.
    assert.ok(
      activeSeconds && activeSeconds.min >= 1 && activeSeconds.max < 3,
      JSON.stringify(activeSeconds),
    );
    assert.deepEqual([errors, unaccepted, left], [{ "No valid host": 1 }, { ACTIVE: 1 }, 0]);
    assert.deepEqual(
      [authentications.asked, authentications.granted, authentications.refused],
      [12, 10, { 500: 2 }],
    );
    assert.deepEqual(novaServices, { services: 1, down: [], silent: [] });
    assert.ok(found.lateSeconds < 1, `${found.lateSeconds}`);
  });

  it("are deleted when whoever asked for them is gone", async () => {
    const deleted = await withCloud(async () => {
      const load = await RunningLoad.start(containers, name, () => undefined);
      load.tell(setupOf({ ...workload, durationSeconds: 60 }, cloud));
      await load.said("ready");
      load.tell({ start: Date.now() / 1000 });
      await load.said("server");
      load.end();
      await load.over;
      const [last] = load.events.slice(-1);
      return last;
    });
    assert.deepEqual(deleted, { event: "left", servers: 0 });
  });

  it("cannot begin where Keystone hangs, and it is said that it gave no answer", async () => {
    const silent = `import socket, sys; s = socket.create_server(("127.0.0.1", ${port})); sys.stdin.read()`;
    await beside(["-c", silent], async () => {
      const load = await RunningLoad.start(containers, name, () => undefined);
      load.tell(setupOf(workload, cloud));
      await assert.rejects(
        load.said("ready"),
        /ended with exit code 1: .*LookupError: flavors: ConnectTimeout/,
      );
    });
  });

  it("cannot begin where there is no cloud, and it is said why", async () => {
    const load = await RunningLoad.start(containers, name, () => undefined);
    load.tell(setupOf(workload, cloud));
    await assert.rejects(
      load.said("ready"),
      /ended with exit code 1: .*LookupError: flavors: ConnectFailure/,
    );
  });
});
