import { randomUUID } from "crypto";
import Docker from "dockerode";
import { PassThrough, Readable, type Duplex } from "stream";
import { buffer, text } from "stream/consumers";
import { setTimeout as sleep } from "timers/promises";
import type { Containers, ExecProcess, ExecResult, UsageSample } from "./containers";
import { readLocalUsage, type ContainerProcess } from "./localUsage";

/** A command in a container did not end in the time it was given; it has been killed. */
export class ExecTimeout extends Error {
  constructor(container: string, command: readonly string[], timeoutMs: number) {
    super(`${container}: ${command[0] ?? "(no command)"} did not end within ${timeoutMs} ms`);
    this.name = "ExecTimeout";
  }
}

/** Time a command gets when the caller sets none, milliseconds. */
const defaultTimeoutMs = 60_000;

/** Environment variable by which a command and all its children can be found again in their container. */
const execMarker = "BUSWIDE_EXEC";

/**
 * Containers of a Docker Engine, 20.10 or later, reached as the docker client reaches it: DOCKER_HOST
 * (unix, tcp or ssh, the last with the keys of the running SSH agent), DOCKER_TLS_VERIFY and
 * DOCKER_CERT_PATH, else the local socket.
 */
export class DockerContainers implements Containers {
  private readonly processes = new Map<string, ContainerProcess>();
  private remote = false;

  constructor(private readonly docker: Docker = new Docker()) {}

  /**
   * Runs `command` to its end, by default within 60 s.
   * A program that is missing in the container ends with exit code 126 or 127, as in a shell.
   * Errors: `ExecTimeout`; the container is missing or not running; the engine went away.
   */
  async exec(
    container: string,
    command: readonly string[],
    options: { stdin?: string; timeoutMs?: number; user?: string } = {},
  ): Promise<ExecResult> {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const running = await this.attach(container, command, options.user);
    // A command may end without reading its input; that is for its exit code to judge, not an error here.
    running.process.stdin.on("error", () => undefined);
    running.process.stdin.end(options.stdin ?? "");
    const ended = Promise.all([
      running.process.exited,
      text(running.process.stdout),
      text(running.process.stderr),
    ]);
    const timer = new AbortController();
    try {
      const outcome = await Promise.race([ended, sleep(timeoutMs, undefined, { signal: timer.signal })]);
      if (outcome !== undefined) {
        const [exitCode, stdout, stderr] = outcome;
        return { exitCode, stdout, stderr };
      }
    } finally {
      timer.abort();
    }
    // What the race left behind ends in an error once the stream is gone: it is ExecTimeout that counts.
    ended.catch(() => undefined);
    running.stream.destroy();
    await this.kill(container, running.marker, options.user);
    throw new ExecTimeout(container, command, timeoutMs);
  }

  /** Starts `command`; ending `stdin` reaches it as end of file. Errors: as for `exec`, in time. */
  async spawn(
    container: string,
    command: readonly string[],
    options: { user?: string } = {},
  ): Promise<ExecProcess> {
    return (await this.attach(container, command, options.user)).process;
  }

  /**
   * Reads one sample, from this machine's own counters where the engine runs here. Elsewhere the engine is
   * asked; before version 25 it answers at its next reading, made once a second, so ask for many at a time.
   * Errors: as for `exec`.
   */
  async usage(container: string): Promise<UsageSample> {
    const known = this.processes.get(container) ?? (await this.inspectProcess(container));
    const local = known && readLocalUsage(known);
    if (local) return local;
    // A restarted container has a new process under the same name.
    this.processes.delete(container);
    const answer = this.docker.getContainer(container).stats({ stream: false, "one-shot": true });
    return usageOf(container, await this.named(container, answer));
  }

  private async inspectProcess(container: string): Promise<ContainerProcess | undefined> {
    if (this.remote) return undefined;
    const { Id, State } = await this.named(container, this.docker.getContainer(container).inspect());
    if (!State.Running) throw new Error(`${container}: not running`);
    const process = { id: Id, pid: State.Pid };
    // Seen once from elsewhere, always from elsewhere: no need to ask about each container again.
    if (readLocalUsage(process) === undefined) this.remote = true;
    else this.processes.set(container, process);
    return this.remote ? undefined : process;
  }

  /** The container's whole log in the order the engine received it. Errors: missing; log driver unreadable. */
  async logs(container: string): Promise<string> {
    const { Config } = await this.named(container, this.docker.getContainer(container).inspect());
    const stream = await this.named(container, this.rawLogs(container));
    const raw = await buffer(stream);
    return Config.Tty ? raw.toString("utf8") : withoutFrames(raw);
  }

