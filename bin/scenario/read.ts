import { readFileSync } from "fs";
import { dirname, relative } from "path";
import { LineCounter, parseDocument, type Document } from "yaml";
import { readScenarioFiles } from "../../stacks/scenario/files";
import { parseScenario, ScenarioError } from "../../stacks/scenario/parse";
import type { Scenario } from "../../stacks/scenario/schema";
import { Refusal } from "../refusal";
import { checkName, locateExistingScenario, type ScenarioPlace } from "./locate";
import { applyOverride, parseOverride, type Override } from "./override";

/** A scenario as a command uses it, overrides applied. */
export interface LoadedScenario extends ScenarioPlace {
  /** The file's name for people. */
  readonly shown: string;
  /** The stack's whole configuration, for the engine: keys with their namespace. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly scenario: Scenario;
}

/** Where a scenario is in its stack's configuration. */
export const scenarioKey = "buswide:scenario";

/**
 * Reads, overrides and checks a scenario. Errors: {@link Refusal}, with every issue found.
 * @param sets Overrides, `path=value` each, applied in turn.
 * @param stack The stack to use instead of the scenario's own.
 */
export function loadScenario(
  argument: string,
  sets: readonly string[],
  root: string,
  stack?: string,
): LoadedScenario {
  const overrides = sets.map(parseOverride);
  const found = locateExistingScenario(argument, root);
  const place = stack === undefined ? found : { ...found, stack: checkName(stack, stack) };
  const shown = relative(process.cwd(), place.file) || place.file;
  return withOverrides(place, shown, readConfiguration(place.file, shown), overrides);
}

/**
 * A configuration with overrides in place, checked. Errors: {@link Refusal}, with every issue found.
 * @param shown What to call the scenario in a refusal.
 */
export function withOverrides(
  place: ScenarioPlace,
  shown: string,
  configuration: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
): LoadedScenario {
  const written = overrides.reduce<unknown>(applyOverride, configuration[scenarioKey]);
  // The engine reads its configuration elsewhere: what the file refers to goes with it.
  const value = refusing(shown, () => readScenarioFiles(written, dirname(place.file)));
  return {
    ...place,
    shown,
    configuration: { ...configuration, [scenarioKey]: value },
    scenario: refusing(shown, () => parseScenario(value)),
  };
}

/** Runs `work`, which may refuse the scenario called `shown`. Errors: {@link Refusal} instead of ScenarioError. */
export function refusing<T>(shown: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScenarioError) throw new Refusal(shown, error.issues);
    throw error;
  }
}

/** The configuration in a scenario's file. Errors: {@link Refusal}. */
export function readConfiguration(file: string, shown: string): Record<string, unknown> {
  const refuse = (path: string, message: string) => new Refusal(shown, [{ path, message }]);
  const content = readYaml(file, shown);
  if (!isMap(content) || !isMap(content.config))
    throw refuse("config", `missing: a scenario file holds "config:" and below it "${scenarioKey}:"`);
  if (!(scenarioKey in content.config))
    throw refuse("config", `missing: below "config:" there must be "${scenarioKey}:"`);
  return content.config;
}

/** What a YAML file says. Errors: {@link Refusal}, with where it is none. */
export function readYaml(file: string, shown: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(read(file, shown), { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    throw new Refusal(
      shown,
      document.errors.map(({ message, pos }) => {
        const { line, col } = lines.linePos(pos[0]);
        return { path: `line ${line}, column ${col}`, message: `this is not YAML: ${message}` };
      }),
    );
  return toPlain(document, (path, message) => new Refusal(shown, [{ path, message }]));
}

function toPlain(document: Document, refuse: (path: string, message: string) => Refusal): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias of nothing, or aliases of aliases beyond all measure.
    if (error instanceof ReferenceError) throw refuse("", `this is not YAML: ${error.message}`);
    throw error;
  }
}

function read(file: string, shown: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Refusal(shown, [{ path: "", message: `it cannot be read: ${(error as Error).message}` }]);
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
