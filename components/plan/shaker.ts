import { expandPairs, resolveSites } from "../../stacks/scenario/expand";
import type { ShakerDefinition } from "../../stacks/scenario/tools/shaker";
import type { PlannedShaker } from "../../workloads/shaker/input";
import { predictPaths, type PlannedDirection } from "./paths";
import type { Plan } from "./plan";

type Planned = Pick<Plan, "sites" | "links" | "routes">;

/** What the udp test sends where no link on the way has a rate, bits per second. */
const unlimitedUdp = 10e6;

/** The pairs of sites that a Shaker workload is about; of a name that is no site's, none. */
export function shakerPairs(
  { pairs }: Pick<ShakerDefinition, "pairs">,
  links: readonly { readonly between: readonly [string, string] }[],
  expanded: ReadonlyMap<string, readonly string[]>,
): [string, string][] {
  if (pairs === undefined) return links.map(({ between: [a, b] }) => [a, b]);
  return pairs.flatMap(([from, to]) =>
    expandPairs(resolveSites(expanded, from) ?? [], resolveSites(expanded, to) ?? []),
  );
}

/** A Shaker workload with its pairs resolved, each with what its links add up to. */
export function planShaker(
  shaker: ShakerDefinition,
  plan: Planned,
  expanded: ReadonlyMap<string, readonly string[]>,
): PlannedShaker {
  const pairs = predictPaths(plan, shakerPairs(shaker, plan.links, expanded));
  const copied = (direction: PlannedDirection) => ({ ...direction, sites: [...direction.sites] });
  const udp = ({ rateBitsPerSecond }: PlannedDirection) =>
    shaker.udp.rate ?? (rateBitsPerSecond === undefined ? unlimitedUdp : rateBitsPerSecond / 2);
  return {
    name: shaker.name,
    kind: "shaker",
    mode: shaker.mode,
    tests: [...shaker.tests],
    durationSeconds: shaker.duration,
    omitSeconds: shaker.omit,
    pairs: pairs.map(({ between, there, back }) => ({
      between: [...between],
      there: copied(there),
      back: copied(back),
      udpBitsPerSecond: { there: udp(there), back: udp(back) },
    })),
  };
}
