import type { Containers } from "../containers";
import type { BrokerSampler } from "./sampler";

/** The file of the password of the account that may read figures and nothing else. */
export const figuresPasswordFile = "/etc/buswide/figures-password";
export const figuresAccount = "figures";

/**
 * The Redis in which agents of a bus without a broker find each other (https://redis.io/docs/latest/commands/info/). No message
 * goes through it: connections to it are all that it has.
 */
export const zeromq: BrokerSampler = {
  async sample(containers, container) {
    const connected = Number(await entry(containers, container, "clients", "connected_clients"));
    if (!Number.isInteger(connected)) throw new Error(`${container}: redis counts no connections`);
    // The one that asks is among them.
    return { time: Date.now() / 1000, connections: connected - 1 };
  },
  async versions(containers, container) {
    return { redis: await entry(containers, container, "server", "redis_version") };
  },
};

/** The password comes from the file into the client's environment, and is in no argument. */
const script = `REDISCLI_AUTH=$(cat ${figuresPasswordFile}) exec redis-cli --no-auth-warning --user ${figuresAccount} info "$1"`;

async function entry(
  containers: Containers,
  container: string,
  section: "clients" | "server",
  name: string,
): Promise<string> {
  const command = ["timeout", "5", "sh", "-c", script, "sh", section];
  const { exitCode, stdout, stderr } = await containers.exec(container, command, { timeoutMs: 8_000 });
  const value = new RegExp(`^${name}:(\\S+)\\s*$`, "m").exec(stdout)?.[1];
  if (exitCode !== 0 || value === undefined)
    throw new Error(`${container}: redis tells no ${name}: ${(stderr || stdout).trim()}`);
  return value;
}
