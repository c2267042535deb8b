import type { RabbitmqBroker, RabbitmqPlan } from "./plan";
import { figuresPort, portOf } from "./ports";

/** What nodes of a cluster prove to each other that they belong to it. Not in the environment, which `docker inspect` shows. */
export const cookieFile = "/etc/rabbitmq/erlang.cookie";

/** Where the broker finds definitions at its start; those that change while it runs are put there by `bus-define`. */
export const startFile = "/etc/rabbitmq/definitions/10-start.json";

/** What a broker shows others that it is, and what it checks them by. `bus-start` keeps the key from all but the broker. */
export const authorityFile = "/etc/rabbitmq/tls/authority.pem";
export const certificateFile = "/etc/rabbitmq/tls/certificate.pem";
export const uploadedKeyFile = "/etc/rabbitmq/tls/key.uploaded";
const keyFile = "/etc/rabbitmq/tls/key.pem";
export const distributionFile = "/etc/rabbitmq/tls/distribution.config";

/** Retries, a second apart, to find a cluster's first node: over lossy links more than the default ten at half a second. */
const discoveryRetries = 60;

/** Schedulers that spin while they wait (Erlang's default) would take the CPU from everything else on the machine. */
const schedulers = "+sbwt none +sbwtdcpu none +sbwtdio none";

/**
 * `rabbitmq.conf` of a broker (https://www.rabbitmq.com/docs/configure). The memory limit is told to the broker,
 * which would otherwise take the machine's memory for its own; statistics are refreshed every second
 * instead of every five, so that a measured window of seconds has figures.
 */
export function renderConfiguration(plan: RabbitmqPlan, broker: RabbitmqBroker): string {
  const { topics, replies, fanout } = plan.queues;
  return [
    // A queue's kind can't be changed: with other kinds, a broker starts anew, without the queues of before.
    `# Kinds of queues: topics ${topics}, replies ${replies}, fanout ${fanout}.`,
    ...(plan.tls ? tlsLines : [`listeners.tcp.default = ${portOf(false)}`]),
    "load_definitions = /etc/rabbitmq/definitions",
    `total_memory_available_override_value = ${broker.memoryBytes}`,
    // The default of 4.x on all versions: with 3.10's 0.4, a thousand agents filled what a 1 GiB broker may use.
    "vm_memory_high_watermark.relative = 0.6",
    "disk_free_limit.absolute = 50MB",
    "collect_statistics_interval = 1000",
    // The runner asks at the loopback, which is among all addresses.
    `prometheus.tcp.ip = ${plan.scraped === undefined ? "127.0.0.1" : "0.0.0.0"}`,
    `prometheus.tcp.port = ${figuresPort}`,
    "log.console = true",
    "log.console.level = info",
    "log.file = false",
    ...(plan.cluster === undefined ? [`cluster_name = ${broker.name}`] : clusterLines(plan.cluster, broker)),
    "",
  ].join("\n");
}

/**
 * https://www.rabbitmq.com/docs/ssl: no plain listener. Clients prove who they are by their passwords, so they have no
 * certificates.
 */
const tlsLines: readonly string[] = [
  "listeners.tcp = none",
  `listeners.ssl.default = ${portOf(true)}`,
  `ssl_options.cacertfile = ${authorityFile}`,
  `ssl_options.certfile = ${certificateFile}`,
  `ssl_options.keyfile = ${keyFile}`,
  "ssl_options.versions.1 = tlsv1.3",
  "ssl_options.versions.2 = tlsv1.2",
  "ssl_options.verify = verify_none",
];

/**
 * How nodes of a cluster speak to each other (https://www.rabbitmq.com/docs/clustering-ssl): both ends show a
 * certificate, and the one that connects checks that it is of the node's own name.
 */
export function renderDistribution(): string {
  const files = `{cacertfile,"${authorityFile}"},{certfile,"${certificateFile}"},{keyfile,"${keyFile}"}`;
  return `[{server,[${files},{verify,verify_peer},{fail_if_no_peer_cert,true}]},{client,[${files},{verify,verify_peer}]}].\n`;
}

/**
 * A node knows the first one and itself, and nobody but itself knows the first: no node's file changes when
 * another comes or goes.
 */
function clusterLines(
  cluster: NonNullable<RabbitmqPlan["cluster"]>,
  broker: RabbitmqBroker,
): readonly string[] {
  const names = [...new Set([cluster.seed, nodeName(broker)])];
  return [
    "cluster_name = buswide",
    "cluster_formation.peer_discovery_backend = classic_config",
    ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
    `cluster_formation.discovery_retry_limit = ${discoveryRetries}`,
    "cluster_formation.discovery_retry_interval = 1000",
    ...(cluster.partitions === undefined ? [] : [`cluster_partition_handling = ${cluster.partitions}`]),
    `net_ticktime = ${cluster.netTickSeconds}`,
  ];
}

/** `enabled_plugins` of a broker. */
export function renderPlugins(plan: RabbitmqPlan): string {
  const plugins = ["rabbitmq_prometheus", ...(plan.federation === undefined ? [] : ["rabbitmq_federation"])];
  return `[${plugins.join(",")}].\n`;
}

/**
 * The Erlang name of a cluster's node. It has the address in it: nothing need resolve it, so that no node's host table
 * changes when another comes or goes.
 */
export function nodeName({ address }: { readonly address: string }): string {
  return `rabbit@${address}`;
}

/** The image has a link to Erlang's TLS, whose folder is named by its version and is needed before code is found. */
const encryptedDistribution = `-pa /usr/local/lib/buswide/erlang-tls -proto_dist inet_tls -ssl_dist_optfile ${distributionFile}`;

/** Environment of a broker's container. Only a cluster's nodes need to hear each other's Erlang. */
export function brokerEnvironment(plan: RabbitmqPlan, broker: RabbitmqBroker): Record<string, string> {
  const port = { BUSWIDE_PORT: String(portOf(plan.tls)) };
  if (plan.cluster !== undefined)
    return {
      ...port,
      RABBITMQ_USE_LONGNAME: "true",
      RABBITMQ_NODENAME: nodeName(broker),
      // The broker's own tools are nodes as well.
      ...(plan.tls
        ? {
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${schedulers} ${encryptedDistribution}`,
            RABBITMQ_CTL_ERL_ARGS: encryptedDistribution,
          }
        : {}),
      ...(nodeName(broker) === plan.cluster.seed ? {} : { BUSWIDE_CLUSTER_SEED: plan.cluster.seed }),
    };
  return {
    ...port,
    RABBITMQ_NODENAME: "rabbit@localhost",
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${schedulers} -kernel inet_dist_use_interface {127,0,0,1}`,
  };
}
