import type { Bench, Benchmark } from "./benchmark";
import { deploymentOf, type Deployment } from "./support/deployment";
import { ratio, type Figure } from "./support/figures";
import { likenessOf, mustBeAlike } from "./support/likeness";
import { interleave, timed } from "./support/pairs";
import { PlainDocker } from "./support/plainDocker";
import { BenchStack, treeScenario } from "./support/stack";

/** A new stack by the engine, against the same containers by plain Docker commands, as many as possible at a time. */
export const upAgainstDocker: Benchmark = {
  name: "up-against-docker",
  compares:
    "`pulumi up` of a new stack, without its measurement, against plain parallel Docker commands that make the same",
  pairs: 5,
  run: (bench, pairs) => compare(bench, pairs, []),
};

/** The same for a tree of a hundred sites. */
export const hundredAgainstDocker: Benchmark = {
  name: "hundred-against-docker",
  compares: "the same for a tree of 100 sites with an agent's container each",
  pairs: 1,
  run: (bench, pairs) => compare(bench, pairs, treeScenario(100)),
};

async function compare(
  bench: Bench,
  pairs: number,
  scenario: Partial<ReturnType<typeof treeScenario>>,
): Promise<Figure[]> {
  const stack = await BenchStack.make(bench, ...scenario);
  bench.progress("deploying once: images are there afterwards, and what the stack has is read from it");
  await stack.up();
  const deployment = deploymentOf(await stack.resources());
  const expected = await likenessOf(bench, deployment);
  await stack.destroy();
  bench.progress(inWords(deployment));
  const plain = await PlainDocker.of(bench, deployment);
  const results = await interleave(
    pairs,
    {
      a: async (pair) => {
        const seconds = await stack.up();
        mustBeAlike(expected, await likenessOf(bench, deployment));
        await stack.destroy();
        bench.progress(`pair ${pair + 1} of ${pairs}: up took ${seconds.toFixed(1)} s`);
        return seconds;
      },
      b: async (pair) => {
        const remove = bench.cleanup.add("what plain Docker commands made", () => plain.down());
        const seconds = await timed(() => plain.up());
        mustBeAlike(expected, await likenessOf(bench, deployment));
        await remove();
        bench.progress(`pair ${pair + 1} of ${pairs}: plain Docker commands took ${seconds.toFixed(1)} s`);
        return seconds;
      },
    },
    bench.signal,
  );
  return [ratio("time of `up` / time of plain Docker commands", results)];
}

function inWords({ networks, containers, classes, routes }: Deployment): string {
  return `${networks.length} networks, ${containers.length} containers, ${classes.length} classes, ${routes.length} tables of routes`;
}
