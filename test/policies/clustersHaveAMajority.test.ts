import { deepStrictEqual } from "assert";
import { clustersHaveAMajority as policy } from "../../policies/clusters-have-a-majority";
import { controlPlaneScenario, smallScenarioWith } from "../support/scenarios";
import { deployedResources, judge, unknownValue, type Judged } from "./judge";

const said = (bus: unknown) =>
  deployedResources(smallScenarioWith(["bus"], bus)).then(({ inputs }) => judge(policy, inputs));
const cluster = (nodes: Record<string, number>, more: object = {}) =>
  said({ kind: "rabbitmq", topology: "cluster", nodes, ...more });
const quorum = { queues: "quorum", transient: "quorum" };

describe("the policy clusters-have-a-majority", () => {
  it("is content with three nodes, with a single broker and with a federation", async () => {
    deepStrictEqual(await cluster({ core: 3 }, quorum), []);
    deepStrictEqual(await said({ kind: "rabbitmq" }), []);
    deepStrictEqual(await said({ kind: "rabbitmq", topology: "federation" }), []);
  });

  it("names an even number of nodes, and the odd ones to use", async () => {
    deepStrictEqual(await cluster({ core: 2 }), [
      "the cluster of bus has 2 nodes: if it breaks in two, neither half has a majority; use 3",
    ]);
    deepStrictEqual(await cluster({ core: 2, edge: 1 }, quorum), [
      "the cluster of bus has 4 nodes: if it breaks in two, neither half has a majority, and its quorum queues survive the loss of no more nodes than 3 would; use 3 or 5",
    ]);
  });

  it("names quorum queues that have nobody to replicate to", async () =>
    deepStrictEqual(await said({ kind: "rabbitmq", ...quorum }), [
      "the quorum queues of bus have one member each, as its brokers are no cluster: they cost what replication costs, and replicate nothing; use classic queues, or topology: cluster",
    ]));

  it("names an even number of votes of a Galera cluster, and what makes them odd", async () => {
    const votes = async (nodes: Record<string, number>, more: object = {}) => {
      const raw = controlPlaneScenario({ database: { kind: "galera", nodes, ...more } });
      return judge(policy, (await deployedResources(raw)).inputs);
    };
    deepStrictEqual(await votes({ core: 1, edge: 1 }), []);
    deepStrictEqual(await votes({ edge: 1 }, { arbitrator: "core" }), []);
    deepStrictEqual(await votes({ core: 2, edge: 1 }), [
      "the control plane database has 4 votes: if it breaks in two, neither half has a majority, and no node serves; use 3 or 5 nodes, or an arbitrator",
    ]);
    deepStrictEqual(await votes({ core: 1, edge: 1 }, { arbitrator: "core" }), [
      "the control plane database has 4 votes: if it breaks in two, neither half has a majority, and no node serves; take the arbitrator out, or add a node",
    ]);
  });

  it("says nothing of a plan that is not known yet, or of another resource", async () => {
    const bus = (props: Readonly<Record<string, unknown>>, type = "buswide:bus:RabbitMq"): Judged => ({
      type,
      name: "bus",
      props,
    });
    const even = { brokers: [{}, {}], cluster: { partitions: "autoheal" } };
    deepStrictEqual(
      await judge(policy, [
        bus({}),
        bus({ plan: unknownValue }),
        bus({ plan: even }, "buswide:bus:Other"),
        bus({ plan: unknownValue }, "buswide:database:Galera"),
      ]),
      [],
    );
  });
});
