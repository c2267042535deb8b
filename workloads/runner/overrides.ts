import { z } from "zod";

/** The environment variable by which the command tells the runner which values of the scenario it overrode. */
export const overridesVariable = "BUSWIDE_OVERRIDES";

/**
 * The overrides, `path=value` each, that the command began this measurement with; undefined if it was begun
 * by something else (plain `pulumi up`). Errors: the variable holds something else.
 */
export function overridesOf(environment: NodeJS.ProcessEnv): string[] | undefined {
  const text = environment[overridesVariable];
  return text === undefined ? undefined : z.array(z.string()).parse(JSON.parse(text));
}
