import { strict as assert } from "assert";
import { PassThrough } from "stream";
import { TimedOut, within } from "../../workloads/probe/bounded";
import { deal } from "../../workloads/probe/deal";
import { connectMs, Fleet, redact } from "../../workloads/probe/fleet";
import { runProbe, type ProbeEvent, type ProbeRecord, type SeriesRecord } from "../../workloads/probe";
import { losesPackets } from "../../workloads/probe/lossy";
import { Rounds, type Drained } from "../../workloads/probe/rounds";
import type { Containers, ExecProcess } from "../../workloads/containers";
import type { MeasurementInput, PlannedWorkload } from "../../workloads/runner/input";
import { fakeAgents, received, succeeded, type Behaviour } from "./fakeAgents";

const workload: PlannedWorkload = {
  name: "w",
  kind: "rpc",
  pattern: "call",
  clients: { edge: 1 },
  servers: { core: 1 },
  topics: 1,
  messageBytes: 0,
  callsPerClient: 1,
  warmupSeconds: 0,
  timeoutSeconds: 1,
};

const site = (name: string) => ({
  name,
  gateway: { container: "g", wanAddress: "192.0.2.1" },
  agents: `${name}-agents`,
});

const input: MeasurementInput = {
  stack: "test",
  runsDirectory: "runs/test",
  scenario: {},
  scenarioSha256: "",
  seed: 1,
  clockShared: true,
  emulator: "auto",
  sites: [site("core"), site("edge")],
  links: [],
  paths: { pairs: 0, sample: [], ends: {} },
  bus: {
    kind: "rabbitmq",
    brokers: [],
    transports: { core: "rabbit://u:sesame@h:5672/", edge: "rabbit://u:sesame@h:5672/" },
    endpoints: {},
    settings: {},
  },
  services: [],
  configuration: {},
  workloads: [],
  backup: { keep: 1 },
};

/** Containers in which every agent does what `behave` does with its streams; resolves with its exit code. */
function containersWith(
  behave: (streams: { stdout: PassThrough; stderr: PassThrough }) => Promise<number>,
): Containers {
  const unused = () => Promise.reject(new Error("not expected"));
  const spawn = (): Promise<ExecProcess> => {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    return Promise.resolve({ ...streams, exited: behave(streams) });
  };
  const exec = () => Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
  return { spawn, exec, usage: unused, logs: unused };
}

async function probe(containers: Containers, change: Partial<MeasurementInput> = {}): Promise<ProbeRecord> {
  const silent = { progress: () => undefined, series: () => undefined };
  const unexpected = () => assert.fail("there was no window");
  const hooks = { ...silent, windowStarted: unexpected, windowEnded: unexpected };
  return runProbe(containers, { ...input, ...change }, workload, hooks, new AbortController().signal);
}

