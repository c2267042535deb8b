import { z } from "zod";
import { linkRecord } from "./links";
import { pathsRecord } from "./paths";
import { leftovers } from "./leftovers";
import { metricsRecord } from "./metrics";
import { backgroundFindings } from "./patterns";
import { rallyFindings } from "./rally";
import { serversFindings } from "./servers";
import { recoveryRecord } from "./recovery";
import { shakerFindings } from "./shaker";
import { traceFindings } from "./trace";
import { timelineRecord } from "./timeline";

/**
 * What a run leaves behind, `results.json`. A change to the shape of anything in this file is a new
 * `schemaVersion` and a line in the changelog. Lengths of time are milliseconds (`…Ms`) or seconds
 * (`…Seconds`), amounts of data are bytes, rates of data are bits per second, shares are percent.
 */
export const resultsSchemaVersion = 1;

export { impairment, type Impairment } from "./impairment";
export {
  linkDeviation,
  linkMeasurement,
  linkRecord,
  measuredDirection,
  type LinkDeviation,
  type LinkMeasurement,
  type LinkRecord,
} from "./links";
export {
  pathRecord,
  pathsRecord,
  plannedDirection,
  type PathRecord,
  type PathsRecord,
  type PlannedDirection,
} from "./paths";

export { leftovers, type Leftovers } from "./leftovers";
export { recoveryRecord, type RecoveryRecord } from "./recovery";
export { linkFault, serviceFault, timelineRecord, type TimelineRecord } from "./timeline";

export const latencySummary = z.strictObject({
  count: z.number().int().nonnegative().describe("Values recorded."),
  mean: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});
export type LatencySummary = z.infer<typeof latencySummary>;

export const pattern = z.enum(["call", "cast", "fanout", "notify"]);
export type Pattern = z.infer<typeof pattern>;

export const testCaseName = z
  .enum(["TC1", "TC2", "TC3", "TC4"])
  .describe("A test case of OpenStack's massively distributed RPC plan.");

const spread = z.strictObject({
  min: z.number(),
  mean: z.number(),
  max: z.number(),
  stddev: z.number().nonnegative().optional().describe("Of all of them; absent: an older version measured."),
});

/**
 * The plan's metrics under the plan's names (OpenStack performance-docs, test_plans/massively_distribute_rpc).
 * Absent: the case does not ask for it, or there is no figure.
 */
export const testCaseFigures = z.strictObject({
  case: testCaseName,
  messagesRate: z.number().optional().describe("Calls, or deliveries of casts, per second."),
  latency: z
    .number()
    .optional()
    .describe(
      "Mean, milliseconds: round trip of a call, one way of others; of a fanout, over all deliveries.",
    ),
  latencyStddev: z.number().optional().describe("Standard deviation of the latency, milliseconds."),
  sent: z.number().int(),
  sentByClient: spread.optional(),
  processed: z.number().int().describe("Messages that servers executed."),
  processedByServer: spread.optional(),
  throughput: z
    .number()
    .optional()
    .describe("Bytes per second that the bus's containers received from their network, all of it counted."),
  cpuLoad: z.number().optional().describe("CPU of the bus, percent of one core, where the plan has MHz."),
  ramConsumption: z.number().optional().describe("Memory of the bus at its highest, bytes."),
  openedConnections: z.number().int().optional().describe("Most TCP sockets in use in the bus's containers."),
});
export type TestCaseFigures = z.infer<typeof testCaseFigures>;

/** CPU, memory and sockets of one container over a workload's measured window. */
export const serviceUsage = z.strictObject({
  service: z.string().describe("The service's name in the plan, `<site>/<service>`."),
  cpuSeconds: z.number().describe("CPU time used in the window, seconds."),
  cpuPercentMean: z.number().describe("CPU used, percent of one core."),
  memoryBytesMax: z.number().describe("Highest memory seen without the page cache, bytes."),
  networkReceivedBytes: z.number(),
  networkSentBytes: z.number(),
  socketsMax: z
    .number()
    .int()
    .optional()
    .describe(
      "Most TCP sockets in use in the container's network; only where the engine is on this machine.",
    ),
});
export type ServiceUsage = z.infer<typeof serviceUsage>;

