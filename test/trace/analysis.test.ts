import { deepStrictEqual, ok, strictEqual } from "assert";
import fc from "fast-check";
import { analyse, type Trace } from "../../workloads/trace/analysis";
import { lengthOf, united, within, without, type Interval } from "../../workloads/trace/intervals";
import type { Span } from "../../workloads/trace/spans";
import { computes, services, trace, workload } from "./fixture";

const expected = [...services, ...computes.slice(0, 1)];
const analysed = (changes: Partial<Trace> = {}) => analyse({ ...trace(), ...changes }, workload, expected);

describe("where a traced request's time went", () => {
  it("is by kind the time of spans in which none of their own children was open", () => {
    const { kinds, spans, unfinished } = analysed();
    deepStrictEqual(kinds, {
      bus: { spans: 6, selfMs: 174, coveredMs: 174 },
      database: { spans: 7, selfMs: 26, coveredMs: 26 },
      http: { spans: 8, selfMs: 152, coveredMs: 152 },
      // The last answer to a call begins when the server is active. The API is still at it when the conductor has begun.
      service: { spans: 13, selfMs: 619, coveredMs: 615 },
    });
    deepStrictEqual([spans, unfinished], [34, 0]);
  });

  it("is not seen where nothing that is traced was open", () => strictEqual(analysed().unseenMs, 2));

  it("is by service what each did itself, the most first", () =>
    deepStrictEqual(
      analysed().services.map(({ service, selfMs }) => [service, selfMs]),
      [
        ["edge-1/computes", 235],
        ["core/nova-conductor", 212],
        ["core/nova-api", 58],
        ["core/keystone", 43],
        ["core/neutron", 41],
        ["core/placement", 10],
        ["core/glance", 10],
        ["core/nova-scheduler", 10],
        ["core/client", 0],
      ],
    ));

  it("is by who waited for whom, a cast until what it brings about begins", () =>
    deepStrictEqual(
      analysed().exchanges.map(({ kind, from, to, spans, selfMs, links }) => [
        ...[`${kind} ${from} ${to}`, spans, selfMs],
        links?.join(),
      ]),
      [
        ["bus edge-1 core", 3, 123, "core--edge-1"],
        ["http edge-1 core", 2, 115, "core--edge-1"],
        ["http core core", 6, 37, ""],
        ["bus core edge-1", 1, 35, "core--edge-1"],
        ["database core core", 7, 26, ""],
        ["bus core core", 2, 16, ""],
      ],
    ));

  it("is by the links that were crossed", () =>
    deepStrictEqual(analysed().links, [
      { link: "core--edge-1", crossings: 6, selfMs: { bus: 158, database: 0, http: 115 } },
    ]));

  it("is of no link where the way over the bus is not known", () => {
    const { links, exchanges } = analyse(
      trace(),
      { ...workload, ways: { ...workload.ways, bus: [] } },
      expected,
    );
    deepStrictEqual(links, [
      { link: "core--edge-1", crossings: 2, selfMs: { bus: 0, database: 0, http: 115 } },
    ]);
    strictEqual(exchanges.find(({ kind, to }) => kind === "bus" && to === "edge-1")?.links, undefined);
  });

  it("counts a link once for an exchange that crosses it twice, and both crossings", () => {
    const detour = { from: "core", to: "core", links: ["core--edge-1", "core--edge-1"] };
    const { links } = analyse(trace(), { ...workload, ways: { direct: [], bus: [detour] } }, expected);
    deepStrictEqual(links, [
      { link: "core--edge-1", crossings: 4, selfMs: { bus: 16, database: 0, http: 0 } },
    ]);
  });

  it("says which services left nothing", () => {
    const spans = trace().spans.filter(({ place }) => !place.name.endsWith("/glance"));
    deepStrictEqual(analysed({ spans }).missing, ["core/glance"]);
    deepStrictEqual(analysed().missing, []);
  });

  it("takes one of several servers of a service for the service", () => {
    const others = [
      { name: "core/glance-2", site: "core", replicaOf: "core/glance" },
      { name: "core/keystone-2", site: "core", replicaOf: "core/keystone" },
    ];
    const [second] = others;
    const spans = trace().spans.map((span): Span =>
      second && span.place.name === "core/glance" ? { ...span, place: second } : span,
    );
    const { missing, services } = analyse({ ...trace(), spans }, workload, [...expected, ...others]);
    deepStrictEqual(missing, []);
    ok(services.some(({ service }) => service === "core/glance-2"));
  });

  it("is nothing of a span that never ended, which is counted", () => {
    const spans = trace().spans.map((span): Span =>
      span.id === "d7" ? { ...span, end: span.start, unfinished: true } : span,
    );
    const { kinds, unfinished } = analysed({ spans });
    deepStrictEqual([kinds.database.selfMs, unfinished], [21, 1]);
  });
});

describe("whatever a trace is like", () => {
  const place = { name: "core/nova-api", site: "core" };
  const someSpans = fc
    .array(
      fc.record({
        parent: fc.nat(20),
        start: fc.integer({ min: -50, max: 150 }),
        length: fc.nat(100),
        kind: fc.constantFrom("bus", "database", "http", "service"),
        cast: fc.boolean(),
      }),
      { maxLength: 20 },
    )
    .map((all) =>
      all.map(({ parent, start, length, kind, cast }, index): Span => ({
        ...{ id: String(index), parent: String(parent), place, kind, what: "", notifications: [] },
        ...{ start: start * 1000, end: (start + length) * 1000, unfinished: false },
        name: cast ? "cast" : "rpc",
      })),
    );

  it("no kind has more of the request than there is, nor than its spans have, and all with what is not seen make it up", () =>
    fc.assert(
      fc.property(someSpans, (spans) => {
        const { kinds, unseenMs } = analyse({ start: 0, end: 100_000, spans }, workload, []);
        const all = Object.values(kinds);
        const near = 1e-6;
        return (
          all.every(({ coveredMs, selfMs }) => coveredMs <= 100 + near && coveredMs <= selfMs + near) &&
          unseenMs >= 0 &&
          all.reduce((sum, { coveredMs }) => sum + coveredMs, unseenMs) >= 100 - near
        );
      }),
    ));
});

describe("intervals", () => {
  const interval = fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]): Interval => [from, from + length]);
  const holds = (all: readonly Interval[], moment: number) =>
    all.some(([start, end]) => start <= moment && moment < end);
  const moments = Array.from({ length: 90 }, (_, moment) => moment);

  it("united hold the moments that any of them holds, each once", () =>
    fc.assert(
      fc.property(fc.array(interval), (all) => {
        deepStrictEqual(
          moments.map((moment) => holds(united(all), moment)),
          moments.map((moment) => holds(all, moment)),
        );
        strictEqual(lengthOf(united(all)), moments.filter((moment) => holds(all, moment)).length);
      }),
    ));

  it("without others hold what only they hold", () =>
    fc.assert(
      fc.property(interval, fc.array(interval), (one, others) =>
        deepStrictEqual(
          moments.map((moment) => holds(without(one, others), moment)),
          moments.map((moment) => holds([one], moment) && !holds(others, moment)),
        ),
      ),
    ));

  it("within another are what both hold", () => {
    deepStrictEqual(within([1, 5], [3, 9]), [3, 5]);
    strictEqual(within([1, 3], [3, 9]), undefined);
  });
});
