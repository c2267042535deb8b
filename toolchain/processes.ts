import { type ChildProcess, spawn } from "child_process";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  input?: string;
  /** Each line of standard output and error, as it comes. */
  onLine?: (line: string) => void;
  timeoutMs?: number;
}

export interface RunResult {
  /** The exit code; null when a signal ended the command. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What runs: each leads a process group, and a session, of its own. */
const running = new Set<ChildProcess>();

/** Sends `signal` to `child` and to what it has started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // All have ended, or what is left is another user's.
    if (code !== "ESRCH" && code !== "EPERM") {
      throw error;
    }
  }
}

// A failure elsewhere ends this process; what it has started must not go on without it.
process.on("exit", () => running.forEach((child) => signalGroup(child, "SIGTERM")));

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A terminal sends Ctrl-C, and its end, to its own process group only: what runs in others is told by this process. */
function passOn(signal: NodeJS.Signals): void {
  running.forEach((child) => signalGroup(child, signal));
  // The others that listen must not take this for a wish to go on: a lock's listener, if alone, ends the process.
  process.off(signal, passOn);
  if (process.listenerCount(signal) === 0) {
    process.kill(process.pid, signal);
  }
  setImmediate(listen);
}

/** Listens to signals that end this process, before all others, as long as something runs. */
function listen(): void {
  for (const signal of endings) {
    process.off(signal, passOn);
    if (running.size > 0) {
      process.prependListener(signal, passOn);
    }
  }
}

function began(child: ChildProcess): void {
  running.add(child);
  listen();
}

function ended(child: ChildProcess): void {
  running.delete(child);
  listen();
}

/** Kills a command and what it has started, and waits for none of it: a process may have left the group with a pipe. */
function abandon(child: ChildProcess): void {
  signalGroup(child, "SIGKILL");
  ended(child);
  for (const pipe of child.stdio) {
    pipe?.destroy();
  }
}

/** Runs `command` to its end, whatever its exit code. Errors: it cannot be started; `timeoutMs` passed. */
export function run(
  command: string,
  parameters: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    began(child);
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      let rest = "";
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        texts[name] += text;
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        lines.forEach((line) => options.onLine?.(line));
      });
    }
    child.stdin?.on("error", reject);
    child.stdin?.end(options.input);
    const late = () => {
      abandon(child);
      reject(new Error(`${command} ${parameters.join(" ")} did not end within ${options.timeoutMs} ms`));
    };
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(late, options.timeoutMs);
    child.on("error", (error) => {
      ended(child);
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => {
      ended(child);
      clearTimeout(timer);
      resolve({ code, ...texts });
    });
  });
}

/** Runs `command` and returns its standard output. Errors: as `run`, and an exit code that is not 0. */
export async function output(
  command: string,
  parameters: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(command, parameters, options);
  if (result.code !== 0) {
    const said = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-20).join("\n");
    throw new Error(`${command} ${parameters.join(" ")} ended with ${result.code ?? "a signal"}:\n${said}`);
  }
  return result.stdout;
}

/** Whether `command` can be run and ends with exit code 0. */
export async function succeeds(
  command: string,
  parameters: readonly string[],
  options: RunOptions = {},
): Promise<boolean> {
  try {
    return (await run(command, parameters, options)).code === 0;
  } catch {
    return false;
  }
}
