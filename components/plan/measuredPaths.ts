import type { MeasurementInput } from "../../workloads/runner/input";
import { countHops, predictPaths, samplePairs } from "./paths";
import type { Plan } from "./plan";

type Planned = Pick<Plan, "sites" | "links" | "routes" | "scenario">;

/**
 * Decides which paths a run measures end to end: pairs of sites that talk over more than one link, in one direction at
 * least, all of them or a sample by the scenario's seed. What is left out is measured as a link already.
 */
export function planMeasuredPaths(plan: Planned): MeasurementInput["paths"] {
  const { seed, paths } = plan.scenario;
  const pairs = countHops(plan).filter(
    ({ between: [from, to], hops }) => hops > 1 || plan.routes.get(to)?.get(from) !== from,
  );
  const sample = samplePairs(pairs, paths.measured, seed).map(({ between }) => between);
  const byName = new Map(plan.sites.map((site) => [site.name, site]));
  return {
    pairs: pairs.length,
    sample: predictPaths(plan, sample).map(({ between, there, back }) => ({
      between: [...between],
      there: { ...there, sites: [...there.sites] },
      back: { ...back, sites: [...back.sites] },
    })),
    ends: Object.fromEntries(
      [...new Set(sample.flat())].map((name) => [name, byName.get(name)?.gatewayAddress ?? ""]),
    ),
  };
}