/** What a broker used, and what it counted itself, over a workload's measured window. */
export const brokerUsage = z.strictObject({
  broker: z.string(),
  cpuPercentMean: z
    .number()
    .optional()
    .describe("CPU its container used, percent of one core; absent where it could not be read."),
  memoryBytesMax: z
    .number()
    .optional()
    .describe("Highest memory of its container without the page cache, bytes; likewise."),
  connectionsMax: z.number().int(),
  channelsMax: z
    .number()
    .int()
    .optional()
    .describe("RabbitMQ's channels, Artemis' sessions, a router's links; absent: it has no such thing."),
  queuesMax: z
    .number()
    .int()
    .optional()
    .describe("RabbitMQ's and Artemis' queues, Kafka's partitions; absent: it has none."),
  messagesReadyMax: z.number().int().optional().describe("In its queues, not yet delivered; likewise."),
  messagesUnacknowledgedMax: z
    .number()
    .int()
    .optional()
    .describe("Delivered and not yet confirmed; likewise."),
  blocked: z
    .literal(true)
    .optional()
    .describe("The broker took no messages for a time, as memory or disk space ran short; absent: not seen."),
  publishedTotal: z.number().int().optional().describe("Messages published to the broker in the window."),
  deliveredTotal: z.number().int().optional().describe("Messages delivered by the broker in the window."),
  transitTotal: z
    .number()
    .int()
    .optional()
    .describe("Messages that a router passed on to another router in the window."),
});
export type BrokerUsage = z.infer<typeof brokerUsage>;

/**
 * What one direction of a link carried while a workload was measured. Bytes are those of Ethernet frames that came
 * out at the far end: header of 14 bytes, IP, TCP and TLS and whatever is in them, acknowledgements and
 * retransmissions too; no preamble, checksum or gap. A message that crosses two links is in the figures of both.
 */
export const linkUsage = z.strictObject({
  link: z.string(),
  from: z.string().describe("The site it was sent from."),
  to: z.string(),
  bytes: z.number().int(),
  packets: z.number().int(),
  droppedPackets: z
    .number()
    .int()
    .describe("Packets that did not come out: lost on the link, or its queue was full."),
  bitsPerSecondMax: z
    .number()
    .describe("Highest rate between two readings, a second apart where sites are few, bits per second."),
  bytesPerDelivery: z
    .number()
    .optional()
    .describe("`bytes` for each message that was received anywhere; absent if none was."),
});
export type LinkUsage = z.infer<typeof linkUsage>;

/** What a workload cost the WAN. */
export const wanUsage = z.strictObject({
  seconds: z
    .number()
    .describe(
      "From the start of the window to its planned end, or to the last delivery or operation that ended well if that was later: the time that is counted.",
    ),
  bytes: z.number().int().describe("Sum over all links and directions, bytes."),
  bytesPerDelivery: z.number().optional().describe("`bytes` for each message received; absent if none was."),
  links: z.array(linkUsage).describe("Each direction of each link."),
});
export type WanUsage = z.infer<typeof wanUsage>;

const samplingCost = z
  .strictObject({
    intervalSeconds: z.number().describe("Time between two samples of the services, seconds."),
    samples: z.number().int().describe("Samples taken in the window."),
    runnerCpuPercent: z
      .number()
      .describe(
        "CPU the runner took while the window was open, for sampling and everything else, percent of one core. " +
          "On one machine with the system under test, it was taken from that.",
      ),
  })
  .optional()
  .describe("What observing the window cost.");

/** What was seen of the deployed system while a tool measured. */
const observed = {
  services: z.array(serviceUsage),
  brokers: z.array(brokerUsage),
  wan: wanUsage
    .optional()
    .describe("What it cost the WAN; absent without links, or where a gateway could not be read."),
  sampling: samplingCost,
};

export const shakerRecord = shakerFindings.extend(observed);
export type ShakerRecord = z.infer<typeof shakerRecord>;

