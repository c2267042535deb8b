import { deepStrictEqual, ok, strictEqual } from "assert";
import { renderFederation, topicQueues } from "../../components/bus/rabbitmq/definitions";
import {
  agentsRights,
  federatedAgentsRights,
  federationRights,
  defineAccounts,
  renderStart,
} from "../../components/bus/rabbitmq/accounts";
import type { QueueKinds } from "../../components/bus/rabbitmq/queues";
import { topicName } from "../../workloads/probe/deal";
import { assertRefused, issuesOf } from "../scenario/refusal";
import { plannedBus } from "../support/plans";
import { smallScenario } from "../support/scenarios";

type Load = Record<string, unknown>;
const call = (load: Load): Load => ({ name: "call", kind: "rpc", pattern: "call", calls: 5, ...load });
const toCore = call({ clients: { edge: 1 }, servers: { core: 1 } });
const toEdges = call({ clients: { core: 1 }, servers: { edge: 1 } });
const fanout = { ...toEdges, name: "fanout", pattern: "fanout" };
const notify = {
  name: "notify",
  kind: "notification",
  calls: 5,
  clients: { edge: 1 },
  servers: { core: 1 },
};

function scenario(workloads: readonly Load[], settings: object = {}): object {
  return { ...smallScenario(), workloads, bus: { kind: "rabbitmq", topology: "federation", ...settings } };
}

function federation(workloads: readonly Load[], settings: object = {}) {
  const plan = plannedBus(scenario(workloads, settings), "rabbitmq").federation;
  ok(plan);
  return plan;
}

describe("a federation of RabbitMQ brokers", () => {
  it("federates exchanges where the servers of each topic are at one site", () =>
    strictEqual(federation([toCore, fanout]).mode, "exchanges"));

  it("federates exchanges where several topics have servers at several sites, each at one", () =>
    strictEqual(
      federation([call({ clients: { core: 2 }, servers: { edge: 1 }, topics: 2 })]).mode,
      "exchanges",
    ));

  it("federates queues where servers of one topic are at several sites, which exchanges would call twice", () =>
    strictEqual(federation([toEdges]).mode, "queues"));

  it("federates queues where there are notifications, as notifiers make queues at their own broker", () =>
    strictEqual(federation([toCore, notify]).mode, "queues"));

  it("makes topic queues in advance where there are clients, and keeps fanouts where there are servers", () => {
    const { members } = federation([toCore, { ...toEdges, name: "other" }, notify]);
    deepStrictEqual(members["core"]?.queues, ["buswide.other.0"]);
    deepStrictEqual(members["edge-1"]?.queues, ["buswide.call.0", "buswide.notify.0.info"]);
    deepStrictEqual(members["core"].fanouts, ["buswide.call.0_fanout"]);
    deepStrictEqual(members["edge-1"].fanouts, ["buswide.other.0_fanout"]);
  });

  it("knows which topics have servers at a broker, whose queues are no leftovers", () => {
    const { members } = federation([toCore, { ...fanout, name: "other" }, notify]);
    deepStrictEqual(members["core"]?.served, ["buswide.call.0", "buswide.notify.0.info"]);
    deepStrictEqual(members["edge-1"]?.served, ["buswide.other.0"]);
  });

  it("has each broker fetch from every other, or over links alone", () => {
    deepStrictEqual(federation([toCore]).members["edge-1"]?.upstreams, ["core", "edge-2"]);
    deepStrictEqual(federation([toCore], { upstreams: "links" }).members["edge-1"]?.upstreams, ["core"]);
  });

  it("keeps agents at their own site's broker over a link without delay, so that no call is executed twice", () => {
    const flat = {
      ...scenario([toCore]),
      sites: { core: {}, edge: {} },
      links: [{ between: ["core", "edge"], delay: "0ms" }],
    };
    const plan = plannedBus(flat, "rabbitmq");
    strictEqual(plan.federation?.mode, "exchanges");
    for (const site of ["core", "edge"]) {
      const own = plan.brokers.find((broker) => broker.site === site)?.address;
      deepStrictEqual(
        plan.endpoints[site]?.map(({ addresses }) => addresses),
        [[own]],
      );
    }
  });

  it("federates queues where agents may be at several brokers that are equally near", () => {
    // The hub has no broker, and is as far from the one as from the other.
    const between = {
      ...scenario([call({ clients: { left: 1 }, servers: { hub: 2 } })], { sites: ["left", "right"] }),
      sites: { hub: {}, left: {}, right: {} },
      links: [
        { between: ["hub", "left"], delay: "5ms" },
        { between: ["hub", "right"], delay: "5ms" },
      ],
    };
    const plan = plannedBus(between, "rabbitmq");
    strictEqual(plan.endpoints["hub"]?.length, 2);
    strictEqual(plan.federation?.mode, "queues");
  });

  it("counts agents of a site without a broker at the nearest that has one", () => {
    const near = call({ clients: { core: 1 }, servers: { core: 1, edge: 1 } });
    strictEqual(federation([near], { sites: ["core", "edge-2"] }).mode, "queues");
    strictEqual(
      federation([call({ clients: { edge: 1 }, servers: { core: 1, "edge-1": 1 } })], {
        sites: ["core", "edge-2"],
      }).mode,
      "exchanges",
    );
  });

  it("federates queues with failover, as any server may come to be at any broker", () => {
    const { mode, members } = federation([toCore], { failover: true });
    strictEqual(mode, "queues");
    for (const { queues } of Object.values(members)) deepStrictEqual(queues, ["buswide.call.0"]);
  });
});

