import type Docker from "dockerode";
import { planScenario, type Plan } from "../components/plan/plan";
import { ScenarioError } from "../stacks/scenario/parse";
import { Refusal } from "./refusal";
import { refusing, type LoadedScenario } from "./scenario/read";

/**
 * Plans a scenario as the program will. Errors: Refusal, for what only shows once everything is expanded, for hosts that can't be
 * used, and for images that can't be had.
 * @param here The project's root and this machine's engine, from where on what is there is asked what it is: engines whose networks the
 * plan keeps off, hosts; absent: nobody is asked.
 * @param warn Told what figures may suffer from; default: it is not told.
 */
export async function planLoaded(
  { stack, scenario, shown }: LoadedScenario,
  here?: { readonly root: string; readonly docker: Docker },
  warn: (message: string) => void = () => undefined,
): Promise<Plan> {
  if (!here) return refusing(shown, () => planScenario(scenario, { stack, busy: [] }));
  const { findTarget } = await import("../components/target/facts");
  try {
    const target = await findTarget(scenario, stack, here);
    const plan = planScenario(scenario, target.facts);
    const { issues, warnings } = await target.check(plan);
    if (issues.length > 0) throw new Refusal(shown, issues);
    for (const warning of [...target.warnings, ...warnings]) warn(`warning: ${warning}`);
    return plan;
  } catch (error) {
    if (error instanceof ScenarioError) throw new Refusal(shown, error.issues);
    throw error;
  }
}
