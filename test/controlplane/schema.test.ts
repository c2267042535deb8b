import { deepStrictEqual } from "assert";
import { ofServices } from "../../workloads/runner/input";
import { assertRefused } from "../scenario/refusal";
import { planned } from "../support/plans";
import { controlPlaneScenario, parsed, smallScenario, type RawScenario } from "../support/scenarios";

const sites = "the sites are core, edge";
const on = (bus: object): RawScenario => ({ ...controlPlaneScenario(), bus });

describe("a control plane in a scenario", () => {
  it("needs nothing said, and is then of the usual services at the first site, without computes", () =>
    deepStrictEqual(parsed({ ...smallScenario(), controlPlane: {} }).controlPlane, {
      services: {},
      replicas: 1,
      cells: {},
      regions: {},
      database: { kind: "mariadb", memory: 512 * 1024 ** 2 },
      computes: {},
      region: "RegionOne",
      apiProcesses: 2,
      profiler: false,
      memory: 768 * 1024 ** 2,
    }));

  it("is on RabbitMQ in every topology, on Artemis and on routers", () => {
    for (const bus of [
      { kind: "rabbitmq" },
      { kind: "rabbitmq", topology: "cluster", queues: "quorum" },
      { kind: "rabbitmq", topology: "federation" },
      { kind: "rabbitmq", version: "4.0", tls: true },
      { kind: "artemis" },
      { kind: "artemis", topology: "cluster" },
      { kind: "routers" },
    ])
      deepStrictEqual(parsed(on(bus)).bus.kind, bus.kind);
  });

  for (const [claim, scenario, path, message] of [
    [
      "its site is not there",
      controlPlaneScenario({ site: "fog" }),
      "controlPlane.site",
      `there is no site "fog"; ${sites}`,
    ],
    [
      "its site is a group",
      controlPlaneScenario({ site: "edge" }),
      "controlPlane.site",
      `"edge" is a group of sites: name one of it, such as "edge-1"`,
    ],
    [
      "a service's site is not there",
      controlPlaneScenario({ services: { keystone: "fog" } }),
      "controlPlane.services.keystone",
      `there is no site "fog"; ${sites}`,
    ],
    [
      "a service is not one",
      controlPlaneScenario({ services: { cinder: "core" } }),
      "controlPlane.services.cinder",
      `there is no setting "cinder" here: correct its name or take it out; docs/scenario.md lists what there is`,
    ],
    [
      "its database's site is a group",
      controlPlaneScenario({ database: { kind: "mariadb", site: "edge" } }),
      "controlPlane.database.site",
      `"edge" is a group of sites: name one of it, such as "edge-1"`,
    ],
    [
      "its database is of a kind that there is not",
      controlPlaneScenario({ database: { kind: "oracle" } }),
      "controlPlane.database.kind",
      `expected one of "mariadb", "galera", got "oracle"`,
    ],
    [
      "computes are at a site that is not there",
      controlPlaneScenario({ computes: { fog: 1 } }),
      "controlPlane.computes.fog",
      `there is no site "fog"; ${sites}`,
    ],
    [
      "a site has no computes",
      controlPlaneScenario({ computes: { edge: 0 } }),
      "controlPlane.computes.edge",
      "expected at least 1, got 0",
    ],
    [
      "its services have less memory than they start with",
      controlPlaneScenario({ memory: "256MiB" }),
      "controlPlane.memory",
      `"256MiB" is too little: use at least 384MiB`,
    ],
    [
      "its region's name is not one",
      controlPlaneScenario({ region: "of mine" }),
      "controlPlane.region",
      "expected up to 64 letters, digits, hyphens and underscores, a letter first",
    ],
    [
      "the bus is ZeroMQ",
      on({ kind: "zeromq" }),
      "bus.kind",
      `"zeromq" can't carry a control plane: the services' library, oslo.messaging 14.0.3, has no ZeroMQ: its driver left with release 9.0.0; use kind: rabbitmq, artemis or routers, or take controlPlane out`,
    ],
    [
      "the bus is Kafka",
      on({ kind: "kafka" }),
      "bus.kind",
      `"kafka" can't carry a control plane: the services call each other, and the library's driver for Kafka (oslo.messaging 14.0.3) has notifications only; use kind: rabbitmq, artemis or routers, or take controlPlane out`,
    ],
    [
      "queues are of a kind that the services' library does not know",
      on({ kind: "rabbitmq", topology: "cluster", queues: "quorum", transient: "quorum" }),
      "bus.transient",
      `"quorum" does not go with a control plane, whose services have oslo.messaging 14.0.3: the library has no option rabbit_transient_quorum_queue; use transient: classic`,
    ],
    [
      "brokers fetch from neighbours only",
      on({ kind: "rabbitmq", topology: "federation", upstreams: "links" }),
      "bus.upstreams",
      `"links" has brokers fetch over direct links only, and services call each other from any site: use upstreams: complete`,
    ],
    [
      "services may go to another broker of a federation",
      on({ kind: "rabbitmq", topology: "federation", failover: true }),
      "bus.failover",
      "true lets a service leave its queue at one broker and have another of that name elsewhere, and a federation would fill both: use failover: false",
    ],
  ] as const)
    it(`is refused when ${claim}`, () => assertRefused(scenario, [path, message]));
});

