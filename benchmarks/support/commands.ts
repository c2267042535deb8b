import { execa } from "execa";
import type { Bench } from "../benchmark";

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
  /** Goes on when the benchmark is interrupted: what undoes something has to. */
  readonly undoing?: boolean;
}

/** How long an interrupted engine may take to save its state, milliseconds. */
const graceMs = 60_000;

/**
 * Runs a command to its end and returns its standard output. It leads a process group of its own: Ctrl-C on a
 * terminal reaches the benchmark alone, which passes one interruption on. Errors: an exit code that is not 0,
 * with the end of what was said.
 */
export async function command(
  bench: Pick<Bench, "environment" | "signal" | "root">,
  file: string,
  parameters: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  if (!options.undoing) bench.signal.throwIfAborted();
  const result = await execa(file, parameters, {
    cwd: options.cwd ?? bench.root,
    env: { ...bench.environment, ...options.env },
    detached: true,
    reject: false,
    killSignal: "SIGINT",
    forceKillAfterDelay: graceMs,
    ...(options.undoing ? {} : { cancelSignal: bench.signal }),
    ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
  });
  if (!options.undoing) bench.signal.throwIfAborted();
  if (result.failed) {
    const said = (result.stderr || result.stdout).trim().split("\n").slice(-20).join("\n");
    throw new Error(
      `${file} ${parameters[0] ?? ""} ended with ${result.exitCode ?? result.signal ?? "an error"}:\n${said || result.shortMessage}`,
    );
  }
  return result.stdout;
}
