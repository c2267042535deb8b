import { breaksInTurn } from "../support/resilience";

describe("a campaign that breaks each part of a bus in turn", function () {
  this.timeout(15 * 60_000);
  const faults = { services: [{ what: "kill", for: "2s" }], links: [{ what: "cut", for: "3s" }] };
  breaksInTurn("long-resilience", faults, [
    ["kill", "core/rabbitmq"],
    ["cut", "core--edge"],
  ]);
});
