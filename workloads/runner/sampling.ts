import { setTimeout as sleep } from "timers/promises";
import type { BrokerSample, BrokerSampler } from "../brokers";
import type { Containers, UsageSample } from "../containers";
import type { WorkloadRecord } from "../results/schema";
import type { ToolHooks } from "./dependencies";
import type { MeasurementInput } from "./input";
import { brokerUsageIn, serviceUsageIn, type Window } from "./usage";

/**
 * Time between two readings, milliseconds. A service costs 0.15 ms of CPU a reading where the engine is local
 * (6 ms where it is not), a broker some 70 ms: about 2 % of a core in all for a dozen services and a broker.
 */
export const sampleIntervals = { servicesMs: 1_000, brokersMs: 4_000 };

/** Where the samples go besides memory, and who is told of a reading that failed. */
export interface SamplingSinks {
  /** Takes lines for `series.jsonl`; never fails. */
  append(lines: readonly object[]): Promise<void>;
  warn(message: string): void;
}

/**
 * How long a tool's window opens after it was told of, seconds. Brokers are read as it is told of, which takes tenths of a
 * second: their totals count from that reading if it ended before the window opens, and not long before (`riseOver`).
 */
export const toolLeadSeconds = 1;

/** Tells of a tool's window, and returns once it opens, with the time. When `signal` is aborted, that is at once. */
export async function openWindow(
  { windowStarted }: Pick<ToolHooks, "windowStarted">,
  signal: AbortSignal,
): Promise<Date> {
  const at = new Date(Date.now() + toolLeadSeconds * 1000);
  windowStarted(at);
  try {
    await sleep(at.getTime() - Date.now(), undefined, { signal });
    return at;
  } catch (error) {
    if (!signal.aborted) throw error;
    return new Date();
  }
}

/**
 * Reads every service and broker at regular times from `start` to `stop`. It is started before a workload's
 * window opens and stopped after it closed, so that the window's edges lie between samples.
 */
export class Sampling {
  private readonly services = new Map<string, UsageSample[]>();
  private readonly brokers = new Map<string, BrokerSample[]>();
  private readonly warned = new Set<string>();
  private readonly blocked = new Map<string, string>();
  private readonly loops: Promise<void>[] = [];
  private readonly stopping = new AbortController();
  private opened: { readonly cpu: NodeJS.CpuUsage; readonly at: number } | undefined;
  private runnerCpuPercent: number | undefined;

  constructor(
    private readonly containers: Containers,
    private readonly input: MeasurementInput,
    private readonly brokerSampler: BrokerSampler | undefined,
    private readonly workload: string,
    private readonly sinks: SamplingSinks,
    private readonly intervals = sampleIntervals,
  ) {}

  start(): void {
    this.loops.push(this.repeat(this.intervals.servicesMs, () => this.readServices()));
    if (this.brokerSampler && this.input.bus.brokers.length > 0) {
      this.loops.push(this.repeat(this.intervals.brokersMs, () => this.readBrokers()));
    }
    // A loop that breaks off is heard of in `stop`; it must not bring the program down before.
    for (const loop of this.loops) loop.catch(() => undefined);
  }

  /** To be called just before the measured window opens: bounds the runner's own share and the brokers' totals. */
  windowStarted(): void {
    this.opened = { cpu: process.cpuUsage(), at: performance.now() };
    this.readAtEdge();
  }

  /** To be called when the window closes. */
  windowEnded(): void {
    if (this.opened) {
      const { user, system } = process.cpuUsage(this.opened.cpu);
      // By its own time: what fails late is waited for, and is no part of the record's window.
      this.runnerCpuPercent = (100 * (user + system)) / 1e3 / (performance.now() - this.opened.at);
    }
    this.readAtEdge();
  }

  /** Brokers are read seldom, so their totals need a reading at each edge of a window, and of one within. */
  readAtEdge(): void {
    if (!this.brokerSampler) return;
    const reading = this.readBrokers();
    reading.catch(() => undefined);
    this.loops.push(reading);
  }

