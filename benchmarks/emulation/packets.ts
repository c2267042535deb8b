import { readFileSync } from "fs";
import type { Bench } from "../benchmark";
import { ratio, type Figure } from "../support/figures";
import type { Gateways } from "../support/gateways";
import type { Hosts } from "../support/hosts";
import { interleave } from "../support/pairs";
import { sendUdp, type UdpOutcome } from "./udp";

const delayMs = 10;
const payloadBytes = 64;
const flood = { payloadBytes, seconds: 4 } as const;
const steady = { payloadBytes, packetsPerSecond: 10_000, seconds: 6 } as const;
/** Of /proc/stat, on every architecture that Linux tells them for. */
const ticksPerSecond = 100;

interface Taken {
  readonly flooded: number;
  readonly machineSeconds: number;
  readonly emulatorSeconds: number | undefined;
  readonly delivered: number;
}

/**
 * The most small packets a second that pass both gateways, and the CPU that each takes, against the same packets by the same
 * way past the emulator.
 */
export async function measurePackets(
  bench: Bench,
  gateways: Gateways,
  hosts: Hosts,
  pairs: number,
): Promise<Figure[]> {
  await gateways.set({ delayMs });
  const measure = async (): Promise<Taken> => {
    const flooded = perSecond(await sendUdp(bench, hosts.ends, flood));
    const [machine, emulator] = [machineCpuSeconds(), await gateways.emulatorCpuSeconds()];
    const { sent, lost } = await sendUdp(bench, hosts.ends, steady);
    const machineSeconds = machineCpuSeconds() - machine;
    const after = await gateways.emulatorCpuSeconds();
    const emulatorSeconds = emulator === undefined || after === undefined ? undefined : after - emulator;
    return { flooded, machineSeconds, emulatorSeconds, delivered: sent - lost };
  };
  const results = await interleave(
    pairs,
    {
      a: measure,
      b: async (pair) => {
        const taken = await gateways.withoutEmulation(measure);
        bench.progress(`packets: pair ${pair + 1} of ${pairs}`);
        return taken;
      },
    },
    bench.signal,
  );
  const by = `(${gateways.emulator})`;
  const emulated = results.map(([a]) => a);
  const own = emulated.flatMap(({ emulatorSeconds, delivered }) =>
    emulatorSeconds === undefined ? [] : [(1e6 * emulatorSeconds) / delivered],
  );
  const cpu = ({ machineSeconds, delivered }: Taken) => machineSeconds / delivered;
  return [
    {
      what: `packets of ${payloadBytes} bytes delivered, as many as can be sent ${by}`,
      unit: "packets/s",
      values: emulated.map(({ flooded }) => flooded),
    },
    ratio(
      `packets delivered, as many as can be sent ${by} / past the emulator`,
      results.map(([a, b]) => [a.flooded, b.flooded] as const),
    ),
    ratio(
      `the whole machine's CPU a packet at ${steady.packetsPerSecond} a second, sending and receiving included ${by} / past the emulator`,
      results.map(([a, b]) => [cpu(a), cpu(b)] as const),
    ),
    ...(own.length === 0
      ? []
      : [
          {
            what: `the emulator's CPU a packet at ${steady.packetsPerSecond} a second ${by}, both ends together`,
            unit: "µs" as const,
            values: own,
          },
        ]),
  ];
}

function perSecond({ sent, lost, seconds }: UdpOutcome): number {
  return (sent - lost) / seconds;
}

/**
 * CPU time of everything on the machine, seconds: forwarding is nobody's process. The first line of /proc/stat, proc(5):
 * user, nice, system, idle, iowait, irq, softirq, steal, of which guests' times are part of user and nice.
 */
function machineCpuSeconds(): number {
  const fields = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "").split(/\s+/).slice(1).map(Number);
  const [user = NaN, nice = NaN, system = NaN, , , irq = NaN, softirq = NaN] = fields;
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}
