import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "assert";
import { clientAccess } from "../../components/controlplane/access";
import {
  computesEnvironment,
  computesFiles,
  serviceEnvironment,
  serviceFiles,
  shownFiles,
} from "../../components/controlplane/files";
import { serviceUsers } from "../../components/controlplane/plan";
import { deriveSecrets, redactedSecrets } from "../../components/controlplane/secrets";
import { placedServices } from "../../components/controlplane/services";
import type { MeasurementInput } from "../../workloads/runner/input";
import { deployed, find } from "../support/experiments";
import { planned } from "../support/plans";
import { controlPlaneScenario } from "../support/scenarios";

const trace = { name: "boot", kind: "trace", site: "core" };
const scenario = (change: object = {}, controlPlane: object = {}, bus: object = { kind: "rabbitmq" }) => ({
  ...controlPlaneScenario({ profiler: true, ...controlPlane }),
  bus,
  workloads: [{ ...trace, ...change }],
});
const load = (...settings: Parameters<typeof scenario>) => {
  const [found] = planned(scenario(...settings)).loads;
  if (found?.kind !== "trace") throw new Error("nothing was planned to be traced");
  return found;
};
const accounts = ["keystone", "placement", "glance", "neutron", "nova"];
const secrets = {
  ...deriveSecrets("a secret of the tests", serviceUsers, accounts),
  transports: Object.fromEntries(["core", "edge-1", "edge-2"].map((site) => [site, `rabbit://at-${site}/`])),
};
const controlPlane = (profiler: boolean) => {
  const { controlPlane: plan } = planned(
    profiler ? scenario() : { ...controlPlaneScenario(), workloads: [] },
  );
  if (plan === undefined) throw new Error("no control plane was planned");
  return plan;
};

describe("the plan of traces", () => {
  it("has sites take turns, and their hosts after that", () => {
    deepStrictEqual(
      load().hosts.map(({ name }) => name),
      ["edge-1-compute-1", "edge-2-compute-1", "edge-1-compute-2", "edge-2-compute-2"],
    );
    deepStrictEqual(load({ computes: "edge-2" }).hosts, [
      { name: "edge-2-compute-1", site: "edge-2" },
      { name: "edge-2-compute-2", site: "edge-2" },
    ]);
  });

  it("knows every service that keeps spans, and the database's site", () => {
    const { services, computes, databases } = load({}, { database: { kind: "mariadb", site: "edge-1" } });
    deepStrictEqual(
      services.map(({ name }) => name),
      placedServices.map((service) => `core/${service}`),
    );
    deepStrictEqual(
      computes.map(({ name }) => name),
      ["edge-1/computes", "edge-2/computes"],
    );
    deepStrictEqual(databases, { core: "edge-1" });
  });

  it("knows which node of a database over sites each site's services use", () => {
    const nodes = { core: 1, "edge-1": 1, "edge-2": 1 };
    const used = (writers: string) =>
      load({}, { services: { glance: "edge-2" }, database: { kind: "galera", nodes, writers } }).databases;
    deepStrictEqual(used("one"), { core: "core", "edge-2": "core" });
    deepStrictEqual(used("nearest"), { core: "core", "edge-2": "edge-2" });
  });

  it("knows what services are called by, and at which broker they are", () => {
    const { services, computes, brokers, confirmedBy } = load();
    const conductor = services.find(({ name }) => name === "core/nova-conductor");
    deepStrictEqual(conductor?.hosts, ["core-nova-conductor"]);
    ok(services.every(({ address }) => /^10\./.test(address)));
    deepStrictEqual(computes[0]?.hosts, ["edge-1-compute-1", "edge-1-compute-2"]);
    deepStrictEqual(brokers, { core: "core", "edge-1": "core", "edge-2": "core" });
    strictEqual(confirmedBy, "broker");
    const [routers] = planned(scenario({}, {}, { kind: "routers" })).loads;
    strictEqual(routers?.kind === "trace" && routers.confirmedBy, "receiver");
  });

  it("knows what is at one site alone, and might be at another", () => {
    deepStrictEqual(load({}, { database: { kind: "mariadb", site: "edge-1" } }).single, {
      ...{ broker: "core", database: "edge-1" },
    });
    const nodes = { core: 1, "edge-1": 1, "edge-2": 1 };
    const many = load(
      {},
      { database: { kind: "galera", nodes } },
      { kind: "rabbitmq", topology: "federation" },
    );
    deepStrictEqual(many.single, {});
  });

  it("has services watched for a minute, or as long as it is asked for", () => {
    strictEqual(load().backgroundSeconds, 60);
    strictEqual(load({ background: "0s" }).backgroundSeconds, 0);
  });

  it("has the links between sites, as HTTP goes and by way of the broker", () => {
    const { ways } = load({}, {}, { kind: "rabbitmq", site: "edge-1" });
    const of = (which: typeof ways.bus, from: string, to: string) =>
      which.find((way) => way.from === from && way.to === to)?.links;
    deepStrictEqual(of(ways.direct, "core", "core"), []);
    deepStrictEqual(of(ways.direct, "edge-2", "core"), ["core--edge-2"]);
    deepStrictEqual(of(ways.bus, "edge-1", "core"), ["core--edge-1"]);
    // There and back again: the broker is elsewhere.
    deepStrictEqual(of(ways.bus, "core", "core"), ["core--edge-1", "core--edge-1"]);
    deepStrictEqual(of(ways.bus, "core", "edge-2"), ["core--edge-1", "core--edge-1", "core--edge-2"]);
  });

  it("knows no way over a bus where a site's services may be at either of two brokers", () => {
    const tied = load({}, {}, { kind: "rabbitmq", topology: "cluster", nodes: { edge: 1 } }).ways.bus;
    strictEqual(
      tied.some(({ from }) => from === "core"),
      false,
    );
  });

  it("has the same of a task of Rally, where its iterations are traced", () => {
    const task = { name: "r", kind: "rally", site: "core", scenario: "NovaServers.boot_server" };
    const { loads } = planned({
      ...scenario(),
      workloads: [
        { ...task, trace: true },
        { ...task, name: "s" },
      ],
    });
    const { services, computes, databases, brokers, regionBrokers, confirmedBy, single, ways } = load();
    deepStrictEqual(
      loads.map((one) => one.kind === "rally" && one.traced),
      [{ services, computes, databases, brokers, regionBrokers, confirmedBy, single, ways }, undefined],
    );
  });

  it("has a container for the user, of the services' image and with an address of its own", async () => {
    const { tools, controlPlane: plan } = planned(scenario());
    deepStrictEqual(
      tools.map(({ site, tool, memoryBytes }) => [site, tool, memoryBytes]),
      [["core", "client", 256 * 2 ** 20]],
    );
    ok(Object.values(plan?.services ?? {}).every(({ address }) => address !== tools[0]?.address));
    const { registrations } = await deployed(scenario());
    const { envs } = find(registrations, "core-client-container").inputs as { envs: string[] };
    deepStrictEqual([...envs].sort(), ["BUSWIDE_AGENTS=0", "BUSWIDE_SERVICE=client"]);
    const input = JSON.parse(
      String(find(registrations, "measurement-run").inputs["stdin"]),
    ) as MeasurementInput;
    ok(input.sites.find(({ name }) => name === "core")?.client);
    ok(input.controlPlane?.traceKey);
    ok(input.secrets?.includes(input.controlPlane.traceKey), "what signs requests is redacted");
  });
});

