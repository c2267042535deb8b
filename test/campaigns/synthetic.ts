import { mkdirSync, writeFileSync } from "fs";
import { join } from "path";
import seedrandom from "seedrandom";
import { campaignFolder } from "../../campaigns/folders";
import { writeJournal, type Journal } from "../../campaigns/journal";
import { planOrder, planPoints } from "../../campaigns/points";
import type { Json } from "../../campaigns/schema";
import { emptyHistogram, encodeHistogram, summarize } from "../../workloads/probe/latency";
import type { Results, WorkloadRecord } from "../../workloads/results/schema";
import { link, record, someResults } from "../runner/results";

/** A campaign whose figures are drawn from a model that a test knows the truth of. */
export interface Model {
  readonly name?: string;
  readonly number?: number;
  readonly repetitions?: number;
  readonly seed?: number;
  /** Delays each way, milliseconds. */
  readonly delays?: readonly number[];
  /** Everything the machine itself takes is multiplied by this. */
  readonly machine?: number;
  /** Latency of a call at a round-trip time, both in milliseconds, on a machine of 1. */
  readonly latency?: (rttMs: number) => number;
  readonly host?: Partial<Results["provenance"]["host"]>;
  /** Hosts on which the sites were, by name; default: all was on one machine. */
  readonly hosts?: Results["provenance"]["hosts"];
  readonly serviceHosts?: Results["provenance"]["serviceHosts"];
  readonly versions?: Record<string, string>;
  /** Cells, by their index, that failed twice and left nothing. */
  readonly failed?: readonly number[];
  /** Names of buses to try; default rabbitmq alone. */
  readonly buses?: readonly string[];
  /** Names of the workloads, all alike; default call alone. */
  readonly workloads?: readonly string[];
}

/** Operations of a run. */
const operations = 400;
const begin = Date.UTC(2026, 0, 1);

/** Writes a campaign at its end, with its runs, as the command leaves it. Returns its folder. */
export function writeCampaign(root: string, model: Model = {}): string {
  const { name = "wan", number = 1, repetitions = 5, seed = 1, delays = [0, 10, 25, 50, 100] } = model;
  const grid: Record<string, Json[]> = {
    ...(model.buses ? { "bus.kind": [...model.buses] } : {}),
    "links[0].delay": delays.map((delay) => `${delay}ms`),
  };
  const definition = {
    question: "How does latency grow with the delay?",
    scenario: scenario(),
    set: {},
    grid,
    labels: { "links[0].delay": "one-way delay" },
    repetitions,
    seed: 1,
  };
  const points = planPoints({ grid });
  const random = seedrandom(`${name} ${seed}`);
  const cells = planOrder(points.length, repetitions, 1).map((cell): Journal["cells"][number] => {
    const startedAt = new Date(begin + cell.index * 30_000).toISOString();
    const finishedAt = new Date(begin + cell.index * 30_000 + 25_000).toISOString();
    if (model.failed?.includes(cell.index)) {
      const attempt = { startedAt, finishedAt, failure: "the broker fell over" };
      return { ...cell, status: "failed", attempts: [attempt, attempt] };
    }
    const values = points[cell.point]?.values ?? {};
    const run = `runs/c-${name}/${1000 * number + cell.index + 1}`;
    writeRunFolder(join(root, run), resultsAt(model, values, startedAt, cell.index + 1, random));
    return { ...cell, status: "complete", attempts: [{ startedAt, finishedAt, run }] };
  });
  const folder = join(campaignFolder(root, name), String(number));
  writeJournal(folder, {
    schemaVersion: 1,
    name,
    number,
    stack: `c-${name}`,
    definitionSha256: "ab".repeat(32),
    definition,
    scenario: scenario(),
    startedAt: new Date(begin).toISOString(),
    finishedAt: new Date(begin + cells.length * 30_000).toISOString(),
    points: points.map(({ values }) => values),
    cells,
  });
  return folder;
}

function scenario(): Record<string, Json> {
  return {
    sites: { core: {}, edge: {} },
    links: [{ between: ["core", "edge"], delay: "0ms" }],
    bus: { kind: "rabbitmq" },
    workloads: [
      {
        name: "call",
        kind: "rpc",
        clients: { edge: 10 },
        servers: { core: 4 },
        rate: "50/s",
        duration: "8s",
      },
    ],
  };
}

