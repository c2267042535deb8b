import { pictureOf, renderSvg, withPatterns } from "../../components/plan/graph";
import { planScenario } from "../../components/plan/plan";
import type { Scenario } from "../../stacks/scenario/schema";
import type { BackgroundFindings, Patterns } from "../results/patterns";

/** Draws the map of a workload on the topology that it was measured on. */
export function drawPatterns(
  scenario: Scenario,
  stack: string,
  workload: string,
  found: { readonly patterns: Patterns | undefined; readonly background: BackgroundFindings | undefined },
): string {
  // Which addresses sites have is of no interest here.
  const plan = planScenario(scenario, { stack, busy: [] });
  return renderSvg(withPatterns(pictureOf(plan), workload, found));
}