describe("a federation is refused where", () => {
  const refused = (workloads: readonly Load[], settings: object) =>
    issuesOf(scenario(workloads, settings)).map(({ path, message }) => [path, message]);

  it("a call would run twice", () =>
    deepStrictEqual(refused([toEdges], { mode: "exchanges" }), [
      [
        "bus.mode",
        'servers of one topic of "call" are at edge-1 and edge-2, and "exchanges" would copy each call to every one of them, which execute it more than once: use "queues" or "auto", or keep a topic\'s servers at one site',
      ],
    ]));

  it("a notification would be kept for nobody", () =>
    deepStrictEqual(refused([notify], { mode: "exchanges" }), [
      [
        "bus.mode",
        '"exchanges" would copy the notifications of "notify" into queues that nobody reads: a notifier makes its topic\'s queue at its own broker, and a federated exchange fills each queue of that name; use "queues" or "auto"',
      ],
    ]));

  it("failover would have a call run twice", () =>
    deepStrictEqual(
      refused([toCore], { mode: "exchanges", failover: true }).map(([path]) => path),
      ["bus.mode"],
    ));

  it("a call would never arrive", () =>
    deepStrictEqual(
      refused([call({ clients: { "edge-1": 1 }, servers: { "edge-2": 1 } })], { upstreams: "links" }),
      [
        [
          "bus.upstreams",
          '"links" has brokers fetch over direct links only, and none leads from edge-1 to edge-2: a call of "call" would never arrive there; use "complete", or link the two sites',
        ],
      ],
    ));

  it("a fanout would reach some servers only, though a cast reaches one of them", () => {
    const load = { clients: { "edge-1": 1 }, servers: { core: 1, "edge-2": 1 } };
    strictEqual(federation([call({ ...load, pattern: "cast" })], { upstreams: "links" }).mode, "queues");
    deepStrictEqual(
      refused([call({ ...load, pattern: "fanout" })], { upstreams: "links" }).map(([path]) => path),
      ["bus.upstreams"],
    );
  });
});

describe("a federation over links alone", () => {
  const line = ["a", "b", "c", "d"];
  const along = (servers: object, pattern: "call" | "cast" = "call") => ({
    ...scenario([call({ clients: { a: 1 }, servers, pattern })], { upstreams: "links" }),
    sites: Object.fromEntries(line.map((site) => [site, {}])),
    links: line.slice(1).map((site, index) => ({ between: [line[index], site], delay: "5ms" })),
  });
  const message = (lost: string) =>
    `"links" has brokers fetch over direct links only, and none leads from a to ${lost}, where a call of "call" comes by way of other servers' brokers: its reply would never arrive; use "complete", link the two sites, or keep a topic's servers where its clients have links to`;

  it("is refused where a call goes on from one server's broker to another's, whose reply is lost", () => {
    assertRefused(along({ b: 1, c: 1 }), ["bus.upstreams", message("c")]);
    assertRefused(along({ a: 1, b: 1, c: 1, d: 1 }), ["bus.upstreams", message("c")]);
  });

  it("takes what has no reply, or comes no farther than a link", () => {
    for (const taken of [along({ b: 1, c: 1 }, "cast"), along({ a: 1, b: 1 }), along({ a: 1, c: 1 })])
      strictEqual(plannedBus(taken, "rabbitmq").federation?.mode, "queues");
  });

  it("takes servers beyond a broker that has none, which fetches nothing", () => {
    const apart = along({ b: 1, d: 1 });
    strictEqual(plannedBus(apart, "rabbitmq").federation?.mode, "queues");
  });
});

