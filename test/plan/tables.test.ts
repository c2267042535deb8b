import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import fc from "fast-check";
import { ip2long, long2ip } from "netmask";
import { planAddresses } from "../../components/plan/addressing";
import { contains, mustCidr, overlaps, type Cidr } from "../../components/plan/cidr";
import { planRoutes } from "../../components/plan/routes";
import { routeTables, type RouteTable } from "../../components/plan/tables";
import { planned } from "../support/plans";
import { smallScenario } from "../support/scenarios";

interface Laid {
  readonly block: Cidr;
  readonly wan: Cidr;
  readonly sites: readonly { readonly name: string; readonly prefix: Cidr; readonly wanAddress: string }[];
  readonly routes: ReturnType<typeof planRoutes>;
}

/** Addresses and routes of sites joined by links of 1 ms, or of as many as given. */
function laid(
  names: readonly string[],
  links: readonly (readonly [string, string, number?])[],
  sitePrefix = 26,
): Laid {
  const { block, wan, sites } = planAddresses({ stack: "test", sites: names, sitePrefix, busy: [] });
  const impairment = (delayMs: number) => ({ delayMs, jitterMs: 0, lossPercent: 0 });
  return {
    block,
    wan,
    sites: [...sites].map(([name, place]) => ({ name, ...place })),
    routes: planRoutes(
      names,
      links.map(([a, b, delay = 1]) => ({
        name: `${a}--${b}`,
        between: [a, b] as const,
        there: impairment(delay),
        back: impairment(delay),
      })),
    ),
  };
}

/** The next hop of the most specific prefix that holds an address, as the kernel chooses it. */
function lookUp(table: RouteTable, address: number): string | undefined {
  const host = mustCidr(`${long2ip(address)}/32`);
  return Object.entries(table)
    .map(([prefix, hop]) => ({ prefix: mustCidr(prefix), hop }))
    .filter(({ prefix }) => contains(prefix, host))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0]?.hop;
}

/** Sites with names as people give them, joined at random: a tree, so that all are reached, and links besides. */
const network = fc
  .tuple(
    fc.uniqueArray(fc.stringMatching(/^[a-c](-[1-9])?$/), { minLength: 2, maxLength: 14 }),
    fc.array(fc.nat(), { minLength: 14, maxLength: 14 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 9 })), { maxLength: 10 }),
    fc.constantFrom(24, 26, 28),
  )
  .map(([names, parents, extra, sitePrefix]) => {
    const at = (index: number) => names[index % names.length] ?? "";
    const tree = names
      .slice(1)
      .map((name, index) => [at((parents[index] ?? 0) % (index + 1)), name] as const);
    const more = extra.map(([a, b, delay]) => [at(a), at(b), delay] as const).filter(([a, b]) => a !== b);
    return laid(names, [...tree, ...more], sitePrefix);
  });

describe("tables of routes", () => {
  it("send what is for any address of a site to the neighbour on the shortest path there", () =>
    fc.assert(
      fc.property(network, fc.nat(), ({ wan, sites, routes }, host) => {
        const tables = routeTables({ wan, sites, routes });
        for (const from of sites)
          for (const to of sites) {
            if (from === to) continue;
            const next = sites.find(({ name }) => name === routes.get(from.name)?.get(to.name));
            const address = to.prefix.first + (host % to.prefix.size);
            strictEqual(lookUp(tables.get(from.name) ?? {}, address), next?.wanAddress);
          }
      }),
    ));

  it("leave the WAN and the gateway's own site alone, and stay in the block", () =>
    fc.assert(
      fc.property(network, ({ block, wan, sites, routes }) => {
        const tables = routeTables({ wan, sites, routes });
        for (const { name, prefix } of sites)
          for (const text of Object.keys(tables.get(name) ?? {})) {
            const route = mustCidr(text);
            ok(!overlaps(route, wan) && !overlaps(route, prefix), `${name}: ${text}`);
            ok(contains(block, route), `${name}: ${text} is outside ${block.text}`);
          }
      }),
    ));

  it("let nothing go round in a circle, wherever it is sent: where no site is, it ends at some gateway", () =>
    fc.assert(
      fc.property(network, fc.nat(), fc.nat(), ({ block, wan, sites, routes }, start, offset) => {
        const tables = routeTables({ wan, sites, routes });
        const byAddress = new Map(sites.map((site) => [site.wanAddress, site]));
        const address = block.first + (offset % block.size);
        const passed: string[] = [];
        for (let here = sites[start % sites.length]; here;) {
          ok(!passed.includes(here.name), `${long2ip(address)}: ${[...passed, here.name].join(" ")}`);
          passed.push(here.name);
          const hop = lookUp(tables.get(here.name) ?? {}, address);
          here = hop === undefined ? undefined : byAddress.get(hop);
        }
      }),
    ));

  const shapes: Readonly<Record<string, (index: number) => number>> = {
    star: () => 0,
    line: (index) => index - 1,
    "tree of four": (index) => Math.floor((index - 1) / 4),
  };
  for (const [shape, parent] of Object.entries(shapes))
    it(`of a ${shape} grow with the number of sites, not with that of their pairs`, () => {
      const entries = (count: number) => {
        const names = ["core", ...Array.from({ length: count - 1 }, (_, index) => `edge-${index + 1}`)];
        const links = names.slice(1).map((name, index) => [names[parent(index + 1)] ?? "", name] as const);
        const tables = [...routeTables(laid(names, links)).values()];
        return tables.reduce((sum, table) => sum + Object.keys(table).length, 0);
      };
      const [few, many] = [entries(100), entries(1000)];
      ok(many < 20 * few, `${few} routes of 100 sites, ${many} of 1000`);
      ok(many < 20 * 1000, `${many} routes of 1000 sites`);
    });

  it("of a small scenario lead to each of the other sites", () => {
    const plan = planned(smallScenario());
    const [core, one, two] = plan.sites;
    ok(core && one && two);
    const tables = routeTables(plan);
    deepStrictEqual([...tables.keys()], ["core", "edge-1", "edge-2"]);
    const hop = (from: string, to: string) => lookUp(tables.get(from) ?? {}, ip2long(to));
    strictEqual(hop("core", one.gatewayAddress), one.wanAddress);
    strictEqual(hop("core", two.gatewayAddress), two.wanAddress);
    strictEqual(hop("edge-1", core.gatewayAddress), core.wanAddress);
    strictEqual(hop("edge-1", two.gatewayAddress), core.wanAddress);
    strictEqual(hop("edge-1", one.gatewayAddress), undefined);
  });

  it("are refused for prefixes that overlap", () => {
    const place = (name: string, text: string) => ({ name, prefix: mustCidr(text), wanAddress: "10.9.0.1" });
    throws(
      () =>
        routeTables({
          wan: mustCidr("10.9.0.0/24"),
          sites: [place("a", "10.1.0.0/24"), place("b", "10.1.0.128/25")],
          routes: new Map(),
        }),
      /prefixes overlap in 10\.1\.0\.0\/24/,
    );
  });
});
