import { createHash } from "crypto";
import { figuresAccount } from "../../../workloads/brokers/zeromq";
import type { PlannedBroker } from "../bus";

/** Where the matchmaker's image expects its configuration. */
export const configurationFile = "/etc/buswide/redis.conf";

export const matchmakerPort = 6379;

/** What the driver's matchmaker does (`zmq_matchmaker_redis`): sets of addresses that expire. It may nothing else. */
const commands = ["ping", "sadd", "srem", "smembers", "ttl", "expire"];

/** Of its container's memory; what connections and the server itself take is on top. */
const dataShare = 0.5;

/**
 * `redis.conf` of the matchmaker (https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/). It keeps
 * nothing: agents register anew. When its memory is full it refuses addresses, rather than forget some.
 * @param hashes Of the passwords of agents and of what reads figures, as of {@link hashOf}.
 */
export function renderMatchmaker(
  { memoryBytes }: PlannedBroker,
  hashes: { readonly agents: string; readonly figures: string },
): string {
  return [
    "bind 0.0.0.0",
    `port ${matchmakerPort}`,
    `save ""`,
    "appendonly no",
    "dir /var/lib/redis",
    `maxmemory ${Math.floor(memoryBytes * dataShare)}`,
    "maxmemory-policy noeviction",
    // The driver hands on a password and no user: it is the default one's.
    `user default on #${hashes.agents} ~* resetchannels -@all ${commands.map((command) => `+${command}`).join(" ")}`,
    `user ${figuresAccount} on #${hashes.figures} resetchannels -@all +info`,
    "",
  ].join("\n");
}

/** A password as Redis takes it in a configuration: SHA-256 (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/). */
export function hashOf(password: string): string {
  return createHash("sha256").update(password, "utf8").digest("hex");
}