export function writeRunFolder(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "results.json"), JSON.stringify(results));
  const start = Date.parse(results.workloads[0]?.startedAt ?? "") / 1000;
  const lines = results.workloads.flatMap(({ name, latencyMs, throughputPerSecond }) =>
    Array.from({ length: 8 }, (_, second) => ({
      kind: "workload",
      workload: name,
      second,
      time: start + second,
      succeeded: throughputPerSecond,
      errors: {},
      received: throughputPerSecond,
      latencyMs: { p50: latencyMs?.p50, p99: latencyMs?.p99 },
    })),
  );
  writeFileSync(join(folder, "series.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function resultsAt(
  {
    machine = 1,
    latency = (rtt) => rtt + 4,
    host,
    hosts,
    serviceHosts,
    versions,
    name = "wan",
    workloads = ["call"],
  }: Model,
  values: Readonly<Record<string, Json>>,
  startedAt: string,
  run: number,
  random: () => number,
): Results {
  const base = someResults();
  const delayMs = Number.parseFloat(textOf(values["links[0].delay"], "0ms"));
  const kind = textOf(values["bus.kind"], "rabbitmq");
  const bus = kind === "rabbitmq" ? 1 : 0.4;
  const impairment = { delayMs, jitterMs: 0, lossPercent: 0 };
  const rtt = 2 * delayMs + 0.2;
  const measured = {
    rttMs: { median: rtt, mean: rtt, min: rtt, max: rtt + 1, stddev: 0.1 },
    there: { delayMs: rtt / 2, lossPercent: 0, packets: 100 },
    back: { delayMs: rtt / 2, lossPercent: 0, packets: 100 },
  };
  // A repetition has a level of its own: its operations are not samples of another repetition's.
  const level = latency(2 * delayMs) * (1 + 0.02 * normal(random));
  return {
    ...base,
    stack: `c-${name}`,
    run,
    bus: { kind, topology: "single", brokers: [{ name: `core-${kind}`, site: "core", version: "3.10.8" }] },
    links: [
      link("core--edge", {
        asked: { there: impairment, back: impairment },
        before: measured,
        after: measured,
      }),
    ],
    workloads: workloads.map((one) =>
      workload(one, machine * bus * level, startedAt, machine * bus, kind, random),
    ),
    provenance: {
      ...base.provenance,
      startedAt,
      finishedAt: startedAt,
      seed: run,
      commit: "1234567890abcdef1234567890abcdef12345678",
      dirty: false,
      versions: { rabbitmq: "3.10.8", "oslo.messaging": "14.7.3", docker: "20.10.24", ...versions },
      images: { "core/rabbitmq": `sha256:${"cd".repeat(32)}` },
      host: {
        kernel: "6.1.0",
        cpu: "Some CPU @ 2 GHz",
        cores: 2,
        memoryBytes: 24 * 2 ** 30,
        os: "Debian 12",
        ...host,
      },
      ...(hosts === undefined ? {} : { hosts }),
      ...(serviceHosts === undefined ? {} : { serviceHosts }),
    },
  };
}

function workload(
  name: string,
  levelMs: number,
  startedAt: string,
  cost: number,
  kind: string,
  random: () => number,
): WorkloadRecord {
  const histogram = emptyHistogram();
  for (let at = 0; at < operations; at += 1)
    histogram.recordValue(Math.round(1000 * levelMs * (0.9 + 0.1 * Math.exp(0.8 * normal(random)))));
  const latencyMs = summarize(histogram);
  const usage = (service: string, share: number) => ({
    service,
    cpuSeconds: share * cost * 8,
    cpuPercentMean: 100 * share * cost * (1 + 0.05 * normal(random)),
    memoryBytesMax: Math.round(120e6 * cost * (1 + 0.01 * normal(random))),
    networkReceivedBytes: 1e6,
    networkSentBytes: 1.1e6,
  });
  return record(name, {
    clients: 10,
    servers: 4,
    messageBytes: 1024,
    startedAt,
    durationSeconds: 8,
    sent: operations,
    expected: operations,
    received: operations,
    succeeded: operations,
    offeredPerSecond: 50,
    throughputPerSecond: 50 * (1 + 0.001 * normal(random)),
    ...(latencyMs ? { latencyMs } : {}),
    lateStartsPercent: 0,
    histogram: encodeHistogram(histogram),
    services: [usage(`core/${kind}`, 0.2), usage("core/gateway", 0.05), usage("edge/gateway", 0.05)],
    brokers: [
      {
        broker: `core-${kind}`,
        connectionsMax: 28,
        channelsMax: 42,
        queuesMax: 15,
        messagesReadyMax: 0,
        messagesUnacknowledgedMax: 3,
        publishedTotal: 800,
        deliveredTotal: 800,
      },
    ],
  });
}

function textOf(value: Json | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** Standard normal, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
