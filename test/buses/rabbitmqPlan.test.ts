import { deepStrictEqual, ok, strictEqual } from "assert";
import { renderConfiguration, renderPlugins } from "../../components/bus/rabbitmq/configuration";
import type { RabbitmqPlan } from "../../components/bus/rabbitmq/plan";
import { endpointFiles, endpointHosts } from "../../components/bus/nearest";
import { rabbitmq } from "../../workloads/brokers/rabbitmq";
import type { Containers } from "../../workloads/containers";
import { assertRefused } from "../scenario/refusal";
import { deployed, find } from "../support/experiments";
import { plannedBus } from "../support/plans";
import {
  controlPlaneScenario,
  smallScenario,
  smallScenarioWith,
  type RawScenario,
} from "../support/scenarios";

/** The bus of a core and two edges, edge-1 5 ms from the core and edge-2 25 ms. */
function bus(settings: object): RabbitmqPlan {
  const scenario = {
    ...smallScenario(),
    links: [
      { between: ["core", "edge-1"], delay: "5ms" },
      { between: ["core", "edge-2"], delay: "25ms" },
    ],
    bus: { kind: "rabbitmq", ...settings },
  };
  return plannedBus(scenario, "rabbitmq");
}

const names = ({ brokers }: RabbitmqPlan) => brokers.map(({ name }) => name);
const addresses = (plan: RabbitmqPlan) => new Map(plan.brokers.map(({ name, address }) => [name, address]));
const configurationOf = (plan: RabbitmqPlan) =>
  Object.fromEntries(plan.brokers.map((broker) => [broker.name, renderConfiguration(plan, broker)]));

describe("the plan of a RabbitMQ cluster", () => {
  it("has three nodes at the first site unless it says where", () =>
    deepStrictEqual(names(bus({ topology: "cluster" })), [
      "core-rabbitmq",
      "core-rabbitmq-2",
      "core-rabbitmq-3",
    ]));

  it("has as many nodes at each site as it says, a group standing for each of its sites", () =>
    deepStrictEqual(names(bus({ topology: "cluster", nodes: { core: 2, edge: 1 } })), [
      "core-rabbitmq",
      "core-rabbitmq-2",
      "edge-1-rabbitmq",
      "edge-2-rabbitmq",
    ]));

  it("gives each node an address of its own that no number of nodes changes", () => {
    const three = addresses(bus({ topology: "cluster", nodes: { core: 3 } }));
    const five = addresses(bus({ topology: "cluster", nodes: { core: 5 } }));
    strictEqual(new Set(five.values()).size, 5);
    for (const [name, address] of three) strictEqual(five.get(name), address);
  });

  it("changes no node's file when another comes, wherever", () => {
    const three = configurationOf(bus({ topology: "cluster", nodes: { core: 3 } }));
    const four = configurationOf(bus({ topology: "cluster", nodes: { core: 3, "edge-1": 1 } }));
    deepStrictEqual({ ...four, "edge-1-rabbitmq": undefined }, { ...three, "edge-1-rabbitmq": undefined });
  });

  it("has each node look for the first, and the first for nobody", () => {
    const plan = bus({ topology: "cluster", partitions: "pause_minority", netTick: "20s" });
    const [first, second] = plan.brokers.map((broker) => renderConfiguration(plan, broker).split("\n"));
    const [seed, other] = plan.brokers.map(({ address }) => `rabbit@${address}`);
    const peers = (lines: readonly string[] = []) => lines.filter((line) => line.includes("classic_config."));
    deepStrictEqual(peers(first), [`cluster_formation.classic_config.nodes.1 = ${seed}`]);
    deepStrictEqual(peers(second), [
      `cluster_formation.classic_config.nodes.1 = ${seed}`,
      `cluster_formation.classic_config.nodes.2 = ${other}`,
    ]);
    for (const line of ["cluster_partition_handling = pause_minority", "net_ticktime = 20"])
      ok(second?.includes(line), line);
  });

  it("has every node start anew when the kind of queues changes, which no queue can", () => {
    const classic = configurationOf(bus({ topology: "cluster" }));
    const quorum = configurationOf(bus({ topology: "cluster", queues: "quorum" }));
    for (const [name, text] of Object.entries(classic)) ok(quorum[name] !== text, name);
  });
});

