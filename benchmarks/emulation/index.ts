import { holdOffIdleStates } from "../../workloads/runner/idleStates";
import type { Bench, Benchmark } from "../benchmark";
import type { Figure } from "../support/figures";
import { Gateways } from "../support/gateways";
import { Hosts } from "../support/hosts";
import { BenchStack } from "../support/stack";
import { measureDelays, measureRates } from "./delays";
import { measureJitter } from "./jitter";
import { measureLosses } from "./losses";
import { measurePackets } from "./packets";
import { readRendered } from "./rendered";
import { measureThroughput } from "./throughput";

/** What a link does, against what it was asked to do; and what it costs. */
export const emulation: Benchmark = {
  name: "emulation",
  compares:
    "what links do to packets against what was asked for, by each emulator that the kernel has (netem's commands where it has none), and TCP and small packets with emulation against without",
  pairs: 3,
  async run(bench, pairs) {
    const { figures, kernelHasNetem } = await measure(bench, pairs, []);
    if (!kernelHasNetem) return figures;
    return [...figures, ...(await measure(bench, pairs, ["target.emulator=nfqueue"])).figures];
  },
};

/** Deploys, and measures whichever emulator the gateways have taken: netem if the kernel has it. */
async function measure(
  bench: Bench,
  pairs: number,
  sets: readonly string[],
): Promise<{ readonly figures: Figure[]; readonly kernelHasNetem: boolean }> {
  // As a run does.
  holdOffIdleStates();
  const stack = await BenchStack.make(bench, undefined, sets);
  bench.progress("deploying two gateways and what belongs to them");
  await stack.up();
  const gateways = await Gateways.of(bench, await stack.plan(), ["core", "edge-1"]);
  bench.progress(
    `the emulator is ${gateways.emulator}; the kernel has ${gateways.kernelHasNetem ? "" : "no "}netem`,
  );
  // At hosts, as all that is measured is: TCP at a gateway itself would be held back by its own socket, to which the
  // kernel counts the packets that the emulator holds (TCP small queues).
  const hosts = await Hosts.make(bench, "host", gateways.siteNetworks, gateways.image);
  const figures = [
    ...(await measureDelays(bench, gateways, pairs)),
    ...(await measureRates(bench, gateways, pairs)),
    ...(await measureLosses(bench, gateways, hosts, pairs)),
    ...(await measureJitter(bench, gateways, hosts, pairs)),
    ...(await measurePackets(bench, gateways, hosts, pairs)),
    ...(await measureThroughput(bench, gateways, hosts, pairs)),
    ...(gateways.kernelHasNetem ? [] : await readRendered(bench, gateways)),
  ];
  await hosts.remove();
  return { figures, kernelHasNetem: gateways.kernelHasNetem };
}
