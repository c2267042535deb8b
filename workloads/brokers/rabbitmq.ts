import type { Metric } from "parse-prometheus-text-format";
import { z } from "zod";
import type { Containers } from "../containers";
import { askInside } from "./http";
import { familiesOf, mustSum, sumOf } from "./prometheus";
import type { BrokerSample, BrokerSampler, QueueReading } from "./sampler";

/**
 * RabbitMQ 3.9 or later with the plugin rabbitmq_prometheus, which listens on the loopback of the broker's own
 * container (https://www.rabbitmq.com/docs/prometheus). One reading costs some 35 ms of CPU in the broker's
 * container and as much around it, for the command that reads it.
 */
export const rabbitmq: BrokerSampler = {
  async sample(containers, container) {
    return sampleOf(container, await scrape(containers, container), Date.now() / 1000);
  },
  async versions(containers, container) {
    const labels = labelsOf(await scrape(containers, container));
    const { rabbitmq_version: version, erlang_version: erlang } = labels;
    if (version === undefined || erlang === undefined)
      throw new Error(`${container}: rabbitmq_build_info is missing`);
    return { rabbitmq: version, erlang };
  },
  async queues(containers, container) {
    const found = familiesOf(await askInside(containers, container, { port, path: queuesPath }), ofQueues);
    return queuesOf(found);
  },
  async ailments(containers, container, { topology, brokers }) {
    if (topology === "cluster") return apartFrom(brokers.length, await clusterOf(containers, container));
    return topology === "federation" ? downLinks(containers, container) : [];
  },
  diskLimit: {
    // Not of the metrics, which have what was so up to five seconds ago (collect_statistics_interval).
    async read(containers, container) {
      return (await control(containers, container, ["status"], diskStatus)).disk_free_limit;
    },
    async set(containers, container, bytes) {
      await run(containers, container, ["set_disk_free_limit", String(Math.round(bytes))]);
    },
  },
};

const [port, path] = [15692, "/metrics"];

/** Figures of each queue of a node's own, and of those only (https://www.rabbitmq.com/docs/prometheus#detailed-endpoint). */
const queuesPath = "/metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count";
const consumersOfQueue = "rabbitmq_detailed_queue_consumers";
const messagesOfQueue = "rabbitmq_detailed_queue_messages";
const ofQueues = new Set([consumersOfQueue, messagesOfQueue]);

const gauges = {
  connections: "rabbitmq_connections",
  channels: "rabbitmq_channels",
  queues: "rabbitmq_queues",
  messagesReady: "rabbitmq_queue_messages_ready",
  messagesUnacknowledged: "rabbitmq_queue_messages_unacked",
} as const;

/** Kept by the broker message by message, summed here over protocols and kinds of queue. */
const totals = {
  publishedTotal: "rabbitmq_global_messages_received_total",
  deliveredTotal: "rabbitmq_global_messages_delivered_total",
} as const;

/** While one of these is 1, the broker reads nothing from connections that publish, and tells nobody who waits. */
const alarms = {
  memory: "rabbitmq_alarms_memory_used_watermark",
  "disk space": "rabbitmq_alarms_free_disk_space_watermark",
} as const;

const buildInfo = "rabbitmq_build_info";

const wanted = new Set<string>([
  ...Object.values(gauges),
  ...Object.values(totals),
  ...Object.values(alarms),
  buildInfo,
]);

async function scrape(containers: Containers, container: string): Promise<ReadonlyMap<string, Metric[]>> {
  return familiesOf(await askInside(containers, container, { port, path }), wanted);
}

function sampleOf(container: string, found: ReadonlyMap<string, Metric[]>, time: number): BrokerSample {
  const gauge = (name: string): number =>
    mustSum(found, name, `${container}: http://127.0.0.1:${port}${path}`);
  const raised = Object.entries(alarms).flatMap(([what, name]) => (sumOf(found, name) === 1 ? [what] : []));
  const publishedTotal = sumOf(found, totals.publishedTotal);
  const deliveredTotal = sumOf(found, totals.deliveredTotal);
  return {
    time,
    connections: gauge(gauges.connections),
    channels: gauge(gauges.channels),
    queues: gauge(gauges.queues),
    messagesReady: gauge(gauges.messagesReady),
    messagesUnacknowledged: gauge(gauges.messagesUnacknowledged),
    ...(publishedTotal === undefined ? {} : { publishedTotal }),
    ...(deliveredTotal === undefined ? {} : { deliveredTotal }),
    ...(raised.length === 0 ? {} : { blocked: `it is short of ${raised.join(" and ")}` }),
  };
}

