import { strict as assert } from "assert";
import { planned } from "../support/plans";
import { smallScenario, smallScenarioWith } from "../support/scenarios";
import { assertRefused } from "./refusal";

const load = { name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 }, calls: 5 };

describe("a scenario is refused when, taken together,", () => {
  it("a link leads to a site that isn't there", () =>
    assertRefused(smallScenarioWith(["links", 1], { between: ["core", "fog"] }), [
      "links[1].between[1]",
      `there is no site "fog"; the sites are core, edge`,
    ]));

  it("a link leads to a site that a group would have were it larger", () =>
    assertRefused(smallScenarioWith(["links", 1], { between: ["edge-3", "core"] }), [
      "links[1].between[0]",
      `there is no site "edge-3"; the sites are core, edge`,
    ]));

  it("a link leads to what every JavaScript object has", () =>
    assertRefused(smallScenarioWith(["links", 0, "between"], ["core", "constructor"]), [
      "links[0].between[1]",
      `there is no site "constructor"; the sites are core, edge`,
    ]));

  it("two links join one pair, whichever way round", () =>
    assertRefused(smallScenarioWith(["links", 1], { between: ["edge-2", "core"], delay: "1ms" }), [
      "links[1].between",
      `"edge-2" and "core" already have a link, links[0]: a pair of sites has one; drop one of the two`,
    ]));

  it("a link joins a site with itself", () =>
    assertRefused(smallScenarioWith(["links", 1], { between: ["core", "core"] }), [
      "links[1].between",
      `"core" and "core" are one and the same site: a link needs two different ones`,
    ]));

  it("a group of one is joined with itself", () => {
    const scenario = smallScenarioWith(["sites", "edge", "count"], 1);
    scenario["links"] = [{ between: ["core", "edge"] }, { between: ["edge", "edge"] }];
    assertRefused(scenario, [
      "links[1].between",
      `"edge" and "edge" are one and the same site: a link needs two different ones`,
    ]);
  });

  it("nothing leads to a site", () =>
    assertRefused(smallScenarioWith(["sites", "island"], {}), [
      "sites.island",
      `no links lead from "core" to "island": add a link, such as { between: [core, island], delay: 25ms }`,
    ]));

  it("nothing leads to a part of a group", () =>
    assertRefused(smallScenarioWith(["links", 0, "between"], ["core", "edge-1"]), [
      "sites.edge",
      `no links lead from "core" to "edge-2": add a link, such as { between: [core, edge-2], delay: 25ms }`,
    ]));

  it("nothing leads to many sites, of which some are named", () =>
    assertRefused(smallScenarioWith(["sites", "far"], { count: 8 }), [
      "sites.far",
      `no links lead from "core" to "far-1", "far-2", "far-3", "far-4", "far-5" and 3 more: add a link, such as { between: [core, far-1], delay: 25ms }`,
    ]));

  it("two entries make the same site", () =>
    assertRefused(smallScenarioWith(["sites", "edge-2"], {}), [
      "sites.edge-2",
      `"edge-2" makes a site "edge-2" that "edge" makes too: rename one of them`,
    ]));

  it("a name is a group's and a site's", () => {
    const scenario = smallScenarioWith(["sites", "edge-1"], { count: 2 });
    scenario["links"] = [{ between: ["core", "edge"] }, { between: ["core", "edge-1"] }];
    assertRefused(scenario, [
      "sites.edge-1",
      `"edge-1" is a group, and a site of the group "edge": rename one of them`,
    ]);
  });

  it("the bus is at a site that isn't there", () =>
    assertRefused(smallScenarioWith(["bus", "site"], "fog"), [
      "bus.site",
      `there is no site "fog"; the sites are core, edge`,
    ]));

  it("the bus is at a group", () =>
    assertRefused(smallScenarioWith(["bus", "site"], "edge"), [
      "bus.site",
      `"edge" is a group of sites: name one of it, such as "edge-1"`,
    ]));

  it("a workload names a site that isn't there", () =>
    assertRefused(smallScenarioWith(["workloads", 0, "clients"], { core: 1, fog: 2 }), [
      "workloads[0].clients.fog",
      `there is no site "fog"; the sites are core, edge`,
    ]));

  it("two workloads have one name", () =>
    assertRefused(smallScenarioWith(["workloads"], [load, { ...load, calls: 6 }]), [
      "workloads[1].name",
      `workloads[0] is called "call" too: give each its own name`,
    ]));

  it("an open loop has a rate and no duration", () =>
    assertRefused(smallScenarioWith(["workloads"], [{ ...load, calls: undefined, rate: "5/s" }]), [
      "workloads[0].duration",
      "an open loop takes both a rate, such as 50/s, and a duration, such as 20s",
    ]));

  it("an open loop has a duration and no rate", () =>
    assertRefused(smallScenarioWith(["workloads"], [{ ...load, calls: undefined, duration: "5s" }]), [
      "workloads[0].rate",
      "an open loop takes both a rate, such as 50/s, and a duration, such as 20s",
    ]));

  it("there are more topics than servers", () =>
    assertRefused(smallScenarioWith(["workloads", 0, "topics"], 3), [
      "workloads[0].topics",
      "3 topics need as many servers, and there are 1: use fewer topics or more servers",
    ]));

  it("jitter of one direction exceeds that direction's delay", () =>
    assertRefused(
      smallScenarioWith(["links", 0], {
        between: ["core", "edge"],
        delay: { there: "5ms", back: "9ms" },
        jitter: { there: "6ms", back: "9ms" },
      }),
      [
        "links[0].jitter.there",
        `6ms is more than the delay of 5ms between "core" and "edge-1", which would have packets arrive before they leave: use at most the delay`,
      ],
    ));

  it("groups add up to more sites than can be dealt with", () => {
    const scenario = smallScenario();
    scenario["sites"] = { a: { count: 6000 }, b: { count: 6000 } };
    assertRefused(scenario, ["sites", "12000 sites are more than buswide takes: use at most 10000"]);
  });

  it("there are more sites than the bridge of the local target has ports", () => {
    const scenario = smallScenario();
    scenario["sites"] = { core: {}, edge: { count: 1023 } };
    assertRefused(scenario, [
      "sites",
      '1024 sites are more than the target "local" takes, as their gateways share one Linux bridge, the WAN, which has 1023 ports: use at most 1023 sites',
    ]);
    scenario["sites"] = { core: {}, edge: { count: 1022 } };
    assert.equal(planned(scenario).sites.length, 1023);
  });

  it("links of groups add up to more than can be dealt with, without expanding them first", () => {
    const scenario = smallScenario();
    scenario["sites"] = { core: {}, edge: { count: 1000 } };
    scenario["links"] = [{ between: ["edge", "edge"] }, { between: ["core", "edge"] }];
    assertRefused(scenario, ["links[0].between", "up to here, 1000000 pairs are linked: use at most 100000"]);
  });

  it("says nothing of what follows from a wrong field", () =>
    assertRefused(smallScenarioWith(["sites", "edge"], { count: "two" }), [
      "sites.edge.count",
      `expected a number, got "two"`,
    ]));
});