describe("probe", () => {
  it("reports the last words of an agent that ends before it was told to", async () => {
    const record = await probe(
      containersWith(async ({ stderr }) => {
        stderr.write("ImportError: no module named oslo_messaging\n");
        return new Promise((resolve) => setTimeout(() => resolve(1), 50));
      }),
    );
    assert.equal(record.status, "failed");
    assert.match(
      record.failure ?? "",
      /agent \w+\/\w+-0-0 ended with exit code 1; its last words: ImportError: no module/,
    );
  });

  it("refuses an agent that sends anything but reports, and never repeats a secret", async () => {
    const record = await probe(
      containersWith(async ({ stdout, stderr }) => {
        stderr.write("can't log in with sesame\n");
        await new Promise((resolve) => setTimeout(resolve, 50));
        stdout.write("hello\n");
        return new Promise((resolve) => setTimeout(() => resolve(0), 50));
      }),
    );
    assert.match(record.failure ?? "", /sent a report that can't be read.*can't log in with \[secret\]/);
  });

  it("names the site that has no container for agents", async () => {
    const sites = [site("core"), { ...site("edge"), agents: undefined }];
    const record = await probe(
      containersWith(() => Promise.resolve(0)),
      { sites },
    );
    assert.equal(record.failure, "workload w: site edge has no container for agents");
  });

  it("names the site that has no transport URL", async () => {
    const bus = { ...input.bus, transports: { core: "rabbit://h/" } };
    const record = await probe(
      containersWith(() => Promise.resolve(0)),
      { bus },
    );
    assert.equal(record.failure, "workload w: site edge has no transport URL");
  });

  it("hides transport URLs and every password in them", () => {
    const transports = { core: "rabbit://a:sesame@h1:5672,b:simsim@h2:5672/", edge: "amqp://h/" };
    assert.equal(
      redact("login a sesame, b simsim at amqp://h/", transports),
      "login a [secret], b [secret] at [secret]",
    );
  });

  describe("with agents", () => {
    let agents: ReturnType<typeof fakeAgents>;
    const drain = Object.getOwnPropertyDescriptor(Rounds.prototype, "drain") ?? {};

    afterEach(() => {
      agents.end();
      Object.defineProperty(Rounds.prototype, "drain", drain);
    });

    /** Runs a workload; `interruptAfterMs` is counted from the start of its window. */
    const run = async (
      behaviour: Behaviour,
      change: Partial<PlannedWorkload>,
      interruptAfterMs?: number,
      links: MeasurementInput["links"] = [],
    ): Promise<{ record: ProbeRecord; series: (SeriesRecord | ProbeEvent)[]; endedMs: number }> => {
      agents = fakeAgents(behaviour);
      const controller = new AbortController();
      const series: (SeriesRecord | ProbeEvent)[] = [];
      let interruptedAt = Infinity;
      const interrupt = (): void => {
        interruptedAt = performance.now();
        controller.abort();
      };
      const hooks = {
        progress: () => undefined,
        series: (line: SeriesRecord | ProbeEvent) => void series.push(line),
        windowStarted: (at: Date) => {
          if (interruptAfterMs !== undefined)
            setTimeout(interrupt, at.getTime() + interruptAfterMs - Date.now());
        },
        windowEnded: () => undefined,
      };
      const record = await runProbe(
        agents.containers,
        { ...input, links },
        { ...workload, ...change },
        hooks,
        controller.signal,
      );
      return { record, series, endedMs: performance.now() - interruptedAt };
    };

    /** Every client sends one message in a round before the window, and `count` in it, of which the servers get `arrived`. */
    const sending =
      (first: number, count: number, arrived = count): NonNullable<Behaviour["reports"]> =>
      (role, round) => {
        const [sent, came] = round.round >= first ? [count, arrived] : [1, 1];
        return [role === "client" ? succeeded(round, sent) : received(round, came)];
      };

    for (const answer of ["answer", "do not answer either"])
      it(`an interrupted run has its record in time though its agents do not end, and ${answer}`, async () => {
        let began = Infinity;
        const { record, series, endedMs } = await run(
          {
            stops: false,
            finishes: ({ rate }) => rate === undefined,
            answersFlush: () => answer === "answer" || began === Infinity,
            reports: (role, round) => {
              if (round.rate !== undefined) began = round.at;
              return sending(1, 20)(role, round);
            },
          },
          { ratePerSecond: 40, durationSeconds: 60 },
          1_000,
        );
        // The runner gives it up after three seconds.
        assert(endedMs < 2_500, `${endedMs} ms`);
        assert.deepEqual([record.status, record.failure], ["failed", "interrupted"]);
        assert.deepEqual([record.succeeded, record.received], [20, 20]);
        const seconds = series.flatMap((line) => ("second" in line ? [line.succeeded] : []));
        assert.deepEqual(seconds, [20]);
        // It is no record of the minute that was asked for.
        assert(record.durationSeconds >= 0.9 && record.durationSeconds < 2, `${record.durationSeconds} s`);
        assert(record.throughputPerSecond > 10, `${record.throughputPerSecond}/s`);
      });

    it("a run that is not interrupted leaves no agent behind", async () => {
      const { record } = await run({ reports: sending(1, 1) }, {});
      assert.equal(record.failure, undefined);
      assert.equal(agents.running(), 0);
    });

    it("ends the agents that an earlier run has left, before it starts its own, and says so", async () => {
      const order: string[] = [];
      const { record, series } = await run(
        {
          left: () => order.push("asked"),
          configured: () => void order.push("configured"),
          reports: sending(1, 1),
        },
        {},
      );
      assert.equal(record.failure, undefined);
      assert.deepEqual(order, ["asked", "asked", "configured", "configured"]);
      const events = series.filter((line) => "event" in line);
      assert.deepEqual(
        events.map(({ event, ended }) => [event, ended]),
        [["agents-of-earlier-runs", 3]],
      );
    });

    it("says what was still arriving when it was no longer waited for, in the warm-up too", async () => {
      const drains: Drained[] = [
        { stillArriving: 0, silent: [] },
        { stillArriving: 40, silent: [] },
        { stillArriving: 12, silent: [] },
      ];
      Rounds.prototype.drain = (round) => Promise.resolve(drains[round] ?? assert.fail());
      const { record, series } = await run(
        { reports: sending(1, 100, 88) },
        { pattern: "cast", warmupSeconds: 1 },
      );
      assert.deepEqual([record.status, record.lost], ["complete", 12]);
      assert.deepEqual(record.stillArriving, { warmup: 40, window: 12 });
      const events = series.flatMap((line) => ("event" in line ? [line.event] : []));
      assert.deepEqual(events, ["warm-up-still-arriving", "still-arriving"]);
    });

    describe("takes what is missing for lost", () => {
      const good = { delayMs: 10, jitterMs: 0, lossPercent: 0 };
      const link = (back: object): MeasurementInput["links"][number] => ({
        name: "core-edge",
        between: ["core", "edge"],
        there: good,
        back: { ...good, ...back },
      });
      const changed = (impairment: object): NonNullable<PlannedWorkload["timeline"]> => [
        {
          what: "change",
          link: "core-edge",
          atSeconds: 0,
          untilSeconds: 1,
          actions: [{ atSeconds: 0, from: "core", to: "edge", impairment: { ...good, ...impairment } }],
        },
      ];
      /** Seconds of quiet that each round waits for. */
      const quiets = async (links: MeasurementInput["links"]): Promise<(number | undefined)[]> => {
        const asked: (number | undefined)[] = [];
        Rounds.prototype.drain = (_, quiet) => {
          asked.push(quiet);
          return Promise.resolve({ stillArriving: 0, silent: [] });
        };
        await run({ reports: sending(1, 1) }, { pattern: "cast", warmupSeconds: 1 }, undefined, links);
        return asked.slice(1);
      };

      it("five seconds after the last arrival where links lose nothing", async () =>
        assert.deepEqual(await quiets([link({})]), [5, 5]));

      it("no sooner than TCP has sent a packet again six times where they do, after the warm-up too", async () => {
        const [warmUp = 0, window = 0] = await quiets([link({ lossPercent: 10 })]);
        const sixth = 0.22 * (2 ** 6 - 1);
        assert(warmUp > sixth && window > sixth, `${warmUp} s, ${window} s`);
        assert(window <= 30);
      });

      it("as where links lose packets by bursts, by corruption or by a timeline, but not where it cuts one", () => {
        const bursts = { beginsPercent: 1, endsPercent: 50, insidePercent: 100, outsidePercent: 0 };
        for (const back of [{ lossPercent: 1 }, { lossBursts: bursts }, { corruptPercent: 1 }]) {
          assert(losesPackets({ links: [link({}), link(back)] }, {}));
          assert(losesPackets({ links: [link({})] }, { timeline: changed(back) }));
        }
        assert(!losesPackets({ links: [link({})] }, { timeline: changed({ delayMs: 50 }) }));
        assert(!losesPackets({ links: [link({})] }, { timeline: changed({ lossPercent: 100 }) }));
      });
    });

    it("fails where an agent did not say what it had counted: what is missing may have come", async () => {
      Rounds.prototype.drain = (round) =>
        Promise.resolve(
          round === 0
            ? { stillArriving: 0, silent: [] }
            : { stillArriving: 100, silent: ["core/servers-0-0"] },
        );
      const { record } = await run({ reports: sending(1, 100, 0) }, { pattern: "cast" });
      assert.equal(record.status, "failed");
      assert.equal(record.failure, "core/servers-0-0 did not report all that they had counted");
      assert.equal(record.stillArriving, undefined);
    });

    it("knows which agents did not say what they had counted", async () => {
      agents = fakeAgents({
        answersFlush: (role) => {
          if (role === "server") setTimeout(() => agents.end(), 100);
          return role === "client";
        },
      });
      const events = { interval: () => undefined, stale: () => undefined };
      const fleet = new Fleet(agents.containers, input, workload, events);
      await fleet.start(deal(workload), "run");
      assert.deepEqual(await fleet.flush(), ["core/servers-0-0"]);
      await fleet.stop();
    });

    it("has agents bear a silence as long as connecting may take, which grows with them, and then a minute's at most", async () => {
      for (const clients of [1, 4000]) {
        const switches: [number, number][] = [];
        const agents = fakeAgents({
          configured: (told) => switches.push([told.connectingDeadmanSeconds, told.deadmanSeconds]),
        });
        const many = { ...workload, clients: { edge: clients } };
        const events = { interval: () => undefined, stale: () => undefined };
        const fleet = new Fleet(agents.containers, input, many, events);
        await fleet.start(deal(many), "run");
        await fleet.stop();
        assert(switches.length >= 2);
        for (const one of switches) assert.deepEqual(one, [connectMs(clients + 1) / 1000, 60]);
      }
      assert(connectMs(4001) >= 2_000_000);
    });

    it("judges a process of the load generator until it is done, not while it waits for a timeout", async () => {
      const reports: Behaviour["reports"] = (role, round) => {
        if (role === "server") return [received(round, 1)];
        const idle = { type: "interval", round: round.round, second: 9 };
        const failed = { "0": { ok: [], failed: { MessagingTimeout: [[1, 1]] }, late: 0 } };
        return [
          { ...idle, second: 1, cpu: [1, 1] },
          succeeded(round, 1, { cpu: [4, 3.9] }),
          { ...idle, cpu: [9, 3.9] },
          { ...idle, cpu: [14, 3.9], ...(round.round > 0 ? { clients: failed } : {}) },
        ];
      };
      const { record } = await run({ reports }, { callsPerClient: 2 });
      assert.deepEqual(record.errors, { MessagingTimeout: 1 });
      assert.deepEqual(record.generator, { busiestProcessCpuPercent: 96.7, saturated: true });
    });
  });

  it("waits no longer than it said, and no shorter for a very long time", async () => {
    const never = new Promise<never>(() => undefined);
    await assert.rejects(within(never, 20, "an answer"), new TimedOut("an answer", 20));
    const soon = new Promise((resolve) => setTimeout(() => resolve("here"), 20));
    assert.equal(await within(soon, 2 ** 40, "an answer"), "here");
  });
});
