import { breaksInTurn } from "../support/resilience";

describe("a campaign that breaks a bus", function () {
  this.timeout(15 * 60_000);
  const faults = { services: [{ what: "kill", for: "2s" }] };
  breaksInTurn("e2e-resilience", faults, [["kill", "core/rabbitmq"]]);
});
