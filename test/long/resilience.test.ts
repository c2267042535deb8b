import { breaksInTurn } from "../support/resilience";

describe("a campaign that breaks each part of a bus in turn", function () {
  this.timeout(15 * 60_000);
  breaksInTurn("long-resilience", {
    faults: { services: [{ what: "kill", for: "2s" }], links: [{ what: "cut", for: "3s" }] },
    broken: [
      ["kill", "core/rabbitmq"],
      ["cut", "core--edge"],
    ],
  });
});

/** Messages that nobody answers: to one of two servers, to both, and to a listener. */
const unanswered = [
  { name: "cast", kind: "rpc", pattern: "cast", clients: { edge: 2 }, servers: { core: 2 } },
  { name: "fanout", kind: "rpc", pattern: "fanout", clients: { edge: 1 }, servers: { core: 2 } },
  { name: "notify", kind: "notification", clients: { edge: 2 }, servers: { core: 1 } },
].map((workload) => ({ ...workload, rate: "20/s", duration: "60s", warmup: "1s" }));

// Each bus has a fault of its own: all of every bus is a campaign's.
for (const { of, what, ...campaign } of [
  {
    ...{ of: "federation", what: "whose edge loses its broker" },
    bus: { kind: "rabbitmq", topology: "federation" },
    faults: { services: [{ what: "kill", for: "2s", of: ["edge/rabbitmq"] }] },
    broken: [["kill", "edge/rabbitmq"]],
  },
  {
    ...{ of: "artemis", what: "that dies" },
    bus: { kind: "artemis", topology: "single", site: "core" },
    faults: { services: [{ what: "kill", for: "2s" }] },
    broken: [["kill", "core/artemis"]],
  },
  {
    ...{ of: "zeromq", what: "whose link is cut" },
    bus: { kind: "zeromq", site: "core" },
    faults: { links: [{ what: "cut", for: "3s" }] },
    broken: [["cut", "core--edge"]],
  },
] as const)
  describe(`casts, fanouts and notifications on ${of} ${what}`, function () {
    this.timeout(20 * 60_000);
    breaksInTurn(`long-resilience-${of}`, { ...campaign, workloads: unanswered });
  });
