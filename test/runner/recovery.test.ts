import assert from "assert/strict";
import fc from "fast-check";
import { recoveriesOf as recoveriesAt } from "../../workloads/faults/recovery";
import type { SeriesRecord } from "../../workloads/probe";
import type { PlannedEpisode, PlannedWorkload } from "../../workloads/runner/input";
import { sitesTogether } from "../../workloads/results/recovery";
import { measurement, workload } from "./input";

/** What all clients together saw. */
const recoveriesOf = (load: PlannedWorkload, seconds: readonly SeriesRecord[]) =>
  recoveriesAt(load, seconds, measurement())?.map(({ bySite: _, ...seen }) => seen);

/** A series of calls answered, or messages received, in each second. */
function series(
  counts: readonly number[],
  errors: Readonly<Record<number, Record<string, number>>> = {},
): SeriesRecord[] {
  return counts.map((count, second) => ({
    ...{ workload: "w", second, time: 1000 + second, succeeded: count, received: count },
    errors: errors[second] ?? {},
  }));
}

const kill = (atSeconds: number, untilSeconds: number, service = "core/rabbitmq"): PlannedEpisode => ({
  ...{ what: "kill", service, atSeconds, untilSeconds },
});

function load(timeline: PlannedEpisode[], over: Partial<PlannedWorkload> = {}): PlannedWorkload {
  return workload("w", { ratePerSecond: 20, durationSeconds: 20, timeoutSeconds: 1, timeline, ...over });
}

const flat = (length: number, count = 20) => Array.from({ length }, () => count);

