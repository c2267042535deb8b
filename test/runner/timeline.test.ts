import assert from "assert/strict";
import { PassThrough } from "stream";
import { setTimeout as sleep } from "timers/promises";
import type { ExecProcess } from "../../workloads/containers";
import type { PlannedEpisode } from "../../workloads/runner/input";
import { prepareTimeline, type LinkChange } from "../../workloads/runner/timeline";
import { measurement } from "./input";
import { fakeContainers } from "./world";

const cut = { delayMs: 25, jitterMs: 0, lossPercent: 100 };
const episode: PlannedEpisode = {
  what: "cut",
  link: "core--edge",
  atSeconds: 1,
  untilSeconds: 2,
  actions: [
    { atSeconds: 1, from: "core", to: "edge", impairment: cut },
    { atSeconds: 1, from: "edge", to: "core", impairment: cut },
    { atSeconds: 2, from: "core", to: "edge", impairment: null },
    { atSeconds: 2, from: "edge", to: "core", impairment: null },
  ],
};

/** A gateway that does as it is told, or as a test says; it says nothing until it is told. */
class FakeGateway {
  readonly lines: string[] = [];
  readonly process: ExecProcess;
  readonly stdout = new PassThrough();
  private readonly stderr = new PassThrough();
  private exit: (code: number) => void = () => undefined;

  constructor(private readonly hear: (gateway: FakeGateway, line: string | undefined) => void) {
    const stdin = new PassThrough();
    let rest = "";
    stdin.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        this.lines.push(line);
        this.hear(this, line);
      }
    });
    stdin.on("end", () => this.hear(this, undefined));
    this.process = {
      stdin,
      stdout: this.stdout,
      stderr: this.stderr,
      exited: new Promise((resolve) => (this.exit = resolve)),
    };
  }

  say(value: object): void {
    this.stdout.write(`${JSON.stringify(value)}\n`);
  }

  leave(code: number, reason = ""): void {
    this.stderr.end(reason);
    this.stdout.end();
    this.exit(code);
  }
}

type Hear = (gateway: FakeGateway, line: string | undefined) => void;

/** Ready at once; executes everything with a delay when it is told to start. */
const obedient =
  (lateSeconds: number): Hear =>
  (gateway, line) => {
    if (line === undefined) gateway.leave(0);
    else if (line.includes("actions")) gateway.say({ ready: 2 });
    else {
      const { startAt } = JSON.parse(line) as { startAt: number };
      for (const { class: name, atSeconds } of (
        JSON.parse(gateway.lines[0] ?? "") as { actions: { class: string; atSeconds: number }[] }
      ).actions)
        gateway.say({ class: name, atSeconds, time: startAt + atSeconds + lateSeconds });
      gateway.say({ done: true });
    }
  };

function prepared(hear: Hear | Record<string, Hear>) {
  const gateways: Record<string, FakeGateway> = {};
  const changes: LinkChange[] = [];
  const containers = {
    ...fakeContainers(),
    spawn: (container: string, command: readonly string[]) => {
      assert.deepEqual(command, ["gateway", "schedule", "run"]);
      const gateway = new FakeGateway(typeof hear === "function" ? hear : (hear[container] ?? assert.fail()));
      gateways[container] = gateway;
      return Promise.resolve(gateway.process);
    },
  };
  const timeline = prepareTimeline(
    containers,
    measurement(),
    { name: "first", timeline: [episode] },
    (change) => changes.push(change),
  );
  return { gateways, changes, timeline };
}

