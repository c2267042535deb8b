import { agentsAuthorityFile } from "../agentsAuthority";
import type { Endpoint, Settings } from "../bus";

/** The sources of the image of agents that have oslo.messaging's driver `amqp`. */
export const agentImage = "agent-amqp";

/** The port of AMQP, and of AMQP over TLS. */
export const amqpPort = 5672;
export const amqpsPort = 5671;

/** The exchange of oslo.messaging's topics unless a service says otherwise (its option `control_exchange`). */
export const controlExchange = "openstack";

/** What is asked of the driver beyond what it does on any bus. */
export interface DriverOptions {
  /** Whether connections are encrypted, and brokers checked by the host of the transport URL. */
  readonly tls?: boolean;
  /** Whether agents go along the hosts of the transport URL, from the first on. */
  readonly failover?: boolean;
}

/**
 * A silent connection is taken for dead after this long, seconds: as on RabbitMQ (`heartbeat_timeout_threshold`). Unless told, the
 * driver waits for as long as TCP does.
 */
const idleSeconds = 60;

/**
 * What the driver is told on any bus. It would send casts without waiting for their acknowledgement, and a bus that is full
 * or that loses its link then drops them in silence. Replies stay so: a server's threads would wait for the round trip to
 * the client. `hosts_in_order` is an option that our agents add (`buswide_agent/amqp.py`).
 * @param addressing How a topic becomes an address: `legacy`, `broadcast.`, `exclusive.` and `unicast.` with dots, for
 * brokers; `routable`, paths below `openstack.org/om/`, for routers.
 */
export function driverSettings(
  addressing: "legacy" | "routable",
  { tls = false, failover = false }: DriverOptions = {},
): Settings {
  return {
    oslo_messaging_amqp: {
      addressing_mode: addressing,
      pre_settled: ["rpc-reply"],
      sasl_mechanisms: "PLAIN",
      ...(tls ? { ssl: true, ssl_ca_file: agentsAuthorityFile } : {}),
      ...(failover ? { idle_timeout: idleSeconds, hosts_in_order: true } : {}),
    },
  };
}

/**
 * The transport URL of an account (oslo.messaging's `transport_url`). Of several hosts, the driver begins with any one
 * (`controller.Hosts`, 14.7.3) unless it is told to keep their order, and goes to the next, and from the last to the first, when it has
 * lost its connection. Of a name it tries the first address alone: a list is of addresses.
 */
export function transportUrl(
  account: string,
  password: string,
  endpoints: readonly Endpoint[],
  tls = false,
): string {
  const hosts = endpoints
    .flatMap(({ addresses }) => addresses)
    .map((host) => `${account}:${encodeURIComponent(password)}@${host}:${tls ? amqpsPort : amqpPort}`);
  return `amqp://${hosts.join(",")}/`;
}
