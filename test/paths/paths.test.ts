import { deepEqual, equal, ok, throws } from "assert/strict";
import fc from "fast-check";
import { DirectedGraph } from "graphology";
import { dijkstra } from "graphology-shortest-path";
import { allPairs, countHops, predictPaths, samplePairs } from "../../components/plan/paths";
import { linkOf, topologies, topology } from "./topologies";

type Topology = ReturnType<typeof topology>;

/** Every way from a site to another without going anywhere twice: brute force, for a few sites. */
function everyWay(
  { links }: Topology,
  from: string,
  to: string,
  visited: readonly string[] = [from],
): string[][] {
  if (from === to) return [[...visited]];
  return links.flatMap(({ between: [a, b] }) => {
    const next = a === from ? b : b === from ? a : undefined;
    return next === undefined || visited.includes(next)
      ? []
      : everyWay({ links } as Topology, next, to, [...visited, next]);
  });
}

function impairmentOf({ links }: Topology, from: string, to: string) {
  for (const { between, there, back } of links) {
    if (between[0] === from && between[1] === to) return there;
    if (between[1] === from && between[0] === to) return back;
  }
  throw new Error(`no link from ${from} to ${to}`);
}

function hopsOf(plan: Topology, sites: readonly string[]) {
  return sites.slice(1).map((site, index) => impairmentOf(plan, sites[index] ?? "", site));
}

const close = (a: number, b: number) => ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