export const rallyRecord = rallyFindings.extend(observed);
export type RallyRecord = z.infer<typeof rallyRecord>;

export const serversRecord = serversFindings.extend(observed);
export type ServersRecord = z.infer<typeof serversRecord>;

/** What was seen of brokers and links while nobody asked anything of the services. */
const backgroundRecord = backgroundFindings.extend({
  brokers: z
    .array(brokerUsage)
    .describe("Those of the region whose services were watched, and of its cells."),
  wan: observed.wan,
  regions: z
    .int()
    .optional()
    .describe("How many regions' traffic `wan` has; those of one were watched. Absent: there is one alone."),
});
export type BackgroundRecord = z.infer<typeof backgroundRecord>;
export const traceRecord = traceFindings.extend({
  ...observed,
  background: backgroundRecord.optional().describe("As in what was found, with what was observed meanwhile."),
});
export type TraceRecord = z.infer<typeof traceRecord>;

/** One workload's figures. Counts cover the measured window only, never the warm-up. */
export const workloadRecord = z.strictObject({
  name: z.string(),
  kind: z.enum(["rpc", "notification"]),
  pattern,
  status: z.enum(["complete", "failed"]),
  failure: z.string().optional().describe("Why the workload failed, in words."),
  loop: z
    .enum(["open", "closed"])
    .describe("Open: at a rate, latency counted from the intended start. Closed: one at a time."),
  clients: z.number().int(),
  servers: z.number().int(),
  topics: z.number().int(),
  messageBytes: z
    .number()
    .int()
    .describe(
      "Length of a message's payload, bytes; the probe's header and the library's envelope come on top.",
    ),
  startedAt: z.iso.datetime().describe("Start of the measured window, UTC."),
  durationSeconds: z
    .number()
    .describe(
      "From the start of the window to its planned end (open loop), or to the end of the last operation that ended well if that was later, seconds.",
    ),
  deliveringSeconds: z
    .number()
    .optional()
    .describe("The same, or to the last delivery if that was later, seconds."),
  sent: z
    .number()
    .int()
    .describe(
      "Messages handed to the bus: not those whose sender was told that they failed, unless they arrived.",
    ),
  expected: z
    .number()
    .int()
    .describe("Deliveries that should follow: `sent`, times the receivers for a fanout."),
  received: z
    .number()
    .int()
    .describe("Distinct deliveries at servers; for a call, replies at clients count in `succeeded`."),
  succeeded: z.number().int().describe("Operations that ended well for the sender."),
  lost: z
    .number()
    .int()
    .describe(
      "Expected deliveries that had not come when the drain after the window ended; see `stillArriving`.",
    ),
  stillArriving: z
    .strictObject({
      warmup: z
        .number()
        .int()
        .optional()
        .describe("Of the warm-up: they may have stood in front of the first measured messages."),
      window: z
        .number()
        .int()
        .optional()
        .describe("Of the window: they are in `lost`, though they may have come later."),
    })
    .optional()
    .describe(
      "Deliveries that were missing when they were no longer waited for, though the bus had not been quiet; absent: it had, or all had come.",
    ),
  duplicated: z
    .number()
    .int()
    .describe("Deliveries of a message beyond the first at a receiver entitled to it once."),
  reordered: z
    .number()
    .int()
    .describe(
      "Deliveries overtaken by a later message of the same sender at the same receiver; calls in flight together also overtake each other in the threads of client and server.",
    ),
  errors: z
    .record(z.string(), z.number().int())
    .describe("Failed operations by kind, e.g. `MessagingTimeout`."),
  offeredPerSecond: z
    .number()
    .optional()
    .describe("The rate asked for, operations per second, open loop only."),
  throughputPerSecond: z
    .number()
    .describe(
      "Successful operations (call), or deliveries (others), per second until the last one came; in an open loop less the shortest latency, and of at least the duration asked for.",
    ),
  latencyMs: latencySummary
    .optional()
    .describe(
      "Call: round trip at the client. Others: one way, only where sender and receiver share a clock.",
    ),
  serviceLatencyMs: latencySummary
    .optional()
    .describe(
      "Open loop: from the actual, not the intended, start. The gap to latencyMs is what a client waited to send.",
    ),
  latencyMsByClientSite: z.record(z.string(), latencySummary).optional(),
  lateStartsPercent: z
    .number()
    .optional()
    .describe(
      "Open loop: share of operations started more than 10 ms late, or not at all (`NotStarted`), percent; high: the generator is saturated.",
    ),
  generator: z
    .strictObject({
      busiestProcessCpuPercent: z
        .number()
        .describe(
          "CPU of the busiest process of clients or servers in its busiest 10 s of the window (all of it until its last success or delivery, if that is less), percent of one core; an interpreter can use one.",
        ),
      saturated: z
        .boolean()
        .describe(
          "Whether the load generator was at its limit: more than 1 % of operations started late, or a process used more than 90 % of a core. What was measured then is it as much as the bus.",
        ),
    })
    .optional()
    .describe("How near to its limit the load generator was; absent: it is not known."),
  receivedByServerSite: z
    .record(z.string(), z.number().int())
    .optional()
    .describe("Deliveries at the servers of each site: where a shared topic's messages were executed."),
  locality: z
    .strictObject({
      counted: z
        .number()
        .int()
        .describe("Answered calls whose execution was reported; of other patterns, distinct deliveries."),
      local: z
        .number()
        .int()
        .describe(
          "Of these, executed at a server in the sender's own site; a call executed elsewhere too is not among them.",
        ),
      percent: z.number().describe("`local` in `counted`, percent."),
    })
    .optional()
    .describe(
      "How local it stayed, by the sites of the agents that sent and received; absent if nothing arrived.",
    ),
  histogram: z
    .string()
    .optional()
    .describe("HdrHistogram, base64 of its V2 compressed encoding, values in microseconds."),
  tool: z.literal("ombt").optional().describe("What made the load; absent: the probe."),
  ombt: z
    .strictObject({
      version: z.string(),
      clients: z.number().int().describe("Clients that reported a result."),
      servers: z.number().int(),
      sent: z.number().int().describe("Operations that ended well for the client."),
      failed: z.number().int(),
      processed: z.number().int().describe("Deliveries at servers."),
      messagesPerSecond: z
        .number()
        .optional()
        .describe("Operations (call), or deliveries, from the first client's start to the last one's end."),
      latencyMs: z
        .strictObject({ mean: z.number(), stddev: z.number() })
        .optional()
        .describe("Of all operations: a failed one counts with the time it took to fail."),
    })
    .optional()
    .describe("What ombt itself reports; the other figures are made of its detailed output."),
  testCase: testCaseFigures.optional(),
  timeline: z
    .array(timelineRecord)
    .optional()
    .describe(
      "What happened to links and services on purpose; absent: nothing. `series.jsonl` has each change with the time at which it was.",
    ),
  recovery: z
    .array(recoveryRecord)
    .optional()
    .describe(
      "What was seen of each fault of the timeline, open loop only; absent: there was none, or the rate was below one operation in 0.85 s, at which seconds say nothing of it.",
    ),
  leftovers: leftovers
    .optional()
    .describe(
      "What the timeline's faults left behind; absent: there were none, or it could not be found out, which `series.jsonl` then says.",
    ),
  services: z.array(serviceUsage),
  brokers: z.array(brokerUsage),
  wan: wanUsage
    .optional()
    .describe("What the workload cost the WAN; absent without links, or where a gateway could not be read."),
  sampling: samplingCost,
});
export type WorkloadRecord = z.infer<typeof workloadRecord>;

