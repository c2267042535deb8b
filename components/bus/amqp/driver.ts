import { agentsAuthorityFile } from "../agentsAuthority";
import type { Endpoint, Settings } from "../bus";

/** The sources of the image of agents that have oslo.messaging's driver `amqp`. */
export const agentImage = "agent-amqp";

/** The account of the probe's agents. */
export const agentsAccount = "agents";

/** The port of AMQP, and of AMQP over TLS. */
export const amqpPort = 5672;
export const amqpsPort = 5671;

/** The exchange of oslo.messaging's topics unless a service says otherwise (its option `control_exchange`). */
export const controlExchange = "openstack";

/**
 * What the driver is told on any bus. It would send casts without waiting for their acknowledgement, and a bus that is full
 * or that loses its link then drops them in silence. Replies stay so: a server's threads would wait for the round trip to
 * the client.
 * @param addressing How a topic becomes an address: `legacy`, `broadcast.`, `exclusive.` and `unicast.` with dots, for
 * brokers; `routable`, paths below `openstack.org/om/`, for routers.
 * @param tls Whether connections are encrypted, and brokers checked by the host of the transport URL.
 */
export function driverSettings(addressing: "legacy" | "routable", tls = false): Settings {
  return {
    oslo_messaging_amqp: {
      addressing_mode: addressing,
      pre_settled: ["rpc-reply"],
      sasl_mechanisms: "PLAIN",
      ...(tls ? { ssl: true, ssl_ca_file: agentsAuthorityFile } : {}),
    },
  };
}

/**
 * The transport URL of an account (oslo.messaging's `transport_url`). Of several hosts, the driver begins with any one
 * (`controller.Hosts`, 14.7.3).
 */
export function transportUrl(
  account: string,
  password: string,
  endpoints: readonly Endpoint[],
  tls = false,
): string {
  const hosts = endpoints.map(
    ({ host }) => `${account}:${encodeURIComponent(password)}@${host}:${tls ? amqpsPort : amqpPort}`,
  );
  return `amqp://${hosts.join(",")}/`;
}

/** Transport URLs of an account by site. */
export function transportUrls(
  account: string,
  password: string,
  endpoints: Readonly<Record<string, readonly Endpoint[]>>,
  tls = false,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([site, hosts]) => [site, transportUrl(account, password, hosts, tls)]),
  );
}
