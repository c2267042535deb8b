import fc from "fast-check";
import { entry } from "./timeline";
import { anyPlace, memory, mostly, oneSite, place, rate, seconds, some } from "./words";

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
      timeline: fc.array(entry, { minLength: 1, maxLength: 3 }),
    }),
    weight: 4,
  },
  fc.record({ calls: fc.integer({ min: 1, max: 10 }) }),
  some({ rate: fc.constant("50/s"), calls: fc.constant(3), pause: seconds }),
);
const onBus = fc
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

const named = { name: mostly(fc.constantFrom("c", "d", "e", "f"), "", 3) };

/** ombt, and the test cases that it is for. */
const byOmbt = some(
  {
    ...{ kind: fc.constant("rpc"), tool: mostly(fc.constant("ombt"), "hammer"), ...load, ...named },
    ...{ pattern: fc.constantFrom("call", "call", "cast", "fanout"), calls: mostly(fc.constant(5), 0) },
    ...{ case: fc.constantFrom("TC1", "TC2", "TC3", "TC4"), pause: seconds },
  },
  ["kind", "tool", "name", "clients", "servers", "calls"],
);
const shaker = some(
  {
    ...{
      kind: fc.constant("shaker"),
      ...named,
      pairs: fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 2 }),
    },
    ...{ mode: mostly(fc.constantFrom("static-agents", "spot"), "dense"), memory },
    ...{ tests: mostly(fc.subarray(["ping", "tcp", "udp"], { minLength: 1 }), ["sctp"], [], ["tcp", "tcp"]) },
    ...{ duration: seconds, omit: seconds, udp: some({ rate }) },
  },
  ["kind", "name"],
);

const asker = { ...named, site: oneSite, memory };
const rally = some(
  {
    ...{ kind: fc.constant("rally"), ...asker },
    scenario: mostly(
      fc.constantFrom("NovaServers.boot_and_delete_server", "Authenticate.keystone"),
      "boot",
      "Dummy.dummy",
    ),
    ...{ times: mostly(fc.integer({ min: 4, max: 9 }), 0, 10_000), trace: fc.boolean(), timeout: seconds },
    ...{
      concurrency: mostly(fc.integer({ min: 1, max: 4 }), 20),
      arguments: fc.constant({ flavor: "m1.tiny" }),
    },
    ...{
      region: mostly(fc.constant("RegionOne"), "edge-1", "moon"),
      sla: fc.constant({ failure_rate: { max: 10 } }),
    },
  },
  ["kind", "name", "site", "scenario"],
);
const servers = some(
  {
    ...{ kind: fc.constant("servers"), ...asker, rate: mostly(fc.constant("12/min"), "9000/s", "0/s") },
    ...{ authentications: mostly(fc.constant("2/s"), "90/s"), duration: mostly(fc.constant("60s"), "0s") },
    ...{ wait: seconds, timeline: fc.array(entry, { minLength: 1, maxLength: 2 }) },
  },
  ["kind", "name", "site", "rate", "duration"],
);
const trace = some(
  {
    ...{ kind: fc.constant("trace"), ...asker, computes: anyPlace, background: seconds },
    times: mostly(fc.integer({ min: 1, max: 9 }), 0, 1000),
  },
  ["kind", "name", "site"],
);

export const workload = fc.oneof(
  { arbitrary: onBus, weight: 4 },
  { arbitrary: fc.oneof(byOmbt, shaker), weight: 1 },
);
/** What needs a control plane, and is written now and then without one. */
export const ofCloud = fc.oneof(rally, servers, trace);
