import { losesNothing, MeasuredBuses } from "../support/measuredBuses";

const sites = ["core", "edge-1", "edge-2"];

describe("over links of up to 25 ms, a cluster with a broker at each site loses and doubles nothing:", function () {
  this.timeout(900_000);
  const buses = new MeasuredBuses("long-clusters");
  after(() => buses.destroy());

  for (const [scenario, broker, tls] of [
    ["cluster", "rabbitmq", false],
    ["artemis-cluster", "artemis", false],
    ["artemis-cluster", "artemis", true],
  ] as const)
    it(`${scenario}, ${tls ? "encrypted" : "plain"}, in calls, casts, fanouts and notifications`, async () =>
      losesNothing(
        await buses.measured(scenario, undefined, "--set", `bus.tls=${tls}`),
        sites.map((site) => `${site}-${broker}`),
      ));
});
