import { deepStrictEqual, ok, strictEqual } from "assert";
import { transportUrl } from "../../components/bus/amqp/driver";
import { endpointFiles, endpointHosts } from "../../components/bus/nearest";
import type { MeasurementInput } from "../../workloads/runner/input";
import { assertRefused } from "../scenario/refusal";
import { deployed, find } from "../support/experiments";
import { planned, plannedBus } from "../support/plans";
import {
  controlPlaneScenario,
  smallScenario,
  smallScenarioWith,
  type RawScenario,
} from "../support/scenarios";

/** A core and two edges, edge-1 5 ms from the core and edge-2 25 ms. */
const scenario = (bus: object): RawScenario => ({
  ...smallScenario(),
  links: [
    { between: ["core", "edge-1"], delay: "5ms" },
    { between: ["core", "edge-2"], delay: "25ms" },
  ],
  bus,
});

/** Site to the sites of the brokers that its agents go along. */
function along(bus: object): Record<string, (string | undefined)[][]> {
  const { brokers, endpoints } = planned(scenario(bus)).bus;
  const siteOf = new Map(brokers.map(({ address, site }) => [address, site]));
  return Object.fromEntries(
    Object.entries(endpoints).map(([site, all]) => [
      site,
      all.map(({ addresses }) => addresses.map((address) => siteOf.get(address))),
    ]),
  );
}

const cases = {
  artemis: { kind: "artemis", topology: "cluster", failover: true },
  routers: { kind: "routers", failover: true },
} as const;

for (const [kind, bus] of Object.entries(cases))
  describe(`agents of ${kind} with failover`, () => {
    const { endpoints, settings } = planned(scenario(bus)).bus;

    it("go along all of them, the nearest first", () =>
      deepStrictEqual(along(bus), {
        core: [["core", "edge-1", "edge-2"]],
        "edge-1": [["edge-1", "core", "edge-2"]],
        "edge-2": [["edge-2", "core", "edge-1"]],
      }));

    it("have the list in their transport URL, by addresses that need no name, with their own account at each", async () => {
      const [{ addresses } = { addresses: [] }] = endpoints["edge-1"] ?? [];
      strictEqual(addresses.length, 3);
      strictEqual(
        transportUrl("agents-edge-1", "a/b", endpoints["edge-1"] ?? []),
        `amqp://${addresses.map((address) => `agents-edge-1:a%2Fb@${address}:5672`).join(",")}/`,
      );
      for (const all of Object.values(endpoints))
        deepStrictEqual([endpointHosts(all), endpointFiles(all)], [{}, []]);
      const { inputs } = find((await deployed(scenario(bus))).registrations, "measurement-run");
      const { bus: told } = JSON.parse(String(inputs["stdin"])) as MeasurementInput;
      strictEqual(told.transports["edge-1"]?.match(/agents-edge-1:[\w-]+@/g)?.length, 3);
    });

    it("are told to begin at the first, and to take a silent connection for dead after a minute, as on RabbitMQ", () => {
      const { oslo_messaging_amqp: options } = settings;
      deepStrictEqual([options?.["hosts_in_order"], options?.["idle_timeout"]], [true, 60]);
      const { failover, ...without } = bus;
      ok(failover);
      const { oslo_messaging_amqp: plain } = planned(scenario(without)).bus.settings;
      deepStrictEqual([plain?.["hosts_in_order"], plain?.["idle_timeout"]], [undefined, undefined]);
    });

    it("are at one while nothing is wrong, by which results tell near clients from far ones", async () => {
      const { inputs } = find((await deployed(scenario(bus))).registrations, "measurement-run");
      const { bus: told } = JSON.parse(String(inputs["stdin"])) as MeasurementInput;
      const service = kind === "routers" ? "router" : kind;
      deepStrictEqual(
        told.endpoints,
        Object.fromEntries(["core", "edge-1", "edge-2"].map((site) => [site, [`${site}/${service}`]])),
      );
    });

    it("count as connected to each of them, as they may come to be", () => {
      const two = kind === "routers" ? { interior: ["core", "edge-1"] } : { sites: ["core", "edge-1"] };
      const { connections = [] } = planned(scenario({ ...bus, ...two })).bus;
      const pairs = connections.filter(({ encrypted }) => !encrypted).map(({ from, to }) => `${from} ${to}`);
      deepStrictEqual(
        new Set(pairs),
        new Set(["core edge-1", "edge-1 core", "edge-2 core", "edge-2 edge-1"]),
      );
    });

    it("begin at another of equally near ones at each site, so that none has them all", () => {
      const equal = smallScenarioWith(
        ["bus"],
        kind === "routers" ? { ...bus, interior: ["edge"] } : { ...bus, sites: ["edge"] },
      );
      const plan = planned({
        ...equal,
        sites: { core: {}, edge: { count: 2 }, far: { count: 2 } },
        links: [
          { between: ["core", "edge"], delay: "25ms" },
          { between: ["core", "far"], delay: "5ms" },
          { between: ["edge-1", "edge-2"], delay: "60ms" },
        ],
        workloads: [{ name: "call", kind: "rpc", clients: { far: 1 }, servers: { core: 1 }, calls: 5 }],
      }).bus;
      const first = (site: string) => plan.endpoints[site]?.[0]?.addresses[0];
      ok(first("far-1") !== first("far-2"));
    });
  });

