import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import { accountsOf, derivePasswords } from "../../components/bus/accounts";
import type { ExperimentOutputs } from "../../components/experiment";
import { deployed, find } from "../support/experiments";
import { mockedMeasurement, mockedSecret, record, type Recording } from "../support/mocks";
import { planned } from "../support/plans";
import { smallScenario, smallScenarioWith } from "../support/scenarios";

/** Each resource of the small scenario: its type, and its parent's name. */
const expected: Readonly<Record<string, readonly [string, string?]>> = {
  bus: ["buswide:bus:RabbitMq"],
  "bus-core-rabbitmq": ["buswide:topology:Service", "bus"],
  "bus-core-rabbitmq-accounts": ["command:local:Command", "bus"],
  "bus-core-rabbitmq-container": ["docker:index/container:Container", "bus-core-rabbitmq"],
  "bus-password": ["buswide:index:RandomSecret", "bus"],
  "bus-password-value": ["command:local:Command", "bus-password"],
  core: ["buswide:topology:Site"],
  "core--edge-1": ["buswide:topology:Link"],
  "core--edge-1-back": ["command:local:Command", "core--edge-1"],
  "core--edge-1-there": ["command:local:Command", "core--edge-1"],
  "core--edge-2": ["buswide:topology:Link"],
  "core--edge-2-back": ["command:local:Command", "core--edge-2"],
  "core--edge-2-there": ["command:local:Command", "core--edge-2"],
  "core-agents": ["buswide:topology:Service"],
  "core-agents-container": ["docker:index/container:Container", "core-agents"],
  "core-gateway": ["buswide:topology:Gateway", "core"],
  "core-gateway-container": ["docker:index/container:Container", "core-gateway"],
  "core-network": ["docker:index/network:Network", "core"],
  "core-routes": ["buswide:topology:Routes"],
  "core-routes-set": ["command:local:Command", "core-routes"],
  "edge-1": ["buswide:topology:Site"],
  "edge-1-agents": ["buswide:topology:Service"],
  "edge-1-agents-container": ["docker:index/container:Container", "edge-1-agents"],
  "edge-1-gateway": ["buswide:topology:Gateway", "edge-1"],
  "edge-1-gateway-container": ["docker:index/container:Container", "edge-1-gateway"],
  "edge-1-network": ["docker:index/network:Network", "edge-1"],
  "edge-1-routes": ["buswide:topology:Routes"],
  "edge-1-routes-set": ["command:local:Command", "edge-1-routes"],
  "edge-2": ["buswide:topology:Site"],
  "edge-2-agents": ["buswide:topology:Service"],
  "edge-2-agents-container": ["docker:index/container:Container", "edge-2-agents"],
  "edge-2-gateway": ["buswide:topology:Gateway", "edge-2"],
  "edge-2-gateway-container": ["docker:index/container:Container", "edge-2-gateway"],
  "edge-2-network": ["docker:index/network:Network", "edge-2"],
  "edge-2-routes": ["buswide:topology:Routes"],
  "edge-2-routes-set": ["command:local:Command", "edge-2-routes"],
  measurement: ["buswide:workload:Measurement"],
  "measurement-run": ["command:local:Command", "measurement"],
  target: ["buswide:target:Local"],
  "target-agent-image": ["docker:index/remoteImage:RemoteImage", "target"],
  "target-gateway-image": ["docker:index/remoteImage:RemoteImage", "target"],
  "target-rabbitmq-image": ["docker:index/remoteImage:RemoteImage", "target"],
  wan: ["docker:index/network:Network"],
};

