import { deepStrictEqual, notStrictEqual, strictEqual } from "assert";
import { withArguments } from "../../components/target/images";
import { assertRefused } from "../scenario/refusal";
import { deployed, find } from "../support/experiments";
import { plannedBus } from "../support/plans";
import { smallScenarioWith } from "../support/scenarios";

const image = "registry.example/rabbitmq:4.1-management";
const scenario = (settings: object) => smallScenarioWith(["bus"], { kind: "rabbitmq", ...settings });
const named = scenario({ version: "4.1", image });

describe("a RabbitMQ of an image that the scenario names", () => {
  it("is looked for before anything is made, by its name", () =>
    deepStrictEqual(
      plannedBus(named, "rabbitmq").foreignImages?.map(({ reference, path }) => [path, reference]),
      [["bus.image", image]],
    ));

  it("starts as one of packages does: its image is made of that one, which must be of the version said", async () => {
    const { inputs } = find((await deployed(named)).registrations, "target-rabbitmq-named-image");
    const { buildArgs, context, dockerfile } = inputs["build"] as Record<string, unknown>;
    deepStrictEqual({ context, dockerfile }, { context: "images/rabbitmq", dockerfile: "Dockerfile.named" });
    const { NAMED, VERSION } = buildArgs as Record<string, string>;
    deepStrictEqual([NAMED, VERSION], [image, "4.1"]);
  });

  it("has another name with another image under it", () => {
    const source = {
      tag: "buswide/rabbitmq-named:0123456789ab",
      context: "images/rabbitmq",
      contentHash: "0123456789ab",
      buildArgs: { BASE: "b" },
      networkMode: "host",
    };
    const [one, other] = ["rabbitmq:4.1", "rabbitmq:4.2"].map((NAMED) => withArguments(source, { NAMED }));
    notStrictEqual(one?.tag, other?.tag);
    strictEqual(one?.tag, withArguments(source, { NAMED: "rabbitmq:4.1" }).tag);
    deepStrictEqual(one.buildArgs, { BASE: "b", NAMED: "rabbitmq:4.1" });
  });

  it("is refused for what is no name", () =>
    assertRefused(scenario({ image: "no name" }), [
      "bus.image",
      '"no name" is no name of an image: use one such as "rabbitmq:4.1"',
    ]));
});