describe("OpenStack's services on a bus with failover over AMQP 1.0", () => {
  for (const [kind, bus] of [
    ["artemis", cases.artemis],
    ["routers", cases.routers],
  ] as const)
    it(`are told the nearest of ${kind} alone, as their library would begin at any of a list`, () => {
      const plan = plannedBus({ ...controlPlaneScenario(), bus }, kind);
      for (const [site, all] of Object.entries(plan.serviceEndpoints ?? {}))
        deepStrictEqual(
          all.map(({ addresses }) => addresses),
          [plan.brokers.filter((broker) => broker.site === site).map(({ address }) => address)],
        );
      const { oslo_messaging_amqp: options } = plan.serviceSettings ?? {};
      ok(options?.["addressing_mode"]);
      deepStrictEqual([options["hosts_in_order"], options["idle_timeout"]], [undefined, undefined]);
    });
});

describe("failover is refused, with the reason,", () => {
  const none = 'there is no setting "failover" here: ';
  for (const [what, bus, why] of [
    [
      "of one RabbitMQ",
      { kind: "rabbitmq", failover: true },
      "there is one broker, and no other to go to; take failover out, or use topology: cluster or federation",
    ],
    [
      "of one Artemis",
      { kind: "artemis", failover: true },
      "there is one broker, and no other to go to; take failover out, or use topology: cluster",
    ],
    [
      "of Kafka",
      { kind: "kafka", failover: true },
      "there is one broker, and no other to go to; take failover out, or use another bus",
    ],
    [
      "of ZeroMQ",
      { kind: "zeromq", failover: true },
      "agents connect to each other, and to no broker that they could leave for another; take failover out",
    ],
  ] as const)
    it(what, () => assertRefused(smallScenarioWith(["bus"], bus), ["bus.failover", `${none}${why}`]));

  it("of one router", () =>
    assertRefused(smallScenarioWith(["bus"], { kind: "routers", interior: ["core"], failover: true }), [
      "bus.failover",
      "true with one router, and there is no other to go to: use two routers or more, or take failover out",
    ]));

  it("and a setting that is misspelt beside it is said as ever", () =>
    assertRefused(
      smallScenarioWith(["bus"], { kind: "kafka", failover: true, sitee: "core" }),
      ...["failover", "sitee"].map(
        (key) =>
          [
            `bus.${key}`,
            `there is no setting "${key}" here: correct its name or take it out; docs/scenario.md lists what there is`,
          ] as const,
      ),
    ));
});
