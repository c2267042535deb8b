import { existsSync, readFileSync } from "fs";
import { join, relative } from "path";
import { parse } from "yaml";
import { findSource, SourceError, type MeasuredRun } from "../../campaigns/compare/sources";
import { deviationsOf, type Deviation } from "../../campaigns/repeat/differences";
import { writtenScenario } from "../../workloads/runner/evidence";
import { measurementUrns } from "../engine/state";
import { planLoaded } from "../planning";
import { Failure, Refusal } from "../refusal";
import { expectedUnits, PhaseCounter } from "../report/phases";
import { describeRun, latestRun } from "../report/results";
import { scenarioKey, withOverrides, type LoadedScenario } from "../scenario/read";
import { withSession } from "../session";
import { usesOpenstack } from "./target";
import { apply, limitsOver } from "./up";

export interface RepeatOptions {
  readonly root: string;
  readonly json: boolean;
}

/**
 * Repeats a run from what it kept: deploys its scenario on the stack it was measured on, measures it anew, and says
 * what could not be made the same. Errors: {@link Refusal}, the run cannot be repeated from what it kept.
 */
export async function repeat(argument: string, { root, json }: RepeatOptions): Promise<void> {
  const original = find(argument, root);
  const shown = relative(process.cwd(), original.folder) || original.folder;
  const loaded = load(original, shown);
  const { stack, configuration } = loaded;
  await planLoaded(loaded);
  const overrides = original.results.provenance.overrides ?? [];
  const openstack = usesOpenstack(loaded.scenario);
  await withSession({ root, stack, configuration, overrides, openstack, claim: "run" }, async (session) => {
    const plan = await planLoaded(loaded, session);
    if (!(await session.repair())) await session.engine.create();
    const state = await session.engine.exportState();
    // A run is repeated even if what it measured is what was measured last.
    const replace = state ? measurementUrns(state) : [];
    const before = latestRun(root, stack)?.results.run;
    await apply(session, new PhaseCounter(expectedUnits(plan)), session.screen, {
      replace,
      ...limitsOver(state, plan),
    });
    const latest = latestRun(root, stack);
    if (!latest || latest.results.run === before) throw new Failure("the engine measured nothing");
    const deviations = deviationsOf(original.results, latest.results);
    if (json) {
      const document = { stack, from: shown, run: latest.folder, overrides, deviations };
      process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
      return;
    }
    process.stdout.write(
      `${[await describeRun(latest, process.stdout), ...inWords(deviations, shown, latest.folder)].join("\n")}\n`,
    );
  });
}

function find(argument: string, root: string): MeasuredRun {
  const refuse = (message: string) => new Refusal(argument, [{ path: "", message }]);
  try {
    const source = findSource(argument, root);
    if (source.kind === "campaign")
      throw refuse("it is a campaign: name one of its runs, as its table has them, such as runs/c-wan/3");
    const [run, ...more] = source.runs;
    if (!run || more.length > 0) throw refuse("name one run");
    return run;
  } catch (error) {
    if (error instanceof SourceError) throw refuse(error.message);
    throw error;
  }
}

/** The run's scenario as written, on the stack that it was measured on. */
function load({ folder, results }: MeasuredRun, shown: string): LoadedScenario {
  const file = join(folder, writtenScenario);
  if (!existsSync(file))
    throw new Refusal(shown, [
      {
        path: "",
        message: `it has no ${writtenScenario}: it was made by an earlier version of buswide; take its scenario from config/scenario.yaml by hand`,
      },
    ]);
  const written: unknown = parse(readFileSync(file, "utf8"));
  return withOverrides(
    { stack: results.stack, file },
    `${shown}, its scenario`,
    { [scenarioKey]: written },
    [],
  );
}

function inWords(deviations: readonly Deviation[], from: string, run: string): string[] {
  const compare = `how its figures differ: npx buswide compare ${from} ${run}`;
  if (deviations.length === 0)
    return [`${from} was repeated; everything that its provenance knows of was the same; ${compare}`];
  return [
    `${from} was repeated; this could not be made the same:`,
    ...deviations.map(({ what, before, after }) => `  ${what}: ${before} → ${after}`),
    compare,
  ];
}
