import { deepStrictEqual } from "assert";
import { clustersStayClose as policy } from "../../policies/clusters-stay-close";
import { smallScenarioWith } from "../support/scenarios";
import { deployedResources, judgeStack } from "./judge";

const said = (bus: unknown, delay = "25ms") => {
  const scenario = smallScenarioWith(["bus"], bus);
  scenario["links"] = [{ between: ["core", "edge"], delay }];
  return deployedResources(scenario).then(({ outputs }) => judgeStack(policy, outputs));
};

describe("the policy clusters-stay-close", () => {
  it("is content with a cluster in one site, with near sites, and with a federation over far ones", async () => {
    deepStrictEqual(await said({ kind: "rabbitmq", topology: "cluster", nodes: { core: 3 } }), []);
    deepStrictEqual(
      await said({ kind: "rabbitmq", topology: "cluster", nodes: { core: 1, edge: 1 } }, "2ms"),
      [],
    );
    deepStrictEqual(await said({ kind: "rabbitmq", topology: "federation" }), []);
  });

  it("names the two nodes that are farthest apart, over all links between them", async () =>
    deepStrictEqual(await said({ kind: "rabbitmq", topology: "cluster", nodes: { core: 1, edge: 1 } }), [
      [
        "nodes of the cluster bus are 100 ms apart (edge-1 and edge-2), more than 10 ms: declarations wait for all nodes, and a lost link loses messages; put them at one site, or use topology: federation",
        "bus",
      ],
    ]));

  it("says nothing of sites that no links join, as another policy does", async () => {
    const { outputs } = await deployedResources(
      smallScenarioWith(["bus"], { kind: "rabbitmq", topology: "cluster", nodes: { core: 1, edge: 1 } }),
    );
    deepStrictEqual(
      await judgeStack(
        policy,
        outputs.filter(({ type }) => type !== "buswide:topology:Link"),
      ),
      [],
    );
  });

  it("says nothing of links that do not say what they do to packets", async () => {
    const { outputs } = await deployedResources(
      smallScenarioWith(["bus"], { kind: "rabbitmq", topology: "cluster", nodes: { core: 1, edge: 1 } }),
    );
    const silent = outputs.map((one) =>
      one.type === "buswide:topology:Link" ? { ...one, props: { between: one.props["between"] } } : one,
    );
    deepStrictEqual(await judgeStack(policy, silent), []);
  });
});
