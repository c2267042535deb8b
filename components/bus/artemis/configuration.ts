import type { FiguresBean } from "../../metrics/java";
import type { AccountGroup } from "../accounts";
import { amqpPort, amqpsPort, controlExchange } from "../amqp/driver";
import { serviceExchanges } from "../openstack";
import type { ArtemisBroker, ArtemisPlan } from "./plan";

/** Where the broker keeps what it stores. */
const data = "/var/lib/artemis";

/**
 * The least time that a message lives, milliseconds. oslo.messaging's driver stamps calls with the time at which they expire,
 * of a clock that counts from the machine's start (`impl_amqp1.ProtonDriver.send`, 14.7.3); for a broker that heeds it, every
 * call has expired in 1970.
 */
const leastExpiryMs = 300_000;

/** Topics, on which agents may do what the broker then makes by itself. */
const topicRights = [
  "send",
  "consume",
  "createAddress",
  "createDurableQueue",
  "createNonDurableQueue",
  "deleteNonDurableQueue",
  "deleteAddress",
];

/** Reply queues have names that the broker makes up: anything but a topic. */
const replyRights = [
  "send",
  "consume",
  "createAddress",
  "createNonDurableQueue",
  "deleteNonDurableQueue",
  // An address that nobody uses any more goes with the last who did, by that one's right.
  "deleteAddress",
];

