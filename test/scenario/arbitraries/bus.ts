import fc from "fast-check";
import { anyPlace, mostly, place, some } from "./words";

const rabbitmq = some(
  {
    kind: fc.constant("rabbitmq"),
    topology: fc.constantFrom("single", "cluster", "federation", "single"),
    version: fc.constantFrom("3.10", "4.0"),
    queues: fc.constantFrom("classic", "quorum"),
    transient: fc.constantFrom("classic", "quorum"),
    site: anyPlace,
    nodes: fc.dictionary(place, fc.integer({ min: 1, max: 4 }), { maxKeys: 2 }),
    tls: mostly(fc.boolean(), "yes"),
    failover: fc.boolean(),
  },
  ["kind"],
);
export const bus = fc.oneof(
  {
    arbitrary: fc
      .constantFrom("single", "federation", "cluster")
      .map((topology) => ({ kind: "rabbitmq", topology })),
    weight: 4,
  },
  fc.constantFrom<object>(
    { kind: "rabbitmq", tls: true },
    { kind: "rabbitmq", topology: "federation", tls: true },
    { kind: "artemis", site: "core", tls: true },
  ),
  rabbitmq,
  fc.constantFrom<object>({ kind: "zeromq" }, { kind: "kafka" }, { kind: "routers" }, { kind: "artemis" }),
  some({ kind: fc.constantFrom("artemis", "routers", "zeromq", "carrier-pigeon"), site: anyPlace }, ["kind"]),
);

/** Buses that a control plane can be on. */
export const usualBus = mostly(
  fc.constantFrom<object>(
    { kind: "rabbitmq", site: "core" },
    { kind: "rabbitmq", topology: "cluster", nodes: { core: 3 }, failover: true },
    { kind: "rabbitmq", tls: true },
    { kind: "artemis", site: "core" },
  ),
  { kind: "kafka" },
  { kind: "zeromq", site: "core" },
  { kind: "routers" },
);