  /** Takes the last samples and ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }

  /** The figures for a workload's record. */
  usage(window: Window): Pick<WorkloadRecord, "services" | "brokers" | "sampling"> {
    if (window.end <= window.start) return { services: [], brokers: [] };
    const times = [...this.services.values()].map(
      (samples) => samples.filter(({ time }) => time >= window.start && time <= window.end).length,
    );
    for (const samples of this.brokers.values()) samples.sort((a, b) => a.time - b.time);
    const cpuPercent = this.runnerCpuPercent;
    return {
      services: this.input.services.flatMap(
        ({ name }) => serviceUsageIn(name, this.services.get(name) ?? [], window) ?? [],
      ),
      brokers: this.input.bus.brokers.flatMap(({ name, container }) => {
        const counted = brokerUsageIn(name, this.brokers.get(name) ?? [], window);
        const service = this.input.services.find((one) => one.container === container);
        const used = service && serviceUsageIn(service.name, this.services.get(service.name) ?? [], window);
        if (counted === undefined || used === undefined) return counted ?? [];
        const { cpuPercentMean, memoryBytesMax } = used;
        return { ...counted, cpuPercentMean, memoryBytesMax };
      }),
      ...(cpuPercent === undefined
        ? {}
        : {
            sampling: {
              intervalSeconds: this.intervals.servicesMs / 1000,
              samples: Math.max(0, ...times),
              runnerCpuPercent: Number(cpuPercent.toFixed(2)),
            },
          }),
    };
  }

  /** Reads at once, then at each interval (not sooner than a reading takes), and once more at the end. */
  private async repeat(intervalMs: number, read: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    let due = performance.now();
    while (!signal.aborted) {
      await read();
      due = Math.max(due + intervalMs, performance.now());
      await pause(due - performance.now(), signal);
    }
    await read();
  }

  private async readServices(): Promise<void> {
    const lines = await Promise.all(
      this.input.services.map(({ name, container }) =>
        this.reading(name, async () => {
          const sample = await this.containers.usage(container);
          entry(this.services, name).push(sample);
          return { kind: "usage", workload: this.workload, service: name, ...sample };
        }),
      ),
    );
    await this.sinks.append(lines.flat());
  }

  private async readBrokers(): Promise<void> {
    const sampler = this.brokerSampler;
    if (sampler === undefined) return;
    const lines = await Promise.all(
      this.input.bus.brokers.map(({ name, container }) =>
        this.reading(name, async () => {
          const sample = await sampler.sample(this.containers, container);
          entry(this.brokers, name).push(sample);
          this.lookForBlock(name, sample);
          return { kind: "broker", workload: this.workload, broker: name, ...sample };
        }),
      ),
    );
    await this.sinks.append(lines.flat());
  }

  /** Brokers that took no messages at some time since the start, and why, in words; undefined: none was seen to. */
  get blockedInWords(): string | undefined {
    const all = [...this.blocked].map(([name, why]) => `${name} took no messages for a time: ${why}`);
    return all.length === 0 ? undefined : all.join("; ");
  }

  private lookForBlock(name: string, { blocked }: BrokerSample): void {
    if (blocked === undefined || this.blocked.has(name)) return;
    this.blocked.set(name, blocked);
    this.sinks.warn(`${name} takes no messages: ${blocked}; \`bus.memory\` gives a broker more`);
  }

  /** A service that can't be read is a finding, not a reason to end the workload: it is said once. */
  private async reading(name: string, read: () => Promise<object>): Promise<object[]> {
    try {
      return [await read()];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (this.warned.has(name)) return [];
      this.warned.add(name);
      this.sinks.warn(`no figures of ${name}: ${message}`);
      return [
        { kind: "unreadable", workload: this.workload, service: name, time: Date.now() / 1000, message },
      ];
    }
  }
}

function entry<T>(map: Map<string, T[]>, key: string): T[] {
  const found = map.get(key) ?? [];
  map.set(key, found);
  return found;
}

/** Waits, or less if the signal is aborted meanwhile. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
