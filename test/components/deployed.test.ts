import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "assert";
import type Docker from "dockerode";
import { gatherFacts } from "../../components/target/local/facts";
import type { PlanFacts } from "../../components/plan/plan";
import { deployed } from "../support/experiments";
import type { Registration } from "../support/mocks";
import { facts, planned } from "../support/plans";
import { smallScenario, smallScenarioWith } from "../support/scenarios";

const network = "docker:index/network:Network";

/** Docker's networks as it lists them, those of a deployment among others'. */
function listedBy(registrations: readonly Registration[]): Docker {
  const own = registrations
    .filter(({ type }) => type === network)
    .map(({ inputs }) => {
      const labels = inputs["labels"] as { label: string; value: string }[];
      const [{ subnet } = { subnet: "" }] = inputs["ipamConfigs"] as { subnet: string }[];
      return {
        Name: inputs["name"],
        Labels: Object.fromEntries(labels.map(({ label, value }) => [label, value])),
        IPAM: { Config: [{ Subnet: subnet }] },
      };
    });
  const others = [
    { Name: "host", Labels: {}, IPAM: { Config: null } },
    {
      Name: "buswide-other-core-network",
      Labels: { "io.buswide.stack": "other" },
      IPAM: { Config: [{ Subnet: "10.3.0.0/26" }] },
    },
  ];
  return { listNetworks: () => Promise.resolve([...own, ...others]) } as unknown as Docker;
}

describe("what Docker has of a stack", () => {
  let found: PlanFacts;
  before(async () => {
    const { registrations } = await deployed(smallScenario());
    found = await gatherFacts("test", listedBy(registrations));
  });

  it("is its WAN and each site's network, by site; what is another's is busy", () => {
    const { wan, sites } = planned(smallScenario());
    strictEqual(found.deployedWan, wan.text);
    deepStrictEqual(
      [...(found.deployedSites ?? [])].sort(),
      sites.map(({ name, prefix }) => [name, prefix.text]),
    );
    ok(found.busy.includes("10.3.0.0/26"));
  });

  it("is planned as it is", () => {
    const { deployedWan, deployedSites } = found;
    deepStrictEqual(
      planned(smallScenario(), { ...facts, deployedWan, deployedSites }),
      planned(smallScenario()),
    );
  });

  it("is none of it a new site's, though its own site is no more", () => {
    const { deployedWan, deployedSites } = found;
    const scenario = smallScenarioWith(["sites", "edge", "count"], 4);
    const natural = planned(scenario).sites.map(({ prefix }) => prefix.text);
    const elsewhere = new Map([...(deployedSites ?? []), ["gone", natural[3] ?? ""]]);
    const plan = planned(scenario, { ...facts, deployedWan, deployedSites: elsewhere });
    const prefixes = plan.sites.map(({ prefix }) => prefix.text);
    deepStrictEqual(prefixes.slice(0, 3), natural.slice(0, 3));
    notStrictEqual(prefixes[3], natural[3]);
    deepStrictEqual(prefixes.slice(4), natural.slice(4));
  });
});
