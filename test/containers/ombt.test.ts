import { strict as assert } from "assert";
import { runOmbt } from "../../workloads/ombt";
import { runProbe } from "../../workloads/probe";
import { arrivesWhereItShould, calls, counted, makeCountedStage } from "./counting";
import { workload, type Stage } from "./probeStage";

const clients = 4;
const servers = 2;

describe("ombt against a real broker", function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async function () {
    this.timeout(600_000);
    stage = await makeCountedStage();
  });

  after(async () => {
    await stage.remove();
  });

  it("calls are timed and counted one by one, and agree with what ombt reports and the broker counts", async () => {
    const { record, published, delivered } = await counted(stage, runOmbt, { tool: "ombt", testCase: "TC1" });
    assert.equal(record.failure, undefined);
    const { sent, succeeded, received, lost, duplicated, errors, ombt, latencyMs, testCase } = record;
    const all = clients * calls;
    assert.deepEqual(
      { sent, succeeded, received, lost, duplicated, errors },
      { sent: all, succeeded: all, received: all, lost: 0, duplicated: 0, errors: {} },
    );
    assert.deepEqual(
      [ombt?.clients, ombt?.servers, ombt?.sent, ombt?.processed, ombt?.failed],
      [clients, servers, all, all, 0],
    );
    // The same operations, timed by ombt: two ways to the same mean, and one to percentiles, which ombt has none of.
    assert(latencyMs?.count === all && latencyMs.p50 > 0.2 && latencyMs.p50 <= latencyMs.p99);
    assert(
      ombt?.latencyMs && Math.abs(latencyMs.mean - ombt.latencyMs.mean) < 0.02 * ombt.latencyMs.mean + 0.01,
    );
    assert(ombt.messagesPerSecond !== undefined && ombt.messagesPerSecond > 0);
    const ratio = record.throughputPerSecond / ombt.messagesPerSecond;
    assert(ratio > 0.95 && ratio < 1.05, `${ratio}`);
    assert.deepEqual(
      [testCase?.case, testCase?.sentByClient, testCase?.messagesRate],
      ["TC1", { min: calls, mean: calls, max: calls, stddev: 0 }, record.throughputPerSecond],
    );
    // A call is two messages. On the bus it loads, ombt also talks to itself: the controller's call to run the test,
    // a ping of a server and a report by each client, and for each look at the servers a question and their reports.
    const own = published - 2 * all - (1 + 4 * clients);
    const look = 1 + 2 * servers;
    assert(
      own >= look && own % look === 0,
      `${published} published, ${own} beside the calls and the clients' own`,
    );
    assert(delivered >= 2 * all, `${delivered} delivered`);
  });

  it("the probe's calls are all that its broker counts, to the message", async () => {
    const { record, published, delivered } = await counted(stage, runProbe, {});
    assert.deepEqual([record.failure, record.succeeded], [undefined, clients * calls]);
    assert.deepEqual([published, delivered], [2 * clients * calls, 2 * clients * calls]);
  });

  it("the probe's casts and fanouts are counted by the broker as often as the record says", async () => {
    const casts = await counted(stage, runProbe, { pattern: "cast", testCase: "TC1" });
    assert.deepEqual([casts.published, casts.record.received], [clients * calls, clients * calls]);
    const fanouts = await counted(stage, runProbe, { pattern: "fanout", testCase: "TC3" });
    // One message published, a copy delivered to each server.
    assert.deepEqual(
      [fanouts.published, fanouts.record.received, fanouts.record.testCase?.processed],
      [clients * calls, servers * clients * calls, servers * clients * calls],
    );
  });

  it("a fanout (TC3) of ombt arrive wherever they should, and no message of the warm-up is among them", () =>
    arrivesWhereItShould(stage, { pattern: "fanout", testCase: "TC3" }, 2));

  it("an interrupted test ends within seconds and leaves no process behind", async () => {
    const controller = new AbortController();
    const start = Date.now();
    const windows: Date[] = [];
    const record = await runOmbt(
      stage.containers,
      stage.input,
      workload({ tool: "ombt", callsPerClient: 1_000_000 }),
      {
        progress: () => undefined,
        series: () => undefined,
        windowStarted: (at) => {
          windows.push(at);
          setTimeout(() => controller.abort(), 2_000);
        },
        windowEnded: (at) => void windows.push(at),
      },
      controller.signal,
    );
    assert.deepEqual([record.status, record.failure, windows.length], ["failed", "interrupted", 2]);
    assert(Date.now() - start < 60_000);
    // The brackets keep the search from finding itself.
    const script = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -o '[b]uswide_ombt' | wc -l";
    const deadline = Date.now() + 8_000;
    for (const container of Object.values(stage.agents))
      for (;;) {
        const { stdout } = await stage.containers.exec(container, ["sh", "-c", script]);
        if (Number(stdout) === 0) break;
        assert(Date.now() < deadline, `${stdout.trim()} processes of ombt still run in ${container}`);
      }
  });
});