describe("a RabbitMQ cluster whose nodes agree by Raft", () => {
  const quorum = { topology: "cluster", queues: "quorum", transient: "quorum" };
  const named = (version: string) => ({ ...quorum, version, image: `rabbitmq:${version}` });
  const handling = (settings: object) =>
    Object.values(configurationOf(bus(settings))).flatMap(
      (text) => text.match(/^cluster_partition_handling.*$/gm) ?? [],
    );

  it("is told nothing of partitions, and any before is", () => {
    for (const version of ["4.2", "4.3"]) deepStrictEqual(handling(named(version)), [], version);
    for (const settings of [quorum, { ...quorum, version: "4.0" }, named("4.1")])
      deepStrictEqual(handling(settings), Array(3).fill("cluster_partition_handling = autoheal"));
  });

  it("is refused if the scenario says what to do about them", () => {
    for (const version of ["4.2", "4.3"])
      for (const partitions of ["pause_minority", "autoheal"])
        assertRefused(smallScenarioWith(["bus"], { kind: "rabbitmq", ...named(version), partitions }), [
          "bus.partitions",
          `"${partitions}" does nothing on RabbitMQ ${version}, whose nodes agree by Raft (Khepri) and have no way of their own to act when they lose each other: take it out, or use version 4.1 or before`,
        ]);
  });

  it("is well without telling of partitions, as it is asked whether it is", async () => {
    const nodes = ["rabbit@10.0.0.2", "rabbit@10.0.1.2"];
    const answer = { disk_nodes: nodes, running_nodes: nodes };
    const exec = () => Promise.resolve({ exitCode: 0, stdout: JSON.stringify(answer), stderr: "" });
    const brokers = nodes.map((container) => ({ name: container, container }));
    deepStrictEqual(
      await rabbitmq.ailments?.({ exec } as unknown as Containers, "core", { topology: "cluster", brokers }),
      [],
    );
  });
});

describe("quorum queues of RabbitMQ", () => {
  const policies = async (settings: object) => {
    const scenario = smallScenarioWith(["bus"], { kind: "rabbitmq", ...settings });
    const { inputs } = find((await deployed(scenario)).registrations, "bus-core-rabbitmq-container");
    const accounts = (inputs["uploads"] as { file: string; content: string }[]).find(({ file }) =>
      file.endsWith("10-start.json"),
    );
    return (JSON.parse(accounts?.content ?? "") as { policies?: object[] }).policies;
  };
  const unlimited = {
    vhost: "buswide",
    name: "redelivery",
    pattern: ".*",
    "apply-to": "quorum_queues",
    definition: { "delivery-limit": -1 },
    priority: 0,
  };

  it("drop no message for having come back often, which those of 4.x would after 20 times", async () => {
    for (const settings of [
      { queues: "quorum" },
      { transient: "quorum" },
      { queues: "quorum", transient: "quorum", fanout: "stream" },
      { topology: "federation", queues: "quorum" },
    ])
      deepStrictEqual(await policies({ version: "4.0", ...settings }), [unlimited], JSON.stringify(settings));
  });

  it("need no policy before 4.x, nor do classic queues", async () => {
    for (const settings of [{ queues: "quorum" }, { version: "4.0" }])
      deepStrictEqual(await policies(settings), undefined, JSON.stringify(settings));
  });

  it("of a federation have no limit either, which its own policies would have them have", async () => {
    const settings = { kind: "rabbitmq", topology: "federation", version: "4.0", transient: "quorum" };
    const { registrations } = await deployed(smallScenarioWith(["bus"], settings));
    const told = JSON.parse(
      String(find(registrations, "bus-core-rabbitmq-federation-set").inputs["stdin"]),
    ) as { policies: { name: string; definition: object }[] };
    deepStrictEqual(told.policies.find(({ name }) => name === "replies")?.definition, {
      "federation-upstream-set": "all",
      "delivery-limit": -1,
    });
  });
});