describe("services that trace", () => {
  const profiler = (content = "") => /\[profiler\]\n(.*?)\n\n?(?=\[|$)/s.exec(`${content}\n`)?.[1];

  it("are all told the key, keep spans in files, and leave statements to the image", () => {
    const plan = controlPlane(true);
    const told = [
      ...placedServices.map((service) => serviceFiles(plan, service, secrets)[0]?.content),
      ...plan.computes.map((fleet) => computesFiles(plan, fleet, secrets)[0]?.content),
    ];
    strictEqual(told.length, 9);
    for (const content of told)
      deepStrictEqual(profiler(content)?.trim().split("\n"), [
        "enabled = true",
        "trace_sqlalchemy = false",
        `hmac_keys = ${secrets.traceKey}`,
        "connection_string = files://",
      ]);
    for (const environment of [
      ...placedServices.map((service) => serviceEnvironment(plan, service)),
      ...plan.computes.map((fleet) => computesEnvironment(plan, fleet)),
    ])
      strictEqual(environment["BUSWIDE_TRACES"], "files");
  });

  it("are as ever where nothing is to be traced", () => {
    const plan = controlPlane(false);
    for (const service of placedServices) {
      ok(!serviceFiles(plan, service, secrets).some(({ content }) => content.includes("profiler")), service);
      strictEqual(serviceEnvironment(plan, service)["BUSWIDE_TRACES"], undefined);
    }
    strictEqual(clientAccess(plan, secrets).traceKey, undefined);
  });

  it("have a key of the stack's own, which a backup does not show", () => {
    notStrictEqual(secrets.traceKey, deriveSecrets("another", serviceUsers, accounts).traceKey);
    ok(secrets.traceKey.length > 40);
    const sites = ["core", "edge-1", "edge-2"];
    const shown = shownFiles(controlPlane(true), redactedSecrets(serviceUsers, accounts, sites));
    const told = Object.values(shown).flatMap((content) => /^hmac_keys = (.*)$/m.exec(content)?.[1] ?? []);
    deepStrictEqual([told.length, new Set(told)], [9, new Set(["***"])]);
  });
});
