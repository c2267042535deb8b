import { deepStrictEqual, ok, strictEqual } from "assert";
import { readFileSync } from "fs";
import { accountsOf, derivePasswords } from "../../components/bus/accounts";
import { renderServer } from "../../components/bus/kafka/configuration";
import { transportUrl } from "../../components/bus/kafka/plan";
import { noDefaultCredentials } from "../../policies/no-default-credentials";
import { untrustedLinksCarryNoPlainText } from "../../policies/untrusted-links-carry-no-plain-text";
import type { MeasurementInput } from "../../workloads/runner/input";
import { deployedResources, judge, judgeStack } from "../policies/judge";
import { assertRefused } from "../scenario/refusal";
import { changes, deployed, find } from "../support/experiments";
import { mockedSecret } from "../support/mocks";
import { plannedBus } from "../support/plans";
import { smallScenario, type RawScenario } from "../support/scenarios";

const notify = {
  name: "notify",
  kind: "notification",
  clients: { edge: 1 },
  servers: { core: 3 },
  topics: 2,
  calls: 5,
};
const kafka = (settings: object = {}, workloads: readonly object[] = [notify]): RawScenario => ({
  ...smallScenario(),
  bus: { kind: "kafka", ...settings },
  workloads,
});
const plan = (settings: object = {}) => plannedBus(kafka(settings), "kafka");

describe("the plan of a Kafka bus", () => {
  it("has one broker, at the first site unless it says where", () => {
    deepStrictEqual(
      plan().brokers.map(({ name }) => name),
      ["core-kafka"],
    );
    deepStrictEqual(
      plan({ site: "edge-2" }).brokers.map(({ name }) => name),
      ["edge-2-kafka"],
    );
  });

  it("has a topic made in advance for each of a workload's, with a partition for each listener", () =>
    deepStrictEqual(plan().topics, { "buswide.notify.0.info": 2, "buswide.notify.1.info": 1 }));

  it("has agents take messages one by one, as they come", () =>
    deepStrictEqual(plan().settings["oslo_messaging_kafka"], {
      security_protocol: "SASL_PLAINTEXT",
      sasl_mechanism: "SCRAM-SHA-256",
      max_poll_records: 1,
      enable_auto_commit: true,
    }));

  it("has agents with the same library as on RabbitMQ", () => {
    const lock = (name: string) =>
      readFileSync(`workloads/agent/${name}`, "utf8").match(/^[a-z0-9_.-]+==\S+/gm);
    const added = new Set(lock("requirements-kafka.txt"));
    for (const pinned of lock("requirements.txt") ?? []) ok(added.delete(pinned), pinned);
    deepStrictEqual([...added], ["confluent-kafka==2.16.1"]);
  });

  it("connects each site that has agents to the broker's, in plain text, and no others", () => {
    const from = (settings: object) => plan(settings).connections?.map((one) => Object.values(one).join(" "));
    deepStrictEqual(from({}), ["edge-1 core false", "edge-2 core false"]);
    deepStrictEqual(from({ site: "edge-2" }), ["core edge-2 false", "edge-1 edge-2 false"]);
  });

  it("is taken over a link that nobody trusts where nobody uses it, and no further", async () => {
    const between = (untrusted: string): RawScenario => ({
      ...kafka({}, [{ ...notify, clients: { "edge-1": 1 } }]),
      links: ["edge-1", "edge-2"].map((edge) => ({
        between: ["core", edge],
        delay: "5ms",
        ...(edge === untrusted ? { trusted: false } : {}),
      })),
    });
    const said = async (untrusted: string) =>
      judgeStack(untrustedLinksCarryNoPlainText, (await deployedResources(between(untrusted))).outputs);
    deepStrictEqual(await said("edge-2"), []);
    deepStrictEqual(
      (await said("edge-1")).map(([message]) => message.split(",")[0]),
      ["the bus bus would connect edge-1 to core unencrypted over the link core--edge-1"],
    );
  });

  it("encodes the password in the transport URL", () =>
    strictEqual(
      transportUrl("agents-core", "a/b@c", plan().brokers[0]),
      `kafka://agents-core:a%2Fb%40c@${plan().brokers[0].address}:9092/`,
    ));
});

