import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import fc from "fast-check";
import {
  AddressingError,
  planAddresses,
  type Addressing,
  type AddressingOptions,
} from "../../components/plan/addressing";
import { address, contains, mustCidr, overlaps, type Cidr } from "../../components/plan/cidr";

const siteNames = (most: number) =>
  fc.uniqueArray(fc.stringMatching(/^[a-z](-?[a-z0-9]){0,8}$/), { minLength: 1, maxLength: most });
const stack = fc.stringMatching(/^[a-z]{1,10}$/);

/** Prefixes that others use: aligned ones of the private ranges, of which many lie in the pool of blocks. */
const busyPrefix = fc
  .tuple(
    fc.constantFrom("10.128.0.0", "10.0.0.0", "172.16.0.0", "192.168.0.0"),
    fc.integer({ min: 12, max: 28 }),
    fc.nat(),
  )
  .map(([range, length, index]) => {
    const around = mustCidr(
      `${range}/${range === "10.128.0.0" ? 9 : range === "10.0.0.0" ? 9 : range === "172.16.0.0" ? 12 : 16}`,
    );
    const used = Math.max(length, around.length);
    const size = 2 ** (32 - used);
    return `${address(around, (index % (around.size / size)) * size)}/${used}`;
  });

const options = fc.record({
  stack,
  sites: siteNames(60),
  sitePrefix: fc.integer({ min: 22, max: 28 }),
  busy: fc.array(busyPrefix, { maxLength: 40 }),
});

const group = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
const edges = (count: number) => group("edge", count);

/** Plans; undefined when there is no room, which is a right answer for some inputs. */
function planIfRoom(given: AddressingOptions) {
  try {
    return planAddresses(given);
  } catch (error) {
    if (error instanceof AddressingError) return undefined;
    throw error;
  }
}

function prefixesOf(plan: ReturnType<typeof planAddresses>): Cidr[] {
  return [plan.wan, ...[...plan.sites.values()].map(({ prefix }) => prefix)];
}

describe("addresses", () => {
  it("of sites and WAN never overlap each other, nor what others use, and stay in the block", () =>
    fc.assert(
      fc.property(options, (given) => {
        const plan = planIfRoom(given);
        if (!plan) return;
        const prefixes = prefixesOf(plan);
        prefixes.forEach((prefix, index) => {
          ok(contains(plan.block, prefix), `${prefix.text} is outside ${plan.block.text}`);
          for (const other of prefixes.slice(index + 1))
            ok(!overlaps(prefix, other), `${prefix.text} and ${other.text}`);
          for (const busy of given.busy)
            ok(!overlaps(prefix, mustCidr(busy)), `${prefix.text} and ${busy}, which is busy`);
        });
      }),
    ));

  it("of gateways on the WAN are in it, each its own, none the network's, the bridge's or the broadcast's", () =>
    fc.assert(
      fc.property(options, (given) => {
        const plan = planIfRoom(given);
        if (!plan) return;
        const addresses = [...plan.sites.values()].map(({ wanAddress }) => wanAddress);
        strictEqual(new Set(addresses).size, given.sites.length);
        for (const text of addresses) {
          ok(contains(plan.wan, mustCidr(`${text}/32`)), `${text} is outside ${plan.wan.text}`);
          ok(![0, 1, -1].some((offset) => address(plan.wan, offset) === text), text);
        }
      }),
    ));

  it("are the same for the same input", () =>
    fc.assert(
      fc.property(options, (given) => deepStrictEqual(planIfRoom(given), planIfRoom(structuredClone(given)))),
    ));

  it("there are for as many sites as a /16 has room for", () => {
    const plan = planAddresses({ stack: "big", sites: edges(960), sitePrefix: 26, busy: [] });
    strictEqual(new Set(prefixesOf(plan).map(({ text }) => text)).size, 961);
    strictEqual(plan.block.length, 16);
  });

  it("come from a larger block where there are more sites, of the same length each", () => {
    for (const [count, length] of [
      [961, 15],
      [1000, 15],
      [4000, 13],
    ] as const) {
      const plan = planAddresses({ stack: "big", sites: edges(count), sitePrefix: 26, busy: [] });
      strictEqual(plan.block.length, length);
      strictEqual(new Set(prefixesOf(plan).map(({ text }) => text)).size, count + 1);
      deepStrictEqual([...new Set([...plan.sites.values()].map(({ prefix }) => prefix.length))], [26]);
    }
  });

  it("of a group's sites follow each other, wherever else sites are", () => {
    const plan = planAddresses({
      stack: "demo",
      sites: ["core", ...edges(99), "paris"],
      sitePrefix: 26,
      busy: [],
    });
    const firsts = edges(99).map((site) => plan.sites.get(site)?.prefix.first ?? NaN);
    strictEqual(new Set(firsts.map((first, index) => first - index * 64)).size, 1);
  });

  it("of a site that another's are in the way of are elsewhere, and no other moves", () => {
    const plan = (sites: string[]) => planAddresses({ stack: "demo", sites, sitePrefix: 26, busy: [] }).sites;
    const free = plan(edges(99));
    const fifth = free.get("edge-5");
    const other = Array.from({ length: 5000 }, (_, index) => `other${index}`).find(
      (name) => plan([name]).get(name)?.wanAddress === fifth?.wanAddress,
    );
    ok(other !== undefined);
    const crowded = plan([other, ...edges(99)]);
    const moved = edges(99).filter((site) => crowded.get(site)?.wanAddress !== free.get(site)?.wanAddress);
    deepStrictEqual(moved, ["edge-5"]);
  });
});

