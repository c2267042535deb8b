import type { Readable, Writable } from "stream";

/** The outcome of a command that ran to its end in a container. */
export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command running in a container, its standard streams attached. */
export interface ExecProcess {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Resolves with the exit code when the command has ended. */
  exited: Promise<number>;
}

/** One reading of a container's resources. */
export interface UsageSample {
  /** Unix time, seconds. */
  time: number;
  /** CPU time used since the container started, seconds. */
  cpuSeconds: number;
  /** Memory without the page cache, bytes. */
  memoryBytes: number;
  networkReceivedBytes: number;
  networkSentBytes: number;
  /** TCP sockets in use in the container's network; absent where they can't be counted cheaply. */
  sockets?: number;
}

/**
 * The containers of a deployed stack, whatever engine they run on. It is the only way the workloads reach
 * the system under test, and it does not cross the emulated network.
 */
export interface Containers {
  /** Runs `command` to its end. Errors: the container is missing or not running; `timeoutMs` passed. */
  exec(
    container: string,
    command: readonly string[],
    options?: { stdin?: string; timeoutMs?: number; user?: string },
  ): Promise<ExecResult>;
  /** Starts `command` and hands over its streams. */
  spawn(container: string, command: readonly string[], options?: { user?: string }): Promise<ExecProcess>;
  /** Reads one sample of a container's usage. */
  usage(container: string): Promise<UsageSample>;
  /** The container's whole log, standard output and error together. */
  logs(container: string): Promise<string>;
  /** How far a container's clock is ahead of this machine's, seconds, as last measured; absent: all read one clock. */
  clockAhead?(container: string): number;
}
