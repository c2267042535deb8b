import {
  controlExchange,
  federationName,
  unlimitedDelivery,
  virtualHost,
  type DefinedAccounts,
} from "./accounts";
import { authorityFile } from "./configuration";
import { portOf } from "./ports";
import type { FederationMember, FederationMode } from "./federation";
import type { QueueKinds } from "./queues";
import { serviceExchanges, serviceFanouts } from "../openstack";

/** Another broker to fetch from. */
export interface Upstream {
  /** Its site. */
  readonly name: string;
  readonly address: string;
  /** What its certificate calls it, where connections are encrypted; absent: they are not. */
  readonly certifiedName?: string;
}

/**
 * Keeps fanout exchanges that two brokers fetch from each other from being deleted with their last server: both would
 * then be deleted at once, each waiting for the other's link, and neither broker take a declaration for over a minute
 * (seen on 3.10.8). What is copied to it goes nowhere.
 */
const keeper = "buswide.keep";

/** How long a broker keeps what an unreachable other has yet to fetch, milliseconds: an hour. */
const expiresMs = 3_600_000;
/** Time between two attempts to reach an upstream, seconds. */
const reconnectSeconds = 1;

/** Queues of topics and of their notifications, as the probe calls topics; not those of one server of a topic. */
export const topicQueues = "^buswide\\.[a-z0-9-]+\\.[0-9]+(\\.info)?$";

const federated = { "federation-upstream-set": "all" };

/**
 * The federation of one broker, as definitions (https://www.rabbitmq.com/docs/federation-reference): its upstreams, what
 * is fetched from them, queues made in advance, and the accounts of its own agents and services. `max-hops` 1: each fetches from where a message was published, so
 * it comes by one way. `on-confirm`: the upstream forgets a message once the local queue has it. `buswide` is nothing to the
 * broker: `bus-define` knows by it the queues of topics whose servers have gone.
 * @param services Whether OpenStack's services are on the bus.
 * @param liftsDeliveryLimit As of `renderStart`.
 */
export function renderFederation(
  mode: FederationMode,
  member: Pick<FederationMember, "queues" | "served" | "fanouts">,
  upstreams: readonly Upstream[],
  kinds: QueueKinds,
  password: string,
  services = false,
  liftsDeliveryLimit = false,
  accounts: DefinedAccounts = { users: [], permissions: [] },
): string {
  const policy = (
    name: string,
    applyTo: "exchanges" | "queues",
    pattern: string,
    kind: "classic" | "quorum" = "classic",
  ) => ({
    vhost: virtualHost,
    name,
    pattern,
    "apply-to": applyTo,
    // A classic queue would have nothing of a policy with a limit, which only quorum queues have.
    definition: liftsDeliveryLimit && kind === "quorum" ? { ...federated, ...unlimitedDelivery } : federated,
    priority: 1,
  });
  const durable = kinds.topics === "quorum";
  // Every broker has the services' fanout exchanges: its links, or those of others to it, would make them.
  const fanouts = [
    ...member.fanouts.map((name) => exchange(name, "fanout", kinds.replies === "quorum", true)),
    // Their library declares them so whatever the kinds of queues (14.0.3, `impl_rabbit.Connection.declare_fanout_consumer`).
    ...(services ? serviceFanouts.map((name) => exchange(name, "fanout", false, true)) : []),
  ];
  return JSON.stringify(
    {
      ...accounts,
      parameters: upstreams.map(({ name, address, certifiedName }) => ({
        vhost: virtualHost,
        component: "federation-upstream",
        name,
        value: {
          uri: uriOf(`${federationName}:${encodeURIComponent(password)}`, address, certifiedName),
          "max-hops": 1,
          "ack-mode": "on-confirm",
          "reconnect-delay": reconnectSeconds,
          expires: expiresMs,
        },
      })),
      policies: [
        // Services of one topic are at one site, or have a host in their queue's name: nobody executes a copy.
        ...(services ? [policy("services", "exchanges", `^(${serviceExchanges.join("|")})$`)] : []),
        mode === "exchanges"
          ? policy("topics", "exchanges", `^${controlExchange}$`)
          : policy("topics", "queues", topicQueues, kinds.topics),
        policy("fanout", "exchanges", "_fanout$"),
        // Replies go by the default exchange, which no policy covers: their queues are what to federate.
        policy("replies", "queues", "^reply_", kinds.replies),
      ],
      queues: member.queues.map((name) => ({
        vhost: virtualHost,
        name,
        durable,
        auto_delete: false,
        arguments: durable ? { "x-queue-type": "quorum" } : {},
      })),
      exchanges: [
        ...(member.queues.length > 0 ? [exchange(controlExchange, "topic", durable, false)] : []),
        ...(fanouts.length > 0 ? [exchange(keeper, "fanout", true, false)] : []),
        ...fanouts,
      ],
      bindings: [
        ...member.queues.map((queue) => binding(controlExchange, "queue", queue, queue)),
        ...fanouts.map(({ name }) => binding(name, "exchange", keeper, "")),
      ],
      ...(mode === "exchanges" ? { buswide: { topics: topicQueues, served: member.served } } : {}),
    },
    undefined,
    2,
  );
}

/** https://www.rabbitmq.com/docs/uri-query-parameters */
function uriOf(account: string, address: string, certifiedName: string | undefined): string {
  if (certifiedName === undefined) return `amqp://${account}@${address}:${portOf(false)}/${virtualHost}`;
  const checks = `cacertfile=${authorityFile}&verify=verify_peer&server_name_indication=${certifiedName}`;
  return `amqps://${account}@${address}:${portOf(true)}/${virtualHost}?${checks}`;
}

/** As oslo.messaging declares it: another property would have the agents' own declaration refused. */
function exchange(name: string, type: "topic" | "fanout", durable: boolean, autoDelete: boolean) {
  return { vhost: virtualHost, name, type, durable, auto_delete: autoDelete, internal: false, arguments: {} };
}

function binding(source: string, destinationType: "queue" | "exchange", destination: string, key: string) {
  return {
    vhost: virtualHost,
    source,
    destination,
    destination_type: destinationType,
    routing_key: key,
    arguments: {},
  };
}
