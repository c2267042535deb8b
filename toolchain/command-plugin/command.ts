import { spawn } from "child_process";
import { stat } from "fs/promises";
import { globAssets } from "./glob";
import { endTree } from "./tree";
import { archiveOf, type Properties, type Value } from "./values";

/** What a running command needs from the plugin around it. */
export interface Context {
  /** Shows a line of output in the engine's progress display. */
  log(line: string): void;
  /** Fires when the engine cancels or the resource's time is over. */
  signal: AbortSignal;
}

export interface Outputs {
  stdout: string;
  stderr: string;
}

/** How long a cancelled command has to end by itself, milliseconds. */
const graceMs = 3000;

/** Inputs of a local command, revealed and checked. */
export interface LocalInputs extends Properties {
  interpreter: string[];
  dir: string;
  environment: { [name: string]: string };
  stdin: string;
  logging: string;
  addPreviousOutputInEnv: boolean;
  assetPaths: string[];
  archivePaths: string[];
}

/** Which streams `logging` shows; by default both. */
export function shows(logging: string | undefined, stream: "stdout" | "stderr"): boolean {
  return logging === undefined || logging === stream || logging === "stdoutAndStderr";
}

/** The variables that hand a command what it printed last time. */
export function previousOutput(previous: Partial<Outputs>): { [name: string]: string } {
  return {
    ...(previous.stdout ? { PULUMI_COMMAND_STDOUT: previous.stdout } : {}),
    ...(previous.stderr ? { PULUMI_COMMAND_STDERR: previous.stderr } : {}),
  };
}

/** Hands over whole lines of a stream as they come. */
export class Lines {
  private rest = "";

  constructor(private readonly line: (text: string) => void) {}

  push(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    lines.forEach((line) => this.line(line.replace(/\r$/, "")));
  }

  end(): void {
    if (this.rest !== "") {
      this.line(this.rest);
    }
    this.rest = "";
  }
}

/** The text of a stream without its last line break. */
export function trimmed(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8").replace(/\n$/, "");
}

/**
 * Runs `command` with the interpreter of `inputs` to its end, and reads the assets it left.
 * Errors: the directory or the interpreter is missing; the command ended by a signal or with a status that
 * is not 0, in which case the message holds all it printed.
 */
export async function runLocal(
  command: string,
  inputs: Partial<LocalInputs>,
  previous: Partial<Outputs>,
  context: Context,
): Promise<Properties> {
  const directory = inputs.dir ?? process.cwd();
  const stats = await stat(directory).catch((error: unknown) => {
    throw new Error(
      `dir: cannot run in "${directory}": ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  });
  if (!stats.isDirectory()) {
    throw new Error(`dir: "${directory}" is not a directory`);
  }
  const outputs = await execute(command, inputs, previous, directory, context);
  const result: Properties = { ...outputs };
  if (inputs.assetPaths) {
    result.assets = await globAssets(directory, inputs.assetPaths);
  }
  if (inputs.archivePaths) {
    result.archive = archiveOf(await globAssets(directory, inputs.archivePaths));
  }
  return result;
}

function execute(
  command: string,
  inputs: Partial<LocalInputs>,
  previous: Partial<Outputs>,
  directory: string,
  context: Context,
): Promise<Outputs> {
  const [program = "/bin/sh", ...options] = inputs.interpreter?.length
    ? inputs.interpreter
    : ["/bin/sh", "-c"];
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const both: Buffer[] = [];
  return new Promise((resolve, reject) => {
    context.signal.throwIfAborted();
    // The child stays in the plugin's process group, which the engine ends with the plugin.
    const child = spawn(program, [...options, command], {
      cwd: directory,
      env: {
        ...process.env,
        ...inputs.environment,
        ...((inputs.addPreviousOutputInEnv ?? true) ? previousOutput(previous) : {}),
      },
      stdio: [inputs.stdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const collect = (name: "stdout" | "stderr", chunks: Buffer[]) => {
      const lines = shows(inputs.logging, name) ? new Lines((line) => context.log(line)) : undefined;
      const decoder = new TextDecoder();
      child[name]?.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        both.push(chunk);
        lines?.push(decoder.decode(chunk, { stream: true }));
      });
      child[name]?.on("end", () => lines?.end());
    };
    collect("stdout", stdout);
    collect("stderr", stderr);
    // A command need not read its input to the end.
    child.stdin?.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ECONNRESET") {
        reject(error);
      }
    });
    child.stdin?.end(inputs.stdin);

    // What the command left running ends after it, and the operation is over only when that has ended too.
    let ended = Promise.resolve();
    const abort = () => {
      if (child.pid !== undefined) {
        ended = endTree(child.pid, graceMs);
      }
    };
    context.signal.addEventListener("abort", abort, { once: true });
    const failed = (reason: string) => {
      const why = context.signal.aborted ? `${String(context.signal.reason)}: ${reason}` : reason;
      reject(
        new Error(`${why}: running ${JSON.stringify(command)}:\n${Buffer.concat(both).toString("utf8")}`),
      );
    };
    child.on("error", (error) => {
      context.signal.removeEventListener("abort", abort);
      failed(error.message);
    });
    child.on("close", (code, signal) => {
      context.signal.removeEventListener("abort", abort);
      if (code === 0) {
        resolve({ stdout: trimmed(stdout), stderr: trimmed(stderr) });
      } else {
        ended.then(() => failed(signal ? `signal: ${signal}` : `exit status ${code}`), reject);
      }
    });
  });
}

/** The inputs' value `name` as text, or undefined when it is not given. */
export function text(properties: Properties, name: string): string | undefined {
  const value: Value | undefined = properties[name];
  return typeof value === "string" ? value : undefined;
}
