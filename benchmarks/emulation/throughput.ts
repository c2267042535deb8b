import type { Bench } from "../benchmark";
import { ratio, type Figure } from "../support/figures";
import type { Gateways } from "../support/gateways";
import { Hosts } from "../support/hosts";
import { interleave } from "../support/pairs";
import { throughput } from "../support/throughput";

const delayMs = 10;

/** What one TCP stream carries over a link, against two hosts of one network. */
export async function measureThroughput(
  bench: Bench,
  gateways: Gateways,
  hosts: Hosts,
  pairs: number,
): Promise<Figure[]> {
  await gateways.set({ delayMs });
  const plainHosts = await Hosts.make(bench, "plain", [gateways.wan, gateways.wan], gateways.image);
  const results = await interleave(
    pairs,
    {
      a: async () => {
        const before = await gateways.emulatorCpuSeconds();
        const result = await throughput(bench, hosts.ends);
        const after = await gateways.emulatorCpuSeconds();
        const cpuSeconds = before === undefined || after === undefined ? undefined : after - before;
        return { ...result, cpuSeconds };
      },
      b: async (pair) => {
        const result = await throughput(bench, plainHosts.ends);
        bench.progress(`throughput: pair ${pair + 1} of ${pairs}`);
        return result;
      },
    },
    bench.signal,
  );
  await plainHosts.remove();
  const emulated = results.map(([a]) => a);
  // netem works in the kernel: its time is no process's, and cannot be told apart.
  const cpu = emulated.flatMap(({ cpuSeconds, seconds, bits }) =>
    cpuSeconds === undefined ? [] : [{ cores: cpuSeconds / seconds, perGigabit: cpuSeconds / (bits / 1e9) }],
  );
  const by = `${gateways.emulator}, both ends together`;
  return [
    ratio(
      `TCP throughput, link of ${delayMs} ms each way (${gateways.emulator}) / no emulation`,
      results.map(([a, b]) => [a.bits / a.seconds, b.bits / b.seconds] as const),
    ),
    ...(cpu.length === 0
      ? []
      : [
          {
            what: `emulator's CPU at that throughput (${by})`,
            unit: "cores" as const,
            values: cpu.map(({ cores }) => cores),
          },
          {
            what: `emulator's CPU for each gigabit (${by})`,
            unit: "core-s/Gbit" as const,
            values: cpu.map(({ perGigabit }) => perGigabit),
          },
        ]),
  ];
}