const machine = z.strictObject({
  kernel: z.string(),
  cpu: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number(),
  os: z.string(),
  id: z
    .string()
    .optional()
    .describe(
      "Tells one machine from others like it: a keyed hash of /etc/machine-id, or of the engine's id where that is not to be read; absent: it is not known.",
    ),
  heldAwake: z
    .boolean()
    .optional()
    .describe(
      "Whether the kernel kept the processors from idle states that take time to leave; absent: it is not known.",
    ),
});
export type Machine = z.infer<typeof machine>;

const clockReading = z.strictObject({
  offsetMs: z.number().describe("How far the host's clock was ahead of that of the machine that measures."),
  boundMs: z.number().nonnegative().describe("What the offset may be wrong by."),
});
export type ClockReading = z.infer<typeof clockReading>;

const clocksRecord = z.strictObject({
  before: z.record(z.string(), clockReading).describe("By host, before the workloads."),
  after: z
    .record(z.string(), clockReading)
    .optional()
    .describe("By host, after them; absent: the run did not come to it."),
  apartMs: z.number().nonnegative().describe("How far two hosts' clocks may have been apart at most."),
  toleratedMs: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "How far they may be apart for one-way latencies to be given: 5 % of the shortest delay between hosts; absent: no link is between hosts.",
    ),
  agree: z
    .boolean()
    .describe("Whether they were found to be so before the workloads, so that one-way latencies are given."),
});
export type ClocksRecord = z.infer<typeof clocksRecord>;

