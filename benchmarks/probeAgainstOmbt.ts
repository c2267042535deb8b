import type { Benchmark } from "./benchmark";
import { ratio } from "./support/figures";
import { OmbtAgents, ombtImage, type Threads } from "./support/ombt";
import { interleave } from "./support/pairs";
import { clients, inWords, load, measureProbe, servers, site, type Reading } from "./support/calls";
import { probeInput } from "./support/probeInput";
import { BenchStack } from "./support/stack";

const timeoutSeconds = 30;

/** The probe against ombt 3.0.0: the same broker, library, network and load. */
export const probeAgainstOmbt: Benchmark = {
  name: "probe-against-ombt",
  compares: `calls per second and memory an agent of the probe against ombt 3.0.0 (${servers} servers, ${clients} clients, closed loop, one broker)`,
  pairs: 5,
  async run(bench, pairs) {
    const stack = await BenchStack.make(bench);
    bench.progress("building ombt's image");
    const image = await ombtImage(bench);
    bench.progress("deploying the broker and the probe's agents");
    await stack.up();
    const input = probeInput(await stack.resources());
    const measureOmbt = async (threads: Threads): Promise<Reading> => {
      const agents = await OmbtAgents.start(bench, { image, input, site, threads, timeoutSeconds });
      try {
        const reading = await agents.call(load);
        bench.progress(`ombt, ${threads} threads: ${inWords(reading)}`);
        return reading;
      } finally {
        await agents.remove();
      }
    };
    bench.progress("trying which threads ombt is faster with");
    const native = await measureOmbt("native");
    const green = await measureOmbt("green");
    const best: Threads = native.callsPerSecond >= green.callsPerSecond ? "native" : "green";
    const results = await interleave(
      pairs,
      { a: () => measureProbe(bench, input), b: () => measureOmbt(best) },
      bench.signal,
    );
    return [
      ratio(
        `calls per second, probe / ombt (${best} threads)`,
        results.map(([a, b]) => [a.callsPerSecond, b.callsPerSecond] as const),
      ),
      ratio(
        `memory an agent, probe / ombt (${best} threads)`,
        results.map(([a, b]) => [a.bytesPerAgent, b.bytesPerAgent] as const),
      ),
      {
        what: "memory an agent, probe",
        unit: "MiB",
        values: results.map(([a]) => a.bytesPerAgent / 1024 ** 2),
      },
    ];
  },
};
