import { deepStrictEqual, ok, strictEqual } from "assert";
import fc from "fast-check";
import { criticalPathOf } from "../../workloads/trace/criticalPath";
import { effectsOf } from "../../workloads/trace/effects";
import type { Span } from "../../workloads/trace/spans";
import { trace, traceId, type Row } from "./fixture";
import { patternsOf1, request1, seenMs } from "./patternFixture";

const waitsOf = (rows: readonly Row[], end = seenMs) =>
  criticalPathOf(trace(rows, end)).waits.map(({ span, there, back, confirmed, waited }) => [
    span.id,
    [...(there ? ["there"] : []), ...(back ? ["back"] : []), ...(confirmed ? ["confirmed"] : [])].join(),
    waited === undefined ? undefined : Math.round(waited / 1000),
  ]);

describe("what a request waits for, one after the other", () => {
  it("is from when its server was active back to where it began, callees' own time left out", () =>
    deepStrictEqual(waitsOf(request1).reverse(), [
      ["d1", "there,back", 2],
      ["h1", "there,back", 10],
      ["h2", "there", 3],
      ["c1", "there", 5],
      ["d2", "there,back", 10],
      ["c2", "there", 28],
      ["k1", "there,back", 54],
      ["h3", "there,back", 103],
      ["f1", "confirmed", 52],
      ["k2", "there", 27],
      ["d3", "there,back", 4],
      ["d4", "there,back", 4],
    ]));

  it("adds up to the request, with the work of services, and with what came before it was seen", () => {
    const { waits, work, look, user, unknown } = criticalPathOf(trace(request1, seenMs));
    const waited = waits.reduce((sum, wait) => sum + (wait.waited ?? 0), 0);
    deepStrictEqual(
      [waited, work, look, user, unknown].map((time) => time / 1000),
      [302, 182, 74, 2, 0],
    );
  });

  it("is nothing that was done sooner than what went on beside it", () =>
    ok(!waitsOf(request1).some(([id]) => id === "k9")));

  it("is a cast by what its receiver began with, however long its sender took to be rid of it", () => {
    const slow = request1.map((row): Row =>
      row[0] === "c2" ? ([...row.slice(0, 5), 240, row[6]] as unknown as Row) : row,
    );
    deepStrictEqual(
      waitsOf(slow).find(([id]) => id === "c2"),
      ["c2", "there", 28],
    );
  });

  it("is what was asked last, where nothing says when a server became active", () => {
    const untold = request1.filter(([id]) => id !== "d3");
    const { look, user } = criticalPathOf(trace(untold, seenMs));
    deepStrictEqual([look, user / 1000], [0, seenMs - 102 + 2]);
    deepStrictEqual(
      waitsOf(untold).map(([id]) => id),
      // Its sender waits until the cast is sent; for whoever gets it, nobody does.
      ["h2", "c1", "h1", "d1"],
    );
  });

  it("has the way to whoever was asked by somebody without spans, for nobody knows how long", () => {
    const asked = request1
      .filter(([id]) => id !== "h2")
      .map((row): Row => (row[0] === "w2" ? ([row[0], traceId, ...row.slice(2)] as unknown as Row) : row));
    const { waits, user } = criticalPathOf(trace(asked, seenMs));
    deepStrictEqual(
      waits.filter(({ span }) => span.id === "w2").map(({ there, back, waited }) => [there, back, waited]),
      [[true, false, undefined]],
    );
    strictEqual(user / 1000, 1 + 25 - 21);
  });

  it("is not known before a span whose cause is lost", () => {
    const { unknown, waits } = criticalPathOf(
      trace(
        request1.filter(([id]) => id !== "c2"),
        seenMs,
      ),
    );
    strictEqual(unknown / 1000, 218);
    ok(!waits.some(({ span }) => span.id === "h2"));
  });

  it("goes on to what was asked for after a server was active: looks, and its deletion", () => {
    const asked = (id: string, from: number, to: number): Row => [
      id,
      traceId,
      "wsgi",
      "core/nova-api",
      from,
      to,
      { request: { method: "GET", path: "/v2.1/servers/1" } },
    ];
    const looked = [...request1, asked("l1", 470, 480), asked("l2", 500, 510), asked("l3", 550, 555)];
    const { look, user, waits } = criticalPathOf(trace(looked, seenMs));
    // Seen by the look at 500, before which nobody looked since 486.
    strictEqual(look / 1000, 14);
    strictEqual(user / 1000, 5 + 40 + 2);
    deepStrictEqual(
      waits.filter(({ span }) => span.name === "wsgi").map(({ span, waited }) => [span.id, waited]),
      [
        ["l3", undefined],
        ["l2", undefined],
      ],
    );
  });
});