export const provenance = z.strictObject({
  scenarioSha256: z.string(),
  overrides: z
    .array(z.string())
    .optional()
    .describe(
      "What the command line put in the place of the scenario file's values, `path=value` each; absent: it is not known.",
    ),
  seed: z.number().int(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  commit: z.string().optional(),
  dirty: z.boolean().optional().describe("Whether the checkout had uncommitted changes."),
  images: z.record(z.string(), z.string()).describe("Service to image digest."),
  versions: z
    .record(z.string(), z.string())
    .describe("Everything that matters: pulumi, docker, node, rabbitmq, oslo.messaging, …"),
  host: machine.describe(
    "The machine of the engine that runs everything; where sites are on hosts, the one that measures.",
  ),
  hosts: z
    .record(z.string(), machine)
    .optional()
    .describe("The hosts on which sites are, by name; absent: all is on one machine."),
  serviceHosts: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      "Service to the host that ran it; absent: all is on one machine, or an older version measured.",
    ),
  target: z
    .string()
    .optional()
    .describe("What kind of target the sites were on, `local` or `machines` say; absent: it is not known."),
  clockShared: z.boolean().describe("Whether all agents read one clock, so that one-way latencies hold."),
  clocks: clocksRecord
    .optional()
    .describe(
      "How far the hosts' clocks were apart, and from this machine's; absent: all is on this machine, or the run did not come to it.",
    ),
});
export type Provenance = z.infer<typeof provenance>;

export const results = z.strictObject({
  schemaVersion: z.literal(resultsSchemaVersion),
  stack: z.string(),
  run: z.number().int().positive(),
  status: z
    .enum(["running", "complete", "failed"])
    .describe(
      "`running`: not ended yet, or killed before it could say so; what is there was measured all the same.",
    ),
  failure: z.string().optional().describe("Why the run failed, in words."),
  links: z.array(linkRecord),
  paths: pathsRecord
    .optional()
    .describe("Ways over several links; absent: there are none, or the run did not come to them."),
  bus: z.strictObject({
    kind: z.string(),
    topology: z.string().optional(),
    brokers: z.array(z.strictObject({ name: z.string(), site: z.string(), version: z.string().optional() })),
  }),
  workloads: z.array(workloadRecord).describe("Load on the bus."),
  shaker: z
    .array(shakerRecord)
    .optional()
    .describe(
      "What Shaker measured of the data plane; absent: the scenario has no such workload, or the run did not come to it.",
    ),
  rally: z.array(rallyRecord).optional().describe("What Rally measured of the control plane; likewise."),
  servers: z
    .array(serversRecord)
    .optional()
    .describe("What came of servers booted at a steady rate, and of tokens; likewise."),
  traces: z
    .array(traceRecord)
    .optional()
    .describe("Where the time of requests to the control plane went; likewise."),
  metrics: metricsRecord
    .optional()
    .describe(
      "What watched the deployment; absent: the scenario has nothing that does, or the run did not come to its end.",
    ),
  provenance,
});
export type Results = z.infer<typeof results>;
