import type { FiguresBean } from "../../metrics/java";
import type { PlannedBroker } from "../bus";

/** Where the broker's image expects its configuration. */
export const configurationFile = "/etc/kafka/server.properties";

export const agentsPort = 9092;

const mebibyte = 1024 ** 2;

/** Of its container's memory; the rest is for buffers, threads and the virtual machine. */
const heapShare = 0.5;

/** The heap of a broker, MiB. */
export function heapMebibytes({ memoryBytes }: PlannedBroker): number {
  return Math.floor((memoryBytes * heapShare) / mebibyte);
}

/**
 * `server.properties` of a broker that is its own controller (https://kafka.apache.org/documentation/#brokerconfigs).
 * Agents have a listener of their own and prove who they are; the other two are on the loopback of the broker's own
 * container: whoever is there administrates.
 */
export function renderServer({ address }: PlannedBroker): string {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    "controller.quorum.voters=1@127.0.0.1:9094",
    `listeners=AGENTS://0.0.0.0:${agentsPort},LOCAL://127.0.0.1:9093,CONTROLLER://127.0.0.1:9094`,
    `advertised.listeners=AGENTS://${address}:${agentsPort},LOCAL://127.0.0.1:9093`,
    "listener.security.protocol.map=AGENTS:SASL_PLAINTEXT,LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name=LOCAL",
    "controller.listener.names=CONTROLLER",
    "sasl.enabled.mechanisms=SCRAM-SHA-256",
    "listener.name.agents.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users=User:ANONYMOUS",
    "allow.everyone.if.no.acl.found=false",
    // A topic that a notifier made would have its first messages before any listener has a part of it.
    "auto.create.topics.enable=false",
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    // Listeners that come together would else be waited for, three seconds each time.
    "group.initial.rebalance.delay.ms=0",
    "log.dirs=/var/lib/kafka/data",
    "",
  ].join("\n");
}

/**
 * What `bus-declare` is told, in JSON: topics with their partitions, and accounts with their passwords, of which the broker keeps the
 * salted form (SCRAM-SHA-256, RFC 5802). What accounts may is there.
 */
export function renderDeclared(
  topics: Readonly<Record<string, number>>,
  passwords: Readonly<Record<string, string>>,
): string {
  return JSON.stringify({ topics, accounts: passwords }, undefined, 2);
}

/** How many threads of a listener have connections (`num.network.threads`, its default). */
const networkThreads = 3;

/** What the broker tells of itself over the network (https://kafka.apache.org/documentation/#monitoring). */
export const figuresBeans: readonly FiguresBean[] = [
  ...Object.entries({
    MessagesInPerSec: "kafka_messages_in_total",
    BytesInPerSec: "kafka_bytes_in_total",
    BytesOutPerSec: "kafka_bytes_out_total",
  }).map(([meter, name]): FiguresBean => ({
    bean: `kafka.server:type=BrokerTopicMetrics,name=${meter}`,
    attributes: { Count: { name, kind: "COUNTER" } },
  })),
  ...Array.from({ length: networkThreads }, (_, thread): FiguresBean => ({
    bean: `kafka.server:type=socket-server-metrics,listener=AGENTS,networkProcessor=${thread}`,
    attributes: { "connection-count": { name: "kafka_connections", kind: "GAUGE" } },
    labels: { thread: String(thread) },
  })),
];
