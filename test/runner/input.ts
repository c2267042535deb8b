import type { MeasurementInput, PlannedWorkload } from "../../workloads/runner/input";

/** A password that looks different in each of its encodings. */
export const password = "s3cr/et+pa ss%ü~x";

export function workload(name: string, changes: Partial<PlannedWorkload> = {}): PlannedWorkload {
  return {
    name,
    kind: "rpc",
    pattern: "call",
    clients: { edge: 2 },
    servers: { core: 1 },
    topics: 1,
    messageBytes: 100,
    ratePerSecond: 50,
    durationSeconds: 2,
    warmupSeconds: 0,
    timeoutSeconds: 5,
    ...changes,
  };
}

/** Two sites, one link of 25 ms each way, one broker. */
export function measurement(changes: Partial<MeasurementInput> = {}): MeasurementInput {
  const clean = { delayMs: 25, jitterMs: 0, lossPercent: 0 };
  const url = `rabbit://buswide:${encodeURIComponent(password)}@10.0.0.2:5672/`;
  return {
    stack: "demo",
    runsDirectory: "runs/demo",
    scenario: { sites: { core: {}, edge: {} } },
    scenarioSha256: "ab".repeat(32),
    seed: 1,
    clockShared: true,
    emulator: "nfqueue",
    sites: [
      { name: "core", gateway: { container: "core-gateway", wanAddress: "10.1.0.1" }, agents: "core-agents" },
      { name: "edge", gateway: { container: "edge-gateway", wanAddress: "10.1.0.2" }, agents: "edge-agents" },
    ],
    links: [{ name: "core--edge", between: ["core", "edge"], there: clean, back: clean }],
    paths: { pairs: 0, sample: [], ends: {} },
    bus: {
      kind: "rabbitmq",
      topology: "single",
      brokers: [{ name: "core-rabbitmq", site: "core", container: "core-broker" }],
      transports: { core: url, edge: url },
      endpoints: { core: ["core/rabbitmq"], edge: ["core/rabbitmq"] },
      settings: {},
    },
    services: [
      { name: "core/rabbitmq", container: "core-broker", image: "rabbitmq" },
      { name: "edge/agents", container: "edge-agents", image: "agents" },
    ],
    configuration: { "core/rabbitmq.conf": `default_pass = ${password}\n` },
    workloads: [workload("first"), workload("second", { pattern: "cast" })],
    backup: { keep: 2 },
    ...changes,
  };
}
