import type { BrokerSample } from "../../workloads/brokers";
import type { Containers } from "../../workloads/containers";
import { describeDeviation, describePathDeviation } from "../../workloads/links";
import type { ProbeRecord } from "../../workloads/probe";
import type { LinkDeviation } from "../../workloads/results/schema";
import type { Dependencies } from "../../workloads/runner/dependencies";
import { tellingGateway } from "./fakeGateway";
import { password } from "./input";

/** What happened in a world, in order, and what it said to a person. */
export interface World extends Dependencies {
  events: string[];
  lines: string[];
  interrupt(): void;
}

/** A log as a careless service writes it: the password in every form there is. */
export const talkativeLog = [
  password,
  encodeURIComponent(password),
  encodeURIComponent(password).toLowerCase(),
  Buffer.from(password).toString("base64"),
  Buffer.from(`buswide:${password}`).toString("base64"),
  Buffer.from(`u:${password}:more`).toString("base64url"),
  Buffer.from(`us:${password}:more`).toString("base64"),
  JSON.stringify({ url: `rabbit://buswide:${password}@host` }),
  "an innocent line",
].join("\n");

/** Containers that throw on all that the test did not announce. */
export function fakeContainers(logs: Record<string, () => Promise<string>> = {}): Containers {
  const refuse = (what: string) => (container: string) =>
    Promise.reject(new Error(`unexpected ${what} of ${container}`));
  let cpuSeconds = 0;
  let sent = 0;
  return {
    exec: refuse("exec"),
    spawn: (container, command) => {
      if (command.slice(0, 2).join(" ") !== "gateway traffic") return refuse("spawn")(container);
      const to = container === "core-gateway" ? "edge" : "core";
      return Promise.resolve(
        tellingGateway(() => ({ [to]: { bytes: (sent += 500), packets: (sent += 1), dropped: 0 } })),
      );
    },
    usage: (container) => {
      if (!["core-broker", "edge-agents"].includes(container)) return refuse("usage")(container);
      return Promise.resolve({
        time: Date.now() / 1000,
        cpuSeconds: (cpuSeconds += 0.01),
        memoryBytes: 1000,
        networkReceivedBytes: 1,
        networkSentBytes: 2,
        sockets: 3,
      });
    },
    logs: (container) => {
      const log = logs[container];
      if (log !== undefined) return log();
      return ["core-broker", "edge-agents"].includes(container)
        ? Promise.resolve(talkativeLog)
        : refuse("logs")(container);
    },
  };
}

const impairment = { lossPercent: 0, packets: 1000, delayMs: 25.1 };

/** A world where everything goes well, except as `changes` say. */
export function world(
  root: string,
  changes: Partial<Dependencies> & { deviations?: LinkDeviation[] } = {},
): World {
  const { deviations = [], ...others } = changes;
  const controller = new AbortController();
  const events: string[] = [];
  const lines: string[] = [];
  const sample: Omit<BrokerSample, "time"> = {
    connections: 4,
    channels: 5,
    queues: 6,
    messagesReady: 0,
    messagesUnacknowledged: 1,
    publishedTotal: 7,
  };
  return {
    root,
    events,
    lines,
    interrupt: () => controller.abort(),
    signal: controller.signal,
    containers: fakeContainers(),
    tell: (line) => lines.push(line),
    describeDeviation,
    brokerSampler: {
      sample: () => Promise.resolve({ time: Date.now() / 1000, ...sample }),
      versions: () => Promise.reject(new Error("unexpected: versions are facts here")),
    },
    readClocks: () => Promise.reject(new Error("unexpected: all read one clock here")),
    gatherFacts: () => {
      events.push("facts");
      return Promise.resolve({
        images: { "core/rabbitmq": `sha256:${"0".repeat(64)}` },
        versions: { node: "20" },
        host: { kernel: "6", cpu: "c", cores: 2, memoryBytes: 1, os: "Debian" },
        brokerVersions: { "core-rabbitmq": "3.10.8" },
      });
    },
    measureLinks: (input, when, progress) => {
      events.push(`links ${when}`);
      progress(`a password slipped in: ${password}`);
      return Promise.resolve(
        input.links.map(({ name }) => ({
          name,
          emulator: "nfqueue" as const,
          measurement: {
            rttMs: { median: 50.2, mean: 50.2, min: 50, max: 51, stddev: 0.1 },
            there: impairment,
            back: impairment,
          },
          deviations: deviations.filter((deviation) => deviation.when === when),
        })),
      );
    },
    describePathDeviation,
    measurePaths: () => Promise.reject(new Error("unexpected: no way here leads over several links")),
    runShaker: () => Promise.reject(new Error("unexpected: no workload here is Shaker's")),
    runTrace: () => Promise.reject(new Error("unexpected: no workload here traces requests")),
    runRally: () => Promise.reject(new Error("unexpected: no workload here is Rally's")),
    runServers: () => Promise.reject(new Error("unexpected: no workload here boots servers")),
    prepareTimeline: () => Promise.reject(new Error("unexpected: no workload here has a timeline")),
    runProbe: async (_, workload, hooks) => {
      events.push(`workload ${workload.name}`);
      const startedAt = new Date();
      hooks.windowStarted(startedAt);
      hooks.progress(0.5, "half");
      await new Promise((resolve) => setTimeout(resolve, 100));
      const time = startedAt.getTime() / 1000;
      hooks.series({ workload: workload.name, second: 0, time, succeeded: 100, received: 100, errors: {} });
      hooks.windowEnded(new Date());
      return probeRecord(workload.name, workload.pattern, startedAt);
    },
    ...others,
  };
}

export function probeRecord(name: string, pattern: ProbeRecord["pattern"], startedAt: Date): ProbeRecord {
  return {
    name,
    kind: "rpc",
    pattern,
    status: "complete",
    loop: "open",
    clients: 2,
    servers: 1,
    topics: 1,
    messageBytes: 100,
    startedAt: startedAt.toISOString(),
    durationSeconds: 0.1,
    sent: 100,
    expected: 100,
    received: 100,
    succeeded: 100,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    errors: {},
    throughputPerSecond: 50,
    latencyMs: { count: 100, mean: 55, p50: 54, p90: 56, p99: 60, p999: 61, max: 61 },
    histogram: "HISTFAAAA",
  };
}
