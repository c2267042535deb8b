import { normal } from "jstat";
import { median } from "simple-statistics";
import { z } from "zod";
import { startBackground } from "../../workloads/links/background";
import type { Impairment } from "../../workloads/results/schema";
import type { Bench } from "../benchmark";
import type { Figure } from "../support/figures";
import type { Gateways } from "../support/gateways";
import type { Hosts } from "../support/hosts";
import { sendUdp } from "./udp";

export const distributions = ["uniform", "normal", "pareto"] as const;
export type Distribution = (typeof distributions)[number];

const delayMs = 50;
export const jitterMs = 5;
/** Packets so far apart that their jitter has become independent, and so many that a distribution shows. */
const intervalMs = 25;
const seconds = 15;
/** Much closer than the jitter is wide: without care most would come in another order. */
const dense = { payloadBytes: 64, packetsPerSecond: 3000, seconds: 5 } as const;

/** A link with a jitter. */
export function jittered(name: Distribution): Partial<Impairment> {
  return { delayMs, jitterMs, ...(name === "uniform" ? {} : { jitterDistribution: name }) };
}

/** The share of a distribution's values up to `x` times the jitter, without its cut at 4. */
export const shareBelow: Readonly<Record<Distribution, (x: number) => number>> = {
  uniform: (x) => Math.min(1, Math.max(0, (x + 1) / 2)),
  normal: (x) => normal.cdf(x, 0, 1),
  pareto: (x) => {
    const y = 0.75 * x + 1.5;
    return y <= 1 ? 0 : 1 - y ** -3;
  },
};

/**
 * Kolmogorov's and Smirnov's distance of values to a distribution that is cut at 4, where the rest of it is put.
 * A cut puts many values at one place, where a distribution function jumps: no difference is looked for beyond.
 */
export function distanceTo(values: readonly number[], share: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce((worst, value, index) => {
    if (Math.abs(value) >= 3.99) return worst;
    const expected = share(value);
    const [before, after] = [index / sorted.length, (index + 1) / sorted.length];
    return Math.max(worst, expected - before, after - expected);
  }, 0);
}

/** What such a distance exceeds once in a thousand times by chance alone (Smirnov 1948, for many values). */
export function critical(count: number): number {
  return Math.sqrt(Math.log(2 / 0.001) / 2 / count);
}

/** How far each jitter is from its distribution, and how many packets it puts into another order. */
export async function measureJitter(
  bench: Bench,
  gateways: Gateways,
  hosts: Hosts,
  rounds: number,
): Promise<Figure[]> {
  const distances = new Map<Distribution, number[]>(distributions.map((name) => [name, []]));
  const disordered = new Map<Distribution, number[]>(distributions.map((name) => [name, []]));
  let fewest = Infinity;
  for (let round = 0; round < rounds; round++) {
    for (const name of distributions) {
      bench.signal.throwIfAborted();
      await gateways.set({ delayMs }, { delayMs });
      // What the path takes besides the link is no jitter, and would move every value.
      const base = median([...(await oneWayDelays(bench, gateways, 3))]) - delayMs;
      await gateways.set(jittered(name), { delayMs });
      const delays = await oneWayDelays(bench, gateways, seconds);
      fewest = Math.min(fewest, delays.length);
      const values = delays.map((delay) => (delay - base - delayMs) / jitterMs);
      distances.get(name)?.push(distanceTo(values, shareBelow[name]));
      const { outOfOrder } = await sendUdp(bench, hosts.ends, dense);
      disordered.get(name)?.push(outOfOrder);
    }
    bench.progress(`jitter: ${round + 1} of ${rounds} rounds`);
  }
  return distributions.flatMap((name): Figure[] => [
    {
      what: `jitter, ${name}: distance to its distribution, ${critical(fewest).toFixed(3)} expected at most of ${fewest} packets (${gateways.emulator}, measured)`,
      unit: "",
      values: distances.get(name) ?? [],
    },
    {
      what: `jitter, ${name}: out of order of ${dense.packetsPerSecond * dense.seconds} packets (${gateways.emulator}, measured)`,
      unit: "packets",
      values: disordered.get(name) ?? [],
    },
  ]);
}

const trips = z.object({
  round_trips: z.array(z.object({ delay: z.object({ send: z.number().optional() }) })),
});

/** Of each packet that irtt sends from the first gateway to the second: its time on the way there, milliseconds. */
async function oneWayDelays(
  { containers }: Bench,
  gateways: Gateways,
  forSeconds: number,
): Promise<number[]> {
  const [from, to] = gateways.ends;
  const server = await startBackground(
    containers,
    to.container,
    ["irtt", "server", "-b", to.address, "-i", "0"],
    { ready: "starting", longestSeconds: forSeconds + 30 },
  );
  try {
    const result = await containers.exec(from.container, [
      ...["irtt", "client", "-Q", "-o", "-", "--fill=none", "-i", `${intervalMs}ms`, "-d", `${forSeconds}s`],
      to.address,
    ]);
    if (result.exitCode !== 0) throw new Error(`${from.container}: irtt: ${result.stderr.trim()}`);
    return trips
      .parse(JSON.parse(result.stdout))
      .round_trips.flatMap(({ delay }) => (delay.send === undefined ? [] : [delay.send / 1e6]));
  } finally {
    await server.stop();
  }
}
