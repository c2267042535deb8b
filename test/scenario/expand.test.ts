import { deepStrictEqual, ok, strictEqual } from "assert";
import fc from "fast-check";
import { expandPairs, expandSites, pairKey, resolveSites } from "../../stacks/scenario/expand";

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
const groups = fc.dictionary(
  name,
  fc.record({ count: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }) }),
  {
    minKeys: 1,
    maxKeys: 8,
    noNullPrototype: true,
  },
);
const siteNames = fc.uniqueArray(name, { maxLength: 10 });

describe("a group", () => {
  it("stands for as many sites as it counts, numbered from 1, and a name alone for itself", () =>
    deepStrictEqual(
      [...expandSites({ core: {}, edge: { count: 3 }, one: { count: 1 } })],
      [
        ["core", ["core"]],
        ["edge", ["edge-1", "edge-2", "edge-3"]],
        ["one", ["one-1"]],
      ],
    ));

  it("keeps its first sites when it grows", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 50 }), (count, more) => {
        const [before, after] = [count, count + more].map((c) =>
          expandSites({ edge: { count: c } }).get("edge"),
        );
        deepStrictEqual(after?.slice(0, count), before);
      }),
    ));

  it("makes as many sites as all groups together count, each of which is found by its name", () =>
    fc.assert(
      fc.property(groups, (given) => {
        const expanded = expandSites(given);
        const sites = [...expanded.values()].flat();
        strictEqual(
          sites.length,
          Object.values(given).reduce((sum, { count }) => sum + (count ?? 1), 0),
        );
        deepStrictEqual([...expanded.keys()], Object.keys(given));
        for (const site of sites) deepStrictEqual(resolveSites(expanded, site), [site]);
        strictEqual(resolveSites(expanded, "no-such-site-0"), undefined);
      }),
    ));
});

describe("the pairs of a link between groups", () => {
  it("are each pair of two different sites once, whichever way round", () =>
    fc.assert(
      fc.property(siteNames, siteNames, (from, to) => {
        const pairs = expandPairs(from, to);
        const keys = pairs.map(([a, b]) => pairKey(a, b));
        strictEqual(new Set(keys).size, keys.length);
        for (const [a, b] of pairs) ok(a !== b && from.includes(a) && to.includes(b));
        const wanted = new Set(from.flatMap((a) => to.filter((b) => a !== b).map((b) => pairKey(a, b))));
        deepStrictEqual(new Set(keys), wanted);
      }),
    ));

  it("of a group of n with itself are n(n-1)/2", () =>
    fc.assert(
      fc.property(siteNames, (sites) =>
        strictEqual(expandPairs(sites, sites).length, Math.abs(sites.length * (sites.length - 1)) / 2),
      ),
    ));
});
