import { deepStrictEqual, notStrictEqual, strictEqual } from "assert";
import { withArguments } from "../../components/target/images";
import { assertRefused, issuesOf } from "../scenario/refusal";
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

  it("is refused without its version, which is what is judged by what goes together", () => {
    const missing = (named: string, which: string) =>
      assertRefused(scenario({ image: named }), [
        "bus.version",
        `missing: say which release of RabbitMQ the image "${named}" has, ${which}`,
      ]);
    missing(image, 'such as version: "4.1"');
    missing("rabbitmq:3.13.7", 'such as version: "3.13"');
    for (const named of ["rabbitmq", "rabbitmq:latest", "rabbitmq:4.11", "registry.example:5000/rabbitmq"])
      missing(named, "one of 3.10, 3.13, 4.0, 4.1, 4.2, 4.3");
    for (const topology of ["cluster", "federation"])
      deepStrictEqual(
        issuesOf(scenario({ image, topology })).map(({ path }) => path),
        ["bus.version"],
      );
  });

  it("is refused for what is no name", () =>
    assertRefused(scenario({ image: "no name", version: "4.1" }), [
      "bus.image",
      '"no name" is no name of an image: use one such as "rabbitmq:4.1"',
    ]));
});
