import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { basename, dirname, extname, join, relative, resolve } from "path";
import { parse } from "yaml";
import { findSource, SourceError, type Source } from "../../campaigns/compare/sources";
import { markdownPictures, renderMarkdown } from "../../campaigns/report/markdown";
import { mappedRun } from "../../campaigns/report/patterns";
import { EmptyReportError, makeReport } from "../../campaigns/report/report";
import { pictureOf, renderSvg, withPatterns } from "../../components/plan/graph";
import { planScenario } from "../../components/plan/plan";
import type { Scenario } from "../../stacks/scenario/schema";
import { patternsIn } from "../../workloads/results/patternTable";
import { scenarioAt } from "../campaign/load";
import { Failure, Refusal } from "../refusal";
import { scenarioKey } from "../scenario/read";

export interface ReportOptions {
  readonly root: string;
  readonly json: boolean;
  /** The file to write; absent: `report.html` where what is reported on is kept. */
  readonly output?: string;
  /** A file to write the tables into as Markdown, with pictures of faults in a folder beside it; instead of the report. */
  readonly markdown?: string;
}

/**
 * Writes a report as one HTML file, and its plots as SVG files in `figures/` beside it. No engine is needed.
 * Errors: {@link Refusal}, there is no such thing to report on; {@link Failure}, it holds no measurement.
 */
export async function report(
  argument: string,
  { root, json, output, markdown }: ReportOptions,
): Promise<void> {
  const source = find(argument, root);
  const scenario = scenarioOf(source);
  const topology = scenario && drawTopology(scenario, source);
  const maps = scenario ? drawMaps(scenario, source) : new Map<string, string>();
  const question =
    source.kind === "campaign" ? source.journal.definition.question : (scenario?.description ?? source.label);
  if (markdown !== undefined) {
    await writeMarkdown(source, question, argument, markdown);
    process.stdout.write(json ? `${JSON.stringify({ markdown }, undefined, 2)}\n` : `${markdown}\n`);
    return;
  }
  let made: Awaited<ReturnType<typeof makeReport>>;
  try {
    made = await makeReport({ source, question, maps, ...(topology === undefined ? {} : { topology }) });
  } catch (error) {
    if (error instanceof EmptyReportError) throw new Failure(error.message);
    throw error;
  }
  const file = output === undefined ? join(source.folder, "report.html") : resolve(output);
  const figures = join(dirname(file), "figures");
  mkdirSync(dirname(file), { recursive: true });
  // Those of an earlier report may be of plots that there no longer are.
  if (output === undefined) rmSync(figures, { recursive: true, force: true });
  mkdirSync(figures, { recursive: true });
  for (const [name, svg] of made.figures) writeFileSync(join(figures, name), svg);
  writeFileSync(file, made.html);
  const shown = (path: string) => relative(process.cwd(), path) || path;
  process.stdout.write(
    json
      ? `${JSON.stringify({ report: shown(file), figures: [...made.figures.keys()].map((name) => shown(join(figures, name))) }, undefined, 2)}\n`
      : `${shown(file)}, and its ${made.figures.size} drawings in ${shown(figures)}\n`,
  );
}

/** A page, and pictures of its faults in a folder beside it that has its name. */
async function writeMarkdown(
  source: Source,
  question: string,
  argument: string,
  file: string,
): Promise<void> {
  const command = `npx buswide report ${argument} --markdown ${file}`;
  const name = `${basename(file, extname(file))}-pictures`;
  const folder = join(dirname(resolve(file)), name);
  try {
    const pictures = await markdownPictures(source);
    writeFileSync(
      resolve(file),
      renderMarkdown(source, question, command, pictures.size === 0 ? undefined : name),
    );
    clearPictures(folder);
    if (pictures.size > 0) mkdirSync(folder, { recursive: true });
    for (const [picture, svg] of pictures) writeFileSync(join(folder, picture), svg);
  } catch (error) {
    if (error instanceof EmptyReportError) throw new Failure(error.message);
    throw error;
  }
}

/** Those of an earlier page may be of faults that there no longer are. */
function clearPictures(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (/-fault-\d+\.svg$/.test(name)) rmSync(join(folder, name));
}

function find(argument: string, root: string): Source {
  try {
    return findSource(argument, root);
  } catch (error) {
    if (error instanceof SourceError) throw new Refusal(argument, [{ path: "", message: error.message }]);
    throw error;
  }
}

/** The scenario of a run, or of a campaign's first point. */
function scenarioOf(source: Source): Scenario | undefined {
  if (source.kind === "campaign") {
    const { name, stack, definition, scenario, points } = source.journal;
    const configuration = { [scenarioKey]: scenario };
    const campaign = { name, shown: source.label, file: "", stack, definition, configuration };
    return scenarioAt(campaign, { index: 0, values: points[0] ?? {} }, 1).scenario;
  }
  const file = join(source.folder, "config", "scenario.yaml");
  // A run keeps its scenario as parsed.
  return existsSync(file) ? (parse(readFileSync(file, "utf8")) as Scenario) : undefined;
}

/** What services tell each other, by workload, of the run whose map the report shows. */
function drawMaps(scenario: Scenario, source: Source): Map<string, string> {
  const run = mappedRun(source);
  if (run === undefined) return new Map();
  const { results } = run;
  const plan = planScenario(scenario, { stack: results.stack, busy: [] });
  const backgrounds = new Map((results.traces ?? []).map(({ name, background }) => [name, background]));
  return new Map(
    patternsIn(results).map(({ name, patterns }) => [
      name,
      renderSvg(withPatterns(pictureOf(plan), name, { patterns, background: backgrounds.get(name) })),
    ]),
  );
}

function drawTopology(scenario: Scenario, source: Source): string {
  const stack = source.runs[0]?.results.stack ?? "";
  const plan = planScenario(scenario, { stack, busy: [] });
  // A campaign's links are not the same at all of its points: the drawing shows those of the first.
  return renderSvg(pictureOf(plan, source.kind === "runs" ? source.runs.at(-1)?.results : undefined));
}
