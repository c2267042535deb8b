import { deal } from "../../../workloads/probe/deal";
import type { PlannedWorkload } from "../../../workloads/runner/input";
import { javaFiguresPort } from "../../metrics/java";
import { scrapedServices } from "../../metrics/scraped";
import type { BusPlan, BusPlanner, Connection, Endpoint, PlannedBroker } from "../bus";
import { nearestEndpoints } from "../nearest";
import { placeOfKind } from "../places";
import { agentsPort } from "./configuration";
import type { Kafka } from "./schema";

/** What is decided about a Kafka bus before anything is made. */
export interface KafkaPlan extends BusPlan {
  readonly kind: "kafka";
  readonly topology: "single";
  /** What its container is called in its site. */
  readonly service: string;
  readonly brokers: readonly [PlannedBroker];
  /** Topics by name, each with its number of partitions: as many as it has listeners, as a partition has one at a time. */
  readonly topics: Readonly<Record<string, number>>;
}

const service = "kafka";

export const kafkaPlanner: BusPlanner<Kafka, KafkaPlan> = {
  plan({ site: asked, memory }, { sites, agentSites, distance, workloads, metrics }) {
    const place = sites.find(({ name }) => asked === undefined || name === asked);
    if (!place) throw new Error(`the plan has no site "${asked}" for a broker`);
    const broker = {
      name: `${place.name}-${service}`,
      site: place.name,
      address: place.reserve("broker", 0, placeOfKind.kafka),
      memoryBytes: memory,
    };
    const endpoints = nearestEndpoints(agentSites, [broker], distance, false);
    return {
      kind: "kafka",
      topology: "single",
      service,
      brokers: [broker],
      endpoints,
      connections: connectionsOf(broker, endpoints),
      settings: {
        oslo_messaging_kafka: {
          security_protocol: "SASL_PLAINTEXT",
          sasl_mechanism: "SCRAM-SHA-256",
          // A listener asks for this many messages at once and waits up to a second for them, then confirms them and
          // waits for the answer: with more than one, that second is what would be measured; without the second
          // setting, a round trip a message.
          max_poll_records: 1,
          enable_auto_commit: true,
        },
      },
      agentImage: "agent-kafka",
      topics: topicsOf(workloads),
      ...scrapedServices(metrics, "kafka", javaFiguresPort, [{ ...broker, service }]),
    };
  },
};

/** Agents connect to the broker, in plain text; nobody else crosses a link. */
function connectionsOf(
  { site: to }: PlannedBroker,
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
): Connection[] {
  return Object.keys(endpoints)
    .filter((from) => from !== to)
    .map((from) => ({ from, to, encrypted: false }));
}

function topicsOf(workloads: readonly PlannedWorkload[]): Record<string, number> {
  const topics: Record<string, number> = {};
  for (const workload of workloads)
    for (const { role, members } of deal(workload))
      if (role === "server")
        for (const { topic } of members) topics[`${topic}.info`] = (topics[`${topic}.info`] ?? 0) + 1;
  return topics;
}

/** The transport URL of an account (oslo.messaging's `transport_url`). */
export function transportUrl(account: string, password: string, { address }: PlannedBroker): string {
  return `kafka://${account}:${encodeURIComponent(password)}@${address}:${agentsPort}/`;
}