describe("an experiment", () => {
  let deployment: Recording<ExperimentOutputs>;
  const inputs = (name: string) => find(deployment.registrations, name).inputs;
  const containers = () =>
    deployment.registrations.filter(({ type }) => type === "docker:index/container:Container");
  const commands = () => deployment.registrations.filter(({ type }) => type === "command:local:Command");

  before(async () => {
    deployment = await deployed(smallScenario());
  });

  it("registers exactly these resources, each with its parent", () =>
    deepStrictEqual(
      Object.fromEntries(
        deployment.registrations.map(({ name, type, parent }) => [name, parent ? [type, parent] : [type]]),
      ),
      expected,
    ));

  it("names every child after its parent", () => {
    for (const { name, parent } of deployment.registrations)
      if (parent !== undefined) ok(name.startsWith(`${parent}-`), `${name} is a child of ${parent}`);
  });

  it("calls its components by a noun of the field", () => {
    for (const { type } of deployment.registrations.filter((one) => one.type.startsWith("buswide:")))
      ok(/^buswide:(index|topology|target|bus|workload):[A-Z][A-Za-z]+$/.test(type), type);
  });

  it("has every component say that it is done", () => {
    for (const { name, type, outputs } of deployment.registrations)
      strictEqual(outputs !== undefined, type.startsWith("buswide:"), name);
  });

  it("lays each site's network out so that its default gateway is the site's own", () =>
    deepStrictEqual(inputs("core-network"), {
      name: "buswide-test-core-network",
      driver: "bridge",
      options: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
      ipamConfigs: [
        {
          subnet: "10.129.111.64/26",
          gateway: "10.129.111.65",
          auxAddress: { DefaultGatewayIPv4: "10.129.111.126" },
        },
      ],
      labels: [{ label: "io.buswide.stack", value: "test" }],
    }));

  it("puts a gateway into its site's network and the WAN, and tells it its addresses", () => {
    const { networksAdvanced, envs, sysctls } = inputs("core-gateway-container");
    deepStrictEqual(networksAdvanced, [
      { name: "buswide-test-core-network", ipv4Address: "10.129.111.66" },
      { name: "buswide-test-wan", ipv4Address: "10.129.241.205" },
    ]);
    deepStrictEqual(envs, ["SITE_ADDRESS=10.129.111.126/26", "WAN_ADDRESS=10.129.241.205", "EMULATOR=auto"]);
    deepStrictEqual(sysctls, { "net.ipv4.ip_forward": "1" });
  });

  it("puts a service into its site's network alone", () => {
    for (const { name, inputs: given } of containers().filter(
      (one) => !one.name.endsWith("-gateway-container"),
    ))
      strictEqual((given["networksAdvanced"] as unknown[]).length, 1, name);
  });

  it("gives NET_ADMIN to gateways and to nothing else", () => {
    for (const { name, inputs: given } of containers())
      deepStrictEqual(
        given["capabilities"],
        name.endsWith("-gateway-container") ? { adds: ["CAP_NET_ADMIN"] } : undefined,
        name,
      );
  });

  it("limits the memory of every container, swap in it", () => {
    strictEqual(containers().length, 7);
    for (const { name, inputs: given } of containers()) {
      ok(Number(given["memory"]) > 0, name);
      strictEqual(given["memorySwap"], given["memory"], name);
    }
  });

  it("publishes nothing, mounts nothing, and shares nothing of the host's", () => {
    const open = [
      "ports",
      "publishAllPorts",
      "privileged",
      "networkMode",
      "pidMode",
      "ipcMode",
      "usernsMode",
      "mounts",
      "volumes",
      "devices",
    ];
    for (const { name, inputs: given } of containers())
      for (const input of open) strictEqual(given[input], undefined, `${input} of ${name}`);
  });

  it("sets one direction of a link at the gateway that it leaves from", () => {
    const { create, update, triggers, stdin } = inputs("core--edge-1-there");
    strictEqual(create, "docker exec -i buswide-test-core-gateway gateway class set edge-1");
    strictEqual(update, create);
    deepStrictEqual(triggers, ["id of buswide-test-core-gateway"]);
    deepStrictEqual(JSON.parse(String(stdin)), {
      nextHop: "10.129.241.96",
      delayMs: 25,
      jitterMs: 0,
      lossPercent: 0,
      seed: 1,
    });
    strictEqual(
      inputs("core--edge-1-back")["create"],
      "docker exec -i buswide-test-edge-1-gateway gateway class set core",
    );
  });

  it("tells each gateway where every other site's network is: core's in the second prefix, edge-2's the first", () =>
    deepStrictEqual(JSON.parse(String(inputs("edge-1-routes-set")["stdin"])), {
      "10.129.84.64/26": "10.129.241.205",
      "10.129.96.0/19": "10.129.241.205",
    }));

  it("has every command say what it logs, and keep its former output to itself", () => {
    for (const { name, inputs: given } of commands()) {
      ok(["none", "stderr"].includes(String(given["logging"])), name);
      strictEqual(given["addPreviousOutputInEnv"], false, name);
      ok(Array.isArray(given["triggers"]), name);
    }
  });

  it("deletes before it replaces whatever takes a name or an address", () => {
    for (const { name, type, deleteBeforeReplace, inputs: given } of deployment.registrations)
      if (/Network|Container/.test(type) || given["delete"] !== undefined) ok(deleteBeforeReplace, name);
  });

  it("does not undo one by one what is in a container that goes", () => {
    const undone = deployment.registrations.filter(({ inputs: given }) => given["delete"] !== undefined);
    deepStrictEqual(undone.map(({ name, deletedWith }) => [name, deletedWith]).sort(), [
      ["core--edge-1-back", "edge-1-gateway-container"],
      ["core--edge-1-there", "core-gateway-container"],
      ["core--edge-2-back", "edge-2-gateway-container"],
      ["core--edge-2-there", "core-gateway-container"],
    ]);
  });

  it("measures once everything stands", () => {
    const { dependencies } = find(deployment.registrations, "measurement");
    const done = deployment.registrations
      .filter(({ name }) => /(-there|-back|-routes-set|-agents-container|-rabbitmq-container)$/.test(name))
      .map(({ name }) => name);
    strictEqual(done.length, 11);
    for (const name of done) ok(dependencies.includes(name), name);
  });

  it("sets a gateway's routes once its links are there", () =>
    deepStrictEqual(find(deployment.registrations, "edge-1-routes").dependencies, [
      "core--edge-1-back",
      "core--edge-1-there",
    ]));

  it("names networks and containers after the stack, none like another", () => {
    const named = deployment.registrations.filter(({ type }) => /Network|Container/.test(type));
    for (const { inputs: given } of named) ok(String(given["name"]).startsWith("buswide-test-"));
    strictEqual(new Set(named.map(({ inputs: given }) => given["name"])).size, named.length);
  });

  it("gives out where sites are, which brokers there are and what was measured", () => {
    const { sites, bus, run, backup, results, links, provenance } = deployment.value;
    deepStrictEqual(Object.keys(sites as object), ["core", "edge-1", "edge-2"]);
    deepStrictEqual(bus, {
      kind: "rabbitmq",
      topology: "single",
      brokers: [{ name: "core-rabbitmq", site: "core", address: "10.129.111.68" }],
    });
    deepStrictEqual(
      { run, backup, results, links, provenance },
      {
        run: mockedMeasurement.directory,
        backup: mockedMeasurement.backup,
        results: mockedMeasurement.results,
        links: mockedMeasurement.links,
        provenance: mockedMeasurement.provenance,
      },
    );
  });

  it("makes no image that no service asks for", async () => {
    const { registrations } = await deployed(smallScenarioWith(["workloads"], []));
    deepStrictEqual(
      registrations.filter(({ type }) => type.includes("RemoteImage")).map(({ name }) => name),
      ["target-gateway-image", "target-rabbitmq-image"],
    );
  });
});