describe("accounts of a RabbitMQ bus", () => {
  interface Definitions {
    readonly users: readonly { name: string; password_hash: string; tags: string[] }[];
    readonly permissions: readonly { user: string; configure: string; read: string }[];
  }
  /** What a site's broker starts with, and what it is told by a command. */
  const definitions = async (raw: RawScenario, site: string, command: string) => {
    const { registrations } = await deployed(raw);
    const { inputs } = find(registrations, `bus-${site}-rabbitmq-container`);
    const file = (inputs["uploads"] as { file: string; content: string }[]).find(({ file }) =>
      file.endsWith("10-start.json"),
    );
    const told = find(registrations, `bus-${site}-rabbitmq-${command}`);
    deepStrictEqual(told.secrets, ["stdin"]);
    return [file?.content, told.inputs["stdin"]].map((text) => JSON.parse(String(text)) as Definitions);
  };
  const names = (all: readonly Definitions[]) =>
    all.map(({ users, permissions }) => {
      deepStrictEqual(
        permissions.map(({ user }) => user),
        users.map(({ name }) => name),
      );
      return users.map(({ name }) => name);
    });
  const configures = async (raw: RawScenario) =>
    Object.fromEntries(
      (await definitions(raw, "core", "federation-set")).flatMap(({ permissions }) =>
        permissions.map(({ user, configure }) => [user, new RegExp(configure)]),
      ),
    );
  const federation = { kind: "rabbitmq", topology: "federation" };
  const here = { core: ["agents-core"], "edge-1": ["agents-edge-1"], "edge-2": ["agents-edge-2"] };
  const everybody = Object.values(here).flat();

  it("are one for each site's agents, each with a password of its own, told to a broker that starts with none", async () => {
    const all = await definitions(smallScenario(), "core", "accounts");
    deepStrictEqual(names(all), [[], everybody]);
    const [, { users, permissions } = { users: [], permissions: [] }] = all;
    strictEqual(new Set(users.map(({ password_hash }) => password_hash)).size, everybody.length);
    ok(users.every(({ tags }) => tags.length === 0));
    strictEqual(new Set(permissions.map(({ configure }) => configure)).size, 1);
  });

  it("are known to a federation's broker only where their holders connect to it", async () => {
    const raw = smallScenarioWith(["bus"], federation);
    for (const [site, own] of Object.entries(here))
      deepStrictEqual(names(await definitions(raw, site, "federation-set")), [["federation"], own]);
    const two = smallScenarioWith(["bus"], { ...federation, sites: ["core", "edge-1"] });
    deepStrictEqual(names(await definitions(two, "core", "federation-set"))[1], [
      "agents-core",
      "agents-edge-2",
    ]);
    const along = smallScenarioWith(["bus"], { ...federation, failover: true });
    for (const site of Object.keys(here))
      deepStrictEqual(names(await definitions(along, site, "federation-set"))[1], everybody);
  });

  it("are known to every node of a cluster by telling one, once all have joined", async () => {
    const raw = smallScenarioWith(["bus"], {
      kind: "rabbitmq",
      topology: "cluster",
      nodes: { core: 1, edge: 1 },
    });
    deepStrictEqual(names(await definitions(raw, "core", "accounts")), [[], everybody]);
    const { registrations } = await deployed(raw);
    ok(find(registrations, "bus-core-rabbitmq-accounts").dependencies.includes("bus-members"));
    ok(!registrations.some(({ name }) => name === "bus-edge-1-rabbitmq-accounts"));
  });

  it("are besides one for each site's services, with other rights", async () => {
    const all = await definitions(
      { ...controlPlaneScenario(), workloads: smallScenario()["workloads"] },
      "core",
      "accounts",
    );
    deepStrictEqual(names(all)[1], [
      ...everybody,
      ...["openstack-core", "openstack-edge-1", "openstack-edge-2"],
    ]);
  });

  it("of a federation know services' names with a control plane alone, and ombt's never", async () => {
    const without = await configures(smallScenarioWith(["bus"], federation));
    const withPlane = await configures({ ...controlPlaneScenario(), bus: federation });
    deepStrictEqual(Object.keys(without), ["federation", "agents-core"]);
    for (const name of ["nova", "neutron", "compute.host-1"]) {
      ok(!without["federation"]?.test(name), name);
      ok(withPlane["federation"]?.test(name), name);
    }
    for (const accounts of [without, withPlane])
      for (const [account, pattern] of Object.entries(accounts)) ok(!pattern.test("ombt-control"), account);
  });
});

