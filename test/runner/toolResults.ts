import type { RallyRecord, ServersRecord, ShakerRecord, TraceRecord } from "../../workloads/results/schema";
import type { RallyScenario } from "../../workloads/results/rally";
import type { Stretch } from "../../workloads/results/servers";
import type { ShakerPair } from "../../workloads/results/shaker";
import { tracedRequest } from "../trace/fixture";

const observed = { services: [], brokers: [] };

/** Two sites 10 ms and 100 Mbit/s apart, as Shaker found them, except as `changes` say. */
export function shakerPair(changes: Partial<ShakerPair> = {}): ShakerPair {
  const way = { delayMs: 10, jitterMs: 0, lossPercent: 0, rateBitsPerSecond: 100e6 };
  const direction = {
    tcp: { bitsPerSecond: 95.1e6, lineBitsPerSecond: 99.4e6, retransmits: 3 },
    udp: { sentBitsPerSecond: 50e6, bitsPerSecond: 49.99e6, packets: 21_000, lossPercent: 0, jitterMs: 0.04 },
  };
  return {
    between: ["core", "edge"],
    asked: { there: { sites: ["core", "edge"], ...way }, back: { sites: ["edge", "core"], ...way } },
    rttMs: { min: 20.1, mean: 20.4, median: 20.3, max: 22, samples: 25 },
    there: direction,
    back: direction,
    failures: [],
    differences: [],
    ...changes,
  };
}

export function shakerRecord(changes: Partial<ShakerRecord> = {}): ShakerRecord {
  return {
    name: "plane",
    kind: "shaker",
    status: "complete",
    mode: "static-agents",
    versions: { shaker: "1.4.2" },
    startedAt: "2026-01-01T00:00:00.000Z",
    durationSeconds: 60,
    testSeconds: 5,
    omittedSeconds: 2,
    pairs: [shakerPair()],
    reports: ["shaker/plane/report.html"],
    ...observed,
    ...changes,
  };
}

/** A boot and a deletion, as Rally found them, except as `changes` say. */
export function rallyScenario(changes: Partial<RallyScenario> = {}): RallyScenario {
  const duration = { min: 4.1, median: 4.8, p90: 5.6, p95: 5.9, max: 6.2, mean: 4.9 };
  return {
    scenario: "NovaServers.boot_and_delete_server",
    times: 20,
    concurrency: 2,
    failures: 0,
    successPercent: 100,
    loadSeconds: 49.5,
    durationSeconds: duration,
    actions: [
      {
        name: "nova.boot_server",
        iterations: 20,
        failures: 0,
        durationSeconds: { ...duration, median: 3.3 },
      },
      {
        name: "nova.delete_server",
        iterations: 20,
        failures: 0,
        durationSeconds: { ...duration, median: 1.4 },
      },
    ],
    errors: {},
    sla: [{ criterion: "failure_rate", passed: true, detail: "passed" }],
    ...changes,
  };
}

export function rallyRecord(changes: Partial<RallyRecord> = {}): RallyRecord {
  return {
    name: "boot",
    kind: "rally",
    status: "complete",
    site: "core",
    versions: { rally: "3.3.0" },
    startedAt: "2026-01-01T00:00:00.000Z",
    durationSeconds: 60,
    scenarios: [rallyScenario()],
    reports: ["rally/boot/report.html"],
    ...observed,
    ...changes,
  };
}

/** What came of a rate of servers while a database was killed, except as `changes` say. */
export function serversRecord(changes: Partial<ServersRecord> = {}): ServersRecord {
  const times = { min: 3.9, median: 4.8, p90: 5.6, p95: 5.9, max: 6.2, mean: 4.9 };
  const some = (asked: number, refused: number): Stretch => ({
    boots: {
      ...{ asked, accepted: asked - refused, unanswered: {}, active: asked - refused, error: 0 },
      ...{ refused: refused === 0 ? {} : { 503: refused }, stuck: {}, gone: 0, unknown: 0 },
      ...(asked === refused ? {} : { activeSeconds: times }),
    },
    authentications: {
      ...{ asked: 5 * asked, granted: 5 * (asked - refused), unanswered: {} },
      refused: refused === 0 ? {} : { 500: 5 * refused },
      ...(asked === refused ? {} : { seconds: { ...times, median: 0.41, max: 0.9 } }),
    },
  });
  return {
    ...{ name: "boots", kind: "servers", status: "complete", site: "core", versions: {} },
    ...{ startedAt: "2026-01-01T00:00:00.000Z", durationSeconds: 120, ratePerSecond: 0.2 },
    ...{
      authenticationsPerSecond: 1,
      timeoutSeconds: 30,
      waitSeconds: 120,
      waitedSeconds: 8,
      lateSeconds: 0.01,
    },
    ...some(24, 2),
    ...{ unaccepted: {}, errors: {}, before: some(6, 0) },
    timeline: [{ what: "kill", service: "core/mariadb", atSeconds: 30, untilSeconds: 40 }],
    faults: [
      {
        ...{ what: "kill", subjects: ["core/mariadb"], atSeconds: 30, untilSeconds: 40 },
        ...{ observedUntilSeconds: 120, underWay: some(0, 0), during: some(2, 2), after: some(16, 0) },
        ...{ bootsBackSeconds: 10, authenticationsBackSeconds: 11.2 },
        novaServices: { downMost: 0, untoldReadings: 9, upSeconds: 10.1, reportedSeconds: 17 },
      },
    ],
    novaServices: { services: 22, down: [], silent: [] },
    ...{ left: 0, reports: ["servers/boots/events.jsonl"] },
    ...observed,
    ...changes,
  };
}

/** A server's request that was traced, except as `changes` say. */
export function traceRecord(changes: Partial<TraceRecord> = {}): TraceRecord {
  return {
    name: "request",
    kind: "trace",
    status: "complete",
    site: "core",
    versions: {},
    startedAt: "2026-01-01T00:00:00.000Z",
    durationSeconds: 20,
    totalMs: {
      traced: { requests: 1, min: 905, median: 905, max: 905 },
      untraced: { requests: 1, min: 800, median: 800, max: 800 },
    },
    requests: [tracedRequest()],
    reports: ["traces/request/1.html", "traces/request/1.json"],
    ...observed,
    ...changes,
  };
}
