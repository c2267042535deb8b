import { deepStrictEqual, ok, strictEqual } from "assert";
import fc from "fast-check";
import { renderEntities, routerEntities, type Entity } from "../../components/bus/routers/configuration";
import { interiorLinks, unreached } from "../../components/bus/routers/graph";
import type { RoutersPlan } from "../../components/bus/routers/plan";
import { assertRefused } from "../scenario/refusal";
import { plannedBus } from "../support/plans";
import { routerSchema } from "./routersSchema";

/** Four sites in a line of links, 5, 10 and 20 ms a way. */
const scenario = (settings: object) => ({
  sites: { core: {}, edge: { count: 3 } },
  links: [
    { between: ["core", "edge-1"], delay: "5ms" },
    { between: ["edge-1", "edge-2"], delay: "10ms" },
    { between: ["edge-2", "edge-3"], delay: "20ms" },
  ],
  bus: { kind: "routers", ...settings },
  workloads: [{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 }, calls: 5 }],
});
const bus = (settings: object = {}): RoutersPlan => plannedBus(scenario(settings), "routers");

/** Who connects to whom, and at what cost. */
const connections = ({ brokers }: RoutersPlan) =>
  Object.fromEntries(
    brokers.map(({ site, connectors }) => [
      site,
      connectors.map(({ to, role, cost }) => `${role} ${to} ${cost}`),
    ]),
  );
const entitiesOf = (plan: RoutersPlan) =>
  new Map(plan.brokers.map((router) => [router.site, routerEntities(plan, router)]));

describe("the graph of interior routers", () => {
  it("follows the links unless it says otherwise, each way at the cost of its round trip in milliseconds", () =>
    deepStrictEqual(connections(bus()), {
      core: [],
      "edge-1": ["inter-router core 10"],
      "edge-2": ["inter-router edge-1 20"],
      "edge-3": ["inter-router edge-2 40"],
    }));

  it("is a star, a tree, a ring or complete, at the cost of the way over the links between", () => {
    deepStrictEqual(connections(bus({ topology: "star" })), {
      core: [],
      "edge-1": ["inter-router core 10"],
      "edge-2": ["inter-router core 30"],
      "edge-3": ["inter-router core 70"],
    });
    deepStrictEqual(connections(bus({ topology: "tree" }))["edge-3"], ["inter-router edge-1 60"]);
    deepStrictEqual(connections(bus({ topology: "ring" }))["edge-3"], [
      "inter-router core 70",
      "inter-router edge-2 40",
    ]);
    deepStrictEqual(connections(bus({ topology: "complete" }))["edge-2"], [
      "inter-router core 30",
      "inter-router edge-1 20",
    ]);
  });

  it("is a line in the order that `interior` gives", () =>
    deepStrictEqual(connections(bus({ topology: "line", interior: ["edge-3", "core", "edge-1"] })), {
      "edge-3": [],
      core: ["inter-router edge-3 70"],
      "edge-1": ["inter-router core 10"],
    }));

  it("has edge routers connect to the nearest interior one, and agents use the nearest of any", () => {
    const plan = bus({ interior: ["core", "edge-1"], edge: ["edge-3"] });
    deepStrictEqual(connections(plan)["edge-3"], ["edge edge-1 1"]);
    const at = new Map(plan.brokers.map(({ site, address }) => [site, address]));
    for (const [site, router] of [
      ["core", "core"],
      ["edge-2", "edge-1"],
      ["edge-3", "edge-3"],
    ] as const)
      deepStrictEqual(
        plan.endpoints[site]?.map(({ host }) => host),
        [at.get(router)],
      );
  });

  it("crosses links unencrypted only for agents of a site without a router", () => {
    deepStrictEqual(bus({ interior: ["core", "edge-1"], edge: ["edge-3"] }).connections, [
      { from: "edge-1", to: "core", encrypted: true },
      { from: "edge-3", to: "edge-1", encrypted: true },
      { from: "edge-2", to: "edge-1", encrypted: false },
    ]);
    ok(bus().connections?.every(({ encrypted }) => encrypted));
  });

  it("reaches every router, each pair connected once at most, whatever its form and size", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("line", "ring", "star", "tree", "complete"),
        fc.integer({ min: 1, max: 30 }),
        (topology, count) => {
          const sites = Array.from({ length: count }, (_, index) => `s-${index}`);
          const links = interiorLinks(topology, sites, [], () => 3);
          deepStrictEqual(unreached(sites, links), []);
          const pairs = links.map(({ from, to }) => [from, to].sort().join(" "));
          strictEqual(new Set(pairs).size, pairs.length);
          const expected = {
            line: count - 1,
            ring: count < 3 ? count - 1 : count,
            star: count - 1,
            tree: count - 1,
            complete: (count * (count - 1)) / 2,
          };
          strictEqual(links.length, expected[topology]);
        },
      ),
    ));
});

/** Asserts that the routers' schemas know the attributes, and that values are of their types. */
function assertKnown({ type, attributes }: Entity): void {
  for (const [name, value] of Object.entries(attributes)) {
    const kind = routerSchema[type]?.[name];
    ok(kind !== undefined, `${type} has no ${name}`);
    if (typeof kind !== "string") ok(kind.includes(String(value)), `${type}.${name}: ${value}`);
    else if (kind === "integer") ok(Number.isInteger(value) && Number(value) > 0, `${type}.${name}`);
    else if (kind === "boolean") strictEqual(typeof value, "boolean");
    else ok(["string", "number"].includes(typeof value), `${type}.${name}`);
  }
}

