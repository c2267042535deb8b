import { breaksInTurn } from "../support/resilience";

describe("a campaign that breaks a bus", function () {
  this.timeout(15 * 60_000);
  breaksInTurn("e2e-resilience", {
    faults: { services: [{ what: "kill", for: "2s" }] },
    broken: [["kill", "core/rabbitmq"]],
  });
});
