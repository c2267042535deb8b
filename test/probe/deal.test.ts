import { strict as assert } from "assert";
import fc from "fast-check";
import {
  deal,
  mostMembersPerProcess,
  processesFor,
  receiversOf,
  RefusedWorkload,
} from "../../workloads/probe/deal";
import type { PlannedWorkload } from "../../workloads/runner/input";

const workload = (change: Partial<PlannedWorkload>): PlannedWorkload => ({
  name: "w",
  kind: "rpc",
  pattern: "call",
  clients: { edge: 2 },
  servers: { core: 2 },
  topics: 1,
  messageBytes: 0,
  callsPerClient: 1,
  warmupSeconds: 0,
  timeoutSeconds: 1,
  ...change,
});

describe("dealing clients and servers", () => {
  it("refuses a topic without a server, with both counts", () => {
    assert.throws(
      () => deal(workload({ topics: 3 })),
      new RefusedWorkload("w", "3 topics but 2 servers: every topic needs a server"),
    );
  });

  it("refuses a workload without clients", () => {
    assert.throws(() => deal(workload({ clients: {} })), new RefusedWorkload("w", "it has no clients"));
  });

  it("deals topics round robin over the sites", () => {
    const hands = deal(workload({ servers: { core: 2, edge: 1 }, clients: { edge: 3 }, topics: 2 }));
    assert.deepEqual(
      hands.map(({ site, role, members }) => [site, role, members.map(({ topic }) => topic)]),
      [
        ["core", "server", ["buswide.w.0", "buswide.w.1"]],
        ["edge", "server", ["buswide.w.0"]],
        ["edge", "client", ["buswide.w.0", "buswide.w.1", "buswide.w.0"]],
      ],
    );
    assert.deepEqual(
      [...receiversOf(hands)],
      [
        [0, [0, 2]],
        [1, [1]],
        [2, [0, 2]],
      ],
    );
  });

  it("fills processes of fifty until there are eight, and then those eight", () => {
    assert.deepEqual([1, 50, 51, 400, 401, 1000, 4000, 4001].map(processesFor), [1, 1, 2, 8, 8, 8, 8, 9]);
  });

  it("gives every member one process of its site, none too full, names all different", () => {
    const counts = fc.dictionary(
      fc.constantFrom("core", "edge-1", "edge-2"),
      fc.oneof(fc.integer({ min: 1, max: 180 }), fc.integer({ min: 1, max: 9000 })),
      {
        minKeys: 1,
      },
    );
    fc.assert(
      fc.property(counts, counts, (clients, servers) => {
        const hands = deal(workload({ clients, servers }));
        for (const [role, wanted] of [
          ["client", clients],
          ["server", servers],
        ] as const) /* prettier-ignore */ {
          const ofRole = hands.filter((hand) => hand.role === role);
          for (const [site, count] of Object.entries(wanted)) {
            const sizes = ofRole.filter((hand) => hand.site === site).map((hand) => hand.members.length);
            assert.equal(sizes.reduce((sum, size) => sum + size, 0), count); // prettier-ignore
            assert(Math.max(...sizes) <= mostMembersPerProcess && Math.max(...sizes) - Math.min(...sizes) <= 1);
            assert.equal(sizes.length, processesFor(count));
          }
          const ids = ofRole.flatMap((hand) => hand.members.map(({ id }) => id));
          assert.deepEqual(ids, ids.map((_, id) => id)); // prettier-ignore
        }
        const names = hands.flatMap((hand) => hand.members.map(({ name }) => name));
        assert.equal(new Set(names).size, names.length);
      }),
    );
  });
});
