import { deepEqual, equal, match, ok } from "assert/strict";
import seedrandom from "seedrandom";
import { compareSides, type Side } from "../../campaigns/compare/compare";
import { axisOf } from "../../campaigns/compare/orders";
import { describeComparison } from "../../campaigns/compare/words";
import type { Row } from "../../campaigns/table/rows";

const delays = [0, 10, 25, 50, 100];
const delay = "links[0].delay_ms";

/** A campaign over buses and delays, whose latencies are those of `latency` with 1 % of noise. */
function side(
  label: string,
  machine: string,
  latency: (bus: string, delayMs: number) => number,
  {
    buses = ["rabbitmq", "zeromq"],
    repetitions = 5,
    at = delays,
  }: { buses?: string[]; repetitions?: number; at?: number[] } = {},
): Side {
  const random = seedrandom(label);
  const points = buses.flatMap((bus) => at.map((delayMs) => ({ bus, delayMs })));
  const rows = points.flatMap(({ bus, delayMs }, index) =>
    Array.from({ length: repetitions }, (_, repetition): Row => {
      const ms = latency(bus, delayMs) * (1 + 0.02 * (random() - 0.5));
      return {
        ...{ machine, status: "complete", workload_status: "complete", workload: "call" },
        ...{ point: index + 1, repetition: repetition + 1, "bus.kind": bus, [delay]: delayMs },
        ...{ latency_p50_ms: ms, lost: 0 },
      };
    }),
  );
  const parameters = ["bus.kind", delay].map((name) => ({ name, path: name }));
  return { label, parameters, rows };
}
const compare = (a: Side, b: Side) => compareSides(a, b, { resamples: 300 });
const latencyOf = ({ trends }: ReturnType<typeof compare>) => {
  const found = trends.find(({ metric }) => metric.column === "latency_p50_ms");
  ok(found);
  return found;
};

