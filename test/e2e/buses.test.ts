import { deepStrictEqual, match, strictEqual } from "assert";
import { buswide, losesNothing, MeasuredBuses } from "../support/measuredBuses";

const patterns = ["call", "cast", "fanout", "notify"];

describe("over links of up to 25 ms, a stack that is changed from bus to bus", function () {
  this.timeout(600_000);
  const buses = new MeasuredBuses("e2e-buses");
  after(() => buses.destroy());

  // Each with its brokers; the first deploys, each later one takes the place of the one before it.
  for (const [scenario, brokers, carried = patterns] of [
    ["single", ["core-rabbitmq"]],
    ["artemis", ["core-artemis"]],
    ["zeromq", ["core-matchmaker"]],
    ["kafka", ["core-kafka"], ["notify"]],
    ["federation", ["core-rabbitmq", "edge-1-rabbitmq", "edge-2-rabbitmq"]],
    ["quorum", ["core-rabbitmq", "core-rabbitmq-2", "core-rabbitmq-3"]],
  ] as const)
    it(`loses and doubles no ${carried.join(", ")} as ${scenario}, and has its brokers and no others`, async () => {
      losesNothing(await buses.measured(scenario, carried), brokers, carried);
      deepStrictEqual(await buses.containers(), [...brokers]);
    });
});

describe("a mesh of routers", function () {
  this.timeout(600_000);
  const buses = new MeasuredBuses("e2e-routers");
  after(() => buses.destroy());

  // The routers' image is somebody else's: another name for it can be given.
  const image = process.env["ROUTERS_IMAGE"];
  it("loses and doubles nothing, edge routers or not, or is refused before anything is made where its image cannot be had", async () => {
    const parameters = image === undefined ? [] : ["--set", `bus.image=${image}`];
    const { exitCode, all } = await buswide("check", "routers", ...parameters);
    if (exitCode === 0) {
      const routers = ["core-router", "edge-1-router", "edge-2-router", "edge-3-router"];
      const below = ["--set", "bus.interior=[core]", "--set", "bus.edge=[edge]"];
      for (const further of [[], below])
        losesNothing(await buses.measured("routers", patterns, ...parameters, ...further), routers);
      return;
    }
    const refusal =
      /bus\.image: the image ".+" is not on this machine, and its registry does not give it \(.+\)/;
    match(all, refusal);
    const up = await buswide("up", "routers", "--stack", buses.stack, ...parameters);
    strictEqual(up.exitCode, 2, up.all);
    match(up.all, refusal);
    deepStrictEqual(await buses.containers(), []);
  });
});
