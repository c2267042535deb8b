/**
 * What goes together: oslo.messaging's releases with their drivers, brokers, and kinds of queues. Scenarios are checked
 * against this, and docs/buses/combinations.md is written from it.
 */

/** A release of oslo.messaging and what it can do. */
export interface Library {
  readonly version: string;
  /** Who uses it here. */
  readonly use: string;
  readonly drivers: readonly Driver[];
  /** Kinds of queues that its driver `rabbit` can ask for. */
  readonly quorumTopics: boolean;
  readonly quorumReplies: boolean;
  readonly streamFanout: boolean;
}

export type Driver = "rabbit" | "amqp" | "kafka" | "zmq";

/** A release of RabbitMQ and what it serves. */
export interface BrokerRelease {
  readonly version: string;
  /** The packages that buswide makes its image of; absent: none, so that an image must be named. */
  readonly from?: string;
  /** Whether it takes queues that neither survive a restart nor belong to one connection, as the library's classic ones. */
  readonly transientQueues: boolean;
  /** Whether the nodes of a new cluster have ways to choose from to act when they lose each other: with the database Mnesia only. */
  readonly partitionHandling: boolean;
  /** Whether a quorum queue drops a message that has come back often (20 times) unless it is told otherwise. */
  readonly deliveryLimit: boolean;
}

// Options of each release as its own `oslo_messaging/_drivers/impl_rabbit.py` registers them.
export const libraries: readonly Library[] = [
  {
    version: "14.7.3",
    use: "the probe's agents",
    drivers: ["rabbit", "amqp", "kafka"],
    quorumTopics: true,
    quorumReplies: true,
    streamFanout: true,
  },
  {
    version: "14.0.3",
    use: "OpenStack Zed of Debian bookworm",
    drivers: ["rabbit", "amqp", "kafka"],
    quorumTopics: true,
    quorumReplies: false,
    streamFanout: false,
  },
  {
    version: "8.1.4",
    use: "the agents on ZeroMQ; the last with its driver",
    drivers: ["rabbit", "amqp", "kafka", "zmq"],
    quorumTopics: false,
    quorumReplies: false,
    streamFanout: false,
  },
];

const withMnesia = { transientQueues: true, partitionHandling: true };

export const brokerReleases: readonly BrokerRelease[] = [
  { version: "3.10", from: "Debian bookworm", ...withMnesia, deliveryLimit: false },
  { version: "3.13", ...withMnesia, deliveryLimit: false },
  // `rabbit_quorum_queue`: DEFAULT_DELIVERY_LIMIT
  { version: "4.0", from: "Debian trixie", ...withMnesia, deliveryLimit: true },
  { version: "4.1", ...withMnesia, deliveryLimit: true },
  // A new node has the database Khepri; `rabbit_node_monitor` then heeds no `cluster_partition_handling`.
  { version: "4.2", transientQueues: true, partitionHandling: false, deliveryLimit: true },
  // https://www.rabbitmq.com/docs/deprecated-features-list: transient_nonexcl_queues; Mnesia is gone (release notes of 4.3.0).
  { version: "4.3", transientQueues: false, partitionHandling: false, deliveryLimit: true },
];

/** A release of RabbitMQ. Errors: it is not in the table. */
export function brokerRelease(version: string): BrokerRelease {
  const release = brokerReleases.find((one) => one.version === version);
  if (!release) throw new Error(`nothing is known of RabbitMQ ${version}`);
  return release;
}

/** A choice of everything that must go together on RabbitMQ. */
export interface Combination {
  readonly library: string;
  readonly broker: string;
  readonly topics: "classic" | "quorum";
  readonly replies: "classic" | "quorum";
  readonly fanout: "classic" | "quorum" | "stream";
  /** Whether the broker's image is one that the scenario names. */
  readonly named?: boolean;
}

/** Why a combination does not work, which of its parts to change, and what works instead. */
export interface Misfit {
  readonly part: "library" | "broker" | "topics" | "replies" | "fanout";
  readonly reason: string;
  readonly instead: string;
}

interface Rule extends Misfit {
  readonly refuses: (choice: Combination, library: Library, broker: BrokerRelease) => boolean;
}