describe("the broker's configuration", () => {
  it("lets agents in on one listener, by password, and administration on the loopback alone", () => {
    const [broker] = plan().brokers;
    const lines = renderServer(broker).split("\n");
    const listeners = lines.find((line) => line.startsWith("listeners="))?.slice("listeners=".length) ?? "";
    deepStrictEqual(
      listeners.split(",").filter((listener) => !listener.includes("//127.0.0.1:")),
      ["AGENTS://0.0.0.0:9092"],
    );
    ok(lines.some((line) => /^listener\.security\.protocol\.map=AGENTS:SASL_PLAINTEXT,/.test(line)));
    for (const line of ["allow.everyone.if.no.acl.found=false", "auto.create.topics.enable=false"])
      ok(lines.includes(line), line);
  });

  it("takes each of the image's jars as what it must be", () => {
    const jars = readFileSync("images/kafka/jars.sha256", "utf8").trimEnd().split("\n");
    ok(jars.some((jar) => /\/kafka_2\.13-\d+\.\d+\.\d+\.jar$/.test(jar)));
    const names = jars.map((jar) => {
      ok(/^[0-9a-f]{64} {2}[\w./-]+\/[\w.-]+\.jar$/.test(jar), jar);
      return jar.split("/").at(-1);
    });
    // They lie in one folder.
    strictEqual(new Set(names).size, names.length);
  });
});

describe("a Kafka bus is refused", () => {
  it("for RPC, of any pattern", () => {
    for (const pattern of ["call", "cast", "fanout"])
      assertRefused(
        kafka({}, [
          notify,
          { name: "rpc", kind: "rpc", pattern, clients: { edge: 1 }, servers: { core: 1 }, calls: 5 },
        ]),
        [
          "workloads[1].kind",
          `rpc (${pattern}): the driver carries notifications only; use kind: notification, or another bus`,
        ],
      );
  });

  it("at a site that is not there", () =>
    assertRefused(kafka({ site: "moon" }), [
      "bus.site",
      'there is no site "moon"; the sites are core, edge',
    ]));
});

describe("a deployed Kafka bus", () => {
  it("is these resources, each with its parent", async () =>
    deepStrictEqual(
      (await deployed(kafka())).registrations
        .filter(({ name }) => name === "bus" || name.startsWith("bus-"))
        .map(({ type, name, parent }) => [type, name, parent]),
      [
        ["buswide:bus:Kafka", "bus", undefined],
        ["buswide:topology:Service", "bus-core-kafka", "bus"],
        ["docker:index/container:Container", "bus-core-kafka-container", "bus-core-kafka"],
        ["command:local:Command", "bus-core-kafka-topics", "bus"],
        ["buswide:index:RandomSecret", "bus-password", "bus"],
        ["command:local:Command", "bus-password-value", "bus-password"],
      ],
    ));

  it("is told each site's password in secret, and has it in no file, environment or backup", async () => {
    const { registrations } = await deployed(kafka());
    const { inputs, secrets } = find(registrations, "bus-core-kafka-topics");
    deepStrictEqual(secrets, ["stdin"]);
    const passwords = derivePasswords(mockedSecret, accountsOf(plan()));
    deepStrictEqual(Object.keys(passwords), ["agents-core", "agents-edge-1", "agents-edge-2"]);
    deepStrictEqual(JSON.parse(String(inputs["stdin"])), { topics: plan().topics, accounts: passwords });
    const { inputs: container } = find(registrations, "bus-core-kafka-container");
    const { configuration } = JSON.parse(
      String(find(registrations, "measurement-run").inputs["stdin"]),
    ) as MeasurementInput;
    for (const secret of [mockedSecret, ...Object.values(passwords)])
      ok(!JSON.stringify([container, configuration, inputs["create"]]).includes(secret));
    deepStrictEqual(JSON.parse(configuration["core-kafka/declared.json"] ?? ""), {
      topics: plan().topics,
      accounts: { "agents-core": "***", "agents-edge-1": "***", "agents-edge-2": "***" },
    });
  });

  it("lets a workload more make its topics, and keeps the broker", async () => {
    const more = kafka({}, [notify, { ...notify, name: "more" }]);
    const all = changes((await deployed(kafka())).registrations, (await deployed(more)).registrations);
    deepStrictEqual(Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith("bus-"))), {
      "bus-core-kafka-topics (command:local:Command)": ["stdin"],
    });
  });

  it("is one that the policy on credentials is content with", async () =>
    deepStrictEqual(await judge(noDefaultCredentials, (await deployedResources(kafka())).inputs), []));
});
