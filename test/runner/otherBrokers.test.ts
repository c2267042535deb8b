import assert from "assert";
import { kafka } from "../../workloads/brokers/kafka";
import { routers } from "../../workloads/brokers/routers";
import { zeromq } from "../../workloads/brokers/zeromq";
import type { Containers } from "../../workloads/containers";
import { answering } from "./brokerContainers";

const said = (stdout: string, exitCode = 0): Containers => ({
  ...answering("c", { port: 0, path: "" }, ""),
  exec: () => Promise.resolve({ exitCode, stdout, stderr: exitCode === 0 ? "" : "why" }),
});

describe("the reading of a router", () => {
  // As skupper-router 3.5.1 answers, much shortened, with figures put in.
  const answer = [
    ...["connections_total gauge 4", "links_total gauge 17", "routers_total gauge 3"],
    ...["deliveries_ingress_total counter 100", "deliveries_egress_total counter 90"],
    "deliveries_transit_total counter 30",
  ]
    .map((line) => line.split(" "))
    .map(([name, type, value]) => `# TYPE qdr_${name} ${type}\nqdr_${name} ${value}\n`)
    .join("");
  const at = (body: string) => answering("core-router", { port: 9090, path: "/metrics" }, body);

  it("has connections, links, and what came in, went out and passed; nothing of queues, as there are none", async () => {
    const { time, ...sample } = await routers.sample(at(answer), "core-router");
    assert.ok(Math.abs(time - Date.now() / 1000) < 5);
    assert.deepEqual(sample, {
      connections: 4,
      channels: 17,
      publishedTotal: 100,
      deliveredTotal: 90,
      transitTotal: 30,
    });
  });

  it("is refused where it does not count what is asked", () =>
    assert.rejects(
      routers.sample(at(answer.replace(/^qdr_links_total 17$/m, "")), "core-router"),
      /core-router: .* has no qdr_links_total$/,
    ));

  it("has the router's version, or why there is none", async () => {
    assert.deepEqual(await routers.versions(said("3.5.1\n"), "c"), { router: "3.5.1" });
    await assert.rejects(routers.versions(said("", 1), "c"), /c: the router tells no version: why/);
  });
});

describe("the reading of a Kafka broker", () => {
  const log = (topic: string, partition: number, Value: number) => ({
    [`kafka.log:name=LogEndOffset,partition=${partition},topic=${topic},type=Log`]: { Value },
  });
  const processor = (at: number, count: number) => ({
    [`kafka.server:listener=AGENTS,networkProcessor=${at},type=socket-server-metrics`]: {
      "connection-count": count,
    },
  });
  const telling = (answer: unknown) =>
    answering("core-kafka", { port: 8778, path: "/jolokia/" }, JSON.stringify(answer));
  const connections = { status: 200, value: { ...processor(0, 3), ...processor(1, 2) } };

  it("has agents' connections, and partitions and messages of their topics without the broker's own", async () => {
    const logs = {
      ...log("buswide.a.info", 0, 7),
      ...log("buswide.a.info", 1, 5),
      ...log("__consumer_offsets", 0, 99),
    };
    const { time, ...sample } = await kafka.sample(
      telling([connections, { status: 200, value: logs }]),
      "core-kafka",
    );
    assert.ok(Math.abs(time - Date.now() / 1000) < 5);
    assert.deepEqual(sample, { connections: 5, queues: 2, publishedTotal: 12 });
  });

  it("has nothing in topics where there is none", async () => {
    const sample = await kafka.sample(telling([connections, { status: 404 }]), "core-kafka");
    assert.deepEqual([sample.queues, sample.publishedTotal], [0, 0]);
  });

  it("has the broker's and Java's versions", async () => {
    const answer = [
      { status: 200, value: { "kafka.server:id=1,type=app-info": { version: "3.9.1" } } },
      { status: 200, value: { VmVersion: "17.0.15+6" } },
    ];
    assert.deepEqual(await kafka.versions(telling(answer), "core-kafka"), {
      kafka: "3.9.1",
      java: "17.0.15+6",
    });
  });
});

describe("the reading of a matchmaker", () => {
  it("has the connections to it, without the one that asks", async () => {
    const { connections, ...others } = await zeromq.sample(
      said("# Clients\r\nconnected_clients:5\r\ncluster_connections:0\r\n"),
      "c",
    );
    assert.equal(connections, 4);
    assert.deepEqual(Object.keys(others), ["time"]);
  });

  it("has its version, or what Redis says instead", async () => {
    assert.deepEqual(await zeromq.versions(said("redis_version:7.0.15\r\n"), "c"), { redis: "7.0.15" });
    await assert.rejects(zeromq.versions(said("NOAUTH\n"), "c"), /c: redis tells no redis_version: NOAUTH/);
  });
});