describe("the configuration of routers", () => {
  const plan = bus({ edge: ["edge-3"], distribution: "closest" });
  const all = [...entitiesOf(plan).values()].flat();

  it("is of attributes that the routers' schemas know, with values of their types", () => {
    ok(all.length > 0);
    for (const entity of all) assertKnown(entity);
  });

  it("refers to TLS and to accounts that are there", () => {
    for (const entities of entitiesOf(plan).values()) {
      const profiles = entities.filter(({ type }) => type === "sslProfile").map(one("name"));
      for (const { attributes } of entities.filter(({ attributes }) => "sslProfile" in attributes))
        ok(profiles.includes(attributes["sslProfile"]));
    }
  });

  it("lets routers in by certificates over TLS only, and agents by a password only", () => {
    for (const { attributes } of all.filter(({ type }) => type === "listener")) {
      strictEqual(attributes["authenticatePeer"], true);
      // Figures are read in the container itself, and nothing else is there.
      if (attributes["http"])
        deepStrictEqual([attributes["host"], attributes["websockets"]], ["127.0.0.1", false]);
      const between = attributes["role"] !== "normal";
      strictEqual(attributes["saslMechanisms"], between ? "EXTERNAL" : "PLAIN");
      strictEqual(attributes["requireSsl"] ?? false, between);
    }
    const connectors = all.filter(({ type }) => type === "connector");
    strictEqual(connectors.length, 3);
    for (const { attributes } of connectors) {
      strictEqual(attributes["saslMechanisms"], "EXTERNAL");
      strictEqual(attributes["verifyHostname"], true);
    }
  });

  it("has each connector go where a listener of its kind is", () => {
    const listeners = all
      .filter(({ type }) => type === "listener")
      .map(({ attributes: { host, port, role } }) => `${host}:${port} ${role}`);
    for (const { attributes } of all.filter(({ type }) => type === "connector"))
      ok(listeners.includes(`${attributes["host"]}:${attributes["port"]} ${attributes["role"]}`));
  });

  it("gives fanouts to all, and the rest to one: of a topic as the scenario says, of a server to the nearest", () => {
    const entities = entitiesOf(plan).get("core") ?? [];
    deepStrictEqual(
      Object.fromEntries(
        entities
          .filter(({ type }) => type === "address")
          .map(({ attributes }) => [attributes["prefix"], attributes["distribution"]]),
      ),
      {
        "openstack.org/om/rpc/multicast": "multicast",
        "openstack.org/om/rpc/unicast": "closest",
        "openstack.org/om/rpc/anycast": "closest",
        "openstack.org/om/notify/multicast": "multicast",
        "openstack.org/om/notify/unicast": "closest",
        "openstack.org/om/notify/anycast": "closest",
      },
    );
    deepStrictEqual(plan.settings["oslo_messaging_amqp"]?.["addressing_mode"], "routable");
    deepStrictEqual(plan.settings["oslo_messaging_amqp"]["pre_settled"], ["rpc-reply"]);
  });

  it("changes no router when another comes after it", () => {
    const three = bus({ topology: "complete", interior: ["core", "edge-1", "edge-2"] });
    const four = bus({ topology: "complete", interior: ["core", "edge-1", "edge-2", "edge-3"] });
    const before = entitiesOf(three);
    for (const [site, entities] of before) deepStrictEqual(entitiesOf(four).get(site), entities);
  });

  it("is written as an entity in braces with a line an attribute, and no comment that would hide a value", () => {
    strictEqual(
      renderEntities([
        { type: "router", attributes: { id: "core-router", workerThreads: 2 } },
        { type: "listener", attributes: { requireSsl: true } },
      ]),
      "router {\n  id: core-router\n  workerThreads: 2\n}\n\nlistener {\n  requireSsl: yes\n}\n",
    );
    ok(!renderEntities(all).includes("#"));
  });
});

describe("a mesh of routers is refused", () => {
  it("with a site that is not there, or one with two routers", () => {
    assertRefused(scenario({ interior: ["core", "moon"] }), [
      "bus.interior[1]",
      'there is no site "moon"; the sites are core, edge',
    ]);
    assertRefused(scenario({ interior: ["core", "edge"], edge: ["edge-2"] }), [
      "bus.edge[0]",
      '"edge-2" has an interior router: name it in interior or in edge, not in both',
    ]);
  });

  it("without an interior router", () =>
    assertRefused(scenario({ edge: ["core", "edge"] }), [
      "bus.edge",
      "every site has an edge router and none an interior one: leave a site out",
    ]));

  it("as a ring of two", () =>
    assertRefused(scenario({ topology: "ring", interior: ["core", "edge-1"] }), [
      "bus.topology",
      "a ring of 2 is a line: use three interior routers or more, or topology: line",
    ]));

  it("where it follows links that go over a site without a router", () =>
    assertRefused(scenario({ interior: ["core", "edge-2"] }), [
      "bus.topology",
      'no way over interior routers leads from "core" to "edge-2", as their sites\' links lead over sites without one: use topology: complete, or give every site between them an interior router',
    ]));

  it("of an image that cannot be one's name", () =>
    assertRefused(scenario({ image: "not an image" }), [
      "bus.image",
      '"not an image" is no name of an image: use one such as "quay.io/skupper/skupper-router:3.5.1"',
    ]));
});

function one(name: string): (entity: Entity) => unknown {
  return ({ attributes }) => attributes[name];
}
