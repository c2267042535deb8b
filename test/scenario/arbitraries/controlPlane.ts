import fc from "fast-check";
import { anyPlace, memory, mostly, oneSite, rarely, seconds, some } from "./words";

const nodes = mostly(
  fc.constantFrom<object>(
    { core: 1, edge: 1 },
    { core: 3 },
    { core: 2, far: 1 },
    { core: 1, "edge-1": 1, far: 1 },
  ),
  { core: 2 },
  { moon: 3 },
  {},
);
const galera = some(
  {
    ...{ kind: fc.constant("galera"), nodes, arbitrator: oneSite, silence: seconds, memory },
    ...{ access: fc.constantFrom("proxy", "hosts"), writers: fc.constantFrom("one", "nearest") },
    ...{ causalReads: fc.boolean(), stateTransfer: mostly(fc.constantFrom("mariabackup", "rsync"), "scp") },
  },
  ["kind"],
);
const parts = mostly(
  fc.constantFrom<object>({ edge: {} }, { "edge-1": {} }, { far: {} }),
  { moon: {} },
  { core: {} },
  3,
);
export const controlPlane = fc
  .tuple(
    some({
      ...{
        site: mostly(fc.constant("core"), "edge", "far", "moon"),
        apiProcesses: mostly(fc.constant(2), 0),
      },
      ...{
        services: some({ keystone: oneSite, "nova-conductor": oneSite, glance: fc.constant("far") }),
        memory,
      },
      replicas: mostly(fc.constantFrom<unknown>(1, 2, { keystone: 2 }), 10, { redis: 2 }),
      computes: mostly(fc.constantFrom<object>({ edge: 2 }, { core: 1, edge: 1 }, { far: 3 }), { edge: 0 }),
      database: fc.oneof(galera, some({ kind: fc.constant("mariadb"), site: oneSite, memory }, ["kind"])),
    }),
    rarely(some({ cells: parts, regions: parts })),
    rarely(
      some(
        {
          ...{ kind: fc.constant("cockroachdb"), nodes, leaseholders: anyPlace },
          image: mostly(fc.constant("cockroachdb/cockroach:v23.1.14"), "a b"),
        },
        ["kind", "image"],
      ),
    ),
  )
  .map(([usual, more, keystoneDatabase]) => ({
    ...{ computes: { edge: 1 }, ...usual, ...more },
    ...(keystoneDatabase === undefined ? {} : { keystoneDatabase }),
  }));

export const prometheus = some(
  {
    ...{ kind: fc.constant("prometheus"), site: oneSite, interval: seconds, memory },
    ...{
      port: mostly(fc.integer({ min: 1024, max: 65_535 }), 80),
      retention: mostly(fc.constantFrom("24h", "3h"), "1s"),
    },
  },
  ["kind"],
);
