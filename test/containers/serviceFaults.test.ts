import assert from "assert/strict";
import Docker from "dockerode";
import { setTimeout as sleep } from "timers/promises";
import { DockerContainers } from "../../workloads/dockerContainers";
import { ServiceFaults, type Standing } from "../../workloads/faults/engine";
import { mostLateDoneSeconds, mostLateStartSeconds } from "../../workloads/faults/timeline";
import type { PlannedServiceEpisode } from "../../workloads/runner/input";
import { importHostImage } from "../runner/hostImage";

const mebibyte = 1024 ** 2;
const image = "buswide-test/service-faults:1";

/** Counts up in a file every 10 ms or so, until it is told to end, which takes it a moment. */
const counting = "trap 'sleep 0.3; exit 0' TERM; while :; do i=$((i+1)); echo $i > /count; sleep 0.01; done";

describe("faults of a real container", function () {
  this.timeout(60_000);
  const docker = new Docker();
  const containers = new DockerContainers(docker);
  const faults = new ServiceFaults(() => docker, containers);
  let container: Docker.Container;
  let name = "";
  let intact: Standing;

  before(() => importHostImage(docker, image, ["sh", "sleep", "cat", "date", "head", "tr"]));
  after(() => docker.getImage(image).remove({ force: true }));

  beforeEach(async () => {
    name = `buswide-test-faults-${process.pid}`;
    container = await docker.createContainer({
      name,
      Image: image,
      Cmd: ["sh", "-c", counting],
      HostConfig: {
        Init: true,
        RestartPolicy: { Name: "unless-stopped" },
        Memory: 64 * mebibyte,
        MemorySwap: 64 * mebibyte,
        NetworkMode: "none",
      },
    });
    await container.start();
    await sleep(200);
    intact = await faults.standing("a/x", name);
  });

  afterEach(() => container.remove({ force: true }));

  const fault = (what: PlannedServiceEpisode["what"], more: Partial<PlannedServiceEpisode> = {}) => ({
    ...{ what, service: "a/x", atSeconds: 0, untilSeconds: 1 },
    ...more,
  });
  const count = async () => Number((await containers.exec(name, ["cat", "/count"])).stdout);
  const state = async () => (await container.inspect()).State;

  /** Begins a fault: how much later than asked it was there, seconds. */
  async function begin(episode: PlannedServiceEpisode): Promise<number> {
    const asked = Date.now() / 1000;
    return (await faults.begin(intact, episode)) - asked;
  }

  /** Undoes it: what that took to do, and how long. */
  async function restore(): Promise<{ done: readonly string[]; late: number }> {
    const asked = Date.now() / 1000;
    const { done, time } = await faults.restore(intact);
    return { done, late: time - asked };
  }

  it("kills it within 500 ms, keeps it dead in spite of its restart policy, and starts it again", async function () {
    // A machine that is held up is late, and a run says so and fails; one that is not has to keep time.
    this.retries(2);
    const late = await begin(fault("kill"));
    assert.ok(late <= mostLateDoneSeconds, `${late} s late`);
    assert.equal((await state()).ExitCode, 137);
    await sleep(700);
    assert.equal((await state()).Running, false);
    const restored = await restore();
    assert.deepEqual(restored.done, ["started"]);
    assert.ok(restored.late <= mostLateStartSeconds, `${restored.late} s late`);
    assert.equal((await state()).Running, true);
  });

  it("is started again by its restart policy when it ends by itself after all that", async () => {
    await begin(fault("kill"));
    await restore();
    const { StartedAt } = await state();
    await containers.exec(name, ["sh", "-c", "kill -9 -1"]);
    const isBack = async () => {
      const { Running, StartedAt: again } = await state();
      return Running && again !== StartedAt;
    };
    for (let waited = 0; !(await isBack()) && waited < 100; waited += 1) await sleep(100);
    assert.ok(await isBack());
  });

  it("stops it as it wants to end, and says when it had", async () => {
    const late = await begin(fault("stop", { graceSeconds: 5 }));
    assert.ok(late >= 0.3 && late < 3, `${late} s`);
    assert.equal((await state()).ExitCode, 0);
    assert.deepEqual((await restore()).done, ["started"]);
  });

  it("kills what does not end in the time that it is given", async () => {
    const stubborn = await docker.createContainer({
      name: `${name}-stubborn`,
      Image: image,
      Cmd: ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"],
      HostConfig: { Init: true, NetworkMode: "none" },
    });
    try {
      await stubborn.start();
      const at = await faults.standing("a/y", `${name}-stubborn`);
      const begun = Date.now() / 1000;
      const ended = await faults.begin(at, fault("stop", { graceSeconds: 1 }));
      assert.ok(ended - begun >= 0.9 && ended - begun < 3, `${ended - begun} s`);
    } finally {
      await stubborn.remove({ force: true });
    }
  });

  it("freezes it within 500 ms and lets it go on where it was", async function () {
    this.retries(2);
    const { StartedAt } = await state();
    const late = await begin(fault("pause"));
    assert.ok(late <= mostLateDoneSeconds, `${late} s late`);
    assert.equal((await state()).Paused, true);
    const restored = await restore();
    assert.deepEqual(restored.done, ["let go on"]);
    assert.ok(restored.late <= mostLateDoneSeconds, `${restored.late} s late`);
    const counted = await count();
    await sleep(300);
    const later = await count();
    assert.ok(counted > 0 && later > counted, `${counted}, ${later}`);
    assert.equal((await state()).StartedAt, StartedAt);
  });

  it("leaves it as much CPU as was said, and then all again", async () => {
    const burn = "i=0; end=$(($(date +%s%N)+1500000000)); while [ $(date +%s%N) -lt $end ]; do :; done";
    const used = async () => {
      const from = await containers.usage(name);
      await containers.exec(name, ["sh", "-c", burn]);
      const to = await containers.usage(name);
      return (100 * (to.cpuSeconds - from.cpuSeconds)) / (to.time - from.time);
    };
    const late = await begin(fault("starve", { cpuPercent: 10 }));
    assert.ok(late <= 1, `${late} s late`);
    const starved = await used();
    assert.ok(starved > 3 && starved < 15, `${starved} % of a core`);
    assert.deepEqual((await restore()).done, ["given its resources back"]);
    const free = await used();
    assert.ok(free > 30, `${free} % of a core`);
    assert.deepEqual((await restore()).done, [], "it is as it was");
  });

  it("ends what takes more memory than it is left, and gives back what was taken", async () => {
    const take = (mib: number) =>
      containers.exec(name, ["sh", "-c", `x=$(head -c ${mib * mebibyte} /dev/zero | tr '\\0' x); echo ok`]);
    assert.equal((await take(16)).stdout.trim(), "ok");
    await begin(fault("starve", { memoryBytes: 8 * mebibyte }));
    assert.notEqual((await take(16)).exitCode, 0);
    assert.deepEqual((await restore()).done, ["given its resources back"]);
    assert.equal((await take(16)).stdout.trim(), "ok");
    const { HostConfig } = await container.inspect();
    assert.deepEqual([HostConfig.Memory, HostConfig.MemorySwap], [64 * mebibyte, 64 * mebibyte]);
  });

  it("has nothing to undo of a container that is gone, or as it was", async () => {
    assert.deepEqual((await restore()).done, []);
    await container.remove({ force: true });
    assert.deepEqual((await restore()).done, []);
    container = await docker.createContainer({ name, Image: image, Cmd: ["true"] });
  });

  it("takes no container that does not run for one that nothing is wrong with", async () => {
    await container.stop({ t: 0 });
    await assert.rejects(faults.standing("a/x", name), /it is not running/);
  });
});
