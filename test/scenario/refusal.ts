import { deepStrictEqual, fail } from "assert";
import { parseScenario, ScenarioError, type ScenarioIssue } from "../../stacks/scenario/parse";
import { smallScenarioWith, type Place } from "../support/scenarios";

/** The issues a scenario is refused with. Fails if it is taken, or anything but a {@link ScenarioError} is thrown. */
export function issuesOf(raw: unknown): readonly ScenarioIssue[] {
  try {
    parseScenario(raw);
  } catch (error) {
    if (error instanceof ScenarioError) return error.issues;
    throw error;
  }
  fail(`was taken, but should have been refused: ${JSON.stringify(raw)}`);
}

/** Asserts that a scenario is refused for exactly these reasons: path and message of each. */
export function assertRefused(raw: unknown, ...expected: readonly (readonly [string, string])[]): void {
  deepStrictEqual(
    issuesOf(raw).map(({ path, message }) => [path, message]),
    expected,
  );
}

/** A value put at a place of the small scenario, and the one refusal it must lead to. */
export interface Refusal {
  readonly claim: string;
  readonly place: Place;
  readonly value: unknown;
  readonly path: string;
  readonly message: string;
}

/** What is said of a name that is none. */
export const nameRule = "use up to 31 lower-case letters, digits and single hyphens, a letter first";

/** What is said of a setting that there is not. */
export const correct = "correct its name or take it out; docs/scenario.md lists what there is";

/** Declares a test for each refusal. */
export function refuses(refusals: readonly Refusal[]): void {
  for (const { claim, place, value, path, message } of refusals)
    it(claim, () => assertRefused(smallScenarioWith(place, value), [path, message]));
}
