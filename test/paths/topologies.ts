import fc from "fast-check";
import type { PlannedLink } from "../../components/plan/links";
import { mustCidr } from "../../components/plan/cidr";
import { planRoutes } from "../../components/plan/routes";
import { Site } from "../../components/plan/site";
import type { Impairment } from "../../workloads/results/schema";

/** Sites called `s0` to `s<n-1>`, with addresses that nobody looks at. */
export function sitesOf(count: number): Site[] {
  return Array.from(
    { length: count },
    (_, index) => new Site(`s${index}`, mustCidr("10.0.0.0/24"), "10.1.0.1"),
  );
}

/** What a plan's paths depend on. */
export function topology(count: number, links: readonly PlannedLink[]) {
  const sites = sitesOf(count);
  return {
    sites,
    links,
    routes: planRoutes(
      sites.map(({ name }) => name),
      links,
    ),
  };
}

/** A link between two sites by their numbers; what is left out is zero, or without limit. */
export function linkOf(a: number, b: number, there: Partial<Impairment>, back = there): PlannedLink {
  const whole = (part: Partial<Impairment>): Impairment => ({
    delayMs: 0,
    jitterMs: 0,
    lossPercent: 0,
    ...part,
  });
  return { name: `s${a}--s${b}`, between: [`s${a}`, `s${b}`], there: whole(there), back: whole(back) };
}

const impairment = fc.record(
  {
    delayMs: fc.integer({ min: 0, max: 50 }),
    jitterMs: fc.integer({ min: 0, max: 5 }),
    lossPercent: fc.integer({ min: 0, max: 100 }),
    rateBitsPerSecond: fc.integer({ min: 1, max: 1000 }),
  },
  { requiredKeys: ["delayMs", "jitterMs", "lossPercent"] },
);

/** Connected topologies of 2 to 8 sites, each direction of a link its own. */
export const topologies = fc.integer({ min: 2, max: 8 }).chain((count) =>
  fc
    .tuple(
      // A tree connects them: each site but the first hangs from one before it.
      fc.tuple(
        ...Array.from({ length: count - 1 }, (_, index) =>
          fc.tuple(fc.nat({ max: index }), fc.constant(index + 1)),
        ),
      ),
      fc.array(fc.tuple(fc.nat({ max: count - 1 }), fc.nat({ max: count - 1 })), { maxLength: 8 }),
      fc.array(fc.tuple(impairment, impairment), { minLength: count + 8, maxLength: count + 8 }),
    )
    .map(([treePairs, extra, figures]) => {
      const pairs = new Map<string, readonly [number, number]>();
      for (const [a, b] of [...treePairs, ...extra])
        if (a !== b) pairs.set([a, b].sort((x, y) => x - y).join(), [a, b]);
      return topology(
        count,
        [...pairs.values()].map(([a, b], index) => {
          const [there, back] = figures[index] ?? [{}, {}];
          return linkOf(a, b, definedOnly(there), definedOnly(back));
        }),
      );
    }),
);

/** Without fields that are there and undefined. */
function definedOnly(part: Partial<Impairment>): Partial<Impairment> {
  return Object.fromEntries(Object.entries<unknown>(part).filter(([, value]) => value !== undefined));
}
