import { setTimeout as sleep } from "timers/promises";
import { z } from "zod";
import type { MeasurementInput } from "../workloads/runner/input";
import type { Bench, Benchmark } from "./benchmark";
import { measureProbe, servers, clients } from "./support/calls";
import { ratio, type Figure } from "./support/figures";
import { tell } from "./support/gateways";
import { interleave } from "./support/pairs";
import { probeInput } from "./support/probeInput";
import { BenchStack } from "./support/stack";

const scenario = "benchmarks/scenarios/watched/Pulumi.bench.yaml";
/** How long everything is left at rest to see what being asked takes, seconds: several intervals. */
const restSeconds = 60;
const mebibyte = 1024 ** 2;

/** What containers of a kind used while nothing but watching went on, cores. */
interface Rest {
  readonly prometheus: number;
  readonly broker: number;
  /** Of one gateway, in the mean. */
  readonly gateway: number;
  /** Bytes a second of both directions of the link to Prometheus' site. */
  readonly linkBytes: number;
}

interface Side {
  readonly callsPerSecond: number;
  readonly rest: Rest;
}

/** The same deployment with Prometheus asking, and with it standing still: what being watched costs, to the bus and to a link. */
export const metricsOverhead: Benchmark = {
  name: "metrics-overhead",
  compares: `calls per second of the probe (${servers} servers, ${clients} clients, closed loop), CPU and a link's bytes, with Prometheus asking every 5 s and without`,
  pairs: 5,
  async run(bench, pairs) {
    const stack = await BenchStack.make(bench, scenario);
    bench.progress("deploying");
    await stack.up();
    const input = probeInput(await stack.resources());
    const watched = new Watched(bench, input);
    await watched.answered();
    try {
      const results = await interleave(
        pairs,
        { a: () => watched.measure(true), b: () => watched.measure(false) },
        bench.signal,
      );
      return figuresOf(results, await watched.memory(), watched.asked);
    } finally {
      await watched.ask(true);
    }
  },
};

function figuresOf(
  results: readonly (readonly [Side, Side])[],
  memoryBytes: number,
  asked: number,
): Figure[] {
  const more = (what: string, unit: Figure["unit"], of: (rest: Rest) => number): Figure => ({
    what,
    unit,
    values: results.map(([on, off]) => of(on.rest) - of(off.rest)),
  });
  return [
    ratio(
      "calls per second, watched / not watched",
      results.map(([on, off]) => [on.callsPerSecond, off.callsPerSecond] as const),
    ),
    ratio(
      "CPU of the broker at rest, watched / not watched",
      results.map(([on, off]) => [on.rest.broker, off.rest.broker] as const),
    ),
    more("CPU of Prometheus", "cores", ({ prometheus }) => prometheus),
    more("CPU of the broker, for being asked", "cores", ({ broker }) => broker),
    more("CPU of a gateway, for being asked", "cores", ({ gateway }) => gateway),
    { what: "memory of Prometheus", unit: "MiB", values: [memoryBytes / mebibyte] },
    more(
      `bytes on the link to Prometheus' site, ${asked} services asked`,
      "B/s",
      ({ linkBytes }) => linkBytes,
    ),
  ];
}

const status = z.object({
  classes: z.record(z.string(), z.object({ counters: z.object({ deliveredBytes: z.number() }) })),
});

/** The deployment, whose Prometheus is stopped and let go again. */
class Watched {
  readonly #prometheus: string;
  readonly #broker: string;
  readonly #gateways: ReadonlyMap<string, string>;
  readonly #watch: string;

  constructor(
    private readonly bench: Bench,
    private readonly input: MeasurementInput,
  ) {
    const { metrics, bus, sites } = input;
    const [broker] = bus.brokers;
    if (metrics === undefined || broker === undefined)
      throw new Error("the stack has no Prometheus, or no broker");
    this.#prometheus = metrics.container;
    this.#watch = metrics.site;
    this.#broker = broker.container;
    this.#gateways = new Map(sites.map(({ name, gateway }) => [name, gateway.container]));
  }

  /** How many services are asked: gateways and the broker. */
  get asked(): number {
    return this.#gateways.size + 1;
  }

  /** Has Prometheus ask, or stand still as it is. */
  async ask(asks: boolean): Promise<void> {
    const container = this.bench.docker.getContainer(this.#prometheus);
    const { State } = await container.inspect();
    if (State.Paused === asks) await (asks ? container.unpause() : container.pause());
  }

  /** Waits until all of them have answered once. Errors: one does not. */
  async answered(): Promise<void> {
    const { readMetrics } = await import("../workloads/metrics/prometheus");
    for (let tries = 0; ; tries++) {
      const { asked, unanswered } = await readMetrics(this.bench.containers, this.#prometheus);
      if (asked === this.asked && unanswered.length === 0) return;
      if (tries === 30) throw new Error(`Prometheus has no answer of ${unanswered.join(", ") || "anybody"}`);
      await sleep(1000, undefined, { signal: this.bench.signal });
    }
  }

  async measure(asks: boolean): Promise<Side> {
    await this.ask(asks);
    this.bench.progress(asks ? "Prometheus asks" : "Prometheus stands still");
    const { callsPerSecond } = await measureProbe(this.bench, this.input);
    return { callsPerSecond, rest: await this.#atRest() };
  }

  async memory(): Promise<number> {
    await this.ask(true);
    return (await this.bench.containers.usage(this.#prometheus)).memoryBytes;
  }

  async #atRest(): Promise<Rest> {
    const before = await this.#read();
    await sleep(restSeconds * 1000, undefined, { signal: this.bench.signal });
    const after = await this.#read();
    const seconds = (after.at - before.at) / 1000;
    const rise = (of: keyof typeof after) => (after[of] - before[of]) / seconds;
    return {
      prometheus: rise("prometheus"),
      broker: rise("broker"),
      gateway: rise("gateways") / this.#gateways.size,
      linkBytes: rise("linkBytes"),
    };
  }

  async #read() {
    const cpu = async (container: string) => (await this.bench.containers.usage(container)).cpuSeconds;
    const [prometheus, broker, ...gateways] = await Promise.all(
      [this.#prometheus, this.#broker, ...this.#gateways.values()].map(cpu),
    );
    const linkBytes = await this.#linkBytes();
    return {
      at: performance.now(),
      prometheus: prometheus ?? 0,
      broker: broker ?? 0,
      gateways: gateways.reduce((sum, seconds) => sum + seconds, 0),
      linkBytes,
    };
  }

  /** What the links of Prometheus' site have carried, both directions. */
  async #linkBytes(): Promise<number> {
    const neighbours = this.input.links.flatMap(({ between: [a, b] }) =>
      a === this.#watch ? [b] : b === this.#watch ? [a] : [],
    );
    const directions = neighbours.flatMap((other) => [
      [this.#watch, other],
      [other, this.#watch],
    ]);
    const bytes = await Promise.all(
      directions.map(async ([from = "", to = ""]) => {
        const text = await tell(this.bench, this.#gateways.get(from) ?? "", ["gateway", "status"]);
        return status.parse(JSON.parse(text)).classes[to]?.counters.deliveredBytes ?? 0;
      }),
    );
    return bytes.reduce((sum, value) => sum + value, 0);
  }
}
