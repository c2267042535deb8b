import { createHash } from "crypto";
import type { Account, AccountGroup } from "../accounts";
import { serviceExchanges, serviceTopics } from "../openstack";

/** The virtual host of the bus. The default one, `/`, is not made. */
export const virtualHost = "buswide";

/** Patterns of what an account may in the virtual host (https://www.rabbitmq.com/docs/access-control). */
interface Rights {
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
 * What agents of the probe and of ombt may. ombt's names are theirs whether a workload uses it or not: a broker has rights from its start,
 * and is not made anew for another workload.
 */
export const agentsRights = rightsTo(`${ofProbe}|${ofOmbt}`);

/** What agents of a federation may, on which ombt is not run. */
export const federatedAgentsRights = rightsTo(ofProbe);

/** What OpenStack's services declare: their exchanges, topics with those of hosts and fanouts, and reply queues. */
const ofServices = `(${serviceExchanges.join("|")})$|reply_|(${serviceTopics.join("|")})`;

/** What OpenStack's services may. */
export const servicesRights = rightsTo(ofServices);

export const federationName = "federation";

/**
 * What a broker may that fetches from another. A link declares what it is to fetch from, so that it can come before
 * the agents, and keeps what an exchange copies in a queue and an exchange of its own.
 * @param services Whether OpenStack's services are on the bus.
 */
export function federationRights(services: boolean): Rights {
  const fetched = ["federation: ", ofProbe, ...(services ? [ofServices] : [])].join("|");
  return {
    configure: `^(${fetched})`,
    write: "^federation: ",
    read: `^(${fetched})`,
  };
}

/** To declare, write and read `own`. Replies are published to the default exchange, which access control calls `amq.default`. */
function rightsTo(own: string): Rights {
  return { configure: `^(${own})`, write: `^(${own}|amq\\.default$)`, read: `^(${own})` };
}

/** Users and what they may, as definitions have them. None administrates. */
export interface DefinedAccounts {
  readonly users: readonly object[];
  readonly permissions: readonly object[];
}

/** An account as definitions have it. @param hash Of its password, as of {@link hashPassword}. */
function defined(
  name: string,
  hash: string | undefined,
  rights: Rights,
): { user: object; permission: object } {
  return {
    user: {
      name,
      password_hash: hash,
      hashing_algorithm: "rabbit_password_hashing_sha256",
      tags: [],
    },
    permission: { user: name, vhost: virtualHost, ...rights },
  };
}

/**
 * The accounts of agents and services. They are not among what a broker starts with: a site more tells it of one, and does not make it
 * anew.
 * @param hashes Account to the hash of its password.
 * @param federated Whether the brokers are a federation.
 */
export function defineAccounts(
  accounts: readonly Account[],
  hashes: Readonly<Record<string, string>>,
  federated: boolean,
): DefinedAccounts {
  const rights: Readonly<Record<AccountGroup, Rights>> = {
    agents: federated ? federatedAgentsRights : agentsRights,
    openstack: servicesRights,
  };
  const all = accounts.map(({ name, group }) => defined(name, hashes[name], rights[group]));
  return { users: all.map(({ user }) => user), permissions: all.map(({ permission }) => permission) };
}

/** A message that comes back from servers that go is never thrown away for having come back too often. */
export const unlimitedDelivery = { "delivery-limit": -1 } as const;

/**
 * Definitions a broker loads at its start: one virtual host, and of accounts the one that other brokers fetch by. The broker makes no
 * default account when it is given definitions.
 * @param federation The hash of that account's password, and whether OpenStack's services are on the bus; absent: there is no federation.
 * @param liftsDeliveryLimit Whether quorum queues must be told to give a message again however often it came back. A queue has
 * one policy: those of a federation, which go before this one, say it too.
 */
export function renderStart(
  federation?: { readonly hash: string; readonly services: boolean },
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
  const fetching =
    federation && defined(federationName, federation.hash, federationRights(federation.services));
  return JSON.stringify(
    {
      users: fetching ? [fetching.user] : [],
      vhosts: [{ name: virtualHost }],
      permissions: fetching ? [fetching.permission] : [],
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