describe("a workload's timeline", () => {
  it("is handed to each gateway in advance, and started at the time the window has", async () => {
    const { gateways, timeline } = prepared(obedient(0.02));
    const ready = await timeline;
    assert.deepEqual(Object.keys(gateways).sort(), ["core-gateway", "edge-gateway"]);
    assert.deepEqual(JSON.parse(gateways["core-gateway"]?.lines[0] ?? ""), {
      actions: [
        { atSeconds: 1, class: "edge", impairment: cut },
        { atSeconds: 2, class: "edge", impairment: null },
      ],
      endSeconds: 2,
    });
    assert.equal(gateways["core-gateway"]?.lines.length, 1);
    ready.start(new Date(1_000_500));
    await sleep(50);
    assert.deepEqual(JSON.parse(gateways["edge-gateway"]?.lines[1] ?? ""), { startAt: 1000.5 });
    await ready.end();
  });

  it("is recorded with the time asked for, the time it was, and what the link did from then on", async () => {
    const { changes, timeline } = prepared(obedient(0.02));
    const ready = await timeline;
    ready.start(new Date(1_000_000));
    await ready.end();
    assert.deepEqual(
      changes.filter(({ from }) => from === "edge"),
      [
        {
          ...{ workload: "first", link: "core--edge", from: "edge", to: "core", what: "cut" },
          ...{ askedTime: 1001, time: 1001.02, impairment: cut },
        },
        {
          ...{ workload: "first", link: "core--edge", from: "edge", to: "core", what: "restored" },
          ...{ askedTime: 1002, time: 1002.02, impairment: { ...cut, lossPercent: 0 } },
        },
      ],
    );
    assert.equal(changes.length, 4);
  });

  it("is no longer what was asked for when a change comes more than 100 ms late", async () => {
    const { timeline } = prepared({ "core-gateway": obedient(0.02), "edge-gateway": obedient(0.25) });
    const ready = await timeline;
    ready.start(new Date(1_000_000));
    await assert.rejects(ready.end(), {
      message:
        "link core--edge: cut at 1 s was 250 ms late, tolerance 100 ms; link core--edge: the end of cut at 2 s was 250 ms late, tolerance 100 ms",
    });
  });

  it("is not begun when a gateway refuses it, and the others are let go", async () => {
    const refusing: Hear = (gateway, line) => {
      if (line?.includes("actions"))
        gateway.leave(2, "gateway: actions[0].impairment.limitBytes: netem has no …");
    };
    const { gateways, timeline } = prepared({ "core-gateway": refusing, "edge-gateway": obedient(0) });
    await assert.rejects(timeline, {
      message:
        "core: the gateway took no schedule: gateway: actions[0].impairment.limitBytes: netem has no …",
    });
    assert.equal(gateways["edge-gateway"]?.lines.length, 1);
    assert.ok(gateways["edge-gateway"].process.stdin.writableEnded);
  });

  it("fails when a gateway breaks off, with what it said", async () => {
    const broken: Hear = (gateway, line) => {
      if (line === undefined) gateway.leave(1, "gateway: the schedule broke off");
      else if (line.includes("actions")) gateway.say({ ready: 2 });
    };
    const { timeline } = prepared(broken);
    const ready = await timeline;
    ready.start(new Date());
    await assert.rejects(ready.end(), /^Error: core: gateway: the schedule broke off; edge: /);
  });

  it("records what was restored on the way out", async () => {
    const interrupted: Hear = (gateway, line) => {
      if (line?.includes("actions")) gateway.say({ ready: 2 });
      if (line !== undefined) return;
      const name = gateway.lines[0]?.includes('"edge"') ? "edge" : "core";
      gateway.say({ class: name, restored: true, time: 1001.5 });
      gateway.leave(0);
    };
    const { changes, timeline } = prepared(interrupted);
    const ready = await timeline;
    // What is interrupted has its changes before it, so that none of them is missed.
    ready.start(new Date());
    await ready.end();
    assert.deepEqual(
      changes.map(({ what, from, to, time, askedTime }) => ({ what, from, to, time, askedTime })),
      [
        { what: "restored", from: "core", to: "edge", time: 1001.5, askedTime: undefined },
        { what: "restored", from: "edge", to: "core", time: 1001.5, askedTime: undefined },
      ],
    );
  });

  it("is not complete when a gateway ended it before its last change, of which the first is named", async () => {
    // As a gateway does whose connection to its runner was cut: it restores what it changed, and reports success.
    const cutOff: Hear = (gateway, line) => {
      if (line === undefined) return;
      if (line.includes("actions")) return gateway.say({ ready: 2 });
      const { startAt } = JSON.parse(line) as { startAt: number };
      gateway.say({ class: "edge", atSeconds: 1, time: startAt + 1 });
      gateway.say({ class: "edge", restored: true, time: startAt + 1.5 });
      gateway.leave(0);
    };
    const { changes, timeline } = prepared({ "core-gateway": cutOff, "edge-gateway": obedient(0) });
    const ready = await timeline;
    ready.start(new Date(Date.now() - 3000));
    await assert.rejects(ready.end(), {
      message:
        "link core--edge: the end of cut at 2 s did not come: the gateway of core ended its schedule before it",
    });
    assert.equal(changes.length, 4);
  });

  it("names the first of several changes that did not come, of each gateway", async () => {
    const idle: Hear = (gateway, line) => {
      if (line === undefined) gateway.leave(0);
      else if (line.includes("actions")) gateway.say({ ready: 2 });
    };
    const { timeline } = prepared(idle);
    const ready = await timeline;
    ready.start(new Date(Date.now() - 3000));
    const message = (site: string) =>
      `link core--edge: cut at 1 s did not come: the gateway of ${site} ended its schedule before it`;
    await assert.rejects(ready.end(), { message: `${message("core")}; ${message("edge")}` });
  });

  it("misses nothing that was still to come when the runner ended it", async () => {
    const halfway: Hear = (gateway, line) => {
      if (line === undefined) gateway.leave(0);
      else if (line.includes("actions")) gateway.say({ ready: 2 });
      else gateway.say({ class: "any", atSeconds: 1, time: Date.now() / 1000 });
    };
    const { timeline } = prepared(halfway);
    const ready = await timeline;
    ready.start(new Date(Date.now() - 1000));
    await ready.end();
  });

  it("is not missed where it was never started", async () => {
    const { timeline } = prepared(obedient(0));
    await (await timeline).end();
  });

  it("fails, and does not fall, when a gateway says what nobody understands", async () => {
    const { timeline } = prepared((gateway, line) => {
      if (line === undefined) gateway.leave(0);
      else if (line.includes("actions")) gateway.say({ ready: 2 });
      else gateway.stdout.write("Traceback\n");
    });
    const ready = await timeline;
    ready.start(new Date());
    await sleep(20);
    await assert.rejects(ready.end(), /the gateway said something else than what it did: Traceback/);
  });
});
