import { createInterface } from "readline";
import { setTimeout as sleep } from "timers/promises";
import type { Containers } from "../containers";

/** A program that runs in a container until it is stopped. */
export interface Background {
  stop(): Promise<void>;
}

/** How long a program may take until it is ready, milliseconds. */
export const startPatienceMs = 15_000;

/**
 * Starts a program in a container and waits until it prints a line that contains `ready`.
 *
 * The program ends when `stop` is called; also when this process dies (its standard input then closes) and,
 * whatever happens, after `longestSeconds`.
 * Errors: it ends, or stays silent for 15 s, before it is ready.
 */
export async function startBackground(
  containers: Containers,
  container: string,
  command: readonly string[],
  options: { ready: string; longestSeconds: number },
): Promise<Background> {
  // The shell turns the end of its input into the end of the program.
  const script = 'timeout "$0" "$@" & child=$!; read -r _; kill $child 2>/dev/null; wait $child';
  const running = await containers.spawn(container, [
    "sh",
    "-c",
    script,
    String(options.longestSeconds),
    ...command,
  ]);
  const said: string[] = [];
  const stop = async (): Promise<void> => {
    running.stdin.end();
    await running.exited;
  };
  running.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const lines = createInterface({ input: running.stdout });
  const started = new Promise<boolean>((resolve) => {
    lines.on("line", (line) => {
      said.push(line);
      if (line.includes(options.ready)) resolve(true);
    });
    lines.on("close", () => resolve(false));
  });
  const patience = new AbortController();
  const ready = await Promise.race([started, sleep(startPatienceMs, false, { signal: patience.signal })]);
  patience.abort();
  if (ready) return { stop };
  await stop();
  throw new Error(`${container}: ${command.join(" ")} did not start: ${said.join("\n").trim()}`);
}