describe("the agents of a RabbitMQ bus", () => {
  it("use the nearest broker by the way there and back", () => {
    const plan = bus({ topology: "federation", sites: ["core", "edge-2"] });
    const at = addresses(plan);
    const used = Object.fromEntries(
      Object.entries(plan.endpoints).map(([site, endpoints]) => [site, endpoints.map(({ host }) => host)]),
    );
    deepStrictEqual(used, {
      core: [at.get("core-rabbitmq")],
      "edge-1": [at.get("core-rabbitmq")],
      "edge-2": [at.get("edge-2-rabbitmq")],
    });
  });

  it("use any of several that are equally near", () => {
    const plan = bus({ topology: "cluster" });
    for (const endpoints of Object.values(plan.endpoints))
      deepStrictEqual(
        endpoints.map(({ host }) => host),
        plan.brokers.map(({ address }) => address),
      );
  });

  it("know all brokers by one name with failover, the nearest first", () => {
    const plan = bus({ topology: "federation", failover: true });
    const at = addresses(plan);
    const inOrder = (...brokers: string[]) => brokers.map((name) => at.get(`${name}-rabbitmq`) ?? "");
    deepStrictEqual(plan.endpoints, {
      core: [{ host: "bus", addresses: inOrder("core", "edge-1", "edge-2") }],
      "edge-1": [{ host: "bus", addresses: inOrder("edge-1", "core", "edge-2") }],
      "edge-2": [{ host: "bus", addresses: inOrder("edge-2", "core", "edge-1") }],
    });
    const endpoints = plan.endpoints["edge-2"];
    deepStrictEqual(endpointHosts(endpoints), { bus: inOrder("edge-2", "core", "edge-1") });
    const precedence = (endpointFiles(endpoints)[0]?.content ?? "")
      .split("\n")
      .flatMap((line) => /^precedence ::ffff:(\S+)\/128 (\d+)$/.exec(line)?.slice(1) ?? [])
      .filter((_, index) => index % 2 === 0);
    deepStrictEqual(precedence, inOrder("edge-2", "core", "edge-1"));
  });

  it("start at another of equally near nodes at each site with failover, so that none has them all", () => {
    const plan = bus({ topology: "cluster", failover: true });
    const firsts = Object.values(plan.endpoints).map(([endpoint]) => endpoint?.addresses[0]);
    strictEqual(new Set(firsts).size, firsts.length);
  });

  it("need no file and no name where they have one broker", () => {
    const endpoints = bus({}).endpoints["core"] ?? [];
    deepStrictEqual([endpointHosts(endpoints), endpointFiles(endpoints)], [{}, []]);
  });

  it("are told to make the queues that the scenario asks for, by options that the library has", () => {
    const options = (settings: object) => bus(settings).settings["oslo_messaging_rabbit"];
    deepStrictEqual(options({}), { rabbit_transient_queues_ttl: 60 });
    deepStrictEqual(options({ queues: "quorum" }), {
      rabbit_transient_queues_ttl: 60,
      rabbit_quorum_queue: true,
    });
    deepStrictEqual(options({ queues: "quorum", transient: "quorum", fanout: "stream" }), {
      rabbit_transient_queues_ttl: 60,
      rabbit_quorum_queue: true,
      rabbit_transient_quorum_queue: true,
      rabbit_stream_fanout: true,
      rabbit_qos_prefetch_count: 100,
    });
  });
});

describe("a RabbitMQ broker", () => {
  it("federates only in a federation", () => {
    strictEqual(renderPlugins(bus({})), "[rabbitmq_prometheus].\n");
    strictEqual(
      renderPlugins(bus({ topology: "federation" })),
      "[rabbitmq_prometheus,rabbitmq_federation].\n",
    );
  });

  it("shows its figures to its own container alone", () => {
    for (const topology of ["single", "cluster", "federation"])
      for (const text of Object.values(configurationOf(bus({ topology }))))
        ok(text.includes("\nprometheus.tcp.ip = 127.0.0.1\n"));
  });

  it("has the image of its version", () =>
    deepStrictEqual([bus({}).image, bus({ version: "4.0" }).image], ["rabbitmq", "rabbitmq-4.0"]));
});
