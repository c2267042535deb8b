import { measureLinks } from "../../workloads/links";
import type { Impairment, LinkMeasurement } from "../../workloads/results/schema";
import type { Bench } from "../benchmark";
import { ratio, type Figure } from "../support/figures";
import type { Gateways } from "../support/gateways";

/** Each way, milliseconds. */
export const delaysMs = [1, 10, 50, 150, 300] as const;
/** Each way, bits per second. */
export const rates = [1e6, 10e6, 100e6] as const;
/** Of links with a rate, milliseconds. */
const ratesDelayMs = 5;

/** All delays in turn, again and again, so that what the machine does meanwhile falls on each. */
export async function measureDelays(bench: Bench, gateways: Gateways, rounds: number): Promise<Figure[]> {
  const measured = await inRounds(bench, gateways, rounds, "delays", delaysMs, (delayMs) => ({ delayMs }));
  return delaysMs.flatMap((delay) => {
    const all = measured.get(delay) ?? [];
    const by = `(${gateways.emulator}, measured)`;
    return [
      ...(["there", "back"] as const).map((side) =>
        ratio(
          `delay ${side}, measured / asked for, ${delay} ms ${by}`,
          all.map((one) => [one[side].delayMs ?? NaN, delay] as const),
        ),
      ),
      {
        what: `round trip, measured less asked for, ${delay} ms each way ${by}`,
        unit: "ms" as const,
        values: all.map(({ rttMs }) => rttMs.median - 2 * delay),
      },
    ];
  });
}

/** All rates in turn, as a run measures them: trains of packets, all headers counted. */
export async function measureRates(bench: Bench, gateways: Gateways, rounds: number): Promise<Figure[]> {
  const measured = await inRounds(bench, gateways, rounds, "rates", rates, (rateBitsPerSecond) => ({
    delayMs: ratesDelayMs,
    rateBitsPerSecond,
  }));
  return rates.map((rate) =>
    ratio(
      `rate, measured / asked for, ${rate / 1e6} Mbit/s (${gateways.emulator}, measured)`,
      (measured.get(rate) ?? []).map((one) => [one.there.rateBitsPerSecond ?? NaN, rate] as const),
    ),
  );
}

async function inRounds(
  bench: Bench,
  gateways: Gateways,
  rounds: number,
  name: string,
  values: readonly number[],
  asked: (value: number) => Partial<Impairment>,
): Promise<Map<number, LinkMeasurement[]>> {
  const measured = new Map<number, LinkMeasurement[]>(values.map((value) => [value, []]));
  for (let round = 0; round < rounds; round++) {
    for (const value of values) {
      bench.signal.throwIfAborted();
      const link = await gateways.set(asked(value));
      const found = (await measureLinks(bench.containers, { ...gateways.input, links: [link] })).get(
        link.name,
      );
      if (!found) throw new Error(`${link.name} was not measured`);
      measured.get(value)?.push(found);
    }
    bench.progress(`${name}: ${round + 1} of ${rounds} rounds`);
  }
  return measured;
}