const rules: readonly Rule[] = [
  {
    part: "topics",
    reason: "the library has no option rabbit_quorum_queue",
    instead: "queues: classic, or oslo.messaging 14.7.3",
    refuses: ({ topics }, library) => topics === "quorum" && !library.quorumTopics,
  },
  {
    part: "replies",
    reason: "the library has no option rabbit_transient_quorum_queue",
    instead: "transient: classic, or oslo.messaging 14.7.3",
    refuses: ({ replies }, library) => replies === "quorum" && !library.quorumReplies,
  },
  {
    part: "fanout",
    reason: "the library has no option rabbit_stream_fanout",
    instead: "fanout: classic, or oslo.messaging 14.7.3",
    refuses: ({ fanout }, library) => fanout === "stream" && !library.streamFanout,
  },
  {
    part: "fanout",
    reason: "the library refuses rabbit_stream_fanout without rabbit_transient_quorum_queue",
    instead: "transient: quorum with fanout: stream, or fanout: classic",
    refuses: ({ fanout, replies }) => fanout === "stream" && replies === "classic",
  },
  {
    part: "fanout",
    reason:
      "one option of the library, rabbit_transient_quorum_queue, decides for reply and fanout queues together",
    instead: "fanout of the same kind as transient, or a stream",
    refuses: ({ fanout, replies }) => fanout !== "stream" && fanout !== replies,
  },
  {
    part: "topics",
    reason:
      "the broker refuses queues that are neither durable nor of one connection, as classic ones of the library are",
    instead: "queues: quorum with transient: quorum",
    refuses: ({ topics, replies }, _, broker) =>
      !broker.transientQueues && (topics === "classic" || replies === "classic"),
  },
  {
    part: "broker",
    reason: "no package that buswide could make an image of has this release",
    instead: "version 3.10 or 4.0, or name an image of it, such as image: rabbitmq:4.1",
    refuses: ({ named }, _, broker) => named !== true && broker.from === undefined,
  },
];

/** What is wrong with a combination; undefined if nothing is. Errors: the library or the broker is not in the tables. */
export function misfit(choice: Combination): Misfit | undefined {
  const library = libraries.find(({ version }) => version === choice.library);
  if (!library) throw new Error(`nothing is known of oslo.messaging ${choice.library}`);
  const broker = brokerRelease(choice.broker);
  const rule = rules.find(({ refuses }) => refuses(choice, library, broker));
  return rule && { part: rule.part, reason: rule.reason, instead: rule.instead };
}

/** What a driver does not do with a pattern of the library, whatever the release. */
export interface PatternLimit {
  readonly driver: Driver;
  readonly pattern: "call" | "cast" | "fanout" | "notify";
  /** What of the pattern it does, if anything. */
  readonly does?: string;
  readonly reason: string;
  readonly instead: string;
}

// `impl_kafka.KafkaDriver` raises NotImplementedError for both ends of RPC.
const noRpc = {
  reason: "the driver carries notifications only",
  instead: "kind: notification, or another bus",
};

export const patternLimits: readonly PatternLimit[] = [
  { driver: "kafka", pattern: "call", ...noRpc },
  { driver: "kafka", pattern: "cast", ...noRpc },
  { driver: "kafka", pattern: "fanout", ...noRpc },
  {
    driver: "zmq",
    pattern: "notify",
    does: "one listener a topic",
    // `zmq_names.MULTISEND_TYPES`; there are no listener pools either (`ZmqDriver.listen_for_notifications`).
    reason: "the driver sends a notification to every listener of its topic, not to one of them",
    instead: "as many topics as servers, or another bus",
  },
];

/** What a driver lacks of a pattern; undefined if nothing. */
export function patternLimit(driver: Driver, pattern: PatternLimit["pattern"]): PatternLimit | undefined {
  return patternLimits.find((limit) => limit.driver === driver && limit.pattern === pattern);
}

/** What the driver `amqp` can be pointed at, and in which of its forms of addresses. */
export interface AmqpBus {
  readonly name: string;
  /** The scenario's `bus.kind`; absent: no scenario can ask for it. */
  readonly kind?: "artemis" | "routers";
  /** The driver's `addressing_mode`; absent: neither form is served. */
  readonly addressing?: "legacy" | "routable";
  /** Why it can't be used, and what can. */
  readonly reason?: string;
}

export const amqpBuses: readonly AmqpBus[] = [
  { name: "ActiveMQ Artemis 2.40", kind: "artemis", addressing: "legacy" },
  { name: "skupper-router 3.5", kind: "routers", addressing: "routable" },
  {
    // https://www.rabbitmq.com/docs/amqp#address-v2
    name: "RabbitMQ 4.0",
    reason:
      "its addresses begin with /queues/ or /exchanges/, which neither form of the driver's does, and queues must be there before: use the driver rabbit with it",
  },
];

/** The release of the library that the probe's agents have. */
export const agentsLibrary = "14.7.3";
