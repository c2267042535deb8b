import { strict as assert } from "assert";
import { spawn, type ChildProcess } from "child_process";
import type { Writable } from "stream";
import { setTimeout as sleep } from "timers/promises";
import type { Impairment } from "../../workloads/results/schema";
import type { MeasurementInput, PlannedLinkEpisode } from "../../workloads/runner/input";
import { mostLateSeconds, prepareTimeline, type LinkChange } from "../../workloads/runner/timeline";
import { makeLinkStage, output, type LinkStage, type SiteName } from "./linkStage";

const asked: Impairment = { delayMs: 5, jitterMs: 0, lossPercent: 0 };
const slow: Impairment = { ...asked, delayMs: 60 };
const cut: Impairment = { ...asked, lossPercent: 100 };

describe("a schedule of real gateways", function () {
  this.timeout(60_000);
  // A host that is busy for a moment makes packets late, as a run allows for by probing again.
  this.retries(1);
  let stage: LinkStage;
  let input: Pick<MeasurementInput, "sites" | "links">;
  let remove = (): Promise<void> => Promise.resolve();
  const clients: { client: ChildProcess & { stdin: Writable }; ended: Promise<number | null> }[] = [];

  before(async function () {
    this.timeout(600_000);
    stage = await makeLinkStage();
    remove = () => stage.remove();
    await setClass("a", "b");
    await setClass("b", "a");
    for (const [site, to] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const prefix = `${stage.hostAddress(to).replace(/\d+$/, "0")}/24`;
      await output(
        stage.containers,
        stage.gateway(site),
        ["gateway", "routes", "set"],
        JSON.stringify({ [prefix]: stage.wanAddress(to) }),
      );
    }
    input = {
      sites: stage.sites,
      links: [{ name: "a--b", between: ["a", "b"], there: asked, back: asked }],
    };
  });

  after(async () => {
    await remove();
  });

  async function setClass(from: SiteName, to: SiteName): Promise<void> {
    const spec = { ...asked, nextHop: stage.wanAddress(to), seed: 1 };
    await output(
      stage.containers,
      stage.gateway(from),
      ["gateway", "class", "set", to],
      JSON.stringify(spec),
    );
  }

  function episode(
    what: PlannedLinkEpisode["what"],
    from: number,
    to: number,
    impairment: Impairment,
  ): PlannedLinkEpisode {
    return {
      ...{ what, link: "a--b", atSeconds: from, untilSeconds: to },
      actions: [
        { atSeconds: from, from: "a", to: "b", impairment },
        { atSeconds: from, from: "b", to: "a", impairment },
        { atSeconds: to, from: "a", to: "b", impairment: null },
        { atSeconds: to, from: "b", to: "a", impairment: null },
      ],
    };
  }

  /** Pings for a while: Unix time of each answer, seconds, and its round trip, milliseconds. */
  async function ping(seconds: number): Promise<{ sent: number; rtt: number }[]> {
    const { stdout } = await stage.containers.exec(stage.host("a"), [
      ...["ping", "-n", "-D", "-i", "0.02", "-W", "1", "-w", String(seconds), stage.hostAddress("b")],
    ]);
    return [...stdout.matchAll(/^\[([\d.]+)\].* time=([\d.]+) ms/gm)].map(([, at, time]) => ({
      sent: Number(at) - Number(time) / 1000,
      rtt: Number(time),
    }));
  }

  /** Waits until a ping is answered in the time asked for, at most some seconds. */
  async function comesBack(withinMs: number): Promise<void> {
    const { stdout } = await stage.containers.exec(stage.host("a"), [
      ...["ping", "-n", "-i", "0.02", "-W", "1", "-w", String(withinMs / 1000), stage.hostAddress("b")],
    ]);
    const last = [...stdout.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time)).slice(-20);
    assert.equal(last.length, 20, stdout);
    assert.ok(Math.min(...last) >= 10 && Math.min(...last) < 12, last.join(" "));
  }

  /** Hands gateway a's direction a schedule by the engine's own client, whose death is that of a runner. */
  async function scheduleByClient(actions: object[], endSeconds: number) {
    const client = spawn("docker", ["exec", "-i", stage.gateway("a"), "gateway", "schedule", "run"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    client.stdin.write(`${JSON.stringify({ actions, endSeconds })}\n`);
    const ended = new Promise<number | null>((resolve) => client.once("close", resolve));
    clients.push({ client, ended });
    await Promise.race([
      new Promise((resolve) => client.stdout.once("data", resolve)),
      ended.then((code) => assert.fail(`the schedule was not taken: ${code}`)),
    ]);
    client.stdin.write(`${JSON.stringify({ startAt: Date.now() / 1000 })}\n`);
    return { client, ended };
  }

  // A schedule that a failed test has left would fail all the others.
  afterEach(async () => {
    for (const { client, ended } of clients.splice(0)) {
      client.stdin.end();
      await ended;
    }
  });

  it("cuts, slows down and brings back within 100 ms of the times asked for, and says so", async function () {
    // A machine that is held up makes a change late, and a run says so and fails; one that is not has to keep time.
    this.retries(2);
    const changes: LinkChange[] = [];
    const workload = {
      name: "call",
      timeline: [episode("cut", 1, 2, cut), episode("change", 3, 4, slow)],
    };
    const timeline = await prepareTimeline(stage.containers, input, workload, (change) =>
      changes.push(change),
    );
    const start = new Date(Date.now() + 500);
    timeline.start(start);
    const answers = await ping(6);
    await timeline.end();
    assert.equal(changes.length, 8);
    const lateness = changes.map(({ time, askedTime }) => time - (askedTime ?? NaN));
    assert.ok(
      lateness.every((late) => late >= 0 && late < mostLateSeconds),
      lateness.join(" "),
    );
    // What the network did, seen by packets: at their sending, with a margin of the time allowed. A ping every
    // 20 ms makes 44 in a second; on a busy machine it sends fewer, and each still has to be right.
    const from = start.getTime() / 1000;
    const within = (low: number, high: number) =>
      answers.filter(({ sent }) => sent >= from + low + 0.1 && sent < from + high - 0.02);
    assert.deepEqual(within(1, 2), []);
    for (const [low, high] of [
      [0, 1],
      [2, 3],
      [4, 5],
    ] as const) {
      const [fast, all] = [within(low, high).filter(({ rtt }) => rtt < 20).length, within(low, high).length];
      assert.ok(fast > 20 && fast >= all - 2, `${low} to ${high} s: ${fast} of ${all}`);
    }
    // What was sent 60 ms before the end comes back on a link that is as before.
    const slowed = within(3, 3.9);
    assert.ok(slowed.length > 20 && slowed.every(({ rtt }) => rtt >= 120), JSON.stringify(slowed));
  });

  it("ramps a delay in steps that packets see", async () => {
    const steps = Array.from({ length: 9 }, (_, index) => ({
      atSeconds: index / 4,
      ...{ from: "a", to: "b", impairment: { ...asked, delayMs: 5 + 20 * index } },
    }));
    const ramp: PlannedLinkEpisode = {
      ...{ what: "ramp", link: "a--b", atSeconds: 0, untilSeconds: 3 },
      actions: [...steps, { atSeconds: 3, from: "a", to: "b", impairment: null }],
    };
    const timeline = await prepareTimeline(
      stage.containers,
      input,
      { name: "call", timeline: [ramp] },
      () => undefined,
    );
    const start = new Date(Date.now() + 300);
    timeline.start(start);
    const answers = await ping(4);
    await timeline.end();
    const at = (seconds: number) =>
      answers.find(({ sent }) => sent >= start.getTime() / 1000 + seconds)?.rtt ?? NaN;
    assert.ok(Math.abs(at(0.65) - 50) < 3, `${at(0.65)}`);
    assert.ok(Math.abs(at(2.4) - 170) < 3, `${at(2.4)}`);
    assert.ok(Math.abs(at(3.2) - 10) < 3, `${at(3.2)}`);
  });

  it("is undone at once when its runner is killed", async () => {
    const { client } = await scheduleByClient([{ atSeconds: 0, class: "b", impairment: cut }], 300);
    await sleep(500);
    assert.deepEqual(await ping(1), []);
    client.kill("SIGKILL");
    await comesBack(3000);
  });

  it("is undone by its parent when the process that executes it is killed", async () => {
    const { ended } = await scheduleByClient([{ atSeconds: 0, class: "b", impairment: cut }], 300);
    await sleep(500);
    const processes = await output(stage.containers, stage.gateway("a"), [
      ...["sh", "-c", "grep -lz '^schedule$' /proc/[0-9]*/cmdline | cut -d/ -f3 | sort -n"],
    ]);
    const executor = processes
      .trim()
      .split("\n")
      .filter((pid) => pid !== "self");
    await output(stage.containers, stage.gateway("a"), [...["sh", "-c", `kill -9 ${executor.at(-1)}`]]);
    await comesBack(3000);
    assert.equal(await ended, 1);
  });

  it("is undone by a restart of its gateway", async () => {
    await scheduleByClient([{ atSeconds: 0, class: "b", impairment: cut }], 300);
    await sleep(300);
    await stage.restart("a");
    await output(
      stage.containers,
      stage.gateway("a"),
      ["gateway", "class", "set", "b"],
      JSON.stringify({
        ...asked,
        nextHop: stage.wanAddress("b"),
        seed: 1,
      }),
    );
    await comesBack(3000);
  });

  it("goes on when the emulator is killed: a cut link comes back cut", async function () {
    if ((await stage.status("a")).emulator !== "nfqueue") this.skip();
    const { client } = await scheduleByClient([{ atSeconds: 0, class: "b", impairment: cut }], 300);
    await sleep(300);
    await output(stage.containers, stage.gateway("a"), ["sh", "-c", "kill -9 $(pidof buswide-emulator)"]);
    await sleep(1500);
    assert.deepEqual(await ping(1), []);
    client.stdin.end();
    await comesBack(3000);
  });

  it("is refused while another one is under way", async function () {
    const first = await scheduleByClient([{ atSeconds: 0, class: "b", impairment: slow }], 300);
    const second = await stage.containers.exec(stage.gateway("a"), ["gateway", "schedule", "run"], {
      stdin: `${JSON.stringify({ actions: [], endSeconds: 1 })}\n`,
      timeoutMs: 20_000,
    });
    assert.equal(second.exitCode, 1);
    assert.match(second.stderr, /another schedule is under way/);
    first.client.stdin.end();
    await comesBack(3000);
  });

  it("is refused by path, and changes nothing then", async () => {
    const result = await stage.containers.exec(stage.gateway("a"), ["gateway", "schedule", "run"], {
      stdin: `${JSON.stringify({ actions: [{ atSeconds: 0, class: "b", impairment: { delayMs: -5 } }], endSeconds: 1 })}\n`,
    });
    assert.equal(result.exitCode, 2);
    assert.match(result.stderr, /actions\[0\]\.impairment\.delayMs: -5 refused/);
    await comesBack(2000);
  });
});
