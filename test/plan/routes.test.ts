import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import fc from "fast-check";
import type { PlannedLink } from "../../components/plan/links";
import { pathBetween, planRoutes } from "../../components/plan/routes";

/** A link with a delay each way, milliseconds. */
function link(a: string, b: string, there: number, back: number): PlannedLink {
  const impairment = (delayMs: number) => ({ delayMs, jitterMs: 0, lossPercent: 0 });
  return { name: `${a}--${b}`, between: [a, b], there: impairment(there), back: impairment(back) };
}

interface Network {
  readonly sites: readonly string[];
  readonly links: readonly PlannedLink[];
}

const delayMs = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 50_000 }).map((microseconds) => microseconds / 1000),
);

/** A network of up to nine sites: a random tree, so that all are reached, and links besides. */
const network: fc.Arbitrary<Network> = fc.integer({ min: 1, max: 9 }).chain((count) => {
  const sites = Array.from({ length: count }, (_, index) => `s${index}`);
  const pairs = sites.flatMap((a, i) => sites.slice(i + 1).map((b) => [a, b] as const));
  return fc
    .tuple(
      fc.tuple(...sites.slice(1).map((_, index) => fc.nat({ max: index }))),
      fc.subarray(pairs),
      fc.array(fc.tuple(delayMs, delayMs, fc.boolean()), {
        minLength: count + pairs.length,
        maxLength: count + pairs.length,
      }),
    )
    .map(([parents, extra, delays]) => {
      const tree = parents.map((parent, index) => [sites[parent] ?? "", sites[index + 1] ?? ""] as const);
      const chosen = new Map([...tree, ...extra].map((pair) => [pair.join(), pair]));
      return {
        sites,
        links: [...chosen.values()].map(([a, b], index) => {
          const [there, back, turned] = delays[index] ?? [0, 0, false];
          return turned ? link(b, a, there, back) : link(a, b, there, back);
        }),
      };
    });
});

/** Least total delays of all pairs in microseconds, by Floyd and Warshall's algorithm (CACM 5(6), 1962, p. 345). */
function leastDelays({ sites, links }: Network): Map<string, number> {
  const least = new Map<string, number>();
  const at = (a: string, b: string) => least.get(`${a} ${b}`) ?? Infinity;
  for (const site of sites) least.set(`${site} ${site}`, 0);
  for (const { between, there, back } of links) {
    const [a, b] = between;
    least.set(`${a} ${b}`, Math.round(there.delayMs * 1000));
    least.set(`${b} ${a}`, Math.round(back.delayMs * 1000));
  }
  for (const via of sites)
    for (const from of sites)
      for (const to of sites) least.set(`${from} ${to}`, Math.min(at(from, to), at(from, via) + at(via, to)));
  return least;
}

/** Total delay along a path, microseconds. */
function delayAlong(path: readonly string[], links: readonly PlannedLink[]): number {
  return path.slice(1).reduce((sum, to, index) => {
    const from = path[index];
    const there = links.find(({ between: [a, b] }) => a === from && b === to);
    const back = links.find(({ between: [a, b] }) => b === from && a === to);
    const delay = there?.there.delayMs ?? back?.back.delayMs;
    ok(delay !== undefined, `${from} and ${to} have no link`);
    return sum + Math.round(delay * 1000);
  }, 0);
}

describe("routes", () => {
  it("lead from every site to every other over linked neighbours, without passing a site twice", () =>
    fc.assert(
      fc.property(network, ({ sites, links }) => {
        const routes = planRoutes(sites, links);
        for (const from of sites)
          for (const to of sites) {
            const path = pathBetween(routes, from, to);
            deepStrictEqual([path[0], path.at(-1)], [from, to]);
            strictEqual(new Set(path).size, path.length, path.join(" "));
            delayAlong(path, links);
          }
      }),
    ));

  it("take the least total delay there is, each direction by its own delays", () =>
    fc.assert(
      fc.property(network, (given) => {
        const routes = planRoutes(given.sites, given.links);
        const least = leastDelays(given);
        for (const from of given.sites)
          for (const to of given.sites) {
            const taken = delayAlong(pathBetween(routes, from, to), given.links);
            const best = least.get(`${from} ${to}`) ?? NaN;
            // A hop counts like a microsecond, so the path may be longer than the best by less than the hops it saves.
            ok(
              taken >= best && taken <= best + given.sites.length,
              `${from} to ${to}: ${taken} us, best ${best} us`,
            );
          }
      }),
    ));

  it("are the same for the same links", () =>
    fc.assert(
      fc.property(network, ({ sites, links }) =>
        deepStrictEqual(planRoutes(sites, links), planRoutes([...sites], structuredClone(links))),
      ),
    ));

  it("go round by another site where that is faster, in one direction only if only there", () => {
    const routes = planRoutes(
      ["a", "b", "c"],
      [link("a", "b", 50, 10), link("a", "c", 10, 10), link("c", "b", 10, 10)],
    );
    deepStrictEqual(pathBetween(routes, "a", "b"), ["a", "c", "b"]);
    deepStrictEqual(pathBetween(routes, "b", "a"), ["b", "a"]);
  });

  it("of equal delay take the fewer hops", () => {
    const routes = planRoutes(
      ["a", "b", "c"],
      [link("a", "c", 10, 10), link("c", "b", 10, 10), link("a", "b", 20, 20)],
    );
    deepStrictEqual(pathBetween(routes, "a", "b"), ["a", "b"]);
  });

  it("do not exist between sites that nothing joins", () =>
    throws(() => pathBetween(planRoutes(["a", "b"], []), "a", "b"), {
      message: "no path leads from a to b",
    }));
});
