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

const running = new Set<ChildProcess>();

// A failure elsewhere ends this process; what it has started must not go on without it.
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

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
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    running.add(child);
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
    let late = false;
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill("SIGKILL");
          }, options.timeoutMs);
    child.on("error", (error) => {
      running.delete(child);
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => {
      running.delete(child);
      clearTimeout(timer);
      if (late) {
        reject(new Error(`${command} ${parameters.join(" ")} did not end within ${options.timeoutMs} ms`));
      } else {
        resolve({ code, ...texts });
      }
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