describe("a secret of an experiment", () => {
  it("is a secret wherever it is an input, and of no output", async () => {
    const { registrations, value } = await deployed(smallScenario());
    const secrets = registrations.flatMap(({ name, secrets: places }) =>
      places.map((place) => `${name}.${place}`),
    );
    deepStrictEqual(secrets, ["bus-core-rabbitmq-accounts.stdin", "measurement-run.stdin"]);
    deepStrictEqual(find(registrations, "bus-password-value").additionalSecretOutputs, ["stdout", "stderr"]);
    const hash = /"password_hash": "([^"]+)"/.exec(
      String(find(registrations, "bus-core-rabbitmq-accounts").inputs["stdin"]),
    )?.[1];
    ok(hash !== undefined && hash !== "***");
    const told = String(find(registrations, "measurement-run").inputs["stdin"]);
    const passwords = Object.values(derivePasswords(mockedSecret, accountsOf(planned(smallScenario()).bus)));
    strictEqual(passwords.length, 3);
    for (const secret of [mockedSecret, ...passwords]) ok(told.includes(secret), secret);
    const inPlain = JSON.stringify([
      value,
      registrations.map((one) => [
        Object.entries(one.inputs).filter(
          ([input]) => !one.secrets.some((place) => place.split(/[.[]/)[0] === input),
        ),
        one.outputs,
      ]),
    ]);
    for (const secret of [mockedSecret, ...passwords, hash])
      ok(!inPlain.includes(secret), "a secret is in plain");
  });

  it("is redacted in the configuration that goes into the backup", async () => {
    const { registrations } = await deployed(smallScenario());
    const { configuration } = JSON.parse(String(find(registrations, "measurement-run").inputs["stdin"])) as {
      configuration: Record<string, string>;
    };
    ok(configuration["core-rabbitmq/definitions.json"]?.includes(`"password_hash": "***"`));
    const passwords = derivePasswords(mockedSecret, accountsOf(planned(smallScenario()).bus));
    for (const secret of [mockedSecret, ...Object.values(passwords)])
      ok(!JSON.stringify(configuration).includes(secret));
  });
});

describe("the mocks", () => {
  it("refuse a type that they do not know", () =>
    rejects(
      record(() => new docker.Volume("volume").name),
      /the mocks do not know the resource type docker:index\/volume:Volume/,
    ));

  it("refuse a command that they do not know", () =>
    rejects(
      record(() => new command.local.Command("command", { create: "true" }).stdout),
      /the mocks do not know the command true/,
    ));

  it("refuse a function of a provider", () =>
    rejects(
      record(() => docker.getNetwork({ name: "bridge" })),
      /the mocks do not know the function docker:index\/getNetwork:getNetwork/,
    ));
});
