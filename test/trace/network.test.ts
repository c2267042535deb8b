import { deepStrictEqual, strictEqual } from "assert";
import { Network, type Route } from "../../workloads/trace/network";
import { links, place, workload } from "./fixture";

const line = [
  { name: "a--b", between: ["a", "b"] as const, there: { delayMs: 5 }, back: { delayMs: 9 } },
  { name: "c--b", between: ["c", "b"] as const, there: { delayMs: 20 }, back: { delayMs: 30 } },
];
const direct = [
  { from: "a", to: "b", links: ["a--b"] },
  { from: "b", to: "a", links: ["a--b"] },
  { from: "b", to: "c", links: ["c--b"] },
  { from: "c", to: "b", links: ["c--b"] },
  { from: "a", to: "c", links: ["a--b", "c--b"] },
  { from: "c", to: "a", links: ["c--b", "a--b"] },
];
const placed = { brokers: { a: "b", c: "b" }, databases: { a: "c" }, single: {}, ways: { direct, bus: [] } };
const route = (by: Route["by"], from: string, to: string): Route => ({
  by,
  from: place(from),
  to: place(to),
});
const told = (crossings: ReturnType<Network["there"]>) =>
  crossings?.map(({ link, from, to, delayMs }) => `${link} ${from}→${to} ${delayMs}`);

describe("ways between services", () => {
  const network = Network.of(placed, line);

  it("are links in the direction in which they are crossed, by its delay", () => {
    deepStrictEqual(told(network.there(route("direct", "a/x", "c/y"))), ["a--b a→b 5", "c--b b→c 30"]);
    deepStrictEqual(told(network.back(route("direct", "a/x", "c/y"))), ["c--b c→b 20", "a--b b→a 9"]);
  });

  it("go over the bus by way of brokers, there and back where these are elsewhere", () =>
    deepStrictEqual(told(network.there(route("bus", "a/x", "a/y"))), ["a--b a→b 5", "a--b b→a 9"]));

  it("go on from the broker alone for all but the first who gets a message for all", () =>
    deepStrictEqual(told(network.fromBroker(route("bus", "a/x", "c/y"))), ["c--b b→c 30"]));

  it("lead to the database, and to the broker, that a site uses", () => {
    deepStrictEqual(told(network.there({ by: "direct", from: place("a/x"), to: "database" })), [
      "a--b a→b 5",
      "c--b b→c 30",
    ]);
    deepStrictEqual(told(network.back({ by: "direct", from: place("a/x"), to: "broker" })), ["a--b b→a 9"]);
  });

  it("are not known where nobody knows the broker, the database or the links", () => {
    strictEqual(network.there(route("bus", "a/x", "b/y")), undefined);
    strictEqual(network.there({ by: "direct", from: place("b/x"), to: "database" }), undefined);
    strictEqual(Network.of(placed, []).there(route("direct", "a/x", "b/y")), undefined);
    strictEqual(network.there(route("direct", "a/x", "d/y")), undefined);
  });

  it("are others where services are elsewhere, and what is alone goes with them", () => {
    const moved = Network.of(workload, links).with({
      names: new Set(["core/nova-conductor", "broker"]),
      to: "edge-1",
    });
    deepStrictEqual(told(moved.there(route("bus", "edge-1/computes", "core/nova-conductor"))), []);
    deepStrictEqual(told(moved.there({ by: "direct", from: place("core/nova-conductor"), to: "database" })), [
      "core--edge-1 edge-1→core 25",
    ]);
    deepStrictEqual(told(moved.there(route("bus", "core/nova-api", "core/nova-scheduler"))), [
      ...["core--edge-1 core→edge-1 25", "core--edge-1 edge-1→core 25"],
    ]);
  });
});
