import { strict as assert } from "assert";
import { spawn } from "child_process";
import { once } from "events";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { rabbitmq } from "../../workloads/brokers/rabbitmq";
import { lookAt } from "../../workloads/faults/busHealth";
import { ServiceFaults } from "../../workloads/faults/engine";
import { runProbe } from "../../workloads/probe";
import type { PlannedWorkload } from "../../workloads/runner/input";
import { QueueWatch } from "../../workloads/runner/queueWatch";
import { workload, type Stage } from "./probeStage";
import { agentsGone, keepsItsRate, makeProbedStage, probed, type Seen } from "./probing";

describe("probe against a real broker", function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async function () {
    this.timeout(600_000);
    stage = await makeProbedStage();
  });

  after(async () => {
    await stage.remove();
  });

  const probe = (change: Partial<PlannedWorkload>, duringWindow?: Parameters<typeof probed>[2]) =>
    probed(stage, change, duringWindow);

  const total = (seen: Seen, what: "succeeded" | "received") =>
    seen.series.reduce((sum, second) => sum + (second[what] ?? 0), 0);

  for (const pattern of ["call", "cast", "fanout", "notify"] as const) {
    const copies = pattern === "fanout" ? 2 : 1;

    it(`a closed loop of ${pattern} loses and duplicates nothing, and the series adds up to the record`, async () => {
      const seen = await probe({ pattern, callsPerClient: 100 });
      const { record } = seen;
      assert.equal(record.failure, undefined);
      const { sent, succeeded, expected, received, lost, duplicated, errors } = record;
      assert.deepEqual(
        { sent, succeeded, expected, received, lost, duplicated, errors },
        {
          sent: 400,
          succeeded: 400,
          expected: 400 * copies,
          received: 400 * copies,
          lost: 0,
          duplicated: 0,
          errors: {},
        },
      );
      assert.equal(record.latencyMs?.count, pattern === "fanout" ? 800 : 400);
      assert(record.latencyMs.p50 > 0.05 && record.latencyMs.p50 < 5_000, `p50 ${record.latencyMs.p50} ms`);
      assert.deepEqual([total(seen, "succeeded"), total(seen, "received")], [400, 400 * copies]);
      assert.deepEqual(record.receivedByServerSite, { core: 400 * copies });
      assert.equal(seen.windows.length, 2);
    });
  }

  it("an open loop of call keeps its rate and is accounted for to the last message", () =>
    keepsItsRate(stage, "call", 1));

  it("several topics share clients and servers, and each topic is served", async () => {
    const { record } = await probe({
      pattern: "fanout",
      topics: 2,
      servers: { core: 2, edge: 2 },
      callsPerClient: 50,
    });
    // Four clients, two receivers a topic.
    assert.deepEqual(
      [record.status, record.expected, record.received, record.lost],
      ["complete", 400, 400, 0],
    );
    assert.deepEqual(record.receivedByServerSite, { core: 200, edge: 200 });
  });

  it("one-way latency is left out where no clock is shared", async () => {
    const { clockShared } = stage.input;
    stage.input.clockShared = false;
    try {
      const { record } = await probe({ pattern: "cast", callsPerClient: 20 });
      assert.deepEqual([record.status, record.received, record.latencyMs], ["complete", 80, undefined]);
    } finally {
      stage.input.clockShared = clockShared;
    }
  });

  it("a topic without a server is refused before any agent is started", async () => {
    const { record, seconds } = await probe({ topics: 3, callsPerClient: 1 });
    assert.equal(record.status, "failed");
    assert.match(record.failure ?? "", /3 topics but 2 servers/);
    assert(seconds < 2);
  });

  it("an option the bus library does not have fails the workload by its name", async () => {
    stage.input.bus.settings["oslo_messaging_rabbit"] = { heartbeat_timeout_threshold: 0, colour: "red" };
    try {
      const { record } = await probe({ callsPerClient: 1 });
      assert.match(
        record.failure ?? "",
        /settings\.oslo_messaging_rabbit\.colour: oslo\.messaging has no such option/,
      );
    } finally {
      stage.input.bus.settings["oslo_messaging_rabbit"] = { heartbeat_timeout_threshold: 0 };
    }
  });

  it("an agent killed in the window fails the workload at once, and what was measured is kept", async () => {
    const killed =
      "for p in /proc/[0-9]*; do grep -qs '[b]uswide_agent' $p/cmdline && kill -9 ${p#/proc/}; done; true";
    const { record, seconds } = await probe({ callsPerClient: 100_000 }, async () => {
      await sleep(4_000);
      await stage.containers.exec(stage.agents.core, ["sh", "-c", killed]);
    });
    assert.equal(record.status, "failed");
    assert.match(record.failure ?? "", /agent core\/servers-0-1 ended with exit code 137/);
    assert(record.succeeded > 100, `${record.succeeded} succeeded`);
    assert.equal(record.received + record.lost, record.expected);
    assert(record.latencyMs && record.latencyMs.count === record.succeeded);
    assert(seconds < 45, `${seconds} s`);
  });

  it("a workload interrupted while its agents are being started leaves none behind", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 700);
    const silent = { progress: () => undefined, series: () => undefined };
    const hooks = { ...silent, windowStarted: () => undefined, windowEnded: () => undefined };
    const record = await runProbe(
      stage.containers,
      stage.input,
      workload({ callsPerClient: 1 }),
      hooks,
      controller.signal,
    );
    assert.deepEqual([record.status, record.failure, record.sent], ["failed", "interrupted", 0]);
    await agentsGone(stage);
  });

  it("an interrupted workload ends within seconds and says so", async () => {
    const { record, seconds } = await probe({ callsPerClient: 100_000 }, async (interrupt) => {
      await sleep(3_000);
      interrupt();
    });
    assert.deepEqual([record.status, record.failure], ["failed", "interrupted"]);
    assert(record.succeeded > 0 && seconds < 30, `${seconds} s`);
  });

  describe("once a fault is over", () => {
    /** Runs a workload with a timeline, whose fault is made here: at two seconds, by evaluating `erlang` in the broker. */
    async function broken(erlang: string) {
      const said: string[] = [];
      const sinks = { append: () => Promise.resolve(), warn: (line: string) => void said.push(line) };
      const queues = new QueueWatch(stage.containers, stage.input, rabbitmq, "probe", sinks);
      let making: Promise<void> = Promise.resolve();
      const make = async () => {
        await sleep(2_200);
        const { exitCode, stderr, stdout } = await stage.containers.exec(stage.broker, [
          "rabbitmqctl",
          "eval",
          erlang,
        ]);
        assert.equal(exitCode, 0, stderr + stdout);
      };
      const series: object[] = [];
      const hooks = {
        progress: () => undefined,
        series: (record: object) => void series.push(record),
        windowStarted: () => void (making = make()),
        windowEnded: () => undefined,
        atRest: (when: "before" | "after") => queues.read(when),
      };
      const record = await runProbe(
        stage.containers,
        stage.input,
        workload({
          ...{ clients: { edge: 2 }, ratePerSecond: 40, durationSeconds: 6, timeoutSeconds: 2 },
          timeline: [{ what: "pause", service: "core/broker", atSeconds: 2, untilSeconds: 3 }],
        }),
        hooks,
        new AbortController().signal,
      );
      await making;
      assert.deepEqual(said, []);
      const { leftovers } = record;
      assert(leftovers, JSON.stringify(series.slice(-3)));
      return { record, leftovers, orphans: queues.orphans.orphanQueues };
    }

    it("a server that is passed over, a client without replies and its queue are found", async () => {
      // Who consumes is forgotten by the broker alone: server and client stay connected, and hear nothing of it.
      const { leftovers, orphans } = await broken(`
        Queues = [{N, Q} || Q <- rabbit_amqqueue:list(), {resource, _, _, N} <- [amqqueue:get_name(Q)]],
        Forget = fun(Q) ->
          [C | _] = rabbit_amqqueue:consumers(Q),
          Cancel = {basic_cancel, element(1, C), element(2, C), undefined, <<"test">>},
          gen_server2:call(amqqueue:get_pid(Q), Cancel, 5000)
        end,
        [Topic] = [Q || {<<"buswide.probe.0">>, Q} <- Queues],
        [Reply | _] = [Q || {<<"reply_", _/binary>>, Q} <- Queues, rabbit_amqqueue:consumers(Q) =/= []],
        {Forget(Topic), Forget(Reply)}.`);
      assert.equal(leftovers.deafServers.length, 1, JSON.stringify(leftovers));
      const [deaf] = leftovers.deafServers;
      assert(deaf && deaf.site === "core" && deaf.before > 20 && deaf.chance < 0.0005, JSON.stringify(deaf));
      assert.equal(leftovers.unservedClients.length, 1, JSON.stringify(leftovers));
      assert.equal(leftovers.unservedClients[0]?.site, "edge");
      assert(leftovers.asked >= 16 && leftovers.answered > 0, JSON.stringify(leftovers));
      assert(leftovers.answered < leftovers.asked);
      assert.equal(orphans?.length, 1, JSON.stringify(orphans));
      const [{ replies, others, names } = { replies: 0, others: 0, names: [] }] = orphans;
      assert.deepEqual([replies, others], [1, 0]);
      assert.match(names[0] ?? "", /^reply_/);
    });
  });

  it("a broker whose disk is filled takes nothing until it is given back, and is found to take nothing", async () => {
    const faults = new ServiceFaults(() => stage.docker, stage.containers);
    const intact = await faults.standing("core/broker", stage.broker, "rabbitmq");
    assert(intact.disk && intact.disk.limitBytes < 2 ** 40, JSON.stringify(intact.disk));
    const bus = { kind: "rabbitmq", brokers: stage.input.bus.brokers };
    const look = () => lookAt(bus, stage.docker, stage.containers, rabbitmq);
    assert.deepEqual(await look(), []);
    const { record } = await probe(
      { pattern: "cast", ratePerSecond: 20, durationSeconds: 9, clients: { edge: 1 } },
      async () => {
        await sleep(2_000);
        await faults.begin(intact, { what: "fill", service: "core/broker", atSeconds: 2, untilSeconds: 6 });
        assert.deepEqual(await look(), ["broker takes no messages: it is short of disk space"]);
        await sleep(2_000);
        const { done } = await faults.restore(intact);
        assert.deepEqual(done, ["given its disk back"]);
      },
    );
    assert.deepEqual(await look(), []);
    assert.deepEqual((await faults.restore(intact)).done, [], "it is as it was");
    // What was sent meanwhile came when there was room again: late, and all of it.
    assert.deepEqual([record.failure, record.lost], [undefined, 0]);
    assert(record.latencyMs && record.latencyMs.max > 1_500, JSON.stringify(record.latencyMs));
  });

  it("a probe that is killed outright leaves no agent running", async () => {
    const script = join(__dirname, "probeAlone.ts");
    const child = spawn(process.execPath, ["-r", "ts-node/register", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(JSON.stringify({ input: stage.input, workload: workload({ callsPerClient: 100_000 }) }));
    await once(child.stdout, "data");
    assert.equal(await stage.agentProcesses(), 2);
    child.kill("SIGKILL");
    await once(child, "exit");
    await agentsGone(stage);
  });
});
