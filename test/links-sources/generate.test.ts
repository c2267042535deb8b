import { deepEqual, equal, notDeepEqual, ok } from "assert/strict";
import fc from "fast-check";
import { pairKey } from "../../stacks/scenario/expand";
import { components, mesh, random, ring, star, tree } from "../../stacks/scenario/links/generate";
import { linesOf, planned, refusalOf } from "./links";

const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
const sizes = fc.integer({ min: 2, max: 40 });

describe("a rule for links", () => {
  it("star links every other site to the center, which may be among those named", () => {
    deepEqual(
      linesOf([
        { generate: "star", center: "core", sites: ["core", "edge"], delay: { there: "5ms", back: "6ms" } },
      ]),
      ["core--edge-1 5/6", "core--edge-2 5/6", "core--edge-3 5/6"],
    );
  });

  it("ring links each site to the next and the last to the first", () => {
    deepEqual(linesOf([{ generate: "ring", sites: ["core", "edge"], delay: "5ms" }]), [
      "core--edge-1 5/5",
      "edge-1--edge-2 5/5",
      "edge-2--edge-3 5/5",
      "edge-3--core 5/5",
    ]);
  });

  it("tree hangs as many sites below each as its arity says, there being away from the root", () => {
    deepEqual(
      linesOf([{ generate: "tree", sites: ["core", "edge"], delay: { there: "1ms", back: "2ms" } }]),
      ["core--edge-1 1/2", "core--edge-2 1/2", "edge-1--edge-3 1/2"],
    );
    deepEqual(tree(names(6), 4).map(String), ["s0,s1", "s0,s2", "s0,s3", "s0,s4", "s1,s5"]);
  });

  it("links every site it names, none with itself and none twice", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 5 }), fc.nat(), (count, arity, seed) => {
        const sites = names(count);
        for (const pairs of [
          star("s0", sites),
          ring(sites),
          tree(sites, arity),
          mesh(sites),
          random(sites, { degree: arity }, seed),
          random(sites, { probability: arity / 20 }, seed),
        ]) {
          equal(new Set(pairs.map(([a, b]) => pairKey(a, b))).size, pairs.length);
          ok(pairs.every(([a, b]) => a !== b));
          equal(components(sites, pairs).length, 1);
        }
        equal(star("s0", sites).length, count - 1);
        equal(tree(sites, arity).length, count - 1);
        equal(mesh(sites).length, (count * (count - 1)) / 2);
      }),
    );
  });

  it("random by degree has that many links a site on average, as far as a connected graph can", () => {
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 50, noNaN: true }), fc.nat(), (count, degree, seed) => {
        const most = (count * (count - 1)) / 2;
        const wanted = Math.max(count - 1, Math.min(most, Math.round((degree * count) / 2)));
        equal(random(names(count), { degree }, seed).length, wanted);
      }),
    );
  });

  it("random by probability links about that share of the pairs", () => {
    // 4,950 pairs at 0.2: 990 links, give or take 5 standard deviations of 28.
    const links = random(names(100), { probability: 0.2 }, 7).length;
    ok(Math.abs(links - 990) < 141, `${links} links`);
    equal(random(names(30), { probability: 1 }, 7).length, 435);
    equal(random(names(30), { probability: 0 }, 7).length, 29);
  });

  it("random by probability leaves the links of others as they were when a site is added", () => {
    const few = random(names(30), { probability: 0.5 }, 3).map(([a, b]) => pairKey(a, b));
    const more = new Set(random(names(31), { probability: 0.5 }, 3).map(([a, b]) => pairKey(a, b)));
    ok(few.every((pair) => more.has(pair)));
  });

  it("random is the same for the same seed, and its own seed goes before the scenario's", () => {
    const links = (entry: object, seed: number) =>
      linesOf(
        [
          {
            generate: "random",
            degree: 2,
            sites: ["core", "edge"],
            delay: { from: "5ms", to: "500ms" },
            ...entry,
          },
        ],
        {
          seed,
        },
      );
    deepEqual(links({}, 4), links({}, 4));
    notDeepEqual(links({}, 4), links({}, 5));
    deepEqual(links({ seed: 9 }, 4), links({ seed: 9 }, 5));
  });

  it("random draws delays within their range, the same both ways, all over it", () => {
    const links = planned(
      [{ generate: "random", degree: 10, sites: ["core", "edge"], delay: { from: "5ms", to: "9ms" } }],
      { sites: { core: {}, edge: { count: 40 } } },
    );
    const delays = links.map(({ there, back }) => {
      equal(there.delayMs, back.delayMs);
      return there.delayMs;
    });
    ok(delays.every((delay) => delay >= 5 && delay <= 9));
    // A fifth of 205 links is 41 in each fifth of the range; fewer than 15 would be 4.5 standard deviations off.
    for (let fifth = 0; fifth < 5; fifth++)
      ok(delays.filter((delay) => Math.floor(((delay - 5) / 4) * 5) === fifth).length >= 15);
  });

  it("is refused without enough sites, or with a center that is a group", () => {
    deepEqual(refusalOf([{ generate: "ring", sites: ["core", "edge-1"] }]), [
      'links[0].sites: ["core","edge-1"] are 2 sites, and a ring needs 3: name more, or a group',
    ]);
    deepEqual(refusalOf([{ generate: "star", center: "edge", sites: ["core"] }]), [
      'links[0].center: "edge" is a group of 3 sites: name one, such as "edge-1"',
    ]);
    deepEqual(refusalOf([{ generate: "tree", sites: ["core", "cloud"] }]), [
      'links[0].sites[1]: there is no site "cloud"; the sites are core, edge',
    ]);
  });

  it("random is refused without a number of links, with two, and with a range that goes backwards", () => {
    const entry = { generate: "random", sites: ["core", "edge"] };
    deepEqual(refusalOf([entry]), [
      "links[0].degree: say how many links: a `degree`, such as 3, or a `probability`, such as 0.1",
    ]);
    deepEqual(refusalOf([{ ...entry, degree: 2, probability: 0.5 }]), [
      "links[0].probability: 0.5 cannot go with a degree of 2: keep one of them",
    ]);
    deepEqual(refusalOf([{ ...entry, degree: 2, delay: { from: "9ms", to: "5ms" } }]), [
      "links[0].delay: from 9ms to 5ms goes backwards: give the smaller delay as `from`",
    ]);
  });

  it("that stands for more pairs than can be dealt with is refused without making them", () => {
    deepEqual(refusalOf([{ generate: "mesh", sites: ["edge"] }], { sites: { edge: { count: 1000 } } }), [
      "links[0].sites: up to here, 499500 pairs are linked: use at most 100000",
    ]);
  });
});
