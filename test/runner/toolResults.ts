import type { RallyRecord, ShakerRecord, TraceRecord } from "../../workloads/results/schema";
import type { RallyScenario } from "../../workloads/results/rally";
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
