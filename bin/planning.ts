import type Docker from "dockerode";
import { planScenario, type Plan } from "../components/plan/plan";
import { ScenarioError } from "../stacks/scenario/parse";
import { cloudPlaceOf, type StackState } from "./engine/state";
import { Refusal } from "./refusal";
import { refusing, type LoadedScenario } from "./scenario/read";

/**
 * Plans a scenario as the program will. Errors: Refusal, for what only shows once everything is expanded, for hosts that can't be
 * used, and for images that can't be had.
 * @param here The project's root and this machine's engine, from where on what is there is asked what it is: engines whose networks the
 * plan keeps off, hosts; absent: nobody is asked. The stack's own engine, where there is one, says in which cloud it is deployed.
 * @param warn Told what figures may suffer from; default: it is not told.
 */
export async function planLoaded(
  { stack, scenario, shown }: LoadedScenario,
  here?: {
    readonly root: string;
    readonly docker: Docker;
    readonly engine?: { exportState(): Promise<StackState | undefined> };
  },
  warn: (message: string) => void = () => undefined,
): Promise<Plan> {
  if (!here) return refusing(shown, () => planScenario(scenario, { stack, busy: [] }));
  const { findTarget } = await import("../components/target/facts");
  try {
    const { root, docker, engine } = here;
    const state = scenario.target.kind === "openstack" ? await engine?.exportState() : undefined;
    const deployedIn = state && cloudPlaceOf(state);
    const target = await findTarget(scenario, stack, { root, docker, deployedIn });
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
