import { rmSync } from "fs";
import { join } from "path";
import { loadCampaign } from "../bin/campaign/load";
import type { Bench, Benchmark } from "./benchmark";
import { command } from "./support/commands";
import { ratio } from "./support/figures";
import { interleave, timed } from "./support/pairs";

const name = "bench-sweep";
const folder = "benchmarks/scenarios";
const path = "links[0].delay";

/** A campaign over five delays on one stack, against an `up` and a `destroy` for each of them. */
export const sweepAgainstUps: Benchmark = {
  name: "sweep-against-ups",
  compares:
    "`buswide campaign run` over five delays against five times `buswide up` and `buswide destroy`, measurements included",
  pairs: 3,
  async run(bench, pairs) {
    const campaign = join(bench.root, folder, `${name}.yaml`);
    const delays = loadCampaign(campaign, bench.root).points.map(({ values }) => values[path]);
    bench.cleanup.add("the sweep's stacks and runs", () => removeAll(bench));
    await removeAll(bench);
    bench.progress("once beforehand, so that both sides find the images");
    await upAndDestroy(bench, delays.slice(0, 1));
    const told = (what: string, pair: number, seconds: number) => {
      bench.progress(`pair ${pair + 1} of ${pairs}: ${what} took ${seconds.toFixed(1)} s`);
      return seconds;
    };
    const results = await interleave(
      pairs,
      {
        a: async (pair) =>
          told("the campaign", pair, await timed(() => sweep(bench, campaign, delays.length))),
        b: async (pair) => told("ups and destroys", pair, await timed(() => upAndDestroy(bench, delays))),
      },
      bench.signal,
    );
    return [ratio("time of a campaign of five delays / time of five ups and destroys", results)];
  },
};

/** Errors: not every point was measured, which would make the comparison void. */
async function sweep(bench: Bench, campaign: string, points: number): Promise<void> {
  const { done, failed } = JSON.parse(
    await buswide(bench, ["campaign", "run", campaign, "--new", "--json"]),
  ) as {
    done: number;
    failed: number;
  };
  if (done !== points || failed > 0)
    throw new Error(`${done} of ${points} points were measured, ${failed} failed`);
}

async function upAndDestroy(bench: Bench, delays: readonly unknown[]): Promise<void> {
  for (const delay of delays) {
    await buswide(bench, ["up", join(folder, `Pulumi.${name}.yaml`), "--set", `${path}=${String(delay)}`]);
    await buswide(bench, ["destroy", name, "--keep-images"]);
  }
}

function buswide(bench: Bench, parameters: readonly string[], undoing = false): Promise<string> {
  const program = join(bench.root, "bin", "buswide.js");
  return command(bench, process.execPath, [program, ...parameters], { undoing });
}

async function removeAll(bench: Bench): Promise<void> {
  for (const stack of [name, `c-${name}`]) {
    await buswide(bench, ["destroy", stack, "--keep-images"], true);
    rmSync(join(bench.root, "runs", stack), { recursive: true, force: true });
  }
  rmSync(join(bench.root, "runs", "campaigns", name), { recursive: true, force: true });
}
