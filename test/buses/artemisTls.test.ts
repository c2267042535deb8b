import { createPrivateKey } from "crypto";
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "assert";
import { transportUrl } from "../../components/bus/amqp/driver";
import { brokerEnvironment, renderConfiguration } from "../../components/bus/artemis/configuration";
import type { ArtemisPlan } from "../../components/bus/artemis/plan";
import { changes, deployed, find } from "../support/experiments";
import { mockedCertificate, mockedKey, mockedKeyLine } from "../support/mocks";
import { plannedBus } from "../support/plans";
import { smallScenarioWith } from "../support/scenarios";

const scenario = (settings: object) =>
  smallScenarioWith(["bus"], { kind: "artemis", tls: true, ...settings });
const cluster = { topology: "cluster" };
const planOf = (settings: object): ArtemisPlan => plannedBus(scenario(settings), "artemis");
const registered = async (settings: object) => (await deployed(scenario(settings))).registrations;
const xmlOf = (settings: object): string => {
  const plan = planOf(settings);
  const [broker] = plan.brokers;
  ok(broker);
  return renderConfiguration(plan, broker, "secret");
};
const options = (xml: string, element: string) =>
  [...xml.matchAll(new RegExp(`<${element} name="(\\w[\\w-]*)">tcp://[\\d.]+:(\\d+)\\?([^<]*)<`, "g"))].map(
    ([, name, port, text = ""]) => ({ name, port, options: text.split(";") }),
  );

describe("an Artemis bus with tls: true", () => {
  it("has no plain acceptor, and takes nothing older than TLS 1.2", () => {
    for (const settings of [{}, cluster])
      for (const { name, options: said } of options(xmlOf(settings), "acceptor"))
        for (const option of ["sslEnabled=true", "enabledProtocols=TLSv1.2,TLSv1.3"])
          ok(said.includes(option), `${name}: ${said.join(";")}`);
    doesNotMatch(xmlOf(cluster), /:5672/);
    const plan = planOf({});
    const [broker] = plan.brokers;
    ok(broker);
    strictEqual(brokerEnvironment(plan, broker)["BUSWIDE_PORT"], "5671");
  });

  it("has both ends of a connection between brokers show and check certificates, by the address", () => {
    const xml = xmlOf(cluster);
    const listening = options(xml, "acceptor").find(({ name }) => name === "cluster");
    ok(listening);
    ok(listening.options.includes("needClientAuth=true"));
    ok(listening.options.some((option) => option.startsWith("trustStorePath=")));
    const connecting = options(xml, "connector");
    strictEqual(connecting.length, 3);
    for (const { options: said } of connecting)
      for (const option of ["sslEnabled=true", "verifyHost=true", "trustStoreType=PEMCA"])
        ok(said.includes(option), said.join(";"));
  });

  it("has agents check brokers by the stack's authority, at the port that is encrypted", async () => {
    const { settings, endpoints } = planOf({});
    const { ssl, ssl_ca_file: authority } = settings["oslo_messaging_amqp"] ?? {};
    deepStrictEqual([ssl, authority], [true, "/etc/buswide-authority.pem"]);
    match(transportUrl("agents", "p", endpoints["core"] ?? [], true), /^amqp:\/\/agents:p@[\d.]+:5671\/$/);
    const { inputs } = find(await registered({}), "edge-1-agents-container");
    deepStrictEqual(inputs["uploads"], [
      { file: "/etc/buswide-authority.pem", content: mockedCertificate, permissions: "0644" },
    ]);
  });

  it("tells policies that its connections are encrypted, those of a cluster between brokers too", () => {
    deepStrictEqual(planOf({}).connections, [
      { from: "edge-1", to: "core", encrypted: true },
      { from: "edge-2", to: "core", encrypted: true },
    ]);
    strictEqual(planOf(cluster).connections?.length, 6);
    ok(planOf({ ...cluster, tls: false }).connections?.every(({ encrypted }) => !encrypted));
  });

  it("has its keys as secret files of brokers, and in no environment", async () => {
    const { inputs, secrets } = find(await registered({}), "bus-core-artemis-container");
    const uploads = inputs["uploads"] as { file: string; content: string }[];
    const at = uploads.findIndex(({ file }) => file === "/etc/artemis/tls/key.uploaded");
    const content = uploads[at]?.content ?? "";
    // The reader's way for keys that say their kind has no state that acceptors share.
    match(content, /^-----BEGIN EC PRIVATE KEY-----\n/);
    ok(createPrivateKey(content).equals(createPrivateKey(mockedKey)));
    ok(secrets.includes(`uploads[${at}].content`));
    for (const line of [mockedKeyLine, content.split("\n")[1] ?? ""])
      ok(line !== "" && !JSON.stringify(inputs["envs"]).includes(line));
  });

  it("makes brokers and agents anew where it is switched on, and no gateway", async () => {
    const changed = changes(await registered({ tls: false }), await registered({}));
    ok("bus-core-artemis-container (docker:index/container:Container)" in changed);
    ok(!Object.keys(changed).some((key) => key.includes("gateway")), Object.keys(changed).join(", "));
  });
});