interface AddressSetting {
  readonly match: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** What holds for each address. */
const everywhere = {
  "default-address-routing-type": "ANYCAST",
  "default-queue-routing-type": "ANYCAST",
  "auto-create-addresses": true,
  "auto-create-queues": true,
  "auto-delete-addresses": true,
  "auto-delete-queues": true,
  "min-expiry-delay": leastExpiryMs,
  "address-full-policy": "PAGE",
  // A message that comes back from servers that go is never thrown away for having come back too often.
  "max-delivery-attempts": -1,
  "redelivery-delay": 0,
};

/** An exchange's topics by the driver's legacy prefixes. */
function topicsOf(exchange: string): { readonly any: string; readonly one: string; readonly all: string } {
  return {
    /** A topic's queue, of which each message goes to one server. It stays without servers, as RabbitMQ's does. */
    any: `unicast.${exchange}.#`,
    /** One server of a topic. */
    one: `exclusive.${exchange}.#`,
    /** All servers of a topic. */
    all: `broadcast.${exchange}.#`,
  };
}

/**
 * What only the broker itself uses: its notifications and management, and what waits to be passed on to other brokers; and topics of
 * exchanges that are nobody's. Nobody has a right to these. What brokers of a cluster ask of each other is not judged by rights
 * (`SecurityStoreImpl.check`, 2.40, lets the cluster's account pass).
 */
const closed = ["activemq.#", "$.artemis.#", "unicast.#", "exclusive.#", "broadcast.#"];

/** Roles with the exchanges that the accounts of each have their topics in. */
function exchangesOf(services: boolean): Partial<Readonly<Record<AccountGroup, readonly string[]>>> {
  return { agents: [controlExchange], ...(services ? { openstack: serviceExchanges } : {}) };
}

function addressSettings(clustered: boolean, exchanges: readonly string[]): AddressSetting[] {
  const topics = exchanges.map(topicsOf);
  return [
    {
      match: "#",
      settings: {
        ...everywhere,
        // A message that waits where its topic has no server goes at once to where there is one.
        ...(clustered ? { "redistribution-delay": 0, "auto-delete-queues-skip-usage-check": true } : {}),
      },
    },
    ...topics.flatMap(({ any, all }): AddressSetting[] => [
      {
        match: any,
        settings: { "auto-delete-addresses": false, "auto-delete-queues": false },
      },
      {
        match: all,
        settings: {
          "default-address-routing-type": "MULTICAST",
          "default-queue-routing-type": "MULTICAST",
        },
      },
    ]),
  ];
}

/** What a broker shows others that it is, and what it checks them by. `bus-start` keeps the key from all but the broker. */
export const tlsFiles = {
  authority: "/etc/artemis/tls/authority.pem",
  certificate: "/etc/artemis/tls/certificate.pem",
  uploadedKey: "/etc/artemis/tls/key.uploaded",
} as const;

/** Key and certificate in one, as `bus-start` puts them together. */
const keyStore = "/etc/artemis/tls/key-store.pem";

/** https://activemq.apache.org/components/artemis/documentation/latest/configuring-transports.html#configuring-netty-ssl */
const tlsOptions = {
  /** Who listens shows its certificate; of a cluster's brokers, both ends do, and check the other's. */
  listens: `sslEnabled=true;keyStoreType=PEM;keyStorePath=${keyStore};enabledProtocols=TLSv1.2,TLSv1.3`,
  checks: `trustStoreType=PEMCA;trustStorePath=${tlsFiles.authority}`,
};

/**
 * When brokers of agents with failover take their connection to another for dead, milliseconds. The one that connects looks whether it has heard
 * anything once each `ttl` has passed (`ClientSessionFactoryImpl.PingRunnable`, 2.40), and finds a silent one after two of
 * them: with the default of a minute, agents would have come to the next broker a minute before it stops to share their messages with
 * the one that is away.
 */
const deadMs = { check: 10_000, ttl: 30_000 } as const;

/** The port on which brokers of a cluster hear each other. */
const clusterPort = 61616;

/** The account by which brokers of a cluster know each other; it is no other account's, and in no file of users. */
const clusterAccount = "cluster";

/**
 * `broker.xml` of a broker (the user manual's "Configuration Reference", ActiveMQ Artemis 2.40).
 * @param clusterPassword What brokers of a cluster prove to each other that they belong to it by.
 */
export function renderConfiguration(plan: ArtemisPlan, broker: ArtemisBroker, clusterPassword = ""): string {
  const { clustered, tls } = plan;
  const exchanges = exchangesOf(plan.serviceEndpoints !== undefined);
  return document([
    element("name", broker.name),
    element("persistence-enabled", true),
    element("journal-type", "NIO"),
    element("journal-directory", `${data}/journal`),
    element("bindings-directory", `${data}/bindings`),
    element("paging-directory", `${data}/paging`),
    element("large-messages-directory", `${data}/large-messages`),
    element("journal-min-files", 2),
    element("journal-pool-files", 2),
    element("min-disk-free", "50MB"),
    // A machine that was held up has its broker slow, not halted.
    element("critical-analyzer-policy", "LOG"),
    element("jmx-management-enabled", true),
    ...parent("acceptors", [
      acceptor("amqp", tls ? amqpsPort : amqpPort, "AMQP", tls ? [tlsOptions.listens] : []),
      ...(clustered
        ? [
            acceptor(
              "cluster",
              clusterPort,
              "CORE",
              tls ? [tlsOptions.listens, tlsOptions.checks, "needClientAuth=true"] : [],
            ),
          ]
        : []),
    ]),
    ...(clustered ? clusterLines(plan, broker, clusterPassword) : []),
    ...parent("security-settings", [
      // Where a server answers a client of another broker, its own broker makes a queue of the address, which stays empty.
      ...securitySetting("#", clustered ? topicRights : replyRights, Object.keys(exchanges)),
      // Of several that match, the longest counts, alone.
      ...closed.flatMap((match) => securitySetting(match, [], [])),
      ...Object.entries(exchanges).flatMap(([role, names]) =>
        names.flatMap((exchange) =>
          Object.values(topicsOf(exchange)).flatMap((match) => securitySetting(match, topicRights, [role])),
        ),
      ),
    ]),
    ...parent(
      "address-settings",
      addressSettings(clustered, Object.values(exchanges).flat()).flatMap(({ match, settings }) =>
        parent(
          "address-setting",
          Object.entries(settings).map(([name, value]) => element(name, value)),
          ` match="${match}"`,
        ),
      ),
    ),
  ]);
}

/** Environment of a broker's container: half of its memory is heap, an eighth for buffers, the rest Java's own. */
export function brokerEnvironment(
  { tls }: Pick<ArtemisPlan, "tls">,
  { memoryBytes }: ArtemisBroker,
): Record<string, string> {
  const mebibytes = memoryBytes / 1024 ** 2;
  return {
    BUSWIDE_PORT: String(tls ? amqpsPort : amqpPort),
    HEAP_MIB: String(Math.floor(mebibytes / 2)),
    DIRECT_MIB: String(Math.floor(mebibytes / 8)),
  };
}

/**
 * What a broker tells of itself over the network (ActiveMQServerControl, 2.40). It counts messages of the queues that there are, so
 * that its sums fall with a queue that goes.
 */
export function figuresBeans({ name }: Pick<ArtemisBroker, "name">): FiguresBean[] {
  const gauge = (figure: string) => ({ name: `artemis_${figure}`, kind: "GAUGE" as const });
  return [
    {
      bean: `org.apache.activemq.artemis:broker="${name}"`,
      attributes: {
        ConnectionCount: gauge("connections"),
        SessionCount: gauge("sessions"),
        TotalConsumerCount: gauge("consumers"),
        TotalMessageCount: gauge("messages"),
        TotalMessagesAdded: gauge("messages_added"),
        TotalMessagesAcknowledged: gauge("messages_acknowledged"),
        AddressMemoryUsage: gauge("address_memory_bytes"),
      },
    },
  ];
}

/** Connections of a broker to every other. Messages that come again after a connection broke are known by their number. */
function clusterLines(plan: ArtemisPlan, broker: ArtemisBroker, password: string): string[] {
  const options = plan.tls ? `?${tlsOptions.listens};${tlsOptions.checks};verifyHost=true` : "";
  const connector = (name: string, address: string) =>
    `<connector name="${name}">tcp://${address}:${clusterPort}${options}</connector>`;
  const others = plan.brokers.filter(({ name }) => name !== broker.name);
  return [
    element("cluster-user", clusterAccount),
    element("cluster-password", password),
    ...parent("connectors", [
      connector("own", broker.address),
      ...others.map(({ name, address }) => connector(name, address)),
    ]),
    ...parent(
      "cluster-connections",
      parent(
        "cluster-connection",
        [
          element("connector-ref", "own"),
          ...(plan.failover
            ? [element("check-period", deadMs.check), element("connection-ttl", deadMs.ttl)]
            : []),
          element("retry-interval", 500),
          element("reconnect-attempts", -1),
          element("use-duplicate-detection", true),
          // Of the kinds there are, the only one that passes on fanouts and leaves no message where no server is:
          // OFF_WITH_REDISTRIBUTION gave none of a fanout to other brokers (2.40).
          element("message-load-balancing", "ON_DEMAND"),
          element("max-hops", 1),
          ...parent(
            "static-connectors",
            others.map(({ name }) => element("connector-ref", name)),
          ),
        ],
        ` name="buswide"`,
      ),
    ),
  ];
}

function acceptor(name: string, port: number, protocol: "AMQP" | "CORE", further: readonly string[]): string {
  const options = [
    `protocols=${protocol}`,
    // Without duplicate detection, messages' properties need not be decoded.
    ...(protocol === "AMQP" ? ["amqpDuplicateDetection=false", "saslMechanisms=PLAIN"] : []),
    ...further,
  ];
  return `<acceptor name="${name}">tcp://0.0.0.0:${port}?${options.join(";")}</acceptor>`;
}

function securitySetting(match: string, rights: readonly string[], roles: readonly string[]): string[] {
  return parent(
    "security-setting",
    rights.map((right) => `<permission type="${right}" roles="${roles.join(",")}"/>`),
    ` match="${match}"`,
  );
}

function document(children: readonly string[]): string {
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    ...parent(
      "configuration",
      parent("core", children, ` xmlns="urn:activemq:core"`),
      ` xmlns="urn:activemq"`,
    ),
    "",
  ].join("\n");
}

function parent(name: string, children: readonly string[], attributes = ""): string[] {
  return [`<${name}${attributes}>`, ...children.map((line) => `  ${line}`), `</${name}>`];
}

function element(name: string, value: string | number | boolean): string {
  return `<${name}>${value}</${name}>`;
}
