import { Command, InvalidArgumentError } from "commander";
import { join, resolve } from "path";
import { connectDocker } from "../bin/engine/connect";
import { prepare } from "../toolchain";
import { withLock } from "../toolchain/lock";
import { DockerContainers } from "../workloads/dockerContainers";
import type { Bench, Benchmark } from "./benchmark";
import { costPerSite } from "./costPerSite";
import { emulation } from "./emulation";
import { metricsOverhead } from "./metricsOverhead";
import { noChangeUp } from "./noChangeUp";
import { previewAgainstBare } from "./previewAgainstBare";
import { probeAgainstOmbt } from "./probeAgainstOmbt";
import { probeAgainstRaw } from "./probeAgainstRaw";
import { Cleanup } from "./support/cleanup";
import { describeMachine } from "./support/machine";
import { sweepAgainstUps } from "./sweepAgainstUps";
import { asText, writeMarkdown, type Outcome } from "./support/report";
import { hundredAgainstDocker, upAgainstDocker } from "./upAgainstDocker";

const benchmarks: readonly Benchmark[] = [
  upAgainstDocker,
  hundredAgainstDocker,
  noChangeUp,
  sweepAgainstUps,
  previewAgainstBare,
  costPerSite,
  emulation,
  probeAgainstOmbt,
  probeAgainstRaw,
  metricsOverhead,
];
const root = resolve(__dirname, "..");

interface Options {
  readonly pairs?: number;
  readonly markdown?: string | true;
}

async function main(): Promise<void> {
  const list = benchmarks.map(({ name, compares }) => `  ${name.padEnd(23)} ${compares}`).join("\n");
  await new Command("npm run bench --")
    .description("Measures ratios in one run, pair by pair. Everything it makes is removed again.")
    .argument("[names...]", "which benchmarks; none: all of them", pick)
    .option("--pairs <n>", "how many pairs", count)
    .option("--markdown [file]", "put the figures into a document too; default docs/benchmarks.md")
    .addHelpText("after", `\nBenchmarks:\n${list}`)
    .action((names: readonly Benchmark[] | [], options: Options) =>
      // Two at a time would measure each other.
      withLock(
        join(root, ".buswide", "benchmarks"),
        () => say("waiting for another benchmark to end"),
        () => runAll(names.length > 0 ? names : benchmarks, options),
      ),
    )
    .parseAsync();
}

function pick(name: string, before: readonly Benchmark[] | undefined): readonly Benchmark[] {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (!found)
    throw new InvalidArgumentError(`there are ${benchmarks.map((benchmark) => benchmark.name).join(", ")}`);
  return [...(before ?? []), found];
}

function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("a number from 1 on is wanted");
  return Number(text);
}

async function runAll(chosen: readonly Benchmark[], { pairs, markdown }: Options): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      say(
        interruption.signal.aborted ? "still removing what was made" : "interrupted: removing what was made",
      );
      interruption.abort(new Error("interrupted"));
    });
  const environment = await prepare({ progress: say });
  const docker = await connectDocker(environment);
  const containers = new DockerContainers(docker);
  for (const benchmark of chosen) {
    interruption.signal.throwIfAborted();
    say(`${benchmark.name}: ${benchmark.compares}`);
    const bench: Bench = {
      ...{ root, environment, docker, containers, signal: interruption.signal, progress: say },
      cleanup: new Cleanup(),
    };
    const outcome = await runOne(benchmark, bench, pairs ?? benchmark.pairs, markdown !== undefined);
    console.log(asText(outcome));
    if (markdown !== undefined)
      await writeMarkdown(
        markdown === true ? join(root, "docs", "benchmarks.md") : resolve(markdown),
        outcome,
      );
  }
}

async function runOne(benchmark: Benchmark, bench: Bench, pairs: number, written: boolean): Promise<Outcome> {
  const machine = await describeMachine(bench);
  const at = new Date();
  try {
    const figures = await benchmark.run(bench, pairs);
    const command = `npm run bench -- ${benchmark.name} --pairs ${pairs}${written ? " --markdown" : ""}`;
    return { benchmark: benchmark.name, compares: benchmark.compares, command, at, machine, figures };
  } finally {
    await bench.cleanup.run();
  }
}

const start = performance.now();

function say(line: string): void {
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(0).padStart(5)}s  ${line}\n`);
}

main().then(
  // Connections that the libraries keep open would hold the process.
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
