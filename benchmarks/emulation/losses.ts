import { binomialAcceptance } from "../../workloads/links/statistics";
import type { Bench } from "../benchmark";
import type { Figure } from "../support/figures";
import type { Gateways } from "../support/gateways";
import type { Hosts } from "../support/hosts";
import { sendUdp, type UdpOutcome } from "./udp";

/** Percent. The first is there to see what is lost without being asked for. */
export const losses = [0, 0.1, 1, 20] as const;
const stream = { payloadBytes: 64, packetsPerSecond: 3000, seconds: 8 } as const;
const delayMs = 10;
/** Of the exact two-sided test: how often chance alone goes beyond its bounds. */
const alpha = 0.001;

/** Of links that lose packets, the share lost, beside the bounds of the exact binomial test. */
export async function measureLosses(
  bench: Bench,
  gateways: Gateways,
  hosts: Hosts,
  rounds: number,
): Promise<Figure[]> {
  const measured = new Map<number, UdpOutcome[]>(losses.map((loss) => [loss, []]));
  for (let round = 0; round < rounds; round++) {
    for (const loss of losses) {
      bench.signal.throwIfAborted();
      await gateways.set({ delayMs, lossPercent: loss }, { delayMs });
      measured.get(loss)?.push(await sendUdp(bench, hosts.ends, stream));
    }
    bench.progress(`losses: ${round + 1} of ${rounds} rounds`);
  }
  return losses.map((loss) => {
    const all = measured.get(loss) ?? [];
    const fewest = Math.min(...all.map(({ sent }) => sent));
    return {
      what: `loss, ${loss} % asked for${bounds(loss, fewest)} (${gateways.emulator}, measured)`,
      unit: "%" as const,
      values: all.map(({ lost, sent }) => (100 * lost) / sent),
    };
  });
}

function bounds(loss: number, packets: number): string {
  if (loss === 0) return "";
  const { low, high } = binomialAcceptance(packets, loss / 100, alpha);
  const percent = (count: number) => ((100 * count) / packets).toPrecision(3);
  return `, ${percent(low)} to ${percent(high)} expected of ${packets} packets`;
}
