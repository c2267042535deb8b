import { join } from "path";
import { isDeepStrictEqual } from "util";
import type { Bench, Benchmark } from "./benchmark";
import { BareStack } from "./support/bareStack";
import { command } from "./support/commands";
import { ratio } from "./support/figures";
import { interleave, timed } from "./support/pairs";
import { BenchStack, treeScenario } from "./support/stack";

const sites = 1000;

/** A preview of a large scenario, against a program that registers as many resources of the same types. */
export const previewAgainstBare: Benchmark = {
  name: "preview-against-bare",
  compares: `\`pulumi preview\` of ${sites} sites against that of a bare program with as many resources of the same types`,
  pairs: 1,
  async run(bench, pairs) {
    const stack = await BenchStack.make(bench, ...treeScenario(sites));
    const { counts } = await stack.preview();
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    bench.progress(`${total} resources: ${JSON.stringify(counts)}`);
    const bare = await BareStack.make(bench, counts);
    const results = await interleave(
      pairs,
      {
        a: async () => {
          const { seconds } = await stack.preview();
          bench.progress(`the scenario: ${seconds.toFixed(1)} s`);
          const whole = await timed(() => buswidePreview(bench, stack));
          bench.progress(`\`buswide preview\`: ${whole.toFixed(1)} s`);
          return { seconds, whole };
        },
        b: async () => {
          const previewed = await bare.preview();
          if (!isDeepStrictEqual(previewed.counts, counts))
            throw new Error(`the bare program registered ${JSON.stringify(previewed.counts)}`);
          bench.progress(`the bare program: ${previewed.seconds.toFixed(1)} s`);
          return previewed.seconds;
        },
      },
      bench.signal,
    );
    return [
      ratio(
        `preview of ${sites} sites / bare program, ${total} resources`,
        results.map(([{ seconds }, plain]) => [seconds, plain]),
      ),
      ratio(
        "`buswide preview`, policies and all / bare program",
        results.map(([{ whole }, plain]) => [whole, plain]),
      ),
    ];
  },
};

async function buswidePreview(bench: Bench, stack: BenchStack): Promise<void> {
  const program = join(bench.root, "bin", "buswide.js");
  await command(bench, process.execPath, [program, "preview", ...stack.scenario, "--json"]);
}
