import { readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { Failure } from "../refusal";
import { describeRun, latestRun } from "../report/results";
import { locateScenario } from "../scenario/locate";

export interface ResultsOptions {
  readonly root: string;
  readonly json: boolean;
  /** A file to draw the latencies into, as SVG. */
  readonly plot?: string;
  /** A file to draw what links and brokers did over time into, as SVG. */
  readonly plotBus?: string;
}

/** Shows the results of a stack's newest run. Errors: {@link Failure}, there was none, or nothing to draw. */
export async function results(
  argument: string,
  { root, json, plot, plotBus }: ResultsOptions,
): Promise<void> {
  const { stack } = locateScenario(argument, root);
  const run = latestRun(root, stack);
  if (!run) throw new Failure(`${stack} has not been run yet: \`npx buswide up ${argument}\``);
  if (plot !== undefined) {
    const { drawLatencies } = await import("../../workloads/results/picture");
    writeFileSync(plot, await drawLatencies(run.results));
  }
  if (plotBus !== undefined) {
    const { drawBus } = await import("../../workloads/results/busPicture");
    writeFileSync(
      plotBus,
      await drawBus(run.results, readFileSync(join(run.folder, "series.jsonl"), "utf8")),
    );
  }
  process.stdout.write(
    json ? `${JSON.stringify(run.results, undefined, 2)}\n` : `${await describeRun(run, process.stdout)}\n`,
  );
}
