import * as grpc from "@grpc/grpc-js";

const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/**
 * Serves `handlers` on a free port of the loopback interface and prints the port on standard output, which is
 * how the engine learns where its plugin listens. Methods without a handler answer that they are not
 * implemented.
 */
export async function serve(
  service: grpc.ServiceDefinition,
  handlers: { [method: string]: grpc.UntypedHandleCall },
): Promise<void> {
  const server = new grpc.Server(unlimited);
  server.addService(service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
}

/** The engine's address, which it gives its plugins as their only argument that is not a flag. */
export function engineAddress(): string | undefined {
  return process.argv.slice(2).find((argument) => !argument.startsWith("-"));
}

export interface Leaving {
  /** Asks everything that runs to stop. */
  cancel(): void;
  /** Whether nothing runs any more. */
  idle(): boolean;
  /** How long to wait for that, milliseconds. */
  patienceMs: number;
}

/** How often it is looked whether the engine is still there, and whether everything has ended, milliseconds. */
const lookMs = { parent: 500, idle: 50 };

/**
 * Ends this process, and everything it runs, when it is told to, or when the process that started it has ended: a
 * killed engine cannot say goodbye.
 */
export function leaveWithEngine(leaving: Leaving): void {
  let left = false;
  const leave = () => {
    if (left) {
      return;
    }
    left = true;
    leaving.cancel();
    const deadline = Date.now() + leaving.patienceMs;
    const wait = setInterval(() => {
      if (leaving.idle() || Date.now() > deadline) {
        clearInterval(wait);
        endGroup();
      }
    }, lookMs.idle);
  };
  process.on("SIGINT", leave);
  process.on("SIGTERM", leave);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) {
      leave();
    }
  }, lookMs.parent).unref();
}

/** Ends this process with its whole group, of which the engine makes every plugin the leader. */
function endGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // It leads no group when something else than the engine has started it.
  }
  process.exit(0);
}

/** What an error of any kind says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
