import { createHash } from "crypto";
import { figuresAccount } from "../../../workloads/brokers/zeromq";
import type { PlannedBroker } from "../bus";

/** Where the matchmaker's image expects its configuration. */
export const configurationFile = "/etc/buswide/redis.conf";

/** Where the server finds by which passwords agents are let in; `bus-accounts` puts it there. */
const accountsFile = "/var/lib/redis/accounts.conf";

/** The account that may say by which passwords agents are let in, of `bus-accounts`, and the file of its password. */
const accountsAccount = "accounts";
export const accountsPasswordFile = "/etc/buswide/accounts-password";

export const matchmakerPort = 6379;

/** What the driver's matchmaker does (`zmq_matchmaker_redis`): sets of addresses that expire. It may nothing else. */
const commands = ["ping", "sadd", "srem", "smembers", "ttl", "expire"];

/** Of its container's memory; what connections and the server itself take is on top. */
const dataShare = 0.5;

/**
 * `redis.conf` of the matchmaker (https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/). It keeps
 * nothing: agents register anew. When its memory is full it refuses addresses, rather than forget some.
 * @param hashes Of the passwords of what reads figures and of what sets accounts, as of {@link hashOf}.
 */
export function renderMatchmaker(
  { memoryBytes }: PlannedBroker,
  hashes: { readonly figures: string; readonly accounts: string },
): string {
  return [
    "bind 0.0.0.0",
    `port ${matchmakerPort}`,
    `save ""`,
    "appendonly no",
    "dir /var/lib/redis",
    `maxmemory ${Math.floor(memoryBytes * dataShare)}`,
    "maxmemory-policy noeviction",
    `user ${figuresAccount} on #${hashes.figures} resetchannels -@all +info`,
    `user ${accountsAccount} on #${hashes.accounts} resetchannels -@all +acl|setuser`,
    `include ${accountsFile}`,
    "",
  ].join("\n");
}

/**
 * What `bus-accounts` is told: agents' user, with a password for each site. The driver hands on a password and no user: it is the
 * default one's, and one user can have many.
 * @param hashes Of the passwords, as of {@link hashOf}.
 */
export function renderAgents(hashes: readonly string[]): string {
  const may = commands.map((command) => `+${command}`).join(" ");
  return `user default on ${hashes.map((hash) => `#${hash} `).join("")}~* resetchannels -@all ${may}\n`;
}

/** A password as Redis takes it in a configuration: SHA-256 (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/). */
export function hashOf(password: string): string {
  return createHash("sha256").update(password, "utf8").digest("hex");
}
