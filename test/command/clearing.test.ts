import { deepEqual, equal } from "assert/strict";
import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";
import { containersToGo, isOfMeasurement } from "../../bin/engine/state";
import { SummedChanges } from "../../bin/engine/summedChanges";
import { containersOf } from "../../components/plan/containers";
import { changes, deployed } from "../support/experiments";
import { planned } from "../support/plans";
import { controlPlaneScenario, smallScenario, smallScenarioWith } from "../support/scenarios";

const containerType = "docker:index/container:Container";

/** The state that a deployment would leave, as far as it is looked at here. */
async function stateOf(raw: unknown) {
  const { registrations } = await deployed(raw);
  return {
    version: 3,
    deployment: {
      resources: registrations.map(({ name, type, inputs }) => ({
        urn: `urn:pulumi:test::buswide::${type}::${name}`,
        type,
        inputs,
      })),
    },
  };
}

const cluster = smallScenarioWith(["bus"], {
  kind: "rabbitmq",
  topology: "cluster",
  nodes: { core: 1, edge: 1 },
});
const allTools = {
  ...controlPlaneScenario({ profiler: true, database: { kind: "galera", nodes: { core: 1, edge: 1 } } }),
  workloads: [
    { name: "boot", kind: "trace", site: "core" },
    { name: "list", kind: "rally", site: "core", scenario: "NovaServers.list_servers" },
    { name: "links", kind: "shaker" },
  ],
};

describe("what a changed scenario has no more", () => {
  for (const [what, scenario] of Object.entries({
    "a broker": smallScenario(),
    "a cluster": cluster,
    "a control plane and tools": allTools,
  }))
    it(`is told by the plan, which names all containers of ${what}`, async () => {
      const { registrations } = await deployed(scenario);
      const made = registrations
        .filter(({ type }) => type === containerType)
        .map(({ inputs }) => inputs.name);
      deepEqual(
        containersOf(planned(scenario))
          .map((name) => `buswide-test-${name}`)
          .sort(),
        made.sort(),
      );
    });

  it("is brokers, sites or services, and nothing where all of them stay", async () => {
    const toGo = async (before: unknown, after: unknown) =>
      containersToGo(await stateOf(before), planned(after)).sort();
    deepEqual(await toGo(cluster, smallScenario()), [
      "buswide-test-edge-1-rabbitmq",
      "buswide-test-edge-2-rabbitmq",
    ]);
    deepEqual(await toGo(smallScenario(), smallScenarioWith(["sites", "edge"], { count: 1 })), [
      "buswide-test-edge-2-agents",
      "buswide-test-edge-2-gateway",
    ]);
    deepEqual(await toGo(smallScenario(), cluster), []);
    deepEqual(await toGo(smallScenario(), smallScenarioWith(["seed"], 7)), []);
  });

  it("goes with an update that makes everything else and measures nothing", async () => {
    const whole = await deployed(smallScenario());
    const cleared = await deployed(smallScenario(), { measured: false });
    deepEqual(changes(whole.registrations, cleared.registrations), {
      "measurement (buswide:workload:Measurement)": "removed",
      "measurement-run (command:local:Command)": "removed",
    });
  });
});

describe("an update in two", () => {
  const summary = (resourceChanges: OpMap) => ({ summaryEvent: { resourceChanges } }) as EngineEvent;
  const removed = (urn: string, planning = false) =>
    ({ resOutputsEvent: { planning, metadata: { op: "delete", urn } } }) as EngineEvent;
  const measurement = "urn:pulumi:test::buswide::buswide:workload:Measurement::measurement";
  const run = "urn:pulumi:test::buswide::buswide:workload:Measurement$command:local:Command::measurement-run";
  const broker =
    "urn:pulumi:test::buswide::buswide:bus:RabbitMq$buswide:topology:Service$docker:index/container:Container::core-rabbitmq-container";

  it("sums up as one, in which a measurement is made anew and not removed", () => {
    const changes = new SummedChanges();
    for (const event of [
      removed(run, true),
      summary({ delete: 5 }),
      ...[run, measurement, broker].map((urn) => removed(urn)),
      summary({ same: 30, create: 2, update: 1, delete: 5 }),
    ])
      equal(changes.first(event), event);
    const progress = removed(broker);
    equal(changes.second(progress), progress);
    deepEqual(changes.second(summary({ same: 33, create: 2 })).summaryEvent?.resourceChanges, {
      same: 33,
      create: 4,
      update: 1,
      delete: 3,
    });
  });

  it("knows the measurement and its parts", () => {
    deepEqual([measurement, run, broker].map(isOfMeasurement), [true, true, false]);
  });
});