describe("a timeline that breaks a control plane", () => {
  const call = {
    ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
    ...{ rate: "10/s", duration: "30s" },
  };
  const broken = (...timeline: object[]): RawScenario => ({
    ...controlPlaneScenario(),
    workloads: [{ ...call, timeline }],
  });
  const made =
    "the bus is made of core/rabbitmq, the control plane of core/mariadb, core/keystone, core/placement, core/glance, core/nova-api, core/nova-conductor, core/nova-scheduler, core/neutron, …";

  it("has its services, its database and the computes of each site of a group by name", () => {
    const { workloads } = planned(
      broken(
        { at: "5s", kill: "core/keystone", for: "5s" },
        { at: "5s", restart: "core/mariadb", grace: "8s" },
        { at: "10s", pause: "edge/computes", for: "5s" },
        { at: "20s", starve: "core/nova-api", cpu: "5%", for: "5s" },
      ),
    );
    deepStrictEqual(ofServices(workloads[0]?.timeline), [
      { what: "kill", service: "core/keystone", atSeconds: 5, untilSeconds: 10 },
      { what: "restart", service: "core/mariadb", atSeconds: 5, untilSeconds: 13, graceSeconds: 8 },
      { what: "pause", service: "edge-1/computes", atSeconds: 10, untilSeconds: 15 },
      { what: "pause", service: "edge-2/computes", atSeconds: 10, untilSeconds: 15 },
      { what: "starve", service: "core/nova-api", atSeconds: 20, untilSeconds: 25, cpuPercent: 5 },
    ]);
  });

  for (const [claim, entry, path, message] of [
    [
      "a service that there is not",
      { at: "5s", kill: "core/cinder", for: "5s" },
      "kill",
      `there is no service "core/cinder"; ${made}`,
    ],
    [
      "a service at a site that it is not at",
      { at: "5s", kill: "edge-1/keystone", for: "5s" },
      "kill",
      `there is no service "edge-1/keystone"; ${made}`,
    ],
    [
      "a disk of what has no limit of free space",
      { at: "5s", fill: "core/mariadb", for: "5s" },
      "fill",
      `"core/mariadb" cannot be filled: its disk is the machine's, and it has no limit of free space of its own that could be set above what there is; kill, stop, restart, pause or starve it`,
    ],
  ] as const)
    it(`is refused for ${claim}`, () =>
      assertRefused(broken(entry), [`workloads[0].timeline[0].${path}`, message]));
});
