import { Client, type ConnectConfig } from "ssh2";
import type { Duplex } from "stream";

/** How a host is reached, as in the plugin's `Connection`; defaults are those that it documents. */
export interface Connection {
  host: string;
  port: number;
  user: string;
  password: string;
  privateKey: string;
  privateKeyPassword: string;
  agentSocketPath: string;
  /** In the form of a known_hosts or .pub file: type and base64. */
  hostKey: string;
  /** Attempts after which dialling fails; -1: never. */
  dialErrorLimit: number;
  /** Seconds an attempt may take; 0: no limit. */
  perDialTimeout: number;
  proxy: Partial<Connection>;
}

export const connectionDefaults = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };

const firstRetryMs = 100;
const longestRetryMs = 5000;
const retryGrowth = 1.5;

/** The ssh2 settings of a connection, without the socket. */
export function connectConfig(
  connection: Partial<Connection>,
  environment: NodeJS.ProcessEnv,
): ConnectConfig {
  const settings = { ...connectionDefaults, ...connection };
  const { hostKey } = connection;
  return {
    host: connection.host,
    port: settings.port,
    username: settings.user,
    password: connection.password,
    tryKeyboard: connection.password !== undefined,
    privateKey: connection.privateKey,
    passphrase: connection.privateKeyPassword,
    agent: connection.agentSocketPath ?? environment.SSH_AUTH_SOCK,
    readyTimeout: settings.perDialTimeout * 1000,
    ...(hostKey
      ? {
          hostVerifier: (key: Buffer) => {
            const fields = hostKey.trim().split(/\s+/);
            return fields.includes(key.toString("base64"));
          },
        }
      : {}),
  };
}

/** One attempt to connect. Errors: what ssh2 reports, which names neither passwords nor keys. */
function connect(config: ConnectConfig, password: string | undefined): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => password ?? "")),
    );
    client.once("error", reject);
    client.once("ready", () => {
      client.off("error", reject);
      resolve(client);
    });
    client.connect(config);
  });
}

async function withRetries(
  limit: number,
  signal: AbortSignal,
  attempt: () => Promise<Client>,
): Promise<Client> {
  let delayMs = firstRetryMs;
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (limit >= 0 && tries > limit) {
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    delayMs = Math.min(delayMs * retryGrowth, longestRetryMs);
  }
}

/**
 * Connects to a host, over its proxy when it has one, trying again as often as `dialErrorLimit` allows. Hands
 * the connection to `use` and closes it afterwards.
 */
export async function withConnection<T>(
  connection: Partial<Connection>,
  signal: AbortSignal,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { proxy } = connection;
  const limit = (settings: Partial<Connection>) =>
    settings.dialErrorLimit ?? connectionDefaults.dialErrorLimit;
  const clients: Client[] = [];
  const dial = async (settings: Partial<Connection>, sock?: () => Promise<Duplex>) => {
    const client = await withRetries(limit(settings), signal, async () =>
      connect({ ...connectConfig(settings, process.env), sock: await sock?.() }, settings.password),
    );
    clients.unshift(client);
    return client;
  };
  try {
    const bastion = proxy ? await dial(proxy) : undefined;
    const forward = bastion
      ? () =>
          new Promise<Duplex>((resolve, reject) => {
            const { host = "", port = connectionDefaults.port } = connection;
            bastion.forwardOut("127.0.0.1", 0, host, port, (error, stream) =>
              error ? reject(error) : resolve(stream),
            );
          })
      : undefined;
    return await use(await dial(connection, forward));
  } finally {
    clients.forEach((client) => client.end());
  }
}
