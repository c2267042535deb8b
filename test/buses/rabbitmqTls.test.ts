import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "assert";
import {
  brokerEnvironment,
  renderConfiguration,
  renderDistribution,
} from "../../components/bus/rabbitmq/configuration";
import { renderFederation } from "../../components/bus/rabbitmq/definitions";
import { transportUrl, type RabbitmqPlan } from "../../components/bus/rabbitmq/plan";
import { changes, deployed, find } from "../support/experiments";
import { mockedCertificate, mockedKey, mockedKeyLine } from "../support/mocks";
import { planned } from "../support/plans";
import { smallScenarioWith } from "../support/scenarios";

const scenario = (settings: object) => smallScenarioWith(["bus"], { kind: "rabbitmq", ...settings });
const planOf = (settings: object): RabbitmqPlan => planned(scenario(settings)).bus as RabbitmqPlan;
const registered = async (settings: object) => (await deployed(scenario(settings))).registrations;

describe("a RabbitMQ bus with tls: true", () => {
  it("has no plain listener, and takes nothing older than TLS 1.2", () => {
    const plan = planOf({ tls: true });
    const [broker] = plan.brokers;
    ok(broker);
    const text = renderConfiguration(plan, broker);
    match(text, /^listeners\.tcp = none$/m);
    match(text, /^listeners\.ssl\.default = 5671$/m);
    doesNotMatch(text, /5672/);
    deepStrictEqual(text.match(/(?<=^ssl_options\.versions\.\d = ).*$/gm), ["tlsv1.3", "tlsv1.2"]);
    strictEqual(brokerEnvironment(plan, broker)["BUSWIDE_PORT"], "5671");
  });

  it("has agents check brokers by the stack's authority, at the port that is encrypted", () => {
    const { settings, endpoints } = planOf({ tls: true });
    const { ssl, ssl_ca_file: authority } = settings["oslo_messaging_rabbit"] ?? {};
    deepStrictEqual([ssl, authority], [true, "/etc/buswide-authority.pem"]);
    match(
      transportUrl("agents", "secret", endpoints["core"] ?? [], true),
      /^rabbit:\/\/agents:secret@[\d.]+:5671\/buswide$/,
    );
  });

  it("has a federation fetch over TLS, from the broker whose name is certified and no other", () => {
    const classic = { topics: "classic", replies: "classic", fanout: "classic" } as const;
    const upstream = { name: "core", address: "10.0.0.4", certifiedName: "core-rabbitmq" };
    const member = { queues: [], served: [], fanouts: [] };
    const rendered = renderFederation("queues", member, [upstream], classic, "p/w");
    const { parameters } = JSON.parse(rendered) as { parameters: { value: { uri: string } }[] };
    const uri = new URL(parameters[0]?.value.uri ?? "");
    deepStrictEqual(
      [uri.protocol, uri.port, uri.pathname, Object.fromEntries(uri.searchParams)],
      [
        "amqps:",
        "5671",
        "/buswide",
        {
          cacertfile: "/etc/rabbitmq/tls/authority.pem",
          verify: "verify_peer",
          server_name_indication: "core-rabbitmq",
        },
      ],
    );
  });

  it("has a cluster's nodes, and the tools that are nodes too, speak TLS with both ends checked", () => {
    const plan = planOf({ topology: "cluster", nodes: { core: 2 }, tls: true });
    const [broker] = plan.brokers;
    ok(broker);
    const environment = brokerEnvironment(plan, broker);
    for (const name of ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "RABBITMQ_CTL_ERL_ARGS"])
      match(
        environment[name] ?? "",
        /-proto_dist inet_tls -ssl_dist_optfile \/etc\/rabbitmq\/tls\/distribution\.config/,
      );
    strictEqual(renderDistribution().match(/verify_peer/g)?.length, 2);
    match(renderDistribution(), /fail_if_no_peer_cert,true/);
  });

  it("gives each broker its certificate and key as files, the key secret, and agents the authority's", async () => {
    const registrations = await registered({ topology: "federation", tls: true });
    const filesOf = (name: string) => {
      const { inputs, secrets } = find(registrations, name);
      const uploads = inputs["uploads"] as { file: string; content: string }[];
      const content = (file: string) => uploads.find((upload) => upload.file === file)?.content;
      const secret = (file: string) =>
        secrets.includes(`uploads[${uploads.findIndex((upload) => upload.file === file)}].content`);
      return { content, secret };
    };
    const broker = filesOf("bus-edge-1-rabbitmq-container");
    strictEqual(broker.content("/etc/rabbitmq/tls/certificate.pem"), mockedCertificate);
    strictEqual(broker.content("/etc/rabbitmq/tls/key.uploaded"), mockedKey);
    ok(broker.secret("/etc/rabbitmq/tls/key.uploaded"));
    const agents = filesOf("edge-1-agents-container");
    strictEqual(agents.content("/etc/buswide-authority.pem"), mockedCertificate);
    ok(!JSON.stringify(find(registrations, "edge-1-agents-container").inputs).includes(mockedKeyLine));
  });

  it("tells its key to the brokers and to what issues certificates, in secret, and to nothing else", async () => {
    const registrations = await registered({ topology: "cluster", nodes: { core: 2 }, tls: true });
    const holders = registrations.filter(({ inputs }) => JSON.stringify(inputs).includes(mockedKeyLine));
    deepStrictEqual(
      holders.map(({ name }) => name),
      [
        "bus-authority-core-rabbitmq-2-certificate",
        "bus-authority-core-rabbitmq-certificate",
        "bus-core-rabbitmq",
        "bus-core-rabbitmq-2",
        "bus-core-rabbitmq-2-container",
        "bus-core-rabbitmq-container",
      ],
    );
    for (const { name, secrets } of holders) ok(secrets.length > 0, name);
    const issuing = registrations.filter(({ inputs }) =>
      String(inputs["create"]).includes("security/main.ts"),
    );
    for (const { name, additionalSecretOutputs } of issuing)
      ok(additionalSecretOutputs.includes("stdout"), `what ${name} prints is not secret`);
  });

  it("issues one more certificate for one more broker, and leaves the others as they are", async () => {
    const changed = changes(
      await registered({ topology: "federation", sites: ["core", "edge-1"], tls: true }),
      await registered({ topology: "federation", tls: true }),
    );
    strictEqual(changed["bus-authority-edge-2-rabbitmq-certificate (command:local:Command)"], "made");
    for (const name of ["bus-core-rabbitmq-container", "bus-edge-1-rabbitmq-container"])
      ok(!(`${name} (docker:index/container:Container)` in changed), name);
    ok(!Object.keys(changed).some((key) => key.startsWith("bus-authority-core")));
  });
});

describe("a RabbitMQ bus without tls", () => {
  it("has no authority and no certificate", async () =>
    deepStrictEqual(
      (await registered({ topology: "federation" })).filter(({ name }) => /authority|certificate/.test(name)),
      [],
    ));
});
