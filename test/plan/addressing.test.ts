import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import fc from "fast-check";
import { AddressingError, planAddresses, type AddressingOptions } from "../../components/plan/addressing";
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

const edges = (count: number) => Array.from({ length: count }, (_, index) => `edge-${index + 1}`);

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
