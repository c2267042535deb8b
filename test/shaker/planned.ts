import type { PlannedPair, PlannedShaker } from "../../workloads/shaker/input";

/** A core and an edge 10 ms apart, 100 Mbit/s there and 40 back. */
export function pair(changes: Partial<PlannedPair> = {}): PlannedPair {
  const way = { delayMs: 10, jitterMs: 0, lossPercent: 0 };
  return {
    between: ["core", "edge"],
    there: { sites: ["core", "edge"], ...way, rateBitsPerSecond: 100e6 },
    back: { sites: ["edge", "core"], ...way, rateBitsPerSecond: 40e6 },
    udpBitsPerSecond: { there: 50e6, back: 20e6 },
    ...changes,
  };
}

export function shaker(changes: Partial<PlannedShaker> = {}): PlannedShaker {
  return {
    name: "plane",
    kind: "shaker",
    mode: "static-agents",
    tests: ["ping", "tcp", "udp"],
    durationSeconds: 5,
    omitSeconds: 2,
    pairs: [pair()],
    ...changes,
  };
}
