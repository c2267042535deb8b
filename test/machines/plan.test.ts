import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import fc from "fast-check";
import { planHosts, underlayName } from "../../components/target/hostsPlan";
import { mustCidr, overlaps } from "../../components/plan/cidr";
import { planned } from "../support/plans";
import { machinesFacts, machinesScenario } from "../support/machines";
import type { HostsPlan } from "../../components/target/hostsPlan";
import { planScenario, type Plan } from "../../components/plan/plan";
import { parsed } from "../support/scenarios";

function hostsOf(raw: unknown): { readonly plan: Plan; readonly hosts: HostsPlan } {
  const plan = planScenario(parsed(raw), machinesFacts);
  if (!plan.hosts) throw new Error("nothing is planned on hosts");
  return { plan, hosts: plan.hosts };
}

describe("a plan on hosts", () => {
  it("has addresses, bus and routes as on one machine: only where sites are is another matter", () => {
    const { plan } = hostsOf(machinesScenario());
    const local = planned({ ...machinesScenario(), target: { kind: "local" } });
    for (const part of ["sites", "links", "routes", "agents", "workloads", "wan"] as const)
      deepStrictEqual(plan[part], local[part], part);
    strictEqual(local.hosts, undefined);
  });

  it("says of each host what is on it and where it is reached, by what the scenario says or the host itself", () => {
    const { hosts } = hostsOf(
      machinesScenario({ hosts: { alpha: { address: "10.9.8.7" }, beta: { groups: ["edge"] } } }),
    );
    deepStrictEqual(
      [...hosts.hosts.values()].map(({ name, address, sites }) => [name, address, sites]),
      [
        ["alpha", "10.9.8.7", ["core"]],
        ["beta", "192.0.2.12", ["edge-1", "edge-2"]],
      ],
    );
  });

  it("knows no address of a host that nobody has asked", () =>
    strictEqual(planned(machinesScenario()).hosts?.hosts.get("alpha")?.address, undefined));

  it("gives no two gateways a port, and keeps those of all others when sites come and go", () => {
    const before = hostsOf({ ...machinesScenario(), sites: { core: {}, edge: { count: 40 } } });
    const after = hostsOf({ ...machinesScenario(), sites: { core: {}, edge: { count: 41 } } });
    const ports = [...after.hosts.places.values()].map(({ port }) => port);
    strictEqual(new Set(ports).size, 42);
    for (const [site, place] of before.hosts.places)
      deepStrictEqual(after.hosts.places.get(site), place, site);
  });

  it("has the ports from the one that is asked for on", () => {
    const { plan, hosts } = hostsOf(machinesScenario({ firstPort: 40_000 }));
    for (const { name } of plan.sites) {
      const port = hosts.places.get(name)?.port ?? 0;
      ok(port >= 40_000 && port < 40_000 + plan.wan.size, `${name}: ${port}`);
    }
  });

  it("refuses a first port after which there are too few", () => {
    const networks = new Map([
      ["core", { prefix: mustCidr("10.0.0.0/26"), wanAddress: "10.15.240.0" }],
      [underlayName("a"), { prefix: mustCidr("10.0.0.64/26"), wanAddress: "10.15.240.1" }],
    ]);
    const placed = {
      hosts: [{ name: "a", ssh: { host: "a" } }],
      hostOf: new Map([["core", "a"]]),
      mtu: 1450,
    };
    throws(() => planHosts({ ...placed, firstPort: 60_000 }, "s", mustCidr("10.15.192.0/18"), networks), {
      path: "target.firstPort",
      message: "60000 leaves too few ports for all gateways: use 49152 or less",
    });
  });

  it("refuses more sites on a host than its underlay has room for", () =>
    throws(() => hostsOf({ ...machinesScenario(), sites: { core: {}, edge: { count: 200 } } }), {
      message:
        'target.addresses.sitePrefix: 26 leaves a host 61 gateways, and 100 sites are on "beta": use 25 or less, or more hosts',
    }));

  it("keeps each underlay off every site and the WAN, with an address for each gateway", () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { minLength: 1, maxLength: 30 }),
        fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/), { minLength: 1, maxLength: 5 }),
        (names, hostNames) => {
          const sites = Object.fromEntries(names.map((name) => [name, {}]));
          const target = {
            hosts: Object.fromEntries(hostNames.map((name) => [name, {}])),
            sites: Object.fromEntries(names.map((name, at) => [name, hostNames[at % hostNames.length]])),
          };
          const [first = ""] = names;
          const raw = {
            ...machinesScenario(target),
            sites,
            links: names.slice(1).map((name) => ({ between: [first, name], delay: "5ms" })),
            workloads: [],
            bus: { kind: "rabbitmq", site: first },
          };
          const { plan, hosts } = hostsOf(raw);
          const networks = [
            plan.wan,
            ...plan.sites.map(({ prefix }) => prefix),
            ...[...hosts.hosts.values()].map(({ underlay }) => underlay),
          ];
          networks.forEach((a, index) => {
            for (const b of networks.slice(index + 1)) ok(!overlaps(a, b), `${a.text} and ${b.text}`);
          });
          const addresses = [...hosts.places.values()].map(({ underlayAddress }) => underlayAddress);
          strictEqual(new Set(addresses).size, names.length);
        },
      ),
      { numRuns: 40 },
    ));

  it("is told apart from other stacks' on the same hosts by its tunnels", () => {
    const networks = new Map([
      ["core", { prefix: mustCidr("10.1.0.0/26"), wanAddress: "10.1.240.17" }],
      [underlayName("a"), { prefix: mustCidr("10.1.0.64/26"), wanAddress: "10.1.240.18" }],
    ]);
    const placed = {
      hosts: [{ name: "a", ssh: { host: "a" } }],
      hostOf: new Map([["core", "a"]]),
      mtu: 1450,
    };
    const plans = ["one", "other"].map((stack) =>
      planHosts(placed, stack, mustCidr("10.1.240.0/20"), networks),
    );
    strictEqual(new Set(plans.map(({ tunnelId }) => tunnelId)).size, 2);
    strictEqual(new Set(plans.map(({ places }) => places.get("core")?.port)).size, 2);
    for (const { tunnelId } of plans) ok(tunnelId > 0 && tunnelId < 2 ** 24);
  });
});
