import { type Context, Lines, previousOutput, shows, text, trimmed } from "./command";
import { copy } from "./copy";
import { type Failure, type Field, type Kind, commandFields, misfits } from "./kinds";
import { isUnknown } from "./local";
import { type Connection, connectionDefaults, withConnection } from "./ssh";
import { asBundle, type Properties, revealed, same, type Value } from "./values";

const connectionFields: { [name: string]: Field } = {
  host: { shape: "text", required: true },
  port: { shape: "number" },
  user: { shape: "text" },
  password: { shape: "text" },
  privateKey: { shape: "text" },
  privateKeyPassword: { shape: "text" },
  agentSocketPath: { shape: "text" },
  hostKey: { shape: "text" },
  dialErrorLimit: { shape: "number" },
  perDialTimeout: { shape: "number" },
};

function connectionFailures(inputs: Properties): Failure[] {
  const connection = inputs.connection ?? null;
  if (isUnknown(connection) || connection === null) {
    return [];
  }
  const { proxy, ...rest } = connection as Properties;
  return [
    ...misfits(rest, connectionFields, isUnknown, "connection."),
    ...(proxy ? misfits(proxy as Properties, connectionFields, isUnknown, "connection.proxy.") : []),
  ];
}

/** Fills in the defaults of a connection that is not hidden in a secret (then its reader fills them in). */
function withDefaults(inputs: Properties): Properties {
  const connection = inputs.connection ?? null;
  const open = revealed(connection);
  return typeof connection === "object" &&
    connection !== null &&
    same(open, connection) &&
    !isUnknown(connection)
    ? { ...inputs, connection: { ...connectionDefaults, ...(connection as Properties) } }
    : inputs;
}

function connectionOf(properties: Properties): Partial<Connection> {
  return (properties.connection ?? {}) as Partial<Connection>;
}

async function run(
  command: string | undefined,
  inputs: Properties,
  state: Properties,
  context: Context,
): Promise<Properties> {
  const previous = { stdout: text(state, "stdout"), stderr: text(state, "stderr") };
  if (command === undefined) {
    return { stdout: previous.stdout ?? "", stderr: previous.stderr ?? "" };
  }
  const environment = {
    ...((inputs.environment ?? {}) as { [name: string]: string }),
    ...((inputs.addPreviousOutputInEnv ?? true) ? previousOutput(previous) : {}),
  };
  const logging = text(inputs, "logging");
  const chunks: { stdout: Buffer[]; stderr: Buffer[]; both: Buffer[] } = { stdout: [], stderr: [], both: [] };
  return withConnection(
    connectionOf(inputs),
    context.signal,
    (client) =>
      new Promise<Properties>((resolve, reject) => {
        client.once("error", reject);
        // Servers take only the variables that their AcceptEnv names; the others are lost, as with the real plugin.
        client.exec(command, { env: environment }, (error, channel) => {
          if (error) {
            reject(error);
            return;
          }
          const abort = () => {
            channel.signal("TERM");
            channel.close();
          };
          context.signal.addEventListener("abort", abort, { once: true });
          const collect = (name: "stdout" | "stderr") => {
            const lines = shows(logging, name) ? new Lines((line) => context.log(line)) : undefined;
            const decoder = new TextDecoder();
            const stream = name === "stdout" ? channel : channel.stderr;
            stream.on("data", (chunk: Buffer) => {
              chunks[name].push(chunk);
              chunks.both.push(chunk);
              lines?.push(decoder.decode(chunk, { stream: true }));
            });
            stream.on("end", () => lines?.end());
          };
          collect("stdout");
          collect("stderr");
          let ended = "the connection was lost";
          let status: number | null = null;
          channel.on("exit", (code: number | null, signal?: string) => {
            status = code;
            ended = signal ? `signal: ${signal}` : `Process exited with status ${code}`;
          });
          channel.on("close", () => {
            context.signal.removeEventListener("abort", abort);
            if (status === 0) {
              resolve({ stdout: trimmed(chunks.stdout), stderr: trimmed(chunks.stderr) });
            } else {
              const why = context.signal.aborted ? `${String(context.signal.reason)}: ${ended}` : ended;
              reject(
                new Error(
                  `${why}: running ${JSON.stringify(command)}:\n${Buffer.concat(chunks.both).toString("utf8")}`,
                ),
              );
            }
          });
          channel.end(text(inputs, "stdin") ?? "");
        });
      }),
  );
}

/** `command:remote:Command`: a command of another machine, over SSH, at each step of a resource's life. */
export const remoteCommand: Kind = {
  defaults: (inputs) => ({ addPreviousOutputInEnv: true, ...withDefaults(inputs) }),
  failures: (inputs) => [
    ...misfits(inputs, { ...commandFields, connection: { shape: "any", required: true } }, isUnknown),
    ...connectionFailures(inputs),
  ],
  outputNames: () => ["stdout", "stderr"],
  create: (inputs, context) => run(text(inputs, "create"), inputs, {}, context),
  update: (inputs, state, context) =>
    run(text(inputs, "update") ?? text(inputs, "create"), inputs, state, context),
  delete: async (state, context) => {
    const command = text(state, "delete");
    if (command !== undefined) {
      await run(command, state, state, context);
    }
  },
};

const copyFields: { [name: string]: Field } = {
  connection: { shape: "any", required: true },
  source: { shape: "any", required: true },
  remotePath: { shape: "text", required: true },
  triggers: { shape: "list" },
};

function sourceFailures(source: Value | undefined): Failure[] {
  if ((source ?? null) === null || isUnknown(source)) {
    return [];
  }
  const bundle = asBundle(source);
  const readable = bundle?.path !== undefined || (bundle?.kind === "asset" && bundle.text !== undefined);
  return readable
    ? []
    : [{ property: "source", reason: "must be a file asset, a text asset or a file archive" }];
}

async function upload(inputs: Properties, context: Context): Promise<Properties> {
  const source = asBundle(inputs.source);
  if (!source) {
    throw new Error("source is neither an asset nor an archive");
  }
  await withConnection(connectionOf(inputs), context.signal, (client) =>
    copy(client, source, text(inputs, "remotePath") ?? ""),
  );
  return {};
}

/** `command:remote:CopyToRemote`: a file or folder on another machine, over SFTP. Deleting leaves it there. */
export const copyToRemote: Kind = {
  defaults: withDefaults,
  failures: (inputs) => [
    ...misfits(inputs, copyFields, isUnknown),
    ...connectionFailures(inputs),
    ...sourceFailures(inputs.source),
  ],
  outputNames: () => [],
  create: upload,
  update: async (inputs, state, context) =>
    same(inputs.source, state.source) && inputs.remotePath === state.remotePath
      ? {}
      : upload(inputs, context),
  delete: () => Promise.resolve(),
};
