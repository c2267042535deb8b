import type { Bench, Benchmark } from "./benchmark";
import {
  increase,
  meanOfContainers,
  readCost,
  withEngineMemory,
  type Cost,
  type Share,
} from "./support/cost";
import { deploymentOf } from "./support/deployment";
import { ratio, type Figure } from "./support/figures";
import { timed } from "./support/pairs";
import { BenchStack, treeScenario } from "./support/stack";

const sizes = [4, 20, 100];
const mebibyte = 1024 ** 2;

/** What one deployment of a size took: until everything stood, and to find nothing to do, and to remove it. */
interface Taken {
  readonly sites: number;
  readonly upSeconds: number;
  readonly unchangedSeconds: number;
  readonly destroySeconds: number;
  readonly cost: Cost;
  readonly gateway: Share;
  readonly host: Share;
}

/** Time and memory a site, by who takes it, and whether they grow with the number of sites. */
export const costPerSite: Benchmark = {
  name: "cost-per-site",
  compares: `time, CPU and memory a site of trees of ${sizes.join(", ")} sites, an agent's container each`,
  pairs: 1,
  async run(bench, pairs) {
    const taken: Taken[][] = sizes.map(() => []);
    for (let round = 0; round < pairs; round++)
      for (const [index, sites] of sizes.entries()) {
        bench.signal.throwIfAborted();
        const one = await deploy(bench, sites);
        taken[index]?.push(one);
        bench.progress(
          `${sites} sites: up ${one.upSeconds.toFixed(1)} s, destroy ${one.destroySeconds.toFixed(1)} s`,
        );
      }
    return [...taken.flatMap(figuresOf), ...growth(taken)];
  },
};

async function deploy(bench: Bench, sites: number): Promise<Taken> {
  const stack = await BenchStack.make(bench, ...treeScenario(sites));
  const before = readCost();
  const { result: upSeconds, memoryBytes } = await withEngineMemory(() => stack.up());
  const { engine, docker } = increase(before, readCost());
  const cost = { engine: { ...engine, memoryBytes }, docker };
  const { containers } = deploymentOf(await stack.resources());
  const { gateway, host } = await meanOfContainers(bench, containers);
  const unchangedSeconds = await stack.upUnchanged();
  const destroySeconds = await timed(() => stack.destroy());
  return { sites, upSeconds, unchangedSeconds, destroySeconds, cost, gateway, host };
}

type Measure = readonly [what: string, unit: Figure["unit"], value: (taken: Taken) => number];

const measures: readonly Measure[] = [
  ["time of `up` a site", "s", ({ upSeconds, sites }) => upSeconds / sites],
  ["time of `destroy` a site", "s", ({ destroySeconds, sites }) => destroySeconds / sites],
  ["time of an unchanged `pulumi up` a site", "s", ({ unchangedSeconds, sites }) => unchangedSeconds / sites],
  [
    "CPU of engine, plugins and commands a site",
    "core-s",
    ({ cost, sites }) => cost.engine.cpuSeconds / sites,
  ],
  [
    "CPU of Docker, and of what it runs, a site",
    "core-s",
    ({ cost, sites }) => cost.docker.cpuSeconds / sites,
  ],
  [
    "memory of engine and plugins a site",
    "MiB",
    ({ cost, sites }) => cost.engine.memoryBytes / mebibyte / sites,
  ],
  ["memory of Docker a site", "MiB", ({ cost, sites }) => cost.docker.memoryBytes / mebibyte / sites],
  ["memory of a gateway", "MiB", ({ gateway }) => gateway.memoryBytes / mebibyte],
  ["memory of a host with an idle agent", "MiB", ({ host }) => host.memoryBytes / mebibyte],
];

function figuresOf(taken: readonly Taken[]): Figure[] {
  return measures.map(([what, unit, value]) => ({
    what: `${what}, ${taken[0]?.sites ?? 0} sites`,
    unit,
    values: taken.map(value),
  }));
}

/** Above 1: each site costs more the more there are. */
function growth(taken: readonly (readonly Taken[])[]): Figure[] {
  const [, middle = [], most = []] = taken;
  return measures.slice(0, 5).map(([what, , value]) =>
    ratio(
      `growth: ${what}, ${sizes[2]} sites / ${sizes[1]} sites`,
      most.flatMap((large, round) => {
        const small = middle[round];
        return small ? [[value(large), value(small)] as const] : [];
      }),
    ),
  );
}
