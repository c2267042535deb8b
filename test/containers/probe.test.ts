import { strict as assert } from "assert";
import { spawn } from "child_process";
import { once } from "events";
import { join } from "path";
import { setTimeout as sleep } from "timers/promises";
import { runProbe, type ProbeRecord } from "../../workloads/probe";
import type { PlannedWorkload } from "../../workloads/runner/input";
import { makeStage, workload, type Stage } from "./probeStage";

interface Seen {
  record: ProbeRecord;
  series: { second?: number; succeeded?: number; received?: number }[];
  windows: Date[];
  seconds: number;
}

describe("probe against a real broker", function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async function () {
    this.timeout(600_000);
    stage = await makeStage();
  });

  after(async () => {
    await stage.remove();
  });

  const probe = async (
    change: Partial<PlannedWorkload>,
    duringWindow: (interrupt: () => void) => Promise<void> = () => Promise.resolve(),
  ): Promise<Seen> => {
    const seen: Omit<Seen, "record" | "seconds"> = { series: [], windows: [] };
    const controller = new AbortController();
    let meddling: Promise<void> = Promise.resolve();
    const start = Date.now();
    const hooks = {
      progress: () => undefined,
      series: (record: object) => void seen.series.push(record),
      windowStarted: (at: Date) => {
        seen.windows.push(at);
        meddling = duringWindow(() => controller.abort());
      },
      windowEnded: (at: Date) => void seen.windows.push(at),
    };
    const record = await runProbe(stage.containers, stage.input, workload(change), hooks, controller.signal);
    const seconds = (Date.now() - start) / 1000;
    await meddling;
    assert.equal(await stage.agentProcesses(), 0, "an agent process was left behind");
    assert(!JSON.stringify(record).includes(stage.password), "the record holds the password");
    return { record, seconds, ...seen };
  };

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

    it(`an open loop of ${pattern} keeps its rate and is accounted for to the last message`, async () => {
      const { record } = await probe({ pattern, ratePerSecond: 40, durationSeconds: 3 });
      assert.equal(record.failure, undefined);
      assert.deepEqual([record.sent, record.lost, record.duplicated], [120, 0, 0]);
      assert.equal(record.received, 120 * copies);
      assert(record.durationSeconds >= 2.95 && record.durationSeconds < 5, `${record.durationSeconds} s`);
      assert.equal(record.offeredPerSecond, 40);
      assert(record.latencyMs && record.serviceLatencyMs && record.lateStartsPercent !== undefined);
      assert(record.serviceLatencyMs.mean <= record.latencyMs.mean);
    });
  }

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
    assert.equal(await stage.agentProcesses(), 0);
  });

  it("an interrupted workload ends within seconds and says so", async () => {
    const { record, seconds } = await probe({ callsPerClient: 100_000 }, async (interrupt) => {
      await sleep(3_000);
      interrupt();
    });
    assert.deepEqual([record.status, record.failure], ["failed", "interrupted"]);
    assert(record.succeeded > 0 && seconds < 30, `${seconds} s`);
  });

  it("a broker killed in the window fails the workload within bounded time, with errors by kind", async () => {
    const { record, seconds } = await probe({ callsPerClient: 100_000 }, async () => {
      await sleep(3_000);
      await stage.docker.getContainer(stage.broker).kill();
    });
    await stage.reviveBroker();
    assert.equal(record.status, "failed");
    assert.match(record.failure ?? "", /no operation succeeded for 20 s/);
    const failed = Object.values(record.errors).reduce((sum, count) => sum + count, 0);
    assert(record.succeeded > 100 && failed >= 4, JSON.stringify(record.errors));
    assert(Object.keys(record.errors).every((kind) => /^Messag(ingTimeout|eDeliveryFailure)$/.test(kind)));
    assert(seconds < 75, `${seconds} s`);
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
    const deadline = Date.now() + 10_000;
    while ((await stage.agentProcesses()) > 0) {
      assert(Date.now() < deadline, "agents still run 10 s after their probe was killed");
      await sleep(200);
    }
  });
});
