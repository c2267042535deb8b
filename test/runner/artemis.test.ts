import assert from "assert";
import { artemis } from "../../workloads/brokers/artemis";
import type { Containers, ExecResult } from "../../workloads/containers";
import { answering } from "./brokerContainers";

const queue = (name: string, type: string, values: object) => ({
  [`org.apache.activemq.artemis:address="${name}",broker="core-artemis",component=addresses,queue="${name}",routing-type="${type}",subcomponent=queues`]:
    values,
});

// As Jolokia 2.2.9 answers for Artemis 2.40, with figures put in.
const figures = [
  {
    request: { type: "read" },
    status: 200,
    timestamp: 1,
    value: { 'org.apache.activemq.artemis:broker="core-artemis"': { ConnectionCount: 5, SessionCount: 6 } },
  },
  {
    request: { type: "read" },
    status: 200,
    timestamp: 1,
    value: {
      ...queue("unicast.openstack.buswide.a", "anycast", {
        MessageCount: 9,
        DeliveringCount: 7,
        InternalQueue: false,
      }),
      ...queue("notif.1", "multicast", { MessageCount: 1, DeliveringCount: 1, InternalQueue: true }),
    },
  },
];

const broker = (body: string, result: Partial<ExecResult> = {}): Containers =>
  answering("core-broker", { port: 8778, path: "/jolokia/" }, body, result);

const telling = (answer: unknown) => broker(JSON.stringify(answer));

describe("the reading of an Artemis broker", () => {
  it("has what is connected, and its messages summed over queues; queues of its own are not counted", async () => {
    const { time, ...sample } = await artemis.sample(telling(figures), "core-broker");
    assert.ok(Math.abs(time - Date.now() / 1000) < 5);
    assert.deepEqual(sample, {
      connections: 5,
      channels: 6,
      queues: 1,
      messagesReady: 2,
      messagesUnacknowledged: 8,
    });
  });

  it("is of no queues where there is none, which is said as a bean that is not found", async () => {
    const sample = await artemis.sample(
      telling([figures[0], { status: 404, error: "no such bean" }]),
      "core-broker",
    );
    assert.deepEqual([sample.queues, sample.messagesReady], [0, 0]);
  });

  it("has each queue but its own: who reads it, what is in it, and whether it goes with a connection", async () => {
    const told = (Name: string, values: object) =>
      queue(Name, "anycast", {
        ...{ Name, Temporary: false, ConsumerCount: 1, MessageCount: 0, InternalQueue: false },
        ...values,
      });
    const value = {
      ...told("unicast.openstack.buswide.a", { ConsumerCount: 0, MessageCount: 9 }),
      ...told("f7a0", { Temporary: true }),
      ...told("notif.1", { InternalQueue: true }),
    };
    assert.deepEqual(await artemis.queues?.(telling([{ status: 200, value }]), "core-broker"), [
      { name: "unicast.openstack.buswide.a", reply: false, consumers: 0, messages: 9 },
      { name: "f7a0", reply: true, consumers: 1, messages: 0 },
    ]);
    assert.deepEqual(await artemis.queues?.(telling([{ status: 404 }]), "core-broker"), []);
  });

  it("has the broker's and Java's versions", async () => {
    const versions = [
      { status: 200, value: { 'org.apache.activemq.artemis:broker="core-artemis"': { Version: "2.40.0" } } },
      { status: 200, value: { VmVersion: "17.0.15+6" } },
    ];
    assert.deepEqual(await artemis.versions(telling(versions), "core-broker"), {
      artemis: "2.40.0",
      java: "17.0.15+6",
    });
  });

  it("is refused where the broker does not say what is asked, and says what", async () => {
    const without = structuredClone(figures);
    without[0] = { ...without[0], value: {} } as (typeof figures)[0];
    await assert.rejects(artemis.sample(telling(without), "core-broker"), /core-broker: .*knows no broker$/);
    await assert.rejects(
      artemis.sample(telling([{ status: 500, error: "x" }, figures[1]]), "core-broker"),
      /core-broker: .*answers in no known form[^]*status/,
    );
    await assert.rejects(artemis.sample(broker("<html>"), "core-broker"), /core-broker: .*answers no JSON$/);
  });

  it("says why the broker can't be asked", async () => {
    const refused = broker("", { exitCode: 1, stderr: "bash: connect: Connection refused\n" });
    await assert.rejects(
      artemis.sample(refused, "core-broker"),
      /core-broker: .*jolokia\/: bash: connect: Connection refused$/,
    );
  });
});
