import { deepStrictEqual, ok, strictEqual } from "assert";
import { changes, deployed, find } from "../support/experiments";
import { mockedSecret } from "../support/mocks";
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
        "bus-core-artemis-container": ["bus-core-artemis", "docker:index/container:Container"],
      },
    ));

  it("gives the broker the hash of a password that is in none of its inputs", async () => {
    const { inputs, secrets } = find(await registered(artemis()), "bus-core-artemis-container");
    const uploads = inputs["uploads"] as { file: string; content: string }[];
    const at = uploads.findIndex(({ file }) => file === "/etc/artemis/users.properties");
    ok(uploads[at]?.content.startsWith("agents = ENC(1024:"));
    ok(secrets.includes(`uploads[${at}].content`));
    ok(!JSON.stringify(inputs).includes(mockedSecret));
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
