import { deepStrictEqual, match, strictEqual } from "assert";
import { buswide, losesNothing, MeasuredBuses } from "../support/measuredBuses";

const patterns = ["call", "cast", "fanout", "notify"];

describe("over links of up to 25 ms, a stack that is changed from bus to bus", function () {
  this.timeout(600_000);
  const buses = new MeasuredBuses("e2e-buses");
  after(() => buses.destroy());

  const carries = (scenario: string, brokers: readonly string[], carried: readonly string[] = patterns) =>
    it(`loses and doubles no ${carried.join(", ")} as ${scenario}, and has its brokers and no others`, async () => {
      losesNothing(await buses.measured(scenario, carried), brokers, carried);
      deepStrictEqual(await buses.containers(), [...brokers]);
    });

  carries("single", ["core-rabbitmq"]);

  it("is shown what a federation would change, a line a part with what differs, and nothing of its sites and links", async () => {
    const { exitCode, stdout, all } = await buswide("preview", "federation", "--stack", buses.stack);
    strictEqual(exitCode, 0, all);
    const lines = stdout.split("\n");
    const [bus = "", broker = ""] = lines;
    match(bus, /^± rabbit mq bus: topology single → federation, /);
    match(
      broker,
      /^± service bus-core-rabbitmq: \/etc\/rabbitmq\/enabled_plugins: - \[rabbitmq_prometheus\]\.; \+ \[rabbitmq_prometheus,rabbitmq_federation\]\./,
    );
    deepStrictEqual(
      lines.filter((line) => line.startsWith("+ ")),
      [
        "+ federation bus-core-rabbitmq-federation",
        ...["edge-1", "edge-2"].flatMap((site) => [
          `+ service bus-${site}-rabbitmq`,
          `+ federation bus-${site}-rabbitmq-federation`,
        ]),
        "+ random secret bus-federation-password",
      ],
    );
    const others = /^[~±+-] (site|gateway|link|routes|network|service \S+-(agents|gateway))\b/;
    deepStrictEqual(
      lines.filter((line) => others.test(line)),
      [],
    );
    match(lines.filter(Boolean).at(-1) ?? "", /^\d+ to update, .*\d+ to create$/);
    deepStrictEqual(await buses.containers(), ["core-rabbitmq"]);
  });

  // Each with its brokers, and takes the place of the one before it: with replies and without, to one and to all. All patterns are the
  // long form's, and a federation is what is measured with TLS.
  const short = ["call", "fanout"];
  for (const [scenario, brokers, carried] of [
    ["artemis", ["core-artemis"], short],
    ["zeromq", ["core-matchmaker"], short],
    ["kafka", ["core-kafka"], ["notify"]],
    ["quorum", ["core-rabbitmq", "core-rabbitmq-2", "core-rabbitmq-3"], short],
  ] as const)
    carries(scenario, brokers, carried);
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
