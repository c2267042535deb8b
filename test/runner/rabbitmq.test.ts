import assert from "assert";
import { rabbitmq } from "../../workloads/brokers/rabbitmq";
import type { Containers, ExecResult } from "../../workloads/containers";
import { answering } from "./brokerContainers";
import { fakeContainers } from "./world";

// As RabbitMQ 3.10.8 answers, much shortened, with figures put in.
const answer = `# TYPE erlang_mnesia_held_locks gauge
# HELP erlang_mnesia_held_locks Number of held locks.
erlang_mnesia_held_locks 9
# TYPE rabbitmq_connections_opened_total counter
# HELP rabbitmq_connections_opened_total Total number of connections opened
rabbitmq_connections_opened_total 99
# TYPE rabbitmq_queue_messages_ready gauge
# HELP rabbitmq_queue_messages_ready Messages ready to be delivered to consumers
rabbitmq_queue_messages_ready 4
# TYPE rabbitmq_queue_messages_unacked gauge
# HELP rabbitmq_queue_messages_unacked Messages delivered to consumers but not yet acknowledged
rabbitmq_queue_messages_unacked 5
# TYPE rabbitmq_queue_messages gauge
# HELP rabbitmq_queue_messages Sum of ready and unacknowledged messages - total queue depth
rabbitmq_queue_messages 9
# TYPE rabbitmq_connections gauge
# HELP rabbitmq_connections Connections currently open
rabbitmq_connections 1
# TYPE rabbitmq_channels gauge
# HELP rabbitmq_channels Channels currently open
rabbitmq_channels 2
# TYPE rabbitmq_queues gauge
# HELP rabbitmq_queues Queues available
rabbitmq_queues 3
# TYPE rabbitmq_build_info untyped
# HELP rabbitmq_build_info RabbitMQ & Erlang/OTP version info
rabbitmq_build_info{rabbitmq_version="3.10.8",prometheus_plugin_version="3.10.8",erlang_version="25.2.3"} 1
# TYPE rabbitmq_global_messages_delivered_total counter
# HELP rabbitmq_global_messages_delivered_total Total number of messages delivered to consumers
rabbitmq_global_messages_delivered_total{protocol="amqp091",queue_type="rabbit_classic_queue"} 100
rabbitmq_global_messages_delivered_total{protocol="amqp091",queue_type="rabbit_quorum_queue"} 20
# TYPE rabbitmq_global_messages_received_total counter
# HELP rabbitmq_global_messages_received_total Total number of messages received from publishers
rabbitmq_global_messages_received_total{protocol="amqp091"} 7
rabbitmq_global_messages_received_total{protocol="amqp10"} 1`;

const broker = (body: string, result: Partial<ExecResult> = {}): Containers =>
  answering("core-broker", { port: 15692, path: "/metrics" }, body, result);

describe("the reading of a RabbitMQ broker", () => {
  it("has its gauges, and its totals summed over protocols and kinds of queue", async () => {
    const { time, ...sample } = await rabbitmq.sample(broker(answer), "core-broker");
    assert.ok(Math.abs(time - Date.now() / 1000) < 5);
    assert.deepEqual(sample, {
      connections: 1,
      channels: 2,
      queues: 3,
      messagesReady: 4,
      messagesUnacknowledged: 5,
      publishedTotal: 8,
      deliveredTotal: 120,
    });
  });

  it("has why the broker takes no messages, while one of its alarms is on", async () => {
    const alarm = (memory: number, disk: number) =>
      `${answer}\n# TYPE rabbitmq_alarms_memory_used_watermark untyped\nrabbitmq_alarms_memory_used_watermark ${memory}\n# TYPE rabbitmq_alarms_free_disk_space_watermark untyped\nrabbitmq_alarms_free_disk_space_watermark ${disk}`;
    const blocked = async (memory: number, disk: number) =>
      (await rabbitmq.sample(broker(alarm(memory, disk)), "core-broker")).blocked;
    assert.deepEqual(
      [await blocked(0, 0), await blocked(1, 0), await blocked(1, 1)],
      [undefined, "it is short of memory", "it is short of memory and disk space"],
    );
  });

  it("has the broker's versions", async () => {
    const versions = await rabbitmq.versions(broker(answer), "core-broker");
    assert.deepEqual(versions, { rabbitmq: "3.10.8", erlang: "25.2.3" });
  });

  it("has each queue that the node holds: who reads it, what is in it, and whether it is for replies", async () => {
    // As RabbitMQ 3.10.8 answers, with figures put in.
    const detailed = `# TYPE rabbitmq_detailed_queue_messages_ready gauge
# HELP rabbitmq_detailed_queue_messages_ready Messages ready to be delivered to consumers
rabbitmq_detailed_queue_messages_ready{vhost="buswide",queue="reply_1"} 4
# TYPE rabbitmq_detailed_queue_messages gauge
# HELP rabbitmq_detailed_queue_messages Sum of ready and unacknowledged messages - total queue depth
rabbitmq_detailed_queue_messages{vhost="buswide",queue="reply_1"} 5
rabbitmq_detailed_queue_messages{vhost="buswide",queue="buswide.call.0"} 0
# TYPE rabbitmq_detailed_queue_consumers gauge
# HELP rabbitmq_detailed_queue_consumers Consumers on a queue
rabbitmq_detailed_queue_consumers{vhost="buswide",queue="reply_1"} 0
rabbitmq_detailed_queue_consumers{vhost="buswide",queue="buswide.call.0"} 2
`;
    const path = "/metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count";
    const queues = await rabbitmq.queues?.(
      answering("core-broker", { port: 15692, path }, detailed),
      "core-broker",
    );
    assert.deepEqual(queues, [
      { name: "reply_1", reply: true, consumers: 0, messages: 5 },
      { name: "buswide.call.0", reply: false, consumers: 2, messages: 0 },
    ]);
  });

  it("has the limit of free disk space, below which the broker takes nothing, as it is now", async () => {
    const read = (status: object) =>
      Promise.resolve(
        rabbitmq.diskLimit?.read(
          {
            ...fakeContainers(),
            exec: (_, command) => {
              assert.ok(command[0] === "rabbitmqctl" && command.includes("status"), command.join(" "));
              return Promise.resolve({ exitCode: 0, stdout: JSON.stringify(status), stderr: "" });
            },
          },
          "core-broker",
        ),
      );
    assert.equal(await read({ alarms: [], disk_free: 7e10, disk_free_limit: 50_000_000 }), 50_000_000);
    await assert.rejects(read({ alarms: [] }), /core-broker: rabbitmqctl status answers in no known form/);
  });

  it("is refused where the broker does not count what is asked, and says what", async () => {
    const without = answer.replace(/^rabbitmq_queues 3$/m, "");
    await assert.rejects(rabbitmq.sample(broker(without), "core-broker"), /core-broker: .* rabbitmq_queues$/);
  });

  it("says why the broker can't be asked", async () => {
    const refused = broker("", { exitCode: 1, stderr: "bash: connect: Connection refused\n" });
    await assert.rejects(
      rabbitmq.sample(refused, "core-broker"),
      /core-broker: .*metrics: bash: connect: Connection refused$/,
    );
  });
});
