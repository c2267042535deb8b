import { createInterface } from "readline";
import { text } from "stream/consumers";
import { setTimeout as sleep } from "timers/promises";
import { z } from "zod";
import type { Containers, ExecProcess } from "../containers";
import type { LinkUsage, WanUsage } from "../results/schema";
import type { MeasurementInput } from "./input";
import { increase, type Window } from "./usage";

/** Where readings go besides memory, and who is told of a gateway that can't be read. */
export interface TrafficSinks {
  /** Takes lines for `series.jsonl`; never fails. */
  append(lines: readonly object[]): Promise<void>;
  warn(message: string): void;
}

/** A reading of one direction of a link: counters since some time before. */
export interface Reading {
  /** Unix time, seconds. */
  time: number;
  bytes: number;
  packets: number;
  dropped: number;
}

/** One direction of a link: the class of that name at the gateway it is sent from. */
interface Direction {
  link: string;
  from: string;
  to: string;
}

const line = z.object({
  time: z.number(),
  classes: z.record(z.string(), z.object({ bytes: z.number(), packets: z.number(), dropped: z.number() })),
});
const done = z.object({ done: z.literal(true) });

/**
 * Time between two readings, seconds. A reading takes a gateway about a millisecond of CPU: with many gateways they
 * are read less often, so that watching never takes more than some 3 % of a core.
 */
export function readingSeconds(gateways: number): number {
  return Math.max(1, Math.round(gateways / 30));
}

/** Windows begin at whole milliseconds, readings between them. */
const clockSeconds = 0.002;

const startMs = 30_000;
const endMs = 5_000;

/**
 * Watches what the links carry: a process in each gateway tells its counters regularly, and at the edges of the
 * window. A gateway that can't be read is said once, and leaves the run without these figures, never with wrong ones.
 */
export class Traffic {
  private readonly readings = new Map<string, Reading[]>();
  private readonly watches: Watch[] = [];
  private readonly stopping = new AbortController();
  private readonly asked: Promise<void>[] = [];
  private readonly warned = new Set<string>();

  constructor(
    private readonly containers: Containers,
    private readonly input: Pick<MeasurementInput, "sites" | "links">,
    private readonly workload: string,
    private readonly sinks: TrafficSinks,
  ) {}

  /** Starts watching; when it returns each gateway has been read once, or was given up on. */
  async start(): Promise<void> {
    const sites = this.input.sites.filter(({ name }) => this.from(name).length > 0);
    await Promise.all(
      sites.map(async ({ name, gateway }) => {
        try {
          const command = ["gateway", "traffic", String(readingSeconds(sites.length))];
          const process = await this.containers.spawn(gateway.container, command);
          const ahead = this.containers.clockAhead?.(gateway.container) ?? 0;
          const watch = new Watch(name, process, {
            take: ({ time, classes }) => this.take(name, { time: time - ahead, classes }),
            broken: (message) => this.warn(name, message),
          });
          this.watches.push(watch);
          await watch.ready();
        } catch (error) {
          this.warn(name, error instanceof Error ? error.message : String(error));
        }
      }),
    );
  }

  /** To be called when the measured window opens at `at`. */
  windowStarted(at: Date): void {
    const reading = sleep(Math.max(0, at.getTime() - Date.now()), undefined, {
      signal: this.stopping.signal,
    }).then(
      () => this.read(),
      // Stopped before it began.
      () => undefined,
    );
    this.asked.push(reading);
  }

  /** To be called when the window closes. */
  windowEnded(): void {
    this.read();
  }

  /** Takes a last reading and ends the processes. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.asked);
    await Promise.all(this.watches.map((watch) => watch.end()));
  }

  /** The figures of a window for so many deliveries; undefined where one direction was not read all through it. */
  usage(window: Window, deliveries: number): WanUsage | undefined {
    const directions = this.input.sites.flatMap(({ name }) => this.from(name));
    if (directions.length === 0 || window.end <= window.start) return undefined;
    const links: LinkUsage[] = [];
    for (const direction of directions) {
      const usage = linkUsageIn(direction, this.readings.get(key(direction)) ?? [], window, deliveries);
      if (usage === undefined) {
        this.warn(direction.from, `link ${direction.link} was not read for the whole of ${this.workload}`);
        return undefined;
      }
      links.push(usage);
    }
    const bytes = links.reduce((sum, usage) => sum + usage.bytes, 0);
    return { seconds: round(window.end - window.start), bytes, ...perDelivery(bytes, deliveries), links };
  }

  private from(site: string): Direction[] {
    return this.input.links.flatMap(({ name: link, between: [a, b] }) => {
      if (site === a) return { link, from: a, to: b };
      return site === b ? { link, from: b, to: a } : [];
    });
  }

  private read(): void {
    for (const watch of this.watches) watch.read();
  }

