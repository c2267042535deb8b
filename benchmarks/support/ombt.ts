import { randomBytes } from "crypto";
import { join } from "path";
import { buildSettings, ensureBaseImage } from "../../toolchain/base-image";
import { within } from "../../workloads/probe/bounded";
import type { MeasurementInput } from "../../workloads/runner/input";
import type { Bench } from "../benchmark";
import { command } from "./commands";
import { MemoryWatch } from "./memory";
import { parseCallTest } from "./ombtReport";
import { runTool, startToolContainer, transportAt } from "./toolContainer";

/** What ombt runs its servers and clients on: the interpreter's threads, or eventlet's. */
export type Threads = "native" | "green";

export interface OmbtLoad {
  readonly servers: number;
  readonly clients: number;
  readonly callsPerClient: number;
  readonly messageBytes: number;
}

interface OmbtOptions {
  readonly image: string;
  readonly input: MeasurementInput;
  readonly site: string;
  readonly threads: Threads;
  readonly timeoutSeconds: number;
}

const tag = "buswide/bench-ombt:3.0.0";
const startMs = 60_000;
const warmUpCalls = 100;

/** Builds ombt's image unless the builder has it, and returns its name. It stays, as other images do. */
export async function ombtImage(bench: Bench): Promise<string> {
  const base = await ensureBaseImage({ ...process.env, ...bench.environment }, (line) =>
    bench.progress(line),
  );
  const { buildArgs, networkMode } = buildSettings();
  const given = Object.entries({ ...buildArgs, BASE: base }).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  // By this label `buswide destroy` knows an image that no container uses.
  const label = ["--label", "io.buswide.image=bench-ombt"];
  const folder = join(bench.root, "benchmarks", "images", "ombt");
  await command(bench, "docker", [
    "build",
    "-q",
    "--network",
    networkMode,
    "-t",
    tag,
    ...label,
    ...given,
    folder,
  ]);
  return tag;
}

/** ombt's processes, one an agent as ombt has it, in a container like that of the probe's agents, in its network. */
export class OmbtAgents {
  readonly #topic = `bench-${randomBytes(4).toString("hex")}`;

  private constructor(
    private readonly bench: Bench,
    private readonly options: OmbtOptions,
    private readonly container: string,
    /** Removes the container, and all its processes with it. */
    readonly remove: () => Promise<void>,
  ) {}

  static async start(bench: Bench, options: OmbtOptions): Promise<OmbtAgents> {
    const environment = [`BENCHMARK_THREADS=${options.threads}`];
    const { container, remove } = await startToolContainer(bench, { tool: "ombt", ...options, environment });
    return new OmbtAgents(bench, options, container, remove);
  }

  /** Starts the agents, warms them up, and has every client make its calls. Errors: not every call succeeded. */
  async call(load: OmbtLoad): Promise<{ callsPerSecond: number; bytesPerAgent: number }> {
    const { servers, clients, callsPerClient } = load;
    const memory = await MemoryWatch.of(this.bench.containers, this.container);
    for (const [role, count] of [
      ["rpc-server", servers],
      ["rpc-client", clients],
    ] as const)
      await Promise.all(
        Array.from({ length: count }, () => within(this.#ombt([role, "--daemon"]), startMs, `ombt ${role}`)),
      );
    await this.#test(load, warmUpCalls);
    memory.begin();
    try {
      const callsPerSecond = await this.#test(load, callsPerClient);
      memory.end();
      return { callsPerSecond, bytesPerAgent: (await memory.most()) / (servers + clients) };
    } finally {
      memory.end();
    }
  }

  /** Returns calls per second, as ombt gives them: from the first client's start to the last one's end. */
  async #test({ servers, clients, messageBytes }: OmbtLoad, calls: number): Promise<number> {
    this.bench.signal.throwIfAborted();
    const test = ["controller", "rpc-call", "--calls", String(calls), "--length", String(messageBytes)];
    const report = parseCallTest(await this.#ombt(test));
    if (
      report.clients !== clients ||
      report.servers !== servers ||
      report.calls !== clients * calls ||
      report.failed > 0
    )
      throw new Error(
        `ombt counted ${report.calls} calls, ${report.failed} failed, of ${report.clients} clients and ${report.servers} servers; asked for were ${clients * calls} of ${clients} and ${servers}`,
      );
    return report.callsPerSecond;
  }

  #ombt(parameters: readonly string[]): Promise<string> {
    const { input, site, timeoutSeconds } = this.options;
    const url = transportAt(input, site);
    const common = ["--url", url, "--topic", this.#topic, "--timeout", String(timeoutSeconds)];
    return runTool(this.bench, this.container, ["ombt-as", ...common, ...parameters], url);
  }
}