describe("what a workload saw of a fault", () => {
  it("is nothing where service stayed full", () => {
    const [seen] = recoveriesOf(load([kill(5, 8)]), series(flat(20))) ?? [];
    assert.deepEqual(seen, {
      ...{ what: "kill", subjects: ["core/rabbitmq"], atSeconds: 5, untilSeconds: 8 },
      ...{ observedUntilSeconds: 20, offeredPerSecond: 20, errors: {} },
      ...{ interruptedSeconds: 0, fullServiceSeconds: 0 },
    });
  });

  it("is how long until an error, until the first answer, and until service was full for good", () => {
    const counts = [...flat(5), 3, 0, 0, 0, 8, 12, 19, 21, ...flat(7)];
    const errors = { 7: { MessagingTimeout: 4 }, 8: { MessagingTimeout: 2, MessageDeliveryFailure: 1 } };
    const [seen] = recoveriesOf(load([kill(5.5, 8)]), series(counts, errors)) ?? [];
    assert.deepEqual(seen?.errors, { MessagingTimeout: 6, MessageDeliveryFailure: 1 });
    assert.equal(seen.firstErrorSeconds, 1.5);
    assert.equal(seen.interruptedSeconds, 3);
    assert.equal(seen.firstServedSeconds, 3.5);
    // 12, 19 and 20 of the 21 are 51 of 60; 19, 20 and 20 are enough.
    assert.equal(seen.fullServiceSeconds, 5.5);
  });

  it("does not take a backlog that comes at once for service in the seconds before", () => {
    const [seen] = recoveriesOf(load([kill(5, 8)]), series([...flat(5), 0, 0, 0, 80, ...flat(11)])) ?? [];
    assert.equal(seen?.fullServiceSeconds, 3);
  });

  it("has no time of full service where it did not come back before the load ended, and none of an answer without one", () => {
    const [seen] = recoveriesOf(load([kill(5, 8)]), series([...flat(6), ...flat(14, 0)])) ?? [];
    assert.equal(seen?.interruptedSeconds, 14);
    assert.equal(seen.firstServedSeconds, undefined);
    assert.equal(seen.fullServiceSeconds, undefined);
  });

  it("takes a second that the series lacks for one in which nothing was served", () => {
    const [seen] = recoveriesOf(load([kill(5, 8)]), series(flat(8))) ?? [];
    assert.equal(seen?.interruptedSeconds, 12);
    assert.equal(seen.fullServiceSeconds, undefined);
  });

  it("counts what goes wrong later against the fault, as long as no other has begun", () => {
    const late = [...flat(12), 0, 0, ...flat(6)];
    const [one, other] = recoveriesOf(load([kill(10, 11), kill(2, 3)]), series(late)) ?? [];
    assert.deepEqual([one?.atSeconds, one?.observedUntilSeconds, one?.fullServiceSeconds], [2, 10, 0]);
    assert.deepEqual([other?.atSeconds, other?.interruptedSeconds, other?.fullServiceSeconds], [10, 2, 4]);
  });

  describe("of errors, which a call's sender is told of a timeout after it was sent", () => {
    const half = (timeline: PlannedEpisode[], over: Partial<PlannedWorkload> = {}) =>
      load(timeline, { durationSeconds: 60, timeoutSeconds: 30, ...over });
    const late = (at: number, count: number) => ({ [at]: { MessagingTimeout: count } });

    it("has those that come after the load's end, and when the first did", () => {
      const counts = [...flat(40), ...flat(20, 0), ...flat(30, 0)];
      const errors = { ...late(70, 20), ...late(75, 20), ...late(89, 20) };
      const [seen] = recoveriesOf(half([kill(40, 50)]), series(counts, errors)) ?? [];
      assert.deepEqual(seen?.errors, { MessagingTimeout: 60 });
      assert.deepEqual([seen.observedUntilSeconds, seen.firstErrorSeconds], [60, 30]);
      assert.equal(seen.interruptedSeconds, 20);
    });

    it("puts a timeout down to the fault in which the call was under way, not to the one that came since", () => {
      // Sent in seconds 9 (and under way at 10), 12, 63 and 64 (under way at 65), 70.
      const errors = { ...late(39, 1), ...late(42, 2), ...late(93, 4), ...late(94, 8), ...late(100, 16) };
      const [one, other] = recoveriesOf(half([kill(10, 20), kill(65, 70)]), series(flat(101), errors)) ?? [];
      assert.deepEqual([one?.errors, one?.firstErrorSeconds], [{ MessagingTimeout: 7 }, 29]);
      assert.deepEqual([other?.errors, other?.firstErrorSeconds], [{ MessagingTimeout: 24 }, 29]);
    });

    it("puts none down to a fault that came long after the call was sent", () => {
      const [seen] = recoveriesOf(half([kill(40, 50)]), series(flat(90), late(45, 3))) ?? [];
      assert.deepEqual([seen?.errors, seen?.firstErrorSeconds], [{}, undefined]);
    });

    it("takes other errors for told at once, and what was never started for the last fault's", () => {
      const errors = { 12: { MessageDeliveryFailure: 3 }, 66: { OSError: 1 }, 92: { NotStarted: 5 } };
      const [one, other] = recoveriesOf(half([kill(10, 20), kill(65, 70)]), series(flat(93), errors)) ?? [];
      assert.deepEqual(one?.errors, { MessageDeliveryFailure: 3 });
      assert.deepEqual(other?.errors, { OSError: 1, NotStarted: 5 });
    });
  });

  it("is of one fault where an entry happens to several services at one time", () => {
    const both = [kill(5, 8, "a/rabbitmq"), kill(5, 8, "b/rabbitmq")];
    const seen = recoveriesOf(load(both), series(flat(20))) ?? [];
    assert.deepEqual(
      seen.map(({ subjects }) => subjects),
      [["a/rabbitmq", "b/rabbitmq"]],
    );
  });

  it("holds a fanout to a delivery at each of a topic's receivers", () => {
    const fanout = load([kill(5, 8)], { pattern: "fanout", servers: { edge: 3 }, topics: 1 });
    const [seen] = recoveriesOf(fanout, series(flat(20, 60))) ?? [];
    assert.equal(seen?.offeredPerSecond, 60);
    assert.equal(seen.fullServiceSeconds, 0);
    const [two] = recoveriesOf(fanout, series(flat(20, 40))) ?? [];
    assert.equal(two?.fullServiceSeconds, undefined);
  });

  it("is not told of a closed loop, which offers no rate, nor without a timeline, nor of ombt, which has no series", () => {
    const { ratePerSecond: _, ...closed } = load([kill(5, 8)]);
    assert.equal(recoveriesOf(closed, series(flat(20))), undefined);
    const { timeline: __, ...quiet } = load([]);
    assert.equal(recoveriesOf(quiet, series(flat(20))), undefined);
    assert.equal(recoveriesOf(load([kill(5, 8)], { tool: "ombt" }), []), undefined);
  });

  describe("by the site of the clients", () => {
    const sites = ["core", "edge", "far"];
    const places = {
      ...{ links: measurement().links },
      bus: { endpoints: { core: ["core/rabbitmq"], edge: ["core/rabbitmq"], far: ["far/rabbitmq"] } },
    };
    /** Twenty calls a second from each site but those of `served`, which says how many from second 5 on. */
    const apart = (served: Readonly<Record<string, readonly number[]>>): SeriesRecord[] =>
      series(flat(20, 60)).map((record) => ({
        ...record,
        bySite: Object.fromEntries(
          sites.map((site) => {
            const count = served[site]?.[record.second - 5] ?? 20;
            const errors: Record<string, number> = count < 20 ? { MessagingTimeout: 20 - count } : {};
            return [site, { succeeded: count, received: 0, errors }];
          }),
        ),
      }));
    const clients = { core: 1, edge: 2, far: 1 };
    const load4 = (timeline: PlannedEpisode[]) =>
      load(timeline, { clients: { ...clients, edge: 1 }, ratePerSecond: 60 });

    it("says which are at the fault: of its site, or of those that connect to what is broken, or at an end of a link", () => {
      const at = (timeline: PlannedEpisode[]) =>
        recoveriesAt(load4(timeline), apart({}), places)?.[0]?.bySite?.flatMap(({ site, atFault }) =>
          atFault ? [site] : [],
        );
      assert.deepEqual(at([kill(5, 8)]), ["core", "edge"]);
      assert.deepEqual(at([kill(5, 8, "far/rabbitmq")]), ["far"]);
      const cut: PlannedEpisode = {
        ...{ what: "cut", link: "core--edge", atSeconds: 5, untilSeconds: 8, actions: [] },
      };
      assert.deepEqual(at([cut]), ["core", "edge"]);
    });

    it("has each site's own figures, and the worst of those at the fault beside the others", () => {
      const seconds = apart({ core: [0, 0, 0], edge: [0, 0, 0, 0, 10] });
      const [seen] = recoveriesAt(load4([kill(5, 8)]), seconds, places) ?? [];
      assert.ok(seen);
      const [core, edge, far] = seen.bySite ?? [];
      assert.deepEqual(
        [core?.offeredPerSecond, core?.interruptedSeconds, core?.fullServiceSeconds],
        [20, 3, 3],
      );
      assert.deepEqual(
        [edge?.interruptedSeconds, edge?.firstServedSeconds, edge?.errors],
        [4, 4, { MessagingTimeout: 90 }],
      );
      assert.deepEqual([far?.interruptedSeconds, far?.fullServiceSeconds, far?.errors], [0, 0, {}]);
      assert.deepEqual(sitesTogether(seen, true), {
        ...{ sites: ["core", "edge"], errors: 150, interruptedSeconds: 4 },
        ...{ firstErrorSeconds: 0, firstServedSeconds: 4, fullServiceSeconds: 5 },
      });
      assert.deepEqual(sitesTogether(seen, false), {
        ...{ sites: ["far"], errors: 0, interruptedSeconds: 0, fullServiceSeconds: 0 },
      });
    });

    it("has no time of full service of several sites if one of them was never full again", () => {
      const seconds = apart({ core: [0, 0, 0], edge: Array.from({ length: 15 }, () => 0) });
      const [seen] = recoveriesAt(load4([kill(5, 8)]), seconds, places) ?? [];
      assert.ok(seen);
      const together = sitesTogether(seen, true);
      assert.deepEqual([together?.fullServiceSeconds, together?.firstServedSeconds], [undefined, undefined]);
      assert.equal(together?.interruptedSeconds, 15);
    });

    it("is told of a site's share of the rate, and not of sites whose clients leave a second without an operation", () => {
      const many = load([kill(5, 8)], { clients, ratePerSecond: 8 });
      const offered = (one: PlannedWorkload) =>
        recoveriesAt(one, apart({}), places)?.[0]?.bySite?.map(({ site, offeredPerSecond }) => [
          site,
          offeredPerSecond,
        ]);
      assert.deepEqual(offered(many), [
        ["core", 2],
        ["edge", 4],
        ["far", 2],
      ]);
      assert.deepEqual(offered({ ...many, ratePerSecond: 4 }), [["edge", 2]]);
      assert.equal(offered({ ...many, ratePerSecond: 2 }), undefined);
      // Ten clients of a hundred do a second's operations in a tenth of it.
      const bursts = { ...many, clients: { core: 10, edge: 90 }, ratePerSecond: 100 };
      assert.deepEqual(offered(bursts), [["edge", 90]]);
    });
  });

  it("is not told of a rate at which a second in which nothing is served proves nothing", () => {
    const slow = (ratePerSecond: number) => recoveriesOf(load([kill(5, 8)], { ratePerSecond }), []);
    assert.equal(slow(1), undefined);
    assert.equal(slow(1.2)?.length, 1);
  });

  describe("of whatever load", () => {
    const seconds = 20;
    /** When operations of `load` end that all are served, in the order of their numbers, seconds. */
    interface Service {
      readonly load: PlannedWorkload;
      readonly ends: readonly number[];
      readonly lateness: readonly number[];
    }

    /** Any rate and sites, any latency that differs by less than 100 ms, and agents that end their seconds up to 40 ms late. */
    const service: fc.Arbitrary<Service> = fc
      .record({
        sites: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 20 }),
        rate: fc.oneof(
          fc.double({ min: 1.2, max: 12, noNaN: true }),
          fc.integer({ min: 2, max: 120 }),
          fc.constantFrom(1.25, 1.5, 2.5, 10 / 3, 10, 30),
        ),
        phase: fc.double({ min: 0, max: 1, noNaN: true }),
        latency: fc.double({ min: 0, max: 0.4, noNaN: true }),
        pattern: fc.constantFrom("call" as const, "cast" as const, "fanout" as const),
        at: fc.integer({ min: 20, max: 110 }).map((tenths) => tenths / 10),
      })
      .chain(({ sites, rate, phase, latency, pattern, at }) => {
        const operations = Math.ceil(rate * seconds);
        // Early or late: what is between is harmless.
        const jitter = fc.oneof(fc.constantFrom(0, 0.099), fc.double({ min: 0, max: 0.099, noNaN: true }));
        return fc.record({
          load: fc.constant(
            load([kill(at, at + 1)], {
              ...{ pattern, ratePerSecond: rate, durationSeconds: seconds },
              clients: Object.fromEntries(sites.map((count, index) => [`s${index}`, count])),
              servers: { core: 3 },
            }),
          ),
          ends: fc
            .array(jitter, { minLength: operations, maxLength: operations })
            .map((all) => all.map((own, number) => phase + number / rate + latency + own)),
          lateness: fc.array(fc.constantFrom(0, 0.04), { minLength: seconds + 2, maxLength: seconds + 2 }),
        });
      });

    /** The series that agents make of it, without the operations of which `isLost` says so. */
    function seriesOf(
      { load: { clients, pattern }, ends, lateness }: Service,
      isLost?: (end: number) => boolean,
    ) {
      const places = Object.entries(clients).flatMap(([site, count]) =>
        Array.from({ length: count }, () => site),
      );
      const copies = pattern === "fanout" ? 3 : 1;
      const all = Array.from({ length: seconds + 2 }, (_, second): SeriesRecord => {
        const none = { succeeded: 0, received: 0, errors: {} };
        const bySite = Object.fromEntries(Object.keys(clients).map((site) => [site, { ...none }]));
        return { workload: "w", second, time: 1000 + second, ...none, bySite };
      });
      for (const [number, end] of ends.entries()) {
        if (isLost?.(end)) continue;
        const begun = Math.floor(end);
        const record = all[end - begun < (lateness[begun] ?? 0) ? begun - 1 : begun];
        const own = record?.bySite?.[places[number % places.length] ?? ""];
        for (const counts of record && own ? [record, own] : []) {
          counts.succeeded += 1;
          counts.received += copies;
        }
      }
      return all;
    }

    it("is nothing where every operation is served", () => {
      fc.assert(
        fc.property(service, (perfect) => {
          const [seen] = recoveriesAt(perfect.load, seriesOf(perfect), measurement()) ?? [];
          assert.ok(seen);
          for (const { interruptedSeconds, fullServiceSeconds } of [seen, ...(seen.bySite ?? [])])
            assert.deepEqual([interruptedSeconds, fullServiceSeconds], [0, 0]);
        }),
        { numRuns: 1000 },
      );
    });

    it("is an interruption wherever nothing ends for two seconds or more, of every site that it is told of", () => {
      fc.assert(
        fc.property(service, fc.double({ min: 2, max: 5, noNaN: true }), (perfect, length) => {
          const { atSeconds: from = 0 } = perfect.load.timeline?.[0] ?? {};
          const broken = seriesOf(perfect, (end) => end >= from && end < from + length);
          const [seen] = recoveriesAt(perfect.load, broken, measurement()) ?? [];
          assert.ok(seen);
          for (const { interruptedSeconds, fullServiceSeconds } of [seen, ...(seen.bySite ?? [])]) {
            assert.ok(interruptedSeconds >= Math.floor(length) - 1, `${interruptedSeconds} s of ${length}`);
            // The operation before may be up to a second older, and the next as much later.
            assert.ok(interruptedSeconds <= length + 2, `${interruptedSeconds} s of ${length}`);
            assert.ok((fullServiceSeconds ?? 0) > 0, `full after ${fullServiceSeconds} s`);
            assert.ok(fullServiceSeconds !== undefined && fullServiceSeconds <= length + 2);
          }
        }),
        { numRuns: 1000 },
      );
    });
  });
});
