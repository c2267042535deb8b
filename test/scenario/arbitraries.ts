import fc from "fast-check";
import { put } from "../support/scenarios";

/*
 * Scenarios as people write them, rightly and wrongly: most of each is sensible, so that the checks behind the first one
 * are reached, and a few places hold what nobody meant.
 */

/** Mostly the first, now and then one of the others. */
function mostly<T>(usual: fc.Arbitrary<T>, ...odd: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: usual, weight: 60 }, { arbitrary: fc.constantFrom(...odd), weight: 1 });
}

/** Sites and groups that the scenarios mostly speak of, and a name that there mostly is not. */
const place = fc.constantFrom("core", "core", "edge", "edge-1", "edge-2", "far");
const anyPlace = mostly(place, "moon", "", "Core", "edge-3", 7, "__proto__");

const seconds = mostly(
  fc.integer({ min: 1, max: 60 }).map((value) => `${value}s`),
  "0s",
  "1",
  "-3s",
  "90min",
  5,
  "25h",
);
const delay = mostly(
  fc.integer({ min: 0, max: 300 }).map((value) => `${value}ms`),
  "11s",
  "fast",
  { there: "1ms" },
  null,
);
const share = mostly(
  fc.integer({ min: 0, max: 300 }).map((value) => `${value / 10}%`),
  "101%",
  "1",
);
const rate = mostly(fc.constantFrom("1mbit", "100mbit", "10gbit"), "1bit", "0mbit", 100);

const some = (fields: Record<string, fc.Arbitrary<unknown>>, required: string[] = []) =>
  fc.record(fields, { requiredKeys: required });

const jitter = fc.oneof(
  delay,
  some({ by: delay, distribution: fc.constantFrom("uniform", "normal", "pareto"), correlation: share }, [
    "by",
  ]),
);
const loss = fc.oneof(
  share,
  some({ bursts: some({ begins: share, ends: share }, ["begins", "ends"]) }, ["bursts"]),
);
const figures = { delay, jitter, loss, rate, duplicate: share, reorder: share };

const link = some({ between: fc.tuple(anyPlace, anyPlace), ...figures }, ["between", "delay"]);

const sites = fc
  .record({
    edge: mostly(
      fc.integer({ min: 1, max: 4 }).map((count) => ({ count })),
      { count: 0 },
      {},
      { count: 20_000 },
      null,
    ),
    far: mostly(fc.constant({}), { at: [91, 0] }, { at: [48, 2] }, "site"),
  })
  .map((others) => ({ core: {}, ...others }));

/** Enough links to join all sites, and now and then one more. */
const links = fc
  .tuple(delay, fc.oneof({ arbitrary: fc.constant([]), weight: 5 }, fc.array(link, { maxLength: 2 })))
  .map(([usual, more]): unknown[] => [
    { between: ["core", "edge"], delay: usual },
    { between: ["core", "far"], delay: "25ms" },
    ...more,
  ]);

const rabbitmq = some(
  {
    kind: fc.constant("rabbitmq"),
    topology: fc.constantFrom("single", "cluster", "federation", "single"),
    version: fc.constantFrom("3.10", "4.0"),
    queues: fc.constantFrom("classic", "quorum"),
    transient: fc.constantFrom("classic", "quorum"),
    site: anyPlace,
    nodes: fc.dictionary(place, fc.integer({ min: 1, max: 4 }), { maxKeys: 2 }),
  },
  ["kind"],
);
const bus = fc.oneof(
  {
    arbitrary: fc
      .constantFrom("single", "federation", "cluster")
      .map((topology) => ({ kind: "rabbitmq", topology })),
    weight: 4,
  },
  rabbitmq,
  fc.constantFrom<object>({ kind: "zeromq" }, { kind: "kafka" }, { kind: "routers" }, { kind: "artemis" }),
  some({ kind: fc.constantFrom("artemis", "routers", "zeromq", "carrier-pigeon"), site: anyPlace }, ["kind"]),
);

