import { existsSync, readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { z } from "zod";
import { pictureOf, renderMermaid, renderSvg } from "../../components/plan/graph";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import { planLoaded } from "../planning";
import { Failure, Refusal } from "../refusal";
import { loadScenario } from "../scenario/read";

export interface GraphOptions {
  readonly root: string;
  readonly set: readonly string[];
  readonly format: "svg" | "mermaid";
  /** The file to write; `-`: standard output; absent: named after the scenario, in the working directory. */
  readonly output?: string;
  /** A run's directory; true: the newest, if there is one; false or absent: none. */
  readonly run?: string | boolean;
}

const render = { svg: renderSvg, mermaid: renderMermaid };
const extension = { svg: "svg", mermaid: "mmd" };

/** Draws a scenario. Nothing is made, and no engine is needed. Errors: Refusal, for scenarios and runs that are none. */
export async function graph(argument: string, options: GraphOptions): Promise<void> {
  const loaded = loadScenario(argument, options.set, options.root);
  const plan = await planLoaded(loaded);
  const run = readRun(options, loaded.stack);
  const drawing = render[options.format](pictureOf(plan, run));
  const output = options.output ?? `${loaded.stack}.${extension[options.format]}`;
  if (output === "-") {
    process.stdout.write(drawing);
    return;
  }
  try {
    writeFileSync(output, drawing);
  } catch (error) {
    throw new Failure(`${output} cannot be written: ${(error as Error).message}`);
  }
  process.stderr.write(
    `${output}: ${run ? `with the measurements of run ${run.run}` : "without measurements"}\n`,
  );
}

/** Of a run's results, what a drawing needs; the rest may be of any version that has this. */
const drawn = z.object({
  run: resultsSchema.shape.run,
  links: resultsSchema.shape.links,
  paths: resultsSchema.shape.paths,
});

function readRun(
  { run, root }: GraphOptions,
  stack: string,
): Pick<Results, "run" | "links" | "paths"> | undefined {
  if (run === false || run === undefined) return undefined;
  const directory = run === true ? join(root, "runs", stack, "latest") : run;
  const file = join(directory, "results.json");
  if (!existsSync(file)) {
    if (run === true) return undefined;
    throw new Refusal("--run", [
      { path: "", message: `there is no ${file}: give the folder of a run, such as runs/${stack}/1` },
    ]);
  }
  try {
    return drawn.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new Refusal("--run", [
      { path: "", message: `${file} is not the result of a run, or one of another version: ${reason}` },
    ]);
  }
}
