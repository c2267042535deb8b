import { deepStrictEqual, ok, strictEqual } from "assert";
import * as pulumi from "@pulumi/pulumi";
import { Artemis } from "../../components/bus/artemis/artemis";
import type { BusDependencies } from "../../components/bus/bus";
import { RabbitMq } from "../../components/bus/rabbitmq/rabbitMq";
import { Routers } from "../../components/bus/routers/routers";
import { derive } from "../../components/security/derive";
import { deriveSecrets, secretTexts } from "../../components/controlplane/secrets";
import type { MeasurementInput } from "../../workloads/runner/input";
import { Redactor, secretsOf } from "../../workloads/runner/redaction";
import { deployed, find } from "../support/experiments";
import { mockedSecret, record } from "../support/mocks";
import { plannedBus } from "../support/plans";
import { controlPlaneScenario, smallScenarioWith } from "../support/scenarios";

describe("what is secret of a control plane", () => {
  const transports = {
    core: "rabbit://openstack:of%2Fservices@10.0.0.2:5672,openstack:of%2Fservices@10.0.0.3:5672/buswide",
    edge: "rabbit://openstack:at-the-edge@10.0.0.4:5672/buswide",
  };
  const derived = deriveSecrets("a stack's secret", ["nova", "glance"], ["nova"]);

  it("are its own passwords and keys, and the services' passwords on the bus, however they are written", () =>
    deepStrictEqual(
      new Set(secretTexts({ ...derived, transports })),
      new Set([
        derived.admin,
        derived.traceKey,
        derived.cacheKey,
        ...[derived.users, derived.accounts, derived.tokenKeys].flatMap((all) => Object.values(all)),
        ...["of%2Fservices", "of/services", "at-the-edge"],
      ]),
    ));

  it("is in no line of a service's log that tells where the bus is", async () => {
    const { registrations } = await deployed(controlPlaneScenario());
    const input = JSON.parse(
      String(find(registrations, "measurement-run").inputs["stdin"]),
    ) as MeasurementInput;
    const redactor = new Redactor(secretsOf({ transports: {}, settings: {} }, input.secrets));
    for (const site of ["core", "edge-1", "edge-2"]) {
      const password = derive(mockedSecret, `bus: password of openstack-${site}`).toString("base64url");
      const url = `rabbit://openstack-${site}:${password}@10.0.0.2:5672/buswide`;
      strictEqual(
        redactor.text(`nova: cannot reach ${url}`),
        `nova: cannot reach rabbit://openstack-${site}:***@10.0.0.2:5672/buswide`,
      );
    }
  });
});

describe("what is secret of a bus", () => {
  /** Containers and sites as far as a bus has to do with them. */
  const target: Pick<BusDependencies["target"], "runService" | "runIn"> = {
    runService: (name, _, __, opts) => {
      const resource = new pulumi.ComponentResource("buswide:test:Container", name, {}, opts);
      const known = pulumi.output(name);
      return { id: known, name: known, image: known, resource };
    },
    runIn: (name, _, __, opts) => new pulumi.ComponentResource("buswide:test:Command", name, {}, opts),
  };
  const network = { id: pulumi.output("network"), name: pulumi.output("network") };
  const sites = new Map(["core", "edge-1", "edge-2"].map((name) => [name, { network }]));
  const dependencies = { target, sites, paths: [] } as unknown as BusDependencies;

  /** How many secrets were made, and what the bus tells of them. */
  async function secretsOfBus(make: () => { readonly secrets: pulumi.Output<readonly string[]> }) {
    const { registrations, value } = await record(() => {
      const { secrets } = make();
      return { secrets, hidden: pulumi.isSecret(secrets) };
    });
    const made = registrations.filter(({ type }) => type === "buswide:index:RandomSecret");
    return { names: made.map(({ name }) => name), ...value };
  }

  const withServices = (bus: object) => ({ ...controlPlaneScenario(), bus });
  const rabbitmq = (bus: object) => () =>
    new RabbitMq(
      "bus",
      { plan: plannedBus(withServices({ kind: "rabbitmq", ...bus }), "rabbitmq") },
      dependencies,
    );
  const agents = ["agents-core", "agents-edge-1", "agents-edge-2"];
  const services = ["openstack-core", "openstack-edge-1", "openstack-edge-2"];
  const derived = (names: readonly string[]) =>
    names.map((name) => derive(mockedSecret, `bus: password of ${name}`).toString("base64url"));

  for (const [what, make, names, accounts] of [
    [
      "of a federation of RabbitMQ",
      rabbitmq({ topology: "federation" }),
      ["bus-federation-password", "bus-password"],
      services,
    ],
    [
      "of a cluster of RabbitMQ",
      rabbitmq({ topology: "cluster", nodes: { core: 2 } }),
      ["bus-cookie", "bus-password"],
      services,
    ],
    [
      "of a cluster of Artemis",
      () => {
        const bus = { kind: "artemis", topology: "cluster" };
        return new Artemis(
          "bus",
          { plan: plannedBus(smallScenarioWith(["bus"], bus), "artemis") },
          dependencies,
        );
      },
      ["bus-cluster-password", "bus-password"],
      agents,
    ],
    [
      "of routers",
      () => {
        const bus = { kind: "routers" };
        return new Routers(
          "bus",
          { plan: plannedBus(smallScenarioWith(["bus"], bus), "routers") },
          dependencies,
        );
      },
      ["bus-password"],
      agents,
    ],
  ] as const)
    it(`${what} is every one that it made or derived, and told as one`, async () => {
      const found = await secretsOfBus(make);
      deepStrictEqual(found.names.sort(), names);
      deepStrictEqual(found.secrets, [...names.map(() => mockedSecret), ...derived(accounts)]);
      ok(found.hidden);
    });

  it("is told the measurement, also where there are no services", async () => {
    const { registrations } = await deployed(
      smallScenarioWith(["bus"], { kind: "rabbitmq", topology: "federation" }),
    );
    const { inputs, secrets } = find(registrations, "measurement-run");
    const input = JSON.parse(String(inputs["stdin"])) as MeasurementInput;
    // That which agents' are derived from, that of the federation, and agents'.
    deepStrictEqual(input.secrets, [mockedSecret, mockedSecret, ...derived(agents)]);
    ok(secrets.includes("stdin"));
  });
});