/** What `rabbitmqctl cluster_status` tells, of all that it does. */
const clusterStatus = z.object({
  disk_nodes: z.array(z.string()),
  ram_nodes: z.array(z.string()).default([]),
  running_nodes: z.array(z.string()),
  // Of what Mnesia saw: with Khepri there is none.
  partitions: z.record(z.string(), z.array(z.string())).default({}),
});

function clusterOf(containers: Containers, container: string): Promise<z.infer<typeof clusterStatus>> {
  return control(containers, container, ["cluster_status"], clusterStatus);
}

/** What parts a node from the `count` nodes of its cluster, as it sees them. */
function apartFrom(
  count: number,
  { disk_nodes, ram_nodes, running_nodes, partitions }: z.infer<typeof clusterStatus>,
): string[] {
  const members = [...disk_nodes, ...ram_nodes];
  const down = members.filter((node) => !running_nodes.includes(node));
  const parted = Object.values(partitions).flat();
  return [
    ...(members.length === count ? [] : [`is in a cluster of ${members.length} instead of ${count} nodes`]),
    ...(down.length === 0 ? [] : [`sees ${down.join(", ")} down`]),
    ...(parted.length === 0
      ? []
      : [`was parted from ${parted.join(", ")} and is not together with it again`]),
  ];
}

const diskStatus = z.object({ disk_free_limit: z.number() });

const federationLinks = z.array(z.object({ upstream: z.string(), status: z.string() }));

async function downLinks(containers: Containers, container: string): Promise<string[]> {
  const links = await control(containers, container, ["federation_status", "--only-down"], federationLinks);
  const upstreams = [...new Set(links.map(({ upstream }) => upstream))];
  return upstreams.length === 0 ? [] : [`has no federation link to ${upstreams.join(", ")}`];
}

/** Asks a broker by its own command. Errors: it fails, or answers in another form than `schema`. */
async function control<T extends z.ZodType>(
  containers: Containers,
  container: string,
  command: readonly string[],
  schema: T,
): Promise<z.infer<T>> {
  const stdout = await run(containers, container, [...command, "--formatter", "json"]);
  // Nothing at all where there is nothing to list.
  const parsed = schema.safeParse(JSON.parse(stdout.trim() || "[]"));
  if (!parsed.success)
    throw new Error(
      `${container}: rabbitmqctl ${command.join(" ")} answers in no known form: ${z.prettifyError(parsed.error)}`,
    );
  return parsed.data;
}

async function run(containers: Containers, container: string, command: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await containers.exec(
    container,
    ["rabbitmqctl", "--silent", "--timeout", "15", ...command],
    { timeoutMs: 30_000 },
  );
  if (exitCode !== 0)
    throw new Error(`${container}: rabbitmqctl ${command.join(" ")}: ${(stderr || stdout).trim()}`);
  return stdout;
}

function queuesOf(found: ReadonlyMap<string, Metric[]>): QueueReading[] {
  const byQueue = (name: string) =>
    new Map(
      (found.get(name) ?? []).map(({ labels, value }) => [
        `${labels?.vhost ?? ""} ${labels?.queue ?? ""}`,
        { name: labels?.queue ?? "", value: Number(value) },
      ]),
    );
  const messages = byQueue(messagesOfQueue);
  return [...byQueue(consumersOfQueue)].map(([key, { name, value }]) => ({
    name,
    // As oslo.messaging names them (`_drivers/amqpdriver.py`).
    reply: name.startsWith("reply_"),
    consumers: value,
    messages: messages.get(key)?.value ?? 0,
  }));
}

function labelsOf(found: ReadonlyMap<string, Metric[]>): Record<string, string> {
  return found.get(buildInfo)?.[0]?.labels ?? {};
}
