import { losesNothing, MeasuredBuses } from "../support/measuredBuses";

const brokers = ["core-artemis", "edge-1-artemis", "edge-2-artemis"];

describe("over links of up to 25 ms,", function () {
  this.timeout(900_000);
  const buses = new MeasuredBuses("long-artemis-cluster");
  after(() => buses.destroy());

  for (const tls of [false, true])
    it(`the scenario artemis-cluster loses and doubles nothing in calls, casts, fanouts and notifications, ${tls ? "encrypted" : "plain"}`, async () =>
      losesNothing(await buses.measured("artemis-cluster", undefined, "--set", `bus.tls=${tls}`), brokers));
});