describe("the definitions of a federation", () => {
  const classic = { topics: "classic", replies: "classic", fanout: "classic" } as const;
  const quorum = { topics: "quorum", replies: "quorum", fanout: "quorum" } as const;
  const member = {
    queues: ["buswide.call.0"],
    served: ["buswide.cast.0"],
    fanouts: ["buswide.call.0_fanout"],
  };
  const rendered = (
    mode: "exchanges" | "queues",
    kinds: QueueKinds = classic,
    services = false,
    of = member,
    lifts = false,
  ) =>
    JSON.parse(
      renderFederation(mode, of, [{ name: "core", address: "10.0.0.4" }], kinds, "p/w", services, lifts),
    ) as Record<string, Record<string, unknown>[]>;

  it("fetch what was published at the other broker itself, and confirm it", () =>
    deepStrictEqual(rendered("queues")["parameters"], [
      {
        vhost: "buswide",
        component: "federation-upstream",
        name: "core",
        value: {
          uri: "amqp://federation:p%2Fw@10.0.0.4:5672/buswide",
          "max-hops": 1,
          "ack-mode": "on-confirm",
          "reconnect-delay": 1,
          expires: 3_600_000,
        },
      },
    ]));

  it("cover topics by exchanges or by queues, never by both, and replies and fanouts always", () => {
    const covered = (mode: "exchanges" | "queues") =>
      (rendered(mode)["policies"] ?? []).map((policy) => [policy["apply-to"], policy["pattern"]]);
    const always = [
      ["exchanges", "_fanout$"],
      ["queues", "^reply_"],
    ];
    deepStrictEqual(covered("exchanges"), [["exchanges", "^openstack$"], ...always]);
    deepStrictEqual(covered("queues"), [["queues", topicQueues], ...always]);
  });

  it("lift the delivery limit of the quorum queues that they cover, and of nothing that has none", () => {
    const definitions = (mode: "exchanges" | "queues", kinds: Parameters<typeof rendered>[1]) =>
      (rendered(mode, kinds, true, member, true)["policies"] ?? []).map(({ name, definition }) => [
        name,
        definition,
      ]);
    const federated = { "federation-upstream-set": "all" };
    const lifted = { ...federated, "delivery-limit": -1 };
    const exchanges = [["services", federated]];
    deepStrictEqual(definitions("queues", quorum), [
      ...exchanges,
      ["topics", lifted],
      ["fanout", federated],
      ["replies", lifted],
    ]);
    deepStrictEqual(definitions("exchanges", quorum)[1], ["topics", federated]);
    deepStrictEqual(definitions("queues", { ...classic, replies: "quorum", fanout: "quorum" }), [
      ...exchanges,
      ["topics", federated],
      ["fanout", federated],
      ["replies", lifted],
    ]);
  });

  it("name the queues of topics and notifications by what the probe calls them, and no server's own", () => {
    const pattern = new RegExp(topicQueues);
    for (const topic of [topicName("call", 0), topicName("a-1", 999)]) {
      ok(pattern.test(topic));
      ok(pattern.test(`${topic}.info`));
      ok(!pattern.test(`${topic}.core.call.server-0`));
      ok(!pattern.test(`${topic}_fanout_0123`));
    }
  });

  it("declare what agents declare with the same properties, which would else be refused", () => {
    const queue = (kinds: typeof classic | typeof quorum) => rendered("queues", kinds)["queues"]?.[0];
    deepStrictEqual(queue(classic), {
      vhost: "buswide",
      name: "buswide.call.0",
      durable: false,
      auto_delete: false,
      arguments: {},
    });
    deepStrictEqual(queue(quorum)?.["arguments"], { "x-queue-type": "quorum" });
    const fanoutOf = (kinds: typeof classic | typeof quorum) =>
      rendered("queues", kinds)["exchanges"]?.find(({ name }) => name === "buswide.call.0_fanout");
    for (const [kinds, durable] of [
      [classic, false],
      [quorum, true],
    ] as const) {
      strictEqual(fanoutOf(kinds)?.["durable"], durable);
      strictEqual(fanoutOf(kinds)?.["auto_delete"], true);
    }
  });

  it("bind a fanout exchange to one that leads nowhere, so that it outlasts its servers", () =>
    ok(
      rendered("queues")["bindings"]?.some(
        ({ source, destination, destination_type }) =>
          source === "buswide.call.0_fanout" &&
          destination === "buswide.keep" &&
          destination_type === "exchange",
      ),
    ));

  it("say whose topics' queues may stay where exchanges are federated, as any other would be filled for nobody", () => {
    deepStrictEqual(rendered("exchanges")["buswide"], { topics: topicQueues, served: ["buswide.cast.0"] });
    strictEqual(rendered("queues")["buswide"], undefined);
  });

  it("keep the fanout exchange of nova-computes, as their library declares it whatever the kinds of queues", () => {
    const without = { queues: [], served: [], fanouts: [] };
    const declared = { vhost: "buswide", type: "fanout", internal: false, arguments: {} };
    for (const kinds of [classic, quorum]) {
      const { exchanges, bindings } = rendered("queues", kinds, true, without);
      deepStrictEqual(exchanges, [
        { ...declared, name: "buswide.keep", durable: true, auto_delete: false },
        { ...declared, name: "compute_fanout", durable: false, auto_delete: true },
      ]);
      deepStrictEqual(bindings, [
        {
          vhost: "buswide",
          source: "compute_fanout",
          destination: "buswide.keep",
          destination_type: "exchange",
          routing_key: "",
          arguments: {},
        },
      ]);
    }
    deepStrictEqual(rendered("queues", classic, false, without)["exchanges"], []);
  });
});

