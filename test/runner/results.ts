import type { LinkRecord, PathRecord, Results, WorkloadRecord } from "../../workloads/results/schema";
import { probeRecord } from "./world";

export function link(name: string, changes: Partial<LinkRecord> = {}): LinkRecord {
  const asked = { delayMs: 25, jitterMs: 2, lossPercent: 0.1, rateBitsPerSecond: 100e6 };
  const found = { delayMs: 25.1, lossPercent: 0.098, packets: 5000, rateBitsPerSecond: 98.7e6 };
  const measured = {
    rttMs: { median: 50.27, mean: 50.3, min: 46, max: 55, stddev: 1 },
    there: found,
    back: found,
  };
  const [from = "", to = ""] = name.split("--");
  return {
    name,
    between: [from, to],
    emulator: "nfqueue",
    asked: { there: asked, back: asked },
    before: measured,
    after: measured,
    deviations: [],
    ...changes,
  };
}

/** A path over one site, as predicted unless `changes` say otherwise. */
export function path(name: string, changes: Partial<PathRecord> = {}): PathRecord {
  const [from = "", over = "", to = ""] = name.split("--");
  const figures = { delayMs: 30, jitterMs: 0, lossPercent: 1.5, rateBitsPerSecond: 10e6 };
  const found = { delayMs: 30.1, lossPercent: 1.4, packets: 1000, rateBitsPerSecond: 9.9e6 };
  return {
    between: [from, to],
    predicted: {
      there: { sites: [from, over, to], ...figures },
      back: { sites: [to, over, from], ...figures },
    },
    measured: {
      rttMs: { median: 60.3, mean: 60.3, min: 60, max: 61, stddev: 0.1 },
      there: found,
      back: found,
    },
    deviations: [],
    ...changes,
  };
}

export function record(name: string, changes: Partial<WorkloadRecord> = {}): WorkloadRecord {
  return {
    ...probeRecord(name, "call", new Date("2026-01-02T03:04:05Z")),
    services: [],
    brokers: [],
    ...changes,
  };
}

export function someResults(changes: Partial<Results> = {}): Results {
  const plain = { delayMs: 2, jitterMs: 0, lossPercent: 0 };
  const found = { lossPercent: 0, packets: 1000 };
  return {
    schemaVersion: 1,
    stack: "demo",
    run: 12,
    status: "complete",
    links: [
      link("core--edge-1"),
      link("core--fog", {
        asked: { there: plain, back: { ...plain, delayMs: 7 } },
        before: {
          rttMs: { median: 9.1, mean: 9.1, min: 9, max: 10, stddev: 0.1 },
          there: found,
          back: found,
        },
      }),
    ],
    bus: {
      kind: "rabbitmq",
      topology: "single",
      brokers: [{ name: "core-rabbitmq", site: "core", version: "3.10.8" }],
    },
    workloads: [
      record("call-open", {
        clients: 30,
        servers: 4,
        sent: 12000,
        received: 12000,
        throughputPerSecond: 499.8,
        latencyMs: { count: 12000, mean: 56, p50: 55.82, p90: 58.1, p99: 71.4, p999: 124.3, max: 210.7 },
      }),
      record("notify-small", { pattern: "notify", kind: "notification", throughputPerSecond: 4.96 }),
      record("fanout", {
        pattern: "fanout",
        sent: 1000,
        received: 3994,
        lost: 6,
        errors: { MessagingTimeout: 2 },
        latencyMs: { count: 3994, mean: 0.8, p50: 0.734, p90: 1.2, p99: 9.94, p999: 14, max: 1204 },
      }),
    ],
    provenance: {
      scenarioSha256: "ab".repeat(32),
      seed: 1,
      startedAt: "2026-01-02T03:04:05.000Z",
      finishedAt: "2026-01-02T03:05:05.000Z",
      images: {},
      versions: {},
      host: { kernel: "6", cpu: "c", cores: 2, memoryBytes: 1, os: "Debian" },
      clockShared: true,
    },
    ...changes,
  };
}
