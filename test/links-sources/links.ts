import { planLinks } from "../../components/plan/links";
import { parseScenario, ScenarioError } from "../../stacks/scenario/parse";

const around = { sites: { core: {}, edge: { count: 3 } }, bus: { kind: "rabbitmq" } };

/** The links of a core and three edges (or other sites), one line each: `a--b there/back` in milliseconds. */
export function linesOf(links: readonly unknown[], more: object = {}): string[] {
  return planned(links, more).map(({ name, there, back }) => `${name} ${there.delayMs}/${back.delayMs}`);
}

export function planned(links: readonly unknown[], more: object = {}) {
  return planLinks(parseScenario({ ...around, ...more, links }));
}

/** What is said of links that are refused. Errors: they are not. */
export function refusalOf(links: readonly unknown[], more: object = {}): string[] {
  try {
    parseScenario({ ...around, ...more, links });
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split("\n");
    throw error;
  }
  throw new Error("it was not refused");
}