describe("a path", () => {
  const line = topology(4, [
    linkOf(0, 1, { delayMs: 5, jitterMs: 1, lossPercent: 10, rateBitsPerSecond: 100e6 }),
    linkOf(1, 2, { delayMs: 8, jitterMs: 2, lossPercent: 20 }, { delayMs: 20, lossPercent: 0 }),
    linkOf(2, 3, { delayMs: 12, rateBitsPerSecond: 10e6 }),
  ]);

  it("adds delays and jitters, compounds loss and takes the narrowest rate, each direction its own", () => {
    deepEqual(predictPaths(line, [["s0", "s3"]]), [
      {
        between: ["s0", "s3"],
        there: {
          sites: ["s0", "s1", "s2", "s3"],
          delayMs: 25,
          jitterMs: 3,
          lossPercent: 28,
          rateBitsPerSecond: 10e6,
        },
        back: {
          sites: ["s3", "s2", "s1", "s0"],
          delayMs: 37,
          jitterMs: 1,
          lossPercent: 10,
          rateBitsPerSecond: 10e6,
        },
        rttMs: 62,
        hops: 3,
      },
    ]);
  });

  it("over links without a limit has none", () => {
    equal(predictPaths(line, [["s1", "s2"]])[0]?.there.rateBitsPerSecond, undefined);
  });

  it("adds tenths without what binary fractions leave over", () => {
    const tenths = topology(3, [linkOf(0, 1, { delayMs: 0.1 }), linkOf(1, 2, { delayMs: 0.2 })]);
    equal(predictPaths(tenths, [["s0", "s2"]])[0]?.there.delayMs, 0.3);
  });

  it("may lead back another way than there, where a link is slow in one direction", () => {
    const triangle = topology(3, [
      linkOf(0, 1, { delayMs: 5 }, { delayMs: 50 }),
      linkOf(1, 2, { delayMs: 5 }),
      linkOf(0, 2, { delayMs: 20 }),
    ]);
    const [path] = predictPaths(triangle, [["s0", "s1"]]);
    ok(path);
    deepEqual(path.there.sites, ["s0", "s1"]);
    deepEqual(path.back.sites, ["s1", "s2", "s0"]);
    equal(path.rttMs, 30);
    equal(path.hops, 1);
  });

  it("between sites that nothing joins is an error, not a guess", () => {
    const apart = topology(3, [linkOf(0, 1, { delayMs: 1 })]);
    throws(() => predictPaths(apart, [["s0", "s2"]]), /no path leads from s0 to s2/);
    throws(() => countHops(apart), /no path leads from s0 to s2/);
  });

  it("is predicted for each pair of sites once", () => {
    deepEqual(
      predictPaths(line).map(({ between }) => between.join()),
      ["s0,s1", "s0,s2", "s0,s3", "s1,s2", "s1,s3", "s2,s3"],
    );
    deepEqual([...allPairs({ sites: [] })], []);
  });

  it("is the shortest of every way there is, and adds up as its links do", () => {
    fc.assert(
      fc.property(topologies, (plan) => {
        for (const { between, there, back, rttMs, hops } of predictPaths(plan))
          for (const [from, to, direction] of [
            [between[0], between[1], there],
            [between[1], between[0], back],
          ] as const) {
            equal(direction.sites[0], from);
            equal(direction.sites.at(-1), to);
            const ways = everyWay(plan, from, to);
            const delayOf = (sites: readonly string[]) =>
              hopsOf(plan, sites).reduce((sum, { delayMs }) => sum + delayMs, 0);
            close(direction.delayMs, Math.min(...ways.map(delayOf)));
            const links = hopsOf(plan, direction.sites);
            close(
              direction.jitterMs,
              links.reduce((sum, { jitterMs }) => sum + jitterMs, 0),
            );
            const lost = 1 - links.reduce((left, { lossPercent }) => left * (1 - lossPercent / 100), 1);
            close(direction.lossPercent, lost * 100);
            const rates = links.flatMap(({ rateBitsPerSecond }) => rateBitsPerSecond ?? []);
            equal(direction.rateBitsPerSecond, rates.length > 0 ? Math.min(...rates) : undefined);
            close(rttMs, there.delayMs + back.delayMs);
            equal(hops, there.sites.length - 1);
          }
      }),
      { numRuns: 150 },
    );
  });

  it("takes the fewest links among equally long ways, as the library's Dijkstra weighs them", () => {
    fc.assert(
      fc.property(topologies, (plan) => {
        const graph = new DirectedGraph<object, { length: number }>();
        for (const { name } of plan.sites) graph.addNode(name);
        for (const { between, there, back } of plan.links) {
          graph.addDirectedEdge(between[0], between[1], { length: there.delayMs * 1000 + 1 });
          graph.addDirectedEdge(between[1], between[0], { length: back.delayMs * 1000 + 1 });
        }
        const weigh = (sites: readonly string[]) =>
          hopsOf(plan, sites).reduce((sum, { delayMs }) => sum + delayMs * 1000 + 1, 0);
        for (const { between, there } of predictPaths(plan)) {
          const found: string[] = dijkstra.bidirectional(graph, between[0], between[1], "length");
          close(weigh(there.sites), weigh(found));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("a sample of pairs", () => {
  const line = topology(
    12,
    Array.from({ length: 11 }, (_, index) => linkOf(index, index + 1, { delayMs: 1 })),
  );
  const pairs = countHops(line);

  it("counts the hops that the paths have", () => {
    deepEqual(
      pairs.map(({ between, hops }) => ({ between, hops })),
      predictPaths(line).map(({ between, hops }) => ({ between, hops })),
    );
  });

  it("has every number of hops, as far as it is large enough", () => {
    for (const count of [11, 20, 40])
      equal(new Set(samplePairs(pairs, count, 3).map(({ hops }) => hops)).size, 11, `${count} pairs`);
  });

  it("too small for every number of hops has the fewest and the most", () => {
    deepEqual(
      samplePairs(pairs, 2, 3)
        .map(({ hops }) => hops)
        .sort((a, b) => a - b),
      [1, 11],
    );
  });

  it("is the same for the same seed and another for another", () => {
    deepEqual(samplePairs(pairs, 20, 5), samplePairs(pairs, 20, 5));
    ok(JSON.stringify(samplePairs(pairs, 20, 5)) !== JSON.stringify(samplePairs(pairs, 20, 6)));
  });

  it("has as many pairs as asked for, each once and in order, and all where that is enough", () => {
    fc.assert(
      fc.property(topologies, fc.nat({ max: 40 }), fc.nat(), (plan, count, seed) => {
        const all = predictPaths(plan);
        const sample = samplePairs(all, count, seed);
        equal(sample.length, Math.min(count, all.length));
        const order = sample.map((path) => all.indexOf(path));
        deepEqual(
          order,
          [...new Set(order)].sort((a, b) => a - b),
        );
      }),
    );
  });
});
