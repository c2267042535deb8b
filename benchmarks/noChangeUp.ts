import { join } from "path";
import type { Bench, Benchmark } from "./benchmark";
import { command } from "./support/commands";
import { ratio } from "./support/figures";
import { interleave, timed } from "./support/pairs";
import { BenchStack } from "./support/stack";

/** `buswide up` of what is deployed already, against the bare engine's `pulumi up` of the same. */
export const noChangeUp: Benchmark = {
  name: "no-change-up",
  compares: "`buswide up` of an unchanged stack against the bare engine's `pulumi up --skip-preview` of it",
  pairs: 5,
  async run(bench, pairs) {
    const stack = await BenchStack.make(bench);
    bench.progress("deploying and measuring once");
    await stack.upMeasured();
    // Once each beforehand: what either finds in the machine's caches, both should.
    await buswideUp(bench, stack);
    await stack.upUnchanged();
    const results = await interleave(
      pairs,
      {
        a: async (pair) => {
          const seconds = await timed(() => buswideUp(bench, stack));
          bench.progress(`pair ${pair + 1} of ${pairs}: buswide up took ${seconds.toFixed(1)} s`);
          return seconds;
        },
        b: async (pair) => {
          const seconds = await stack.upUnchanged();
          bench.progress(`pair ${pair + 1} of ${pairs}: pulumi up took ${seconds.toFixed(1)} s`);
          return seconds;
        },
      },
      bench.signal,
    );
    return [ratio("time of `buswide up` / time of `pulumi up`", results)];
  },
};

/** Errors: it changed something, which would make the comparison void. */
async function buswideUp(bench: Bench, stack: BenchStack): Promise<void> {
  const program = join(bench.root, "bin", "buswide.js");
  const text = await command(bench, process.execPath, [program, "up", ...stack.scenario, "--json"]);
  const { changes } = JSON.parse(text) as { changes: Readonly<Record<string, number>> };
  if (Object.keys(changes).length > 0)
    throw new Error(`buswide up changed an unchanged stack: ${JSON.stringify(changes)}`);
}