  private async attach(
    container: string,
    command: readonly string[],
    user: string | undefined,
  ): Promise<Attached> {
    const marker = randomUUID();
    const exec = await this.named(
      container,
      this.docker.getContainer(container).exec({
        Cmd: [...command],
        Env: [`${execMarker}=${marker}`],
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        ...(user === undefined ? {} : { User: user }),
      }),
    );
    const stream = await this.named(container, exec.start({ hijack: true, stdin: true }));
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    this.docker.modem.demuxStream(stream, stdout, stderr);
    const exited = new Promise<number>((resolve, reject) => {
      stream.on("error", (error) => {
        stdout.destroy(error);
        stderr.destroy(error);
        reject(new Error(`${container}: ${error.message}`, { cause: error }));
      });
      stream.once("end", () => {
        stdout.end();
        stderr.end();
        // Input that the command left unread would keep the connection open for ever.
        stream.destroy();
      });
      stream.once("close", () => {
        const cut = new Error(`${container}: the connection to the command was cut`);
        if (!stdout.writableEnded) {
          stdout.destroy(cut);
          stderr.destroy(cut);
        }
        exitCode(exec).then(resolve, reject);
      });
    });
    // A caller that watches only some of these must not be brought down by the others: who reads a stream
    // or awaits the end still gets the error.
    for (const output of [stdout, stderr]) output.on("error", () => undefined);
    exited.catch(() => undefined);
    return { process: { stdin: stream, stdout, stderr, exited }, stream, marker };
  }

  /**
   * The engine has no way to end an exec, and the process id it knows is the host's: so the processes are
   * found from within, by the variable they inherited, and as their own user, who may read it.
   */
  private async kill(container: string, marker: string, user: string | undefined): Promise<void> {
    const script = `for p in /proc/[0-9]*; do grep -qsa '${execMarker}=${marker}' "$p/environ" && kill -9 "\${p#/proc/}"; done`;
    const killer = await this.attach(container, ["sh", "-c", script], user);
    killer.process.stdout.resume();
    killer.process.stderr.resume();
    killer.process.stdin.end();
    // The script's own shell carries another marker, so it survives; bounded all the same.
    await Promise.race([killer.process.exited, sleep(5_000, undefined, { ref: false })]);
    killer.stream.destroy();
  }

  /**
   * dockerode parses an answer that looks like JSON, and some services log JSON: so the bytes are asked
   * for as a stream.
   */
  private rawLogs(container: string): Promise<Readable> {
    const request = {
      path: `/containers/${encodeURIComponent(container)}/logs?`,
      method: "GET",
      isStream: true,
      statusCodes: { 200: true, 404: "no such container", 500: "server error" },
      options: { stdout: true, stderr: true, follow: false },
    };
    return new Promise((resolve, reject) => {
      this.docker.modem.dial(request, (error: Error | null, stream: unknown) => {
        if (error) reject(error);
        else if (stream instanceof Readable) resolve(stream);
        else reject(new Error("the engine sent no log stream"));
      });
    });
  }

  private async named<T>(container: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new Error(`${container}: ${error instanceof Error ? error.message.trim() : String(error)}`, {
        cause: error,
      });
    }
  }
}

interface Attached {
  process: ExecProcess;
  stream: Duplex;
  marker: string;
}

/** The streams close a moment before the engine knows the exit code, or long before if a command closes them. */
async function exitCode(exec: Docker.Exec): Promise<number> {
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    const state = await exec.inspect();
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    await sleep(pauseMs);
  }
}

/** What is read of an engine's stats answer. dockerode's own type knows neither cgroup v2 nor absent parts. */
export interface EngineStats {
  read: string;
  cpu_stats: { cpu_usage: { total_usage: number } };
  memory_stats: {
    /** Absent when the container is not running. */
    usage?: number;
    /** cgroup v1 has the counters named `total_…`, v2 the plain ones. */
    stats?: { total_cache?: number; total_shmem?: number; file?: number; shmem?: number };
  };
  /** Absent for a container in the host's or another container's network. */
  networks?: Record<string, { rx_bytes: number; tx_bytes: number }>;
}

/** A stats answer in our units. Exported for its test: a machine has only one of the two cgroup versions. */
export function usageOf(container: string, stats: EngineStats): UsageSample {
  const time = Date.parse(stats.read) / 1000;
  if (!(time > 0) || stats.memory_stats.usage === undefined) throw new Error(`${container}: not running`);
  const counters = stats.memory_stats.stats ?? {};
  // tmpfs and shared memory are counted as cache, but can't be dropped as the cache of files can.
  const fileCache =
    counters.total_cache === undefined
      ? (counters.file ?? 0) - (counters.shmem ?? 0)
      : counters.total_cache - (counters.total_shmem ?? 0);
  const networks = Object.values(stats.networks ?? {});
  return {
    time,
    cpuSeconds: stats.cpu_stats.cpu_usage.total_usage / 1e9,
    memoryBytes: Math.max(0, stats.memory_stats.usage - Math.max(0, fileCache)),
    networkReceivedBytes: networks.reduce((sum, network) => sum + network.rx_bytes, 0),
    networkSentBytes: networks.reduce((sum, network) => sum + network.tx_bytes, 0),
  };
}

/** Joins the engine's frames (8 bytes: stream, 0, 0, 0, length; then the data), both streams in their order. */
function withoutFrames(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length;) {
    const end = at + 8 + raw.readUInt32BE(at + 4);
    parts.push(raw.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString("utf8");
}
