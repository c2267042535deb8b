import { expandSites } from "../../stacks/scenario/expand";
import { expandLinks } from "../../stacks/scenario/links/expand";
import { impairmentOf } from "../../stacks/scenario/links/direction";
import { formatPath } from "../../stacks/scenario/messages";
import type { Scenario } from "../../stacks/scenario/schema";
import type { Impairment } from "../../workloads/results/schema";

/** A link between two sites, its quantities resolved for each direction. */
export interface PlannedLink {
  /** `<site>--<site>`, in the order given in the scenario; its resources are called by another that no order changes. */
  readonly name: string;
  readonly between: readonly [string, string];
  readonly there: Impairment;
  readonly back: Impairment;
  /** Whether what crosses it may be plain; absent: it may. */
  readonly trusted?: false;
}

/**
 * The links of a scenario in the scenario's order: groups expanded, rules, tables and places worked out.
 * Errors: the scenario is not one that its schema lets pass.
 */
export function planLinks(scenario: Scenario): PlannedLink[] {
  const links = expandLinks(scenario, expandSites(scenario.sites), (path, message) => {
    throw new Error(`${formatPath(path)}: ${message}`);
  });
  return links.map(({ between, figures }) => ({
    name: between.join("--"),
    between,
    there: impairmentOf(figures, "there"),
    back: impairmentOf(figures, "back"),
    ...(figures.trusted === false ? { trusted: false } : {}),
  }));
}
