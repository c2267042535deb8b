import type Docker from "dockerode";
import { planScenario, type Plan, type PlanFacts } from "../components/plan/plan";
import { Refusal } from "./refusal";
import { refusing, type LoadedScenario } from "./scenario/read";

/**
 * Plans a scenario as the program will. Errors: Refusal, for what only shows once everything is expanded, and for images
 * that can't be had.
 * @param docker The engine whose networks the plan keeps off, and that is to have its images; absent: it keeps off none,
 * and nobody asks for images.
 */
export async function planLoaded(loaded: LoadedScenario, docker?: Docker): Promise<Plan> {
  const facts = docker ? await gather(loaded.stack, docker) : { stack: loaded.stack, busy: [] };
  const plan = refusing(loaded.shown, () => planScenario(loaded.scenario, facts));
  if (docker) {
    const { missingImages } = await import("../components/target/local/foreignImages");
    const missing = await missingImages(plan.bus.foreignImages ?? [], docker);
    if (missing.length > 0) throw new Refusal(loaded.shown, missing);
  }
  return plan;
}

async function gather(stack: string, docker: Docker): Promise<PlanFacts> {
  const { gatherFacts } = await import("../components/target/local/facts");
  return gatherFacts(stack, docker);
}
