import assert from "assert/strict";
import type Docker from "dockerode";
import type { BrokerSampler } from "../../workloads/brokers";
import { rabbitmq } from "../../workloads/brokers/rabbitmq";
import type { Containers } from "../../workloads/containers";
import { lookAt } from "../../workloads/faults/busHealth";
import { fakeContainers } from "./world";

const two = [
  { name: "core-rabbitmq", container: "core-broker" },
  { name: "edge-rabbitmq", container: "edge-broker" },
];

/** An engine whose containers stand as said; those that are not named do not exist. */
function engine(states: Readonly<Record<string, object>>): Pick<Docker, "getContainer"> {
  const getContainer = (name: string) => ({
    inspect: () => {
      const state = states[name];
      if (state === undefined) return Promise.reject(Object.assign(new Error("none"), { statusCode: 404 }));
      return Promise.resolve({ State: { Running: true, Paused: false, ExitCode: 0, ...state } });
    },
  });
  return { getContainer } as unknown as Pick<Docker, "getContainer">;
}

const well: BrokerSampler = {
  sample: () => Promise.resolve({ time: 0, connections: 1 }),
  versions: () => Promise.reject(new Error("unexpected")),
};

describe("what is wrong with a bus", () => {
  const bus = { kind: "rabbitmq", topology: "single", brokers: two };
  const all = { "core-broker": {}, "edge-broker": {} };

  it("is nothing where every broker runs, answers and takes messages", async () => {
    assert.deepEqual(await lookAt(bus, engine(all), fakeContainers(), well), []);
    assert.deepEqual(await lookAt(bus, engine(all), fakeContainers(), undefined), []);
  });

  it("is a broker that does not run, stands still, is gone, or is not healthy", async () => {
    const ailments = (states: Readonly<Record<string, object>>) =>
      lookAt(bus, engine(states), fakeContainers(), well);
    assert.deepEqual(
      await ailments({ "core-broker": { Running: false, ExitCode: 137 }, "edge-broker": {} }),
      ["core-rabbitmq does not run (exit code 137)"],
    );
    assert.deepEqual(await ailments({ "core-broker": { Paused: true } }), [
      "core-rabbitmq stands still",
      "edge-rabbitmq has no container",
    ]);
    assert.deepEqual(await ailments({ ...all, "edge-broker": { Health: { Status: "unhealthy" } } }), [
      "edge-rabbitmq is not healthy, by its image's own check",
    ]);
  });

  it("is a broker that does not answer, or takes no messages", async () => {
    const sample: BrokerSampler["sample"] = (_, container) =>
      container === "core-broker"
        ? Promise.reject(new Error("Connection refused"))
        : Promise.resolve({ time: 0, connections: 1, blocked: "it is short of disk space" });
    assert.deepEqual(await lookAt(bus, engine(all), fakeContainers(), { ...well, sample }), [
      "core-rabbitmq does not answer: Connection refused",
      "edge-rabbitmq takes no messages: it is short of disk space",
    ]);
  });

  const answering = (stdout: string): Containers => ({
    ...fakeContainers(),
    exec: (_, command) => {
      assert.equal(command[0], "rabbitmqctl");
      return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
    },
  });
  const told = (topology: string, answer: unknown) =>
    rabbitmq.ailments?.(answering(JSON.stringify(answer)), "core-broker", { topology, brokers: two });
  const nodes = ["rabbit@10.0.0.2", "rabbit@10.0.1.2"];
  const whole = { disk_nodes: nodes, ram_nodes: [], running_nodes: nodes, partitions: {}, alarms: [] };

  it("is a node of a cluster that is alone, was left by another, or was parted from it", async () => {
    assert.deepEqual(await told("cluster", whole), []);
    assert.deepEqual(await told("cluster", { ...whole, running_nodes: nodes.slice(0, 1) }), [
      "sees rabbit@10.0.1.2 down",
    ]);
    const alone = { ...whole, disk_nodes: nodes.slice(0, 1), running_nodes: nodes.slice(0, 1) };
    assert.deepEqual(await told("cluster", alone), ["is in a cluster of 1 instead of 2 nodes"]);
    assert.deepEqual(await told("cluster", { ...whole, partitions: { [nodes[0] ?? ""]: nodes.slice(1) } }), [
      "was parted from rabbit@10.0.1.2 and is not together with it again",
    ]);
  });

  it("is a broker of a federation whose links are down; a single broker is not asked for others", async () => {
    const down = { upstream: "edge", status: "error", exchange: "x" };
    assert.deepEqual(await told("federation", [down, down]), ["has no federation link to edge"]);
    assert.deepEqual(await told("federation", []), []);
    const unasked = fakeContainers();
    assert.deepEqual(
      await rabbitmq.ailments?.(unasked, "core-broker", { topology: "single", brokers: two }),
      [],
    );
  });

  it("can't be told by a broker that answers in another form, and that is said", async () => {
    await assert.rejects(
      Promise.resolve(told("cluster", { nodes: 2 })),
      /core-broker: rabbitmqctl cluster_status answers in no known form/,
    );
  });
});