const service = fc.oneof(
  { arbitrary: fc.constantFrom("core/rabbitmq", "edge/rabbitmq"), weight: 3 },
  fc.constantFrom(
    "core/artemis",
    "core/matchmaker",
    "edge-1/router",
    "core/agents",
    "moon/rabbitmq",
    "rabbitmq",
    "",
  ),
);
const when = { at: seconds, for: seconds };
const pair = fc.tuple(anyPlace, anyPlace);
const range = fc.record({ from: delay, to: delay });
const entry = fc.oneof(
  some({ ...when, cut: pair }, ["at", "cut"]),
  some({ ...when, isolate: anyPlace }, ["at", "isolate"]),
  some({ ...when, split: fc.array(anyPlace, { maxLength: 3 }) }, ["at", "split"]),
  some({ ...when, flap: pair, down: seconds, up: seconds }, ["at", "flap", "down", "up"]),
  some({ ...when, change: pair, ...figures }, ["at", "change"]),
  some({ ...when, ramp: some({ link: pair, delay: range }, ["link"]), over: seconds }, [
    "at",
    "ramp",
    "over",
  ]),
  some({ ...when, kill: service }, ["at", "kill"]),
  some({ ...when, stop: service, grace: seconds }, ["at", "stop"]),
  some({ at: seconds, restart: service, grace: seconds }, ["at", "restart"]),
  some({ ...when, pause: service }, ["at", "pause"]),
  some({ ...when, starve: service, cpu: share, memory: fc.constantFrom("16MiB", "1B") }, ["at", "starve"]),
  some({ ...when, fill: service }, ["at", "fill"]),
  mostly(fc.constant({ at: "1s", for: "2s", pause: "core/rabbitmq" }), { at: "1s", skew: "core/rabbitmq" }),
);

const agents = fc.oneof(
  { arbitrary: fc.constantFrom<object>({ core: 2 }, { edge: 1 }, { "edge-1": 3, far: 1 }), weight: 20 },
  fc.constantFrom<unknown>({}, { moon: 1 }, { core: 0 }, 3),
);
const load = {
  name: mostly(fc.constantFrom("a", "b", "call"), "", "A b"),
  clients: agents,
  servers: agents,
  topics: mostly(fc.integer({ min: 1, max: 3 }), 0, 1.5),
  length: mostly(fc.constant("1KiB"), "1TiB"),
};
const loop = fc.oneof(
  { arbitrary: fc.record({ rate: fc.constant("50/s"), duration: fc.constant("60s") }), weight: 3 },
  {
    arbitrary: fc.record({
      rate: fc.constant("50/s"),
      duration: fc.constant("120s"),
      timeline: fc.array(entry, { maxLength: 3 }),
    }),
    weight: 4,
  },
  fc.record({ calls: fc.integer({ min: 1, max: 10 }) }),
  some({ rate: fc.constant("50/s"), calls: fc.constant(3), pause: seconds }),
);
const workload = fc
  .tuple(
    fc.oneof(
      some({ kind: fc.constant("rpc"), pattern: fc.constantFrom("call", "cast", "fanout"), ...load }, [
        ...["kind", "name", "clients", "servers"],
      ]),
      some({ kind: fc.constant("notification"), ...load }, ["kind", "name", "clients", "servers"]),
    ),
    loop,
  )
  .map(([what, how]) => ({ ...what, ...how }));

/** A scenario, a person's or a fool's. */
export const scenario: fc.Arbitrary<unknown> = fc
  .tuple(
    some({ sites, links, bus, workloads: fc.array(workload, { maxLength: 2 }), seed: fc.nat() }, [
      ...["sites", "links", "bus"],
    ]),
    // Now and then something quite different, somewhere.
    fc.oneof(
      { arbitrary: fc.constant(null), weight: 3 },
      { arbitrary: fc.tuple(fc.nat(), fc.jsonValue({ maxDepth: 2 })), weight: 1 },
    ),
  )
  .map(([sensible, odd]) => {
    if (odd === null) return sensible;
    const whole = structuredClone(sensible) as object;
    const places = placesIn(whole);
    const chosen = places[odd[0] % places.length];
    if (chosen) put(whole, chosen, odd[1]);
    return whole;
  });

/** Every place of a value, as `put` takes it. */
function placesIn(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...at, Array.isArray(value) ? Number(key) : key];
    return [here, ...placesIn(inner, here)];
  });
}