describe("trends of several buses over delay", () => {
  const cheap = (bus: string, delayMs: number) => 2 * delayMs + (bus === "rabbitmq" ? 4 : 2);

  it("are one a bus, so that a delay which all buses feel does not hide one that goes the other way", () => {
    const strange = (bus: string, delayMs: number) => (bus === "zeromq" ? 110 - delayMs : 400 + 2 * delayMs);
    const far = (bus: string, delayMs: number) => (bus === "zeromq" ? 2 + delayMs : 400 + 2 * delayMs);
    const trend = latencyOf(compare(side("a", "aa", far), side("b", "bb", strange)));
    equal(trend.trend.verdict, "the same trend", "all points together do not see it");
    deepEqual(
      trend.lines.map(({ line, trend: own }) => [line["bus.kind"], own.points, own.verdict]),
      [
        ["rabbitmq", 5, "the same trend"],
        ["zeromq", 5, "opposite trends"],
      ],
    );
  });

  it("tell the order of the buses at each delay, where delay alone makes the common trend", () => {
    const other = (bus: string, delayMs: number) => 2 * delayMs + (bus === "rabbitmq" ? 2 : 4);
    const comparison = compare(side("a", "aa", cheap), side("b", "bb", other));
    const { trend, orders } = latencyOf(comparison);
    equal(trend.verdict, "the same trend", "the delay swamps the buses");
    deepEqual(
      orders
        .slice(0, 3)
        .map(({ at, a, b, verdict }) => [
          at[delay],
          a.map((group) => group.map((line) => line["bus.kind"])),
          b.map((group) => group.map((line) => line["bus.kind"])),
          verdict,
        ]),
      [0, 10, 25].map((at) => [at, [["zeromq"], ["rabbitmq"]], [["rabbitmq"], ["zeromq"]], "another order"]),
    );
    const text = describeComparison(comparison);
    match(
      text,
      /call +latency p50 +links\[0\]\.delay_ms 0, 10, 25[\d, ]* +zeromq < rabbitmq +rabbitmq < zeromq +another order/,
    );
    match(text, /call +latency p50 +rabbitmq +5 +1\.00 .*the same trend/);
    ok(!/call +lost +links/.test(text), "nothing lost anywhere is no order");
  });

  it("say that the order is the same where it is", () => {
    const slower = (bus: string, delayMs: number) => 3 * cheap(bus, delayMs);
    const { orders } = latencyOf(compare(side("a", "aa", cheap), side("b", "bb", slower)));
    equal(orders[0]?.verdict, "the same order");
  });

  it("do not tell buses apart whose intervals overlap", () => {
    const alike = (_: string, delayMs: number) => 100 + delayMs;
    const comparison = compare(side("a", "aa", alike), side("b", "bb", cheap));
    const { orders } = latencyOf(comparison);
    ok(orders.filter(({ verdict }) => verdict === "no order shown").length >= 4);
    match(describeComparison(comparison), / ≈ /);
  });

  it("say nothing of an order of fewer than five repetitions", () => {
    const few = { repetitions: 4 };
    const { orders, lines } = latencyOf(compare(side("a", "aa", cheap, few), side("b", "bb", cheap, few)));
    equal(orders[0]?.verdict, "too few repetitions to say");
    equal(lines[0]?.trend.verdict, "too few repetitions to say");
  });

  it("have a verdict on a bus of five delays at least, and on an order as a trend of five buses", () => {
    const four = { at: delays.slice(1) };
    const few = latencyOf(compare(side("a", "aa", cheap, four), side("b", "bb", cheap, four)));
    deepEqual(
      few.lines.map(({ trend }) => trend.verdict),
      Array<string>(2).fill("too few points to say"),
    );
    const many = { buses: ["a", "b", "c", "d", "e"], at: [0, 10] };
    const byName = (bus: string, delayMs: number) => delayMs + 1000 * (bus.charCodeAt(0) - 96);
    const comparison = compare(side("a", "aa", byName, many), side("b", "bb", byName, many));
    deepEqual(
      latencyOf(comparison).orders.map(({ verdict, trend }) => [verdict, trend.verdict]),
      Array<string[]>(2).fill(["the same order", "the same trend"]),
    );
    match(describeComparison(comparison), /a < b < c < d < e .*the same order; the same trend/);
  });

  describe("of lines of which some overlap", () => {
    const around = (middle: number, spread: number) =>
      [-1, -0.5, 0, 0.5, 1].map((at) => middle + spread * at);
    const of = (
      label: string,
      machine: string,
      lines: Readonly<Record<string, readonly number[]>>,
    ): Side => ({
      label,
      parameters: [{ name: "bus.kind", path: "bus.kind" }],
      rows: Object.entries(lines).flatMap(([bus, values], index) =>
        values.map((latency_p50_ms, repetition) => ({
          ...{ machine, status: "complete", workload_status: "complete", workload: "call" },
          ...{ point: index + 1, repetition: repetition + 1, "bus.kind": bus, latency_p50_ms },
        })),
      ),
    });
    const apart = { x: around(50, 1), y: around(60, 1), z: around(70, 1) };
    const ordersOf = (lines: Parameters<typeof of>[2], others: Parameters<typeof of>[2] = apart) => {
      const comparison = compare(of("a", "aa", lines), of("b", "bb", others));
      const row = describeComparison(comparison)
        .split("\n")
        .find((line) => /^ *call +latency p50 +all points/.test(line));
      return { order: latencyOf(comparison).orders[0], row: row?.trim().split(/ {2,}/).slice(3) };
    };
    const groups = (lines: Parameters<typeof of>[2]) =>
      ordersOf(lines).order?.a.map((group) => group.map((line) => line["bus.kind"]));

    it("sets no line apart from any that it overlaps with, neighbour or not", () => {
      deepEqual(groups(apart), [["x"], ["y"], ["z"]]);
      deepEqual(groups({ ...apart, x: around(50, 60) }), [["x", "y", "z"]]);
      deepEqual(groups({ ...apart, z: around(65, 60) }), [["x", "y", "z"]]);
      deepEqual(groups({ ...apart, y: around(50.5, 1) }), [["x", "y"], ["z"]]);
    });

    it("names the pairs that a verdict is of, where those are not all", () => {
      const chain = { x: around(50, 8), y: around(60, 12), z: around(70, 8) };
      const { order, row } = ordersOf(chain);
      deepEqual([order?.a.length, order?.verdict, order?.pairs.of], [1, "the same order", 3]);
      deepEqual(row, [
        "x ≈ y ≈ z",
        "x < y < z",
        "the same order (1 of 3 pairs told apart on both sides: x < z)",
      ]);
      const turned = { x: apart.z, y: apart.y, z: apart.x };
      equal(
        ordersOf(chain, turned).row?.at(-1),
        "another order (1 of 3 pairs told apart on both sides; on A alone: x < z)",
      );
      equal(ordersOf(apart).row?.at(-1), "the same order");
    });
  });

  it("are told where one side has nothing to tell of, and not where both have", () => {
    const lost = (from: Side, count: (row: Row) => number): Side => ({
      ...from,
      rows: from.rows.map((row) => ({ ...row, lost: count(row) })),
    });
    const [a, b] = [side("a", "aa", cheap), side("b", "bb", cheap)];
    const some = (row: Row) => 50 + 4 * Number(row[delay]) + Number(row.repetition);
    // Of the first point there is no multiple on either side, and no correlation anywhere.
    const grows = (row: Row) => 4 * Number(row[delay]) + (row[delay] === 0 ? 0 : Number(row.repetition));
    for (const count of [some, grows]) {
      const text = describeComparison(compare(a, lost(b, count)));
      match(text, /^ *call +lost +10 /m);
      match(text, /^ *call +lost +rabbitmq +5 +– /m);
      match(text, /^ *call +lost +links\[0\]\.delay_ms (0, )?10/m);
      ok(!text.includes("lost are not shown"), text);
    }
    const none = describeComparison(compare(a, b));
    ok(!/^ *call +lost/m.test(none), none);
    match(none, /Where lost are not shown, there were none on either side\./);
  });

  it("keep lines of too few points, and say so of them", () => {
    const four = { at: delays.slice(1) };
    const text = describeComparison(compare(side("a", "aa", cheap, four), side("b", "bb", cheap, four)));
    match(text, /^ *call +latency p50 +rabbitmq +4 +– +– +too few points to say$/m);
  });

  it("say how many correlations would show a trend by chance", () => {
    // All points and two lines of one figure that varies, and of lost, which does not.
    const text = describeComparison(compare(side("a", "aa", cheap), side("b", "bb", cheap)));
    match(
      text,
      /Of 3 correlations some 1 would show a trend, the same or the opposite one, by chance alone\./,
    );
  });

  it("have no lines where a number is all that was varied", () => {
    const one = { buses: ["rabbitmq"] };
    const { lines, orders } = latencyOf(compare(side("a", "aa", cheap, one), side("b", "bb", cheap, one)));
    deepEqual([lines, orders], [[], []]);
  });

  it("go along the number with most values", () => {
    const points = [1, 2, 3].flatMap((x) => [1, 2].map((y) => ({ x, y, z: "w" })));
    equal(axisOf(points), "x");
    equal(axisOf([{ z: "w" }, { z: "v" }]), undefined);
  });
});
