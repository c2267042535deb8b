import type { Metric } from "parse-prometheus-text-format";
import type { Containers } from "../containers";
import { askInside } from "./http";
import { familiesOf, mustSum, sumOf } from "./prometheus";
import type { BrokerSample, BrokerSampler } from "./sampler";

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
};

const [port, path] = [15692, "/metrics"];

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

function labelsOf(found: ReadonlyMap<string, Metric[]>): Record<string, string> {
  return found.get(buildInfo)?.[0]?.labels ?? {};
}
