import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from "assert";
import type Docker from "dockerode";
import { controlGroupsOf, gatherFacts, portsListening } from "../../components/target/local/facts";
import type { PlanFacts } from "../../components/plan/plan";
import { deployed } from "../support/experiments";
import type { Registration } from "../support/mocks";
import { facts, planned } from "../support/plans";
import { smallScenario, smallScenarioWith } from "../support/scenarios";

const network = "docker:index/network:Network";

/** Docker's networks and ports as it lists them, those of a deployment among others'. */
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
  const containers = [
    {
      Labels: { "io.buswide.stack": "test" },
      Ports: [{ IP: "127.0.0.1", PrivatePort: 9091, PublicPort: 21_000 }],
    },
    { Labels: { "io.buswide.stack": "test" }, Ports: [{ PrivatePort: 5672 }] },
    { Labels: {}, Ports: [{ IP: "0.0.0.0", PrivatePort: 80, PublicPort: 21_001 }] },
  ];
  return {
    listNetworks: () => Promise.resolve([...own, ...others]),
    listContainers: () => Promise.resolve(containers),
  } as unknown as Docker;
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

  it("is its port of this machine, which is not taken by anybody else, as others' are", () => {
    strictEqual(found.deployedPort, 21_000);
    ok(found.takenPorts?.has(21_001));
    strictEqual(found.takenPorts?.has(21_000), false);
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

describe("what this machine has", () => {
  it("is the ports at which a program listens, of all that the kernel lists of TCP", () =>
    deepStrictEqual(
      portsListening(
        [
          "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
          "   0: 0100007F:5208 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2719 1 0 100 0 0 10 0",
          "   1: 0100007F:C350 0100007F:5208 01 00000000:00000000 00:00000000 00000000     0        0 2720 1 0 20 4 30 10 -1",
          "   2: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
          "",
        ].join("\n"),
      ),
      [21_000, 8080],
    ));

  it("is the version of control groups that Docker tells, without which nobody can be shown any", async () => {
    const telling = (CgroupVersion?: string) =>
      controlGroupsOf({ info: () => Promise.resolve({ CgroupVersion }) } as unknown as Docker);
    deepStrictEqual([await telling("1"), await telling("2")], [1, 2]);
    await rejects(telling(), /20\.10 or later/);
  });
});
