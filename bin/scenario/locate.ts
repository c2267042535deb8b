import { existsSync, readdirSync } from "fs";
import { basename, join, resolve } from "path";
import { Refusal } from "../refusal";

/** Where a scenario is, and the name of its stack. */
export interface ScenarioPlace {
  readonly stack: string;
  /** Absolute path of its file, which need not exist. */
  readonly file: string;
}

const stackName = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,30}$/;
const fileName = /^Pulumi\.(.+)\.ya?ml$/;

/**
 * Finds what a command's argument means: the name of a scenario in `stacks/`, or the path of a file
 * `Pulumi.<name>.yaml` anywhere. Errors: {@link Refusal} for what cannot be the name of a stack.
 * @param root The project's root; paths are relative to the working directory.
 */
export function locateScenario(argument: string, root: string): ScenarioPlace {
  const isPath = argument.includes("/") || /\.ya?ml$/.test(argument);
  if (!isPath) return { stack: checkName(argument, argument), file: scenarioFile(argument, root) };
  const match = fileName.exec(basename(argument));
  if (!match?.[1])
    throw new Refusal(argument, [
      { path: "", message: "the stack's name is taken from the file's: call it Pulumi.<name>.yaml" },
    ]);
  return { stack: checkName(match[1], argument), file: resolve(argument) };
}

/** As {@link locateScenario}, for commands that read the file. Errors: also that there is none. */
export function locateExistingScenario(argument: string, root: string): ScenarioPlace {
  const place = locateScenario(argument, root);
  if (existsSync(place.file)) return place;
  const known = listScenarios(root).join(", ");
  const instead = known ? `those there are: ${known}` : "put one in stacks/Pulumi.<name>.yaml";
  throw new Refusal(argument, [{ path: "", message: `there is no such scenario; ${instead}` }]);
}

/** The names of the scenarios in `stacks/`, sorted. */
export function listScenarios(root: string): string[] {
  return readdirSync(join(root, "stacks"))
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .sort();
}

function scenarioFile(name: string, root: string): string {
  return join(root, "stacks", `Pulumi.${name}.yaml`);
}

/** The name of a stack, if it can be one. Errors: {@link Refusal}. @param argument What was given, for the refusal. */
export function checkName(name: string, argument: string): string {
  if (stackName.test(name)) return name;
  throw new Refusal(JSON.stringify(argument), [
    {
      path: "",
      message: `${JSON.stringify(name)} is no name for a stack: use up to 31 lower-case letters, digits and single hyphens, a letter first`,
    },
  ]);
}