  private take(site: string, { time, classes }: z.infer<typeof line>): void {
    const lines = this.from(site).flatMap((direction) => {
      const counters = classes[direction.to];
      if (counters === undefined) return [];
      const readings = this.readings.get(key(direction)) ?? [];
      this.readings.set(key(direction), readings);
      const last = readings.at(-1);
      const reading = { time, ...counters };
      readings.push(reading);
      if (last === undefined || time <= last.time) return [];
      const rise = (name: "bytes" | "packets" | "dropped"): number => riseOf(last[name], reading[name]);
      return {
        kind: "carried",
        workload: this.workload,
        ...direction,
        time,
        seconds: round(time - last.time),
        bytes: rise("bytes"),
        packets: rise("packets"),
        droppedPackets: rise("dropped"),
      };
    });
    void this.sinks.append(lines);
  }

  private warn(site: string, message: string): void {
    if (this.warned.has(site)) return;
    this.warned.add(site);
    this.sinks.warn(`no figures of the links of ${site}: ${message}`);
  }
}

/**
 * What a direction carried within a window; undefined if it was not read before its start and after its end.
 * Between two readings a counter is taken as straight; there is one at each edge of a window.
 */
export function linkUsageIn(
  direction: Direction,
  readings: readonly Reading[],
  window: Window,
  deliveries: number,
): LinkUsage | undefined {
  const [first] = readings;
  const last = readings.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (first.time > window.start + clockSeconds || last.time < window.end - clockSeconds) return undefined;
  const used = (name: "bytes" | "packets" | "dropped"): number =>
    Math.round(
      increase(
        readings.map((reading) => ({ time: reading.time, value: reading[name] })),
        window,
      ),
    );
  const rates = readings.flatMap((reading, at) => {
    const before = readings[at - 1];
    // Readings at an edge can be a moment apart, in which one packet makes a rate.
    if (before === undefined || reading.time - before.time < 0.5) return [];
    if (before.time >= window.end || reading.time <= window.start) return [];
    return (8 * riseOf(before.bytes, reading.bytes)) / (reading.time - before.time);
  });
  const bytes = used("bytes");
  const mean = (8 * bytes) / (window.end - window.start);
  return {
    ...direction,
    bytes,
    packets: used("packets"),
    droppedPackets: used("dropped"),
    bitsPerSecondMax: Math.round(Math.max(mean, ...rates)),
    ...perDelivery(bytes, deliveries),
  };
}

/** A counter that falls began anew from zero: its emulator was started again. */
function riseOf(before: number, after: number): number {
  return after >= before ? after - before : after;
}

function perDelivery(bytes: number, deliveries: number): { bytesPerDelivery?: number } {
  return deliveries > 0 ? { bytesPerDelivery: Math.round((10 * bytes) / deliveries) / 10 } : {};
}

function key({ from, to }: Direction): string {
  return `${from} ${to}`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** The process in one gateway. */
class Watch {
  private readonly problems: Promise<string>;
  private readonly closed: Promise<void>;
  private readonly first: Promise<boolean>;
  private ending = false;

  constructor(
    private readonly site: string,
    private readonly process: ExecProcess,
    private readonly hooks: { take(reading: z.infer<typeof line>): void; broken(message: string): void },
  ) {
    this.problems = text(process.stderr).catch(() => "");
    // A gateway that has gone can't be asked; its end is told below.
    process.stdin.on("error", () => undefined);
    const lines = createInterface({ input: process.stdout });
    this.first = new Promise((resolve) => {
      lines.once("line", () => resolve(true));
      lines.once("close", () => resolve(false));
    });
    lines.on("line", (told) => this.hear(told));
    this.closed = new Promise((resolve) => lines.once("close", resolve));
    void this.closed.then(async () => {
      if (!this.ending)
        hooks.broken(`its gateway stopped telling: ${(await this.problems).trim() || "no reason given"}`);
    });
  }

  async ready(): Promise<void> {
    const patience = new AbortController();
    const late = sleep(startMs, "late", { signal: patience.signal }).catch(() => "late");
    const came = await Promise.race([this.first, late]);
    patience.abort();
    if (came === "late") throw new Error(`its gateway told nothing within ${startMs / 1000} s`);
  }

  read(): void {
    this.process.stdin.write("\n");
  }

  async end(): Promise<void> {
    this.ending = true;
    this.process.stdin.end();
    const patience = new AbortController();
    await Promise.race([
      this.closed,
      sleep(endMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  private hear(told: string): void {
    let value: unknown;
    try {
      value = JSON.parse(told);
    } catch {
      value = told;
    }
    const reading = line.safeParse(value);
    if (reading.success) this.hooks.take(reading.data);
    else if (!done.safeParse(value).success)
      this.hooks.broken(`${this.site}'s gateway told something else than a reading: ${told}`);
  }
}
