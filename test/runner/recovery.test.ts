import assert from "assert/strict";
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
  return workload("w", { ratePerSecond: 20, durationSeconds: 20, timeline, ...over });
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

    it("is told of a site's share of the rate, and not of sites whose clients do less than one operation a second", () => {
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
      assert.deepEqual(offered({ ...many, ratePerSecond: 3 }), [["edge", 1.5]]);
      assert.equal(offered({ ...many, ratePerSecond: 1 }), undefined);
    });
  });
});
