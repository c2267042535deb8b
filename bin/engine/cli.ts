import { spawn } from "child_process";
import type { Interrupts } from "./interrupts";
import { endOwn, signal } from "./processes";

/** The end of a run of the Pulumi CLI. */
export interface CliResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly root: string;
  readonly stack: string;
  readonly interrupts: Interrupts;
  readonly onOutput?: ((text: string) => void) | undefined;
  readonly onError?: ((text: string) => void) | undefined;
}

/**
 * Runs the Pulumi CLI apart from the terminal's process group: Ctrl-C then reaches this process only, which
 * passes on exactly one interruption at a time. (The CLI takes a second one as the wish to drop everything.)
 */
export async function runCli(
  command: string,
  args: readonly string[],
  options: CliOptions,
): Promise<CliResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = options.interrupts.listen((hard) => {
    if (child.pid === undefined) return;
    if (hard) endOwn(options.root, options.stack).catch((error: unknown) => child.emit("error", error));
    else signal(child.pid, "SIGINT");
  });
  try {
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => {
        texts[name] += text;
        (name === "stdout" ? options.onOutput : options.onError)?.(text);
      });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      // An engine that was killed leaves its plugins and the runner behind.
      child.on("exit", (ended) => {
        if (ended === null) endOwn(options.root, options.stack).catch(reject);
      });
      child.on("close", resolve);
    });
    return { code, ...texts };
  } finally {
    stop();
  }
}