describe("a site", () => {
  it("keeps its addresses when sites are added behind it or taken away from behind it", () =>
    fc.assert(
      fc.property(stack, siteNames(40), fc.nat(), (name, sites, cut) => {
        const some = sites.slice(0, 1 + (cut % sites.length));
        const plan = (of: string[]) => planAddresses({ stack: name, sites: of, sitePrefix: 26, busy: [] });
        const [few, all] = [plan(some), plan(sites)];
        for (const site of some) deepStrictEqual(few.sites.get(site), all.sites.get(site));
      }),
    ));

  it("keeps its addresses wherever it stands among sites whose names do not collide with its own", () =>
    fc.assert(
      fc.property(stack, siteNames(12), fc.nat(), (name, sites, rotation) => {
        const turn = rotation % sites.length;
        const plan = (of: string[]) => planAddresses({ stack: name, sites: of, sitePrefix: 26, busy: [] });
        const alone = new Map(sites.map((site) => [site, plan([site]).sites.get(site)]));
        const collide = new Set([...alone.values()].map((place) => place?.wanAddress)).size < sites.length;
        fc.pre(!collide);
        deepStrictEqual(
          plan([...sites.slice(turn), ...sites.slice(0, turn)]).sites,
          new Map([...alone].sort((a, b) => order(a[0]) - order(b[0]))),
        );
        function order(site: string): number {
          return (sites.indexOf(site) - turn + sites.length) % sites.length;
        }
      }),
    ));
});

/** What is deployed of a plan, as the planning of the next one is told. */
function deployment(plan: Addressing): { deployedWan: string; deployedSites: Map<string, string> } {
  return {
    deployedWan: plan.wan.text,
    deployedSites: new Map([...plan.sites].map(([site, { prefix }]) => [site, prefix.text])),
  };
}

/** Groups of sites, in any order: many enough that some are in the way of others. */
const groups = fc
  .uniqueArray(fc.tuple(fc.constantFrom("edge", "far", "fog", "metro", "pop", "site"), fc.nat(60)), {
    minLength: 1,
    selector: ([name]) => name,
  })
  .map((counts) => ["core", ...counts.flatMap(([name, count]) => group(name, count))]);

