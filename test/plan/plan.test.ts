import { deepStrictEqual, notStrictEqual, ok, strictEqual, throws } from "assert";
import { mustCidr, contains } from "../../components/plan/cidr";
import { ScenarioError } from "../../stacks/scenario/parse";
import { facts, planned } from "../support/plans";
import { put, smallScenario, smallScenarioWith, type Place } from "../support/scenarios";

describe("a plan", () => {
  it("has the sites of every group in the scenario's order, each with its services' own addresses", () => {
    const plan = planned(smallScenario());
    deepStrictEqual(
      plan.sites.map(({ name }) => name),
      ["core", "edge-1", "edge-2"],
    );
    for (const site of plan.sites) {
      const own = [
        site.bridgeAddress,
        site.gatewayAddress,
        site.reserve("agents"),
        site.reserve("broker"),
        site.defaultGateway,
      ];
      strictEqual(new Set(own).size, own.length);
      for (const address of own) ok(contains(site.prefix, mustCidr(`${address}/32`)));
    }
  });

  it("expands a link between groups into links between sites, each direction with its own figures", () => {
    const plan = planned(
      smallScenarioWith(["links", 0], {
        between: ["core", "edge"],
        delay: { there: "5ms", back: "9ms" },
        jitter: "1ms",
        loss: { there: "0%", back: "0.5%" },
        rate: "10mbit",
      }),
    );
    deepStrictEqual(
      plan.links.map(({ name, there, back }) => ({ name, there, back })),
      ["core--edge-1", "core--edge-2"].map((name) => ({
        name,
        there: { delayMs: 5, jitterMs: 1, lossPercent: 0, rateBitsPerSecond: 10_000_000 },
        back: { delayMs: 9, jitterMs: 1, lossPercent: 0.5, rateBitsPerSecond: 10_000_000 },
      })),
    );
  });

  it("has agents at the sites that workloads name, and nowhere else", () => {
    const plan = planned(smallScenarioWith(["workloads", 0, "clients"], { "edge-2": 3 }));
    deepStrictEqual([...plan.agents.keys()], ["core", "edge-2"]);
  });

  it("adds up what a workload asks of a group and of a site in it", () => {
    const plan = planned(smallScenarioWith(["workloads", 0, "clients"], { edge: 2, "edge-2": 3 }));
    deepStrictEqual(plan.workloads[0]?.clients, { "edge-1": 2, "edge-2": 5 });
  });

  it("counts agents at a site that is called what every JavaScript object has", () => {
    const scenario = smallScenario();
    scenario["sites"] = { constructor: {}, core: {} };
    scenario["links"] = [{ between: ["core", "constructor"], delay: "1ms" }];
    scenario["workloads"] = [
      { name: "call", kind: "rpc", clients: { constructor: 2 }, servers: { core: 1 }, calls: 5 },
    ];
    const plan = planned(scenario);
    deepStrictEqual(plan.workloads[0]?.clients, { constructor: 2 });
    deepStrictEqual([...plan.agents.keys()], ["constructor", "core"]);
    scenario["workloads"] = [];
    deepStrictEqual([...planned(scenario).agents.keys()], []);
  });

  it("puts the broker at the first site unless another is named", () => {
    deepStrictEqual(
      planned(smallScenario()).bus.brokers.map(({ name, site }) => [name, site]),
      [["core-rabbitmq", "core"]],
    );
    deepStrictEqual(
      planned(smallScenarioWith(["bus", "site"], "edge-2")).bus.brokers.map(({ name, site }) => [name, site]),
      [["edge-2-rabbitmq", "edge-2"]],
    );
  });

  it("is the same for the same scenario, and its hash another for another", () => {
    deepStrictEqual(planned(smallScenario()), planned(smallScenario()));
    notStrictEqual(
      planned(smallScenario()).scenarioSha256,
      planned(smallScenarioWith(["seed"], 2)).scenarioSha256,
    );
  });

  const refusals: readonly (readonly [string, readonly (readonly [Place, unknown])[], string])[] = [
    [
      "there are more sites than addresses",
      [
        [["sites", "edge", "count"], 960],
        [["target"], { kind: "local", addresses: { block: "10.9.0.0/16" } }],
      ],
      "sites: 961 sites do not fit into 10.9.0.0/16, which has room for 960 of /26: use target.addresses.sitePrefix: 27 (28 addresses for a site's services), or a /15 as target.addresses.block, or fewer sites",
    ],
    [
      "there are more services than a site has addresses",
      [[["target"], { kind: "local", addresses: { sitePrefix: 30 } }]],
      `target.addresses.sitePrefix: 30 leaves a site 0 addresses, too few for the services of "core": use 29 or less`,
    ],
    [
      "there is no room even for a gateway",
      [
        [["target"], { kind: "local", addresses: { sitePrefix: 30 } }],
        [["workloads"], []],
      ],
      `target.addresses.sitePrefix: 30 leaves a site 0 addresses, too few for the services of "core": use 29 or less`,
    ],
  ];
  for (const [claim, changes, message] of refusals)
    it(`is refused as a scenario when ${claim}`, () => {
      const scenario = smallScenario();
      for (const [place, value] of changes) put(scenario, place, value);
      throws(
        () => planned(scenario),
        (error: unknown) => {
          ok(error instanceof ScenarioError, String(error));
          strictEqual(error.message, message);
          return true;
        },
      );
    });

  it("is refused as a scenario when others on the machine use the block it asks for", () =>
    throws(
      () =>
        planned(smallScenarioWith(["target"], { kind: "local", addresses: { block: "10.9.0.0/16" } }), {
          ...facts,
          busy: ["10.9.8.0/24"],
        }),
      {
        name: "ScenarioError",
        message: `target.addresses.block: "10.9.0.0/16" overlaps 10.9.8.0/24, which this machine uses: choose a block that nothing uses, or leave it out`,
      },
    ));
});