describe("when a server is active", () => {
  it("is when the state that says so is committed in the same place", () => {
    const [effect, ...others] = effectsOf(trace(request1, seenMs).spans);
    strictEqual(effect?.span.id, "d4");
    deepStrictEqual(others, []);
  });

  it("is when it was written, where there is no commit to be seen", () =>
    strictEqual(effectsOf(trace(request1.filter(([id]) => id !== "d4")).spans)[0]?.span.id, "d3"));

  it("is no other change of a server", () => {
    const other = request1.map((row): Row =>
      row[0] === "d3"
        ? ([
            ...row.slice(0, 6),
            { db: { statement: "UPDATE instances SET task_state=%(a)s" } },
          ] as unknown as Row)
        : row,
    );
    deepStrictEqual(effectsOf(trace(other).spans), []);
  });
});

describe("whatever a trace is like", () => {
  const someSpans = fc
    .array(
      fc.record({
        parent: fc.nat(20),
        start: fc.integer({ min: -20, max: 120 }),
        length: fc.nat(80),
        name: fc.constantFrom("call", "cast", "db", "http", "rpc", "wsgi"),
      }),
      { maxLength: 20 },
    )
    .map((all) =>
      all.map(({ parent, start, length, name }, index): Span => {
        const id = String(index);
        const own = parent < index ? String(parent) : traceId;
        const common = { base_id: traceId, trace_id: id, parent_id: own, info: {} };
        return {
          ...{ id, parent: own, name, kind: "service", what: "", unfinished: false },
          place: { name: "core/nova-api", site: "core" },
          ...{ start: start * 1000, end: (start + length) * 1000 },
          notifications: [{ ...common, name: `${name}-start`, timestamp: "2026-11-30T12:00:00.000001" }],
        };
      }),
    );

  it("the parts of a request's time add up to it", () =>
    fc.assert(
      fc.property(someSpans, (spans) => {
        const { waits, work, look, user, unknown } = criticalPathOf({ start: 0, end: 100_000, spans });
        const waited = waits.reduce((sum, wait) => sum + (wait.waited ?? 0), 0);
        const all = [waited, work, look, user, unknown];
        return all.every((time) => time >= 0) && all.reduce((sum, time) => sum + time, 0) === 100_000;
      }),
    ));
});

describe("the critical path of a request in results", () => {
  it("has the round trips over links, and what they should take, beside what they took", () =>
    deepStrictEqual(patternsOf1().critical, {
      ...{ totalMs: 560, workMs: 182, nearMs: 38, farMs: 264, placelessMs: 0, lookMs: 74, userMs: 2 },
      unknownMs: 0,
      // A call, half of another, a request that opens a connection, a broker's word, and half of a cast.
      roundTrips: 5,
      links: [{ link: "core--edge-1", roundTrips: 5 }],
      ...{ handOverRoundTrips: 0.5, predictedMs: 250, comparedMs: 250 },
    }));

  it("takes a way that is not known for neither near nor far", () => {
    const { critical } = patternsOf1({ brokers: {}, single: { database: "core" } });
    // All over the bus: c1, c2, k1, f1, k2.
    deepStrictEqual(
      [critical.placelessMs, critical.roundTrips, critical.predictedMs],
      [5 + 28 + 54 + 52 + 27, 2, 100],
    );
  });

  it("has casts confirmed by who gets them, where brokers keep nothing", () => {
    const { critical } = patternsOf1({ confirmedBy: "receiver" });
    strictEqual(critical.roundTrips, 5);
  });
});