describe("an account of a broker", () => {
  const may = (pattern: string, name: string) => new RegExp(pattern).test(name);

  it("of agents may do to their own topics and replies what they must, and to nothing else", () => {
    const ofOmbt = [
      ...["ombt-control", "ombt-rpc-test", "rpc-buswide.call.0", "rpc-buswide.call.0_fanout"],
      ...[
        "controller-buswide.call.0",
        "client-RPCClient-buswide.call.0",
        "client-RPCServer-buswide.call.0_fanout",
        "client-Listener-buswide.call.0_fanout",
        "client-Notifier-buswide.call.0_fanout",
      ],
    ];
    for (const name of ["openstack", "buswide.call.0", "buswide.call.0_fanout", "reply_0123", ...ofOmbt])
      for (const right of ["configure", "write", "read"] as const) ok(may(agentsRights[right], name), name);
    ok(may(agentsRights.write, "amq.default"));
    for (const name of [
      "nova",
      "openstack2",
      "rpc-nova",
      "ombt-control2",
      "amq.topic",
      "federation: x",
      "my-buswide.call.0",
    ])
      for (const right of ["configure", "write", "read"] as const)
        ok(!may(agentsRights[right], name), `${right} ${name}`);
    ok(!may(agentsRights.configure, "amq.default"));
  });

  it("of a federation may publish nothing but to what it has made itself", () => {
    const { write } = federationRights(true);
    ok(may(write, "federation: openstack -> edge-1-rabbitmq A"));
    for (const name of ["openstack", "nova", "buswide.call.0", "reply_0", "amq.default"])
      ok(!may(write, name), name);
  });

  it("of a federation fetches what the probe's agents declare, and what services do only where there are some", () => {
    const rights = (account: { configure: string; read: string }) => [account.configure, account.read];
    for (const services of [false, true])
      for (const right of rights(federationRights(services))) {
        for (const name of ["federation: x", "openstack", "buswide.call.0", "reply_0"])
          ok(may(right, name), `${name} ${services}`);
        for (const name of ["nova", "neutron", "compute.host-1", "q-plugin", "compute_fanout"])
          strictEqual(may(right, name), services, name);
      }
  });

  it("knows ombt's names only where ombt is run, which is on no federation", () => {
    for (const name of ["ombt-control", "rpc-buswide.call.0", "controller-buswide.call.0"]) {
      for (const right of ["configure", "write", "read"] as const)
        ok(!may(federatedAgentsRights[right], name), name);
      for (const right of ["configure", "read"] as const) ok(!may(federationRights(true)[right], name), name);
    }
    for (const name of ["openstack", "buswide.call.0", "buswide.call.0_fanout", "reply_0123"])
      for (const right of ["configure", "write", "read"] as const)
        ok(may(federatedAgentsRights[right], name), name);
  });

  it("administrates nothing, and none is the broker's default", () => {
    const { users } = JSON.parse(renderStart({ hash: "h", services: true })) as { users: object[] };
    const accounts = [{ name: "agents-core", group: "agents", site: "core" }] as const;
    deepStrictEqual(
      [...users, ...defineAccounts(accounts, {}, true).users].map((user) => {
        const { name, tags } = user as { name: string; tags: string[] };
        return [name, tags];
      }),
      [
        ["federation", []],
        ["agents-core", []],
      ],
    );
  });
});