describe("sites that are deployed", () => {
  it("keep their addresses when groups grow and shrink, and what is deployed is no new site's", () =>
    fc.assert(
      fc.property(stack, fc.array(groups, { minLength: 2, maxLength: 5 }), (name, steps) => {
        const plan = (sites: string[], before = {}) =>
          planAddresses({ stack: name, sites, sitePrefix: 26, busy: [], ...before });
        let before: Addressing | undefined;
        for (const sites of steps) {
          const after = plan(sites, before && deployment(before));
          const had = [...(before?.sites ?? [])];
          const prefixes = new Set(had.map(([, { prefix }]) => prefix.text));
          const wanAddresses = new Set(had.map(([, { wanAddress }]) => wanAddress));
          for (const [site, place] of after.sites) {
            const was = before?.sites.get(site);
            if (was) deepStrictEqual(place, was, site);
            else ok(!prefixes.has(place.prefix.text) && !wanAddresses.has(place.wanAddress), site);
          }
          strictEqual(
            new Set([...after.sites.values()].map(({ wanAddress }) => wanAddress)).size,
            sites.length,
          );
          before = after;
        }
      }),
    ));

  it("are planned as they are where nothing changes, also while removed ones are still there", () =>
    fc.assert(
      fc.property(stack, groups, groups, (name, first, second) => {
        const plan = (sites: string[], before = {}) =>
          planAddresses({ stack: name, sites, sitePrefix: 26, busy: [], ...before });
        const before = deployment(plan(first));
        const after = plan(second, before);
        const { deployedWan, deployedSites } = deployment(after);
        deepStrictEqual(plan(second, { deployedWan, deployedSites }), after);
        const both = new Map([...before.deployedSites, ...deployedSites]);
        deepStrictEqual(plan(second, { deployedWan, deployedSites: both }), after);
      }),
    ));

  it("stay where those in the way of them were, once these are gone", () => {
    const plan = (edge: number, before = {}) =>
      planAddresses({
        stack: "test",
        sites: ["core", ...group("edge", edge), ...group("far", 12)],
        sitePrefix: 26,
        busy: [],
        block: "10.184.0.0/16",
        ...before,
      });
    const four = plan(4);
    const prefix = (of: Addressing, site: string) => of.sites.get(site)?.prefix.text;
    deepStrictEqual(
      [prefix(four, "edge-3"), prefix(four, "far-12")],
      ["10.184.84.128/26", "10.184.71.64/26"],
    );
    const two = plan(2, deployment(four));
    deepStrictEqual(two.sites.get("far-12"), four.sites.get("far-12"));
    // Nothing is in the way any more, and nobody moves for that.
    deepStrictEqual(plan(2, deployment(two)), two);
    // The group grows again: its slot is free, as far-12 is elsewhere.
    deepStrictEqual(plan(4, deployment(two)), four);
    strictEqual(prefix(plan(2), "far-12"), "10.184.84.128/26");
  });

  it("are in the way of nothing when block and size of networks become others", () => {
    const geometry = fc.record({
      sites: groups,
      sitePrefix: fc.integer({ min: 24, max: 28 }),
      block: fc.constantFrom(
        undefined,
        "10.184.0.0/16",
        "10.184.0.0/15",
        "10.184.128.0/17",
        "10.184.16.0/20",
      ),
    });
    fc.assert(
      fc.property(stack, geometry, geometry, (name, first, second) => {
        const before = planIfRoom({ stack: name, busy: [], ...first });
        const after = before && planIfRoom({ stack: name, busy: [], ...second, ...deployment(before) });
        if (!after) return;
        const sameWan = after.wan.text === before.wan.text;
        for (const [other, { prefix, wanAddress }] of before.sites) {
          ok(!overlaps(prefix, after.wan), `the WAN and ${other}`);
          for (const [site, place] of after.sites) {
            if (site === other) continue;
            ok(!overlaps(place.prefix, prefix), `${site} and ${other}`);
            ok(!sameWan || place.wanAddress !== wanAddress, `${site} and ${other} on the WAN`);
          }
        }
        for (const [site, { prefix }] of after.sites)
          ok(sameWan || !overlaps(prefix, before.wan), `${site} and the WAN`);
      }),
    );
  });

  it("leave the deployed block when there are too many sites for it, and stay in a larger one than they need", () => {
    const plan = (sites: string[], before = {}) =>
      planAddresses({ stack: "big", sites, sitePrefix: 26, busy: [], ...before });
    const [many, more] = [group("edge", 960), group("edge", 1000)];
    const grown = plan(more, deployment(plan(many)));
    strictEqual(grown.block.length, 15);
    deepStrictEqual(plan(more, deployment(grown)), grown);
    const shrunk = plan(many, deployment(grown));
    strictEqual(shrunk.block.text, grown.block.text);
    for (const site of many) deepStrictEqual(shrunk.sites.get(site), grown.sites.get(site));
    // Others instead of all find room elsewhere.
    const others = plan(group("far", 960), deployment(plan(many)));
    ok(!overlaps(others.block, plan(many).block));
  });
});

