import assert from "assert";
import { renderResults } from "../../workloads/results/table";
import type { WorkloadRecord } from "../../workloads/results/schema";
import { link, path, record, someResults } from "./results";

const colors = /\u001b\[\d+m/g;
const plain = { color: false, width: 120 };

/** The cells of the first line that begins with `name`, by blanks. */
function cells(text: string, name: string): string[] {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return (line ?? assert.fail(`no line of ${name} in\n${text}`)).split(/\s+/);
}

describe("the table of results", () => {
  it("tells the figures of every workload on one line where there is room", () => {
    const text = renderResults(someResults(), plain);
    const figures = ["12000", "12000", "0", "0", "0", "500", "55.8", "58.1", "71.4", "124", "211"];
    assert.deepEqual(cells(text, "call-open"), ["call-open", "call", "30→4", ...figures]);
    assert.match(text, /^demo, run 12: rabbitmq 3\.10\.8 single, complete$/m);
  });

  it("tells what was asked of a link and what it is, there and back where they differ", () => {
    const asked = { delayMs: 5, jitterMs: 0, lossPercent: 0, rateBitsPerSecond: 1e9 };
    const uneven = link("a--b", {
      asked: { there: asked, back: { ...asked, lossPercent: 1, rateBitsPerSecond: 50e6 } },
    });
    const text = renderResults(someResults({ links: [uneven, link("core--edge")] }), plain);
    assert.deepEqual(cells(text, "core--edge").slice(1, 9), [
      "50",
      "±4",
      "50.3",
      "50.3",
      "0.1",
      "0.098",
      "100M",
      "98.7M",
    ]);
    assert.match(text, /→ 0 .*→ 1G/);
    assert.match(text, /← 1 .*← 50M/);
  });

  const wan = (bytesThere: number, bytesBack: number): NonNullable<WorkloadRecord["wan"]> => {
    const usage = { link: "core--edge", packets: 10, droppedPackets: 0, bitsPerSecondMax: 1.5e6 };
    const bytes = bytesThere + bytesBack;
    return {
      seconds: 10,
      bytes,
      bytesPerDelivery: bytes / 1000,
      links: [
        { ...usage, from: "core", to: "edge", bytes: bytesThere },
        { ...usage, from: "edge", to: "core", bytes: bytesBack, bitsPerSecondMax: 2e6 },
      ],
    };
  };
  const counted = (broker: string) => {
    const counts = { connectionsMax: 4, channelsMax: 5, queuesMax: 6 };
    const queues = { messagesReadyMax: 7, messagesUnacknowledgedMax: 8 };
    return { broker, cpuPercentMean: 10.4, memoryBytesMax: 150e6, ...counts, ...queues };
  };

  it("tells what a workload cost WAN and brokers, these added up", () => {
    const locality = { counted: 1000, local: 250, percent: 25 };
    const measured = record("call-open", {
      locality,
      wan: wan(1e6, 3e6),
      brokers: [counted("a"), counted("b")],
    });
    const text = renderResults(someResults({ workloads: [measured] }), { ...plain, width: 130 });
    const lines = text.split("\n").filter((line) => line.startsWith("call-open "));
    const figures = ["25", "4M", "4k", "2M", "edge→core", "21", "300M", "8", "10", "12", "14", "16"];
    assert.deepEqual(lines[1]?.trim().split(/\s+/), ["call-open", ...figures]);
  });

  it("adds nothing up of which a part was not read", () => {
    const { memoryBytesMax: _, cpuPercentMean: __, ...unread } = counted("b");
    const measured = record("call-open", { brokers: [counted("a"), unread] });
    const text = renderResults(someResults({ workloads: [measured] }), plain);
    const lines = text.split("\n").filter((line) => line.startsWith("call-open "));
    assert.deepEqual(lines[1]?.trim().split(/\s+/), ["call-open", "–", "–", "8", "10", "12", "14", "16"]);
  });

  for (const width of [80, 120]) {
    it(`has no line over ${width} columns, and every unit in a header`, () => {
      const name = "a-name-as-long-as-they-get-and-then-some";
      const big = { count: 1e6, mean: 12345, p50: 12345, p90: 23456, p99: 34567, p999: 45678, max: 56789 };
      const workload = record(name, {
        status: "failed",
        clients: 1000,
        servers: 200,
        sent: 1e6,
        received: 2e7,
        lost: 12345,
        latencyMs: big,
        locality: { counted: 1000, local: 1, percent: 0.1 },
        wan: wan(123_456_789, 987_654_321),
        brokers: [counted("a"), counted("b")],
      });
      const results = someResults({
        links: [link(`${name}--${name}`), link("core--edge")],
        paths: { pairs: 9000, seed: 123, measured: [path(`${name}--${name}--${name}`)] },
        workloads: [workload],
      });
      const text = renderResults(
        { ...results, status: "failed", failure: "something ".repeat(30).trim() },
        { color: true, width },
      );
      const lines = text.replace(colors, "").split("\n");
      for (const line of lines) assert.ok(line.length <= width, `${line.length}: ${line}`);
      for (const unit of ["ms", "%", "bit/s", "put 1/s"]) assert.ok(text.includes(unit), unit);
    });
  }

  it("gives no percentile that its sample can't carry, and says so", () => {
    const latencyMs = { count: 100, mean: 5, p50: 5, p90: 6, p99: 7, p999: 8, max: 9 };
    const text = renderResults(someResults({ workloads: [record("small", { latencyMs })] }), plain);
    assert.deepEqual(cells(text, "small").slice(-5), ["5", "6", "7", "–", "9"]);
    assert.match(text, /Too few values for p99\.9, which needs 1000: small \(100\)\./);
    const few = renderResults(
      someResults({ workloads: [record("few", { latencyMs: { ...latencyMs, count: 9 } })] }),
      plain,
    );
    assert.deepEqual(cells(few, "few").slice(-5), ["5", "–", "–", "–", "9"]);
  });

  it("warns of a saturated generator, of errors, of a missing clock and of an observer that costs much", () => {
    const results = someResults({
      workloads: [
        record("busy", {
          pattern: "cast",
          latencyMs: undefined,
          lateStartsPercent: 12.34,
          serviceLatencyMs: { count: 1, mean: 3, p50: 3.21, p90: 3, p99: 3, p999: 3, max: 3 },
          errors: { MessagingTimeout: 3 },
          sampling: { intervalSeconds: 1, samples: 9, runnerCpuPercent: 30.4 },
        }),
      ],
    });
    results.provenance.clockShared = false;
    const text = renderResults(results, { color: false, width: 1000 });
    assert.match(text, /busy: the load generator is saturated: 12 % .* p50 is 3\.2 ms\./);
    assert.match(text, /busy: errors: 3 MessagingTimeout\./);
    assert.match(text, /No one-way latency \(busy\)/);
    assert.match(text, /share of a core: busy 30 %/);
    assert.deepEqual(cells(text, "busy").slice(-5), ["–", "–", "–", "–", "–"]);
  });

  it("says why there is no one-way latency between hosts, or how far those that there are may be off", () => {
    const results = someResults({ workloads: [record("cast", { pattern: "cast" })] });
    const shown = (clocks: { apartMs: number; toleratedMs?: number; agree: boolean }) => {
      results.provenance.clockShared = false;
      results.provenance.clocks = { before: {}, ...clocks };
      return renderResults(results, { color: false, width: 1000 });
    };
    assert.match(
      shown({ apartMs: 4, toleratedMs: 1.25, agree: false }),
      /No one-way latency \(cast\): the hosts' clocks may be 4 ms apart, more than the 1\.25 ms/,
    );
    assert.match(
      shown({ apartMs: 4, toleratedMs: 1.25, agree: true }),
      /One-way latencies \(cast\) may be off by 4 ms: /,
    );
    assert.doesNotMatch(shown({ apartMs: 1, toleratedMs: 1.25, agree: true }), /[Oo]ne-way/);
    assert.doesNotMatch(shown({ apartMs: 1, agree: true }), /[Oo]ne-way/);
  });

  it("warns of a closed loop whose generator was at its limit, and of a broker that took no messages", () => {
    const broker = {
      ...{ broker: "core-rabbitmq", connectionsMax: 1, channelsMax: 1, queuesMax: 1 },
      ...{ messagesReadyMax: 0, messagesUnacknowledgedMax: 0 },
    };
    const results = someResults({
      workloads: [
        record("full", {
          generator: { busiestProcessCpuPercent: 97, saturated: true },
          brokers: [{ ...broker, blocked: true }],
        }),
        record("calm", {
          generator: { busiestProcessCpuPercent: 60, saturated: false },
          brokers: [broker],
        }),
      ],
    });
    const text = renderResults(results, { color: false, width: 1000 });
    assert.match(text, /full: the load generator is saturated: one of its processes used 97 % of a core/);
    assert.match(text, /full: core-rabbitmq took no messages for a time, being short of memory/);
    assert.doesNotMatch(text, /calm: (the load generator|core-rabbitmq)/);
  });

  it("tells of each fault what its workload saw, and that service did not come back", () => {
    const kill = {
      ...{ what: "kill" as const, subjects: ["core/rabbitmq"], atSeconds: 5, untilSeconds: 15 },
      ...{ observedUntilSeconds: 30, offeredPerSecond: 20, errors: { MessagingTimeout: 3, OSError: 1 } },
      ...{ firstErrorSeconds: 2, interruptedSeconds: 11, firstServedSeconds: 12, fullServiceSeconds: 13.5 },
    };
    const cut = {
      ...{
        what: "cut" as const,
        subjects: ["core--edge-1", "core--edge-2"],
        atSeconds: 30,
        untilSeconds: 40,
      },
      ...{ observedUntilSeconds: 60, offeredPerSecond: 20, errors: {}, interruptedSeconds: 30 },
    };
    const results = someResults({ workloads: [record("call", { recovery: [kill, cut] })] });
    for (const width of [80, 120]) {
      const text = renderResults(results, { color: false, width });
      const figures = ["core/rabbitmq", "call", "5", "15", "4", "2", "11", "12", "13.5"];
      assert.deepEqual(cells(text, "kill"), ["kill", ...figures]);
      assert.deepEqual(cells(text, "cut").slice(3), ["30", "40", "0", "–", "30", "–", "never"]);
      assert.match(text, /and 1 more/);
      for (const line of text.split("\n")) assert.ok(line.length <= width, `${line.length}: ${line}`);
    }
  });

  it("sets clients at a fault beside those elsewhere, and says what the fault left behind", () => {
    const site = (name: string, atFault: boolean, down: number) => ({
      ...{ site: name, atFault, offeredPerSecond: 10 },
      errors: (down > 0 ? { OSError: down } : {}) as Record<string, number>,
      ...{
        interruptedSeconds: down,
        fullServiceSeconds: down,
        ...(down > 0 ? { firstServedSeconds: down } : {}),
      },
    });
    const kill = {
      ...{ what: "kill" as const, subjects: ["core/rabbitmq"], atSeconds: 5, untilSeconds: 15 },
      ...{ observedUntilSeconds: 30, offeredPerSecond: 30, errors: { OSError: 16 }, interruptedSeconds: 0 },
      ...{
        fullServiceSeconds: 9,
        bySite: [site("core", true, 7), site("edge", true, 9), site("far", false, 0)],
      },
    };
    const unserved = [{ client: "core.call.client-0", site: "core", tried: 3 }];
    const leftovers = { asked: 9, answered: 6, deafServers: [], unservedClients: unserved, orphanQueues: [] };
    const workloads = [
      record("call", { recovery: [kill], leftovers }),
      record("quiet", { leftovers: { ...leftovers, unservedClients: [] } }),
      record("other"),
    ];
    for (const width of [80, 120]) {
      const text = renderResults(someResults({ workloads }), { color: false, width });
      assert.match(text, /^ +at the fault +16 +– +9 +9 +9$/m);
      assert.match(text, /^ +elsewhere +0 +– +0 +– +0$/m);
      const told = text.replaceAll(/\n {2}/g, " ");
      assert.match(
        told,
        /^Left behind by the faults, call: 1 client served no more: core\.call\.client-0\.$/m,
      );
      assert.match(told, /^Left behind by the faults, quiet: nothing\.$/m);
      assert.ok(!told.includes("the faults, other"));
      for (const line of text.split("\n")) assert.ok(line.length <= width, `${line.length}: ${line}`);
    }
  });

  it("marks what failed, and says why", () => {
    const deviation = {
      when: "before" as const,
      what: "rtt",
      asked: 50,
      measured: 81,
      tolerance: 1,
      unit: "ms" as const,
    };
    const text = renderResults(
      someResults({
        status: "failed",
        failure: "it rained",
        links: [link("core--edge", { deviations: [deviation] })],
        workloads: [],
      }),
      plain,
    );
    assert.match(text, /^demo, run 12: .*, failed$/m);
    assert.match(text, /core--edge .* 50\.3 !/);
    assert.match(text, /^The run failed: it rained\.$/m);
  });

  it("tells of each path what its links add up to and what it is, and that these are all", () => {
    const paths = { pairs: 1, seed: 5, measured: [path("core--fog--edge")] };
    const text = renderResults(someResults({ paths }), plain);
    assert.match(text, /^core ↔ edge +fog +60 +60\.3 +1\.5 +1\.4 +10M +9\.9M$/m);
    assert.match(
      text,
      /^Paths: measured end to end are all 1 pairs of sites .*; round trips are off by 0\.3 ms/m,
    );
  });

  it("of many paths shows those beyond tolerance and the farthest, and says what was left out and drawn", () => {
    const measured = Array.from({ length: 24 }, (_, index) => {
      const one = path(`a-${index}--fog--b-${index}`);
      one.measured.rttMs.median = 60 + index / 100;
      return one;
    });
    const deviation = { when: "before" as const, what: "rtt", unit: "ms" as const };
    measured[1]?.deviations.push({ ...deviation, asked: 60, measured: 60.01, tolerance: 0 });
    const text = renderResults(someResults({ paths: { pairs: 4851, seed: 5, measured } }), plain);
    const rows = text.split("\n").filter((line) => line.includes("↔"));
    assert.deepEqual(
      rows.map((row) => row.split(" ")[0]),
      ["a-1", ...Array.from({ length: 9 }, (_, index) => `a-${index + 15}`)],
    );
    assert.match(rows[0] ?? "", /60 !/);
    const sentence = text.replace(/\n +/g, " ");
    assert.match(sentence, /24 of the 4851 pairs of sites that talk over several links, drawn by seed 5;/);
    assert.match(sentence, /shown are the 10 farthest .* off by 0\.12 ms in the middle, 0\.23 ms at most\./);
  });

  it("says that no path was measured where none was to be", () => {
    const text = renderResults(someResults({ paths: { pairs: 3, seed: 1, measured: [] } }), plain);
    assert.match(text, /^Paths: none of the 3 pairs of sites that talk over several links was measured\.$/m);
  });

  it("of many links shows the farthest from what was asked, and how far all are", () => {
    const links = Array.from({ length: 99 }, (_, index) => link(`core--edge-${index}`));
    const [, , late] = links;
    if (late?.before) late.before = { ...late.before, rttMs: { ...late.before.rttMs, median: 51.1 } };
    const text = renderResults(someResults({ links }), plain);
    assert.equal(text.split("\n").filter((line) => line.startsWith("core--edge-")).length, 10);
    assert.match(text, /^core--edge-2 /m);
    assert.match(
      text,
      /10 links farthest from what was asked, of 99: .* 0\.27 ms in the middle, 1\.1 ms at\s+most/,
    );
  });

  it("says of a run that was killed that it has not ended", () => {
    const text = renderResults(someResults({ status: "running" }), plain);
    assert.match(text, /, not ended$/m);
    assert.match(text, /has not ended, or was killed/);
  });

  it("has colours only when asked for", () => {
    const results = someResults();
    assert.doesNotMatch(renderResults(results, plain), colors);
    assert.match(renderResults(results, { ...plain, color: true }), colors);
  });
});
