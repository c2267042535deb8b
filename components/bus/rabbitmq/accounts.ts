import { createHash } from "crypto";
import { serviceExchanges, servicesAccount, serviceTopics } from "../openstack";

/** The virtual host of the bus. The default one, `/`, is not made. */
export const virtualHost = "buswide";

/** Names of the patterns of a RabbitMQ account's rights in the virtual host (https://www.rabbitmq.com/docs/access-control). */
interface Account {
  readonly name: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** The exchange of oslo.messaging's topics unless a service says otherwise (its option `control_exchange`). */
export const controlExchange = "openstack";

/** The kinds of agents that ombt's controller calls the roll of, whichever there are (`MESSAGING_CLIENT_TYPES`). */
const ombtKinds = ["RPCClient", "RPCServer", "Listener", "Notifier"];

/** What the probe's agents declare: topics, their queues and fanout exchanges, and reply queues. */
const ofProbe = `${controlExchange}$|buswide\\.|reply_`;

/** What ombt makes of the same topics, with two exchanges of its own (ombt 3.0.0, `CONTROL_EXCHANGE` and what follows it). */
const ofOmbt = `ombt-(control|rpc-test)$|(rpc|controller|client-(${ombtKinds.join("|")}))-buswide\\.`;

/**
 * The agents of the probe and of ombt. ombt's names are theirs whether a workload uses it or not: a broker has rights from its start,
 * and is not made anew for another workload.
 */
export const agentsAccount = accountOf("agents", `${ofProbe}|${ofOmbt}`);

/** The agents of a federation, on which ombt is not run. */
export const federatedAgentsAccount = accountOf(agentsAccount.name, ofProbe);

/** What OpenStack's services declare: their exchanges, topics with those of hosts and fanouts, and reply queues. */
const ofServices = `(${serviceExchanges.join("|")})$|reply_|(${serviceTopics.join("|")})`;

/** OpenStack's services. */
export const openstackAccount = accountOf(servicesAccount, ofServices);

export const federationName = "federation";

/**
 * What a broker fetches from another by. A link declares what it is to fetch from, so that it can come before
 * the agents, and keeps what an exchange copies in a queue and an exchange of its own.
 * @param services Whether OpenStack's services are on the bus.
 */
export function federationAccount(services: boolean): Account {
  const fetched = ["federation: ", ofProbe, ...(services ? [ofServices] : [])].join("|");
  return {
    name: federationName,
    configure: `^(${fetched})`,
    write: "^federation: ",
    read: `^(${fetched})`,
  };
}

/** One that declares, writes and reads `own`. Replies are published to the default exchange, which access control calls `amq.default`. */
function accountOf(name: string, own: string): Account {
  return { name, configure: `^(${own})`, write: `^(${own}|amq\\.default$)`, read: `^(${own})` };
}

/** A message that comes back from servers that go is never thrown away for having come back too often. */
export const unlimitedDelivery = { "delivery-limit": -1 } as const;

/**
 * Definitions a broker loads at its start: one virtual host, and the accounts. None of them administrates, and the
 * broker makes no default account when it is given definitions.
 * @param hashes Account to the hash of its password, as of {@link hashPassword}.
 * @param liftsDeliveryLimit Whether quorum queues must be told to give a message again however often it came back. A queue has
 * one policy: those of a federation, which go before this one, say it too.
 */
export function renderAccounts(
  accounts: readonly Account[],
  hashes: Readonly<Record<string, string>>,
  liftsDeliveryLimit = false,
): string {
  const policy = {
    vhost: virtualHost,
    name: "redelivery",
    pattern: ".*",
    "apply-to": "quorum_queues",
    definition: unlimitedDelivery,
    priority: 0,
  };
  return JSON.stringify(
    {
      users: accounts.map(({ name }) => ({
        name,
        password_hash: hashes[name],
        hashing_algorithm: "rabbit_password_hashing_sha256",
        tags: [],
      })),
      vhosts: [{ name: virtualHost }],
      permissions: accounts.map(({ name, configure, write, read }) => ({
        user: name,
        vhost: virtualHost,
        configure,
        write,
        read,
      })),
      ...(liftsDeliveryLimit ? { policies: [policy] } : {}),
    },
    undefined,
    2,
  );
}

/**
 * A password as RabbitMQ stores it: base64 of a 4-byte salt and SHA-256(salt + password)
 * (https://www.rabbitmq.com/docs/passwords). The salt is derived from the password, so that the same
 * password always gives the same file; the password itself is random and long, which is what protects it.
 */
export function hashPassword(password: string): string {
  const salt = createHash("sha256").update(`salt of ${password}`).digest().subarray(0, 4);
  const digest = createHash("sha256").update(salt).update(password, "utf8").digest();
  return Buffer.concat([salt, digest]).toString("base64");
}