describe("the block of a stack", () => {
  it("is a free one, whatever others use", () => {
    const first = planAddresses({ stack: "demo", sites: ["core"], sitePrefix: 26, busy: [] }).block;
    const second = planAddresses({
      stack: "demo",
      sites: ["core"],
      sitePrefix: 26,
      busy: [first.text],
    }).block;
    ok(!overlaps(first, second));
  });

  it("stays where it is deployed, whatever the stack is called, unless others have come to use it", () =>
    fc.assert(
      fc.property(stack, stack, siteNames(10), fc.boolean(), (name, other, sites, busy) => {
        const deployed = planAddresses({ stack: other, sites, sitePrefix: 26, busy: [] });
        const plan = planAddresses({
          stack: name,
          sites,
          sitePrefix: 26,
          busy: busy ? [deployed.wan.text] : [],
          deployedWan: deployed.wan.text,
        });
        strictEqual(plan.block.text === deployed.block.text, !busy);
      }),
    ));

  it("is the one asked for", () => {
    const plan = planAddresses({
      stack: "demo",
      sites: ["core"],
      sitePrefix: 26,
      busy: [],
      block: "172.20.0.0/16",
    });
    strictEqual(plan.block.text, "172.20.0.0/16");
    strictEqual(plan.wan.text, "172.20.240.0/20");
  });

  const refusals: readonly (readonly [string, Partial<AddressingOptions>, string, string])[] = [
    [
      "others use what was asked for",
      { block: "172.20.0.0/16", busy: ["172.20.5.0/24"] },
      "target.addresses.block",
      `"172.20.0.0/16" overlaps 172.20.5.0/24, which this machine uses: choose a block that nothing uses, or leave it out`,
    ],
    [
      "others use everything",
      { busy: ["10.0.0.0/8"] },
      "target.addresses.block",
      `nothing is free in 10.128.0.0/9: name a block that this machine does not use, such as "172.20.0.0/16"`,
    ],
    [
      "there are more sites than it has room for",
      { sites: edges(961), block: "10.9.0.0/16" },
      "sites",
      "961 sites do not fit into 10.9.0.0/16, which has room for 960 of /26: use target.addresses.sitePrefix: 27 (28 addresses for a site's services), or a /15 as target.addresses.block, or fewer sites",
    ],
    [
      "one site is larger than it",
      { block: "10.1.2.0/24", sitePrefix: 22 },
      "sites",
      "1 sites do not fit into 10.1.2.0/24, which has room for 0 of /22: use a /21 as target.addresses.block",
    ],
    [
      "new sites do not fit beside what is still deployed",
      {
        block: "10.1.0.0/22",
        sitePrefix: 28,
        sites: group("far", 30),
        deployedWan: "10.1.3.192/26",
        deployedSites: new Map(
          group("edge", 30).map((site, index) => [site, `10.1.${index >> 4}.${(index % 16) * 16}/28`]),
        ),
      },
      "target.addresses.block",
      `"10.1.0.0/22" has no room for new sites beside those that are still deployed: deploy it without the new ones first, or destroy the stack`,
    ],
    [
      "a site is deployed where its WAN would be",
      {
        block: "10.1.0.0/17",
        deployedWan: "10.1.240.0/20",
        deployedSites: new Map([["core", "10.1.120.0/26"]]),
      },
      "target.addresses.block",
      `"10.1.0.0/17" would have its WAN where 10.1.120.0/26 of this stack is deployed: choose another block, or destroy the stack first`,
    ],
    [
      "no larger one that the sites need is free",
      { sites: edges(961), busy: ["10.128.0.0/9"] },
      "target.addresses.block",
      `no /15 is free in 10.128.0.0/9: name a block that this machine does not use, such as "172.20.0.0/15"`,
    ],
  ];
  for (const [claim, given, path, message] of refusals)
    it(`is refused when ${claim}`, () =>
      throws(
        () => planAddresses({ stack: "demo", sites: ["core"], sitePrefix: 26, busy: [], ...given }),
        (error: unknown) => {
          ok(error instanceof AddressingError);
          deepStrictEqual([error.path, error.message], [path, message]);
          return true;
        },
      ));
});
