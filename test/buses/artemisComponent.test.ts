import { deepStrictEqual, ok, strictEqual } from "assert";
import { accountsOf, derivePasswords } from "../../components/bus/accounts";
import { hashPassword } from "../../components/bus/artemis/accounts";
import { changes, deployed, find } from "../support/experiments";
import { mockedSecret } from "../support/mocks";
import { planned } from "../support/plans";
import { smallScenarioWith } from "../support/scenarios";

const artemis = (settings: object = {}) =>
  smallScenarioWith(["bus"], { kind: "artemis", topology: "single", ...settings });
const registered = async (scenario: object) => (await deployed(scenario)).registrations;

describe("an Artemis bus", () => {
  it("is these resources, each with its parent", async () =>
    deepStrictEqual(
      Object.fromEntries(
        (await registered(artemis()))
          .filter(({ name }) => name.startsWith("bus"))
          .map(({ name, parent, type }) => [name, [parent, type]]),
      ),
      {
        bus: [undefined, "buswide:bus:Artemis"],
        "bus-password": ["bus", "buswide:index:RandomSecret"],
        "bus-password-value": ["bus-password", "command:local:Command"],
        "bus-core-artemis": ["bus", "buswide:topology:Service"],
        "bus-core-artemis-accounts": ["bus", "command:local:Command"],
        "bus-core-artemis-container": ["bus-core-artemis", "docker:index/container:Container"],
      },
    ));

  it("tells the broker in secret the hash of each site's password, and the role of agents, and no password", async () => {
    const registrations = await registered(artemis());
    const { inputs, secrets } = find(registrations, "bus-core-artemis-accounts");
    ok(String(inputs["create"]).endsWith("-core-artemis bus-accounts"));
    deepStrictEqual(secrets, ["stdin"]);
    const [users = "", roles] = String(inputs["stdin"]).split("\n\n");
    const accounts = ["agents-core", "agents-edge-1", "agents-edge-2"];
    const passwords = derivePasswords(mockedSecret, accountsOf(planned(artemis()).bus));
    strictEqual(
      users,
      accounts.map((name) => `${name} = ENC(${hashPassword(passwords[name] ?? "")})`).join("\n"),
    );
    strictEqual(roles, `agents = ${accounts.join(",")}\n`);
    const told = JSON.stringify([inputs, find(registrations, "bus-core-artemis-container").inputs]);
    for (const secret of [mockedSecret, ...Object.values(passwords)]) ok(!told.includes(secret));
  });

  it("has no account at a cluster's broker that nobody connects to, and each at its own", async () => {
    const registrations = await registered({
      ...artemis({ topology: "cluster" }),
      workloads: [{ name: "call", kind: "rpc", clients: { "edge-1": 1 }, servers: { core: 1 }, calls: 5 }],
    });
    const told = (site: string) =>
      String(find(registrations, `bus-${site}-artemis-accounts`).inputs["stdin"]);
    strictEqual(told("edge-2"), "\n");
    ok(/^agents-edge-1 = ENC\(\S+\)\n\nagents = agents-edge-1\n$/.test(told("edge-1")), told("edge-1"));
  });

  it("has agents of the image with its driver, and makes no other agents' image", async () => {
    const registrations = await registered(artemis());
    for (const name of ["core", "edge-1", "edge-2"])
      strictEqual(
        find(registrations, `${name}-agents-container`).inputs["image"],
        "buswide/agent-amqp:0123456789ab",
      );
    deepStrictEqual(
      registrations.map(({ name }) => name).filter((name) => name.endsWith("-image")),
      ["target-agent-amqp-image", "target-artemis-image", "target-gateway-image"],
    );
  });

  it("is made anew where it goes to another site, with nothing but it and its agents' way to it", async () => {
    const moved = changes(await registered(artemis()), await registered(artemis({ site: "edge-1" })));
    const containers = Object.keys(moved).filter((key) => key.includes("container:Container"));
    deepStrictEqual(containers.sort(), [
      "bus-core-artemis-container (docker:index/container:Container)",
      "bus-edge-1-artemis-container (docker:index/container:Container)",
    ]);
  });
});
