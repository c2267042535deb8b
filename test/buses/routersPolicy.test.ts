import { deepStrictEqual, ok, strictEqual } from "assert";
import { routerEntities } from "../../components/bus/routers/configuration";
import { renderPolicies } from "../../components/bus/routers/policy";
import { deployed, find } from "../support/experiments";
import { plannedBus } from "../support/plans";
import { controlPlaneScenario, smallScenario, smallScenarioWith } from "../support/scenarios";
import { routerSchema } from "./routersSchema";

type Group = Readonly<Record<string, string | boolean>>;
type Policy = readonly [
  "vhost",
  { hostname: string; allowUnknownUser: boolean; groups: Record<string, Group> },
];

const settings = { kind: "routers", edge: ["edge-2"] };
const plan = plannedBus(smallScenarioWith(["bus"], settings), "routers");
const planWithServices = plannedBus(
  { ...controlPlaneScenario(), bus: settings, workloads: smallScenario()["workloads"] },
  "routers",
);
const routerAt = (of: typeof plan, site: string) => {
  const router = of.brokers.find((one) => one.site === site);
  ok(router, site);
  return router;
};
const policiesOf = (of: typeof plan, site = "core") =>
  JSON.parse(renderPolicies(of, routerAt(of, site))) as Policy[];
const groupsOf = (of: typeof plan, hostname: string) =>
  policiesOf(of).find(([, policy]) => policy.hostname === hostname)?.[1].groups ?? {};

/** Whether one of the patterns is of an address, as a router's parse tree finds (`parse_tree.c`, skupper-router 3.5.1). */
function matches(patterns: string | boolean | undefined, address: string): boolean {
  const words = (text: string) => text.split(/[./]/);
  const fits = ([first, ...others]: readonly string[], of: readonly string[]): boolean => {
    if (first === undefined) return of.length === 0;
    if (first === "#") return fits(others, of) || (of.length > 0 && fits([first, ...others], of.slice(1)));
    return of.length > 0 && (first === "*" || first === of[0]) && fits(others, of.slice(1));
  };
  return String(patterns)
    .split(",")
    .some((pattern) => fits(words(pattern.trim()), words(address)));
}

describe("the policies of a router", () => {
  it("are, of agents alone, by value", () =>
    deepStrictEqual(policiesOf(plan), [
      [
        "vhost",
        {
          hostname: "accounts",
          allowUnknownUser: false,
          groups: {
            agents: {
              users: "agents-core, agents-core@buswide",
              remoteHosts: "*",
              allowDynamicSource: true,
              allowAnonymousSender: false,
              allowAdminStatusUpdate: false,
              allowUserIdProxy: true,
              sourcePattern: "openstack.org/om/*/*/openstack/#",
              targetPattern: "openstack.org/om/*/*/openstack/#, amqp:/_topo/*/*/temp/#, amqp:/_edge/*/temp/#",
            },
          },
        },
      ],
      [
        "vhost",
        {
          hostname: "edge-routers",
          allowUnknownUser: false,
          groups: {
            routers: {
              users: "*",
              remoteHosts: "*",
              allowDynamicSource: true,
              allowAnonymousSender: true,
              allowUserIdProxy: true,
              sources: "*",
              targets: "*",
            },
          },
        },
      ],
    ]));

  it("know the accounts of those sites alone that use the router, by what each group may", () => {
    const users = (of: typeof plan, site: string) =>
      Object.entries(policiesOf(of, site)[0]?.[1].groups ?? {}).map(([group, { users }]) => [group, users]);
    deepStrictEqual(users(plan, "edge-2"), [["agents", "agents-edge-2, agents-edge-2@buswide"]]);
    deepStrictEqual(users(planWithServices, "edge-2"), [
      ["agents", "agents-edge-2, agents-edge-2@buswide"],
      ["openstack", "openstack-edge-2, openstack-edge-2@buswide"],
    ]);
    const one = plannedBus(smallScenarioWith(["bus"], { kind: "routers", interior: ["core"] }), "routers");
    deepStrictEqual(users(one, "core"), [
      [
        "agents",
        "agents-core, agents-core@buswide, agents-edge-1, agents-edge-1@buswide, agents-edge-2, agents-edge-2@buswide",
      ],
    ]);
  });

  it("say what the routers' schemas know", () => {
    for (const [type, { groups, ...attributes }] of policiesOf(planWithServices)) {
      for (const name of Object.keys(attributes)) ok(routerSchema[type]?.[name], name);
      for (const group of Object.values(groups))
        for (const [name, value] of Object.entries(group))
          strictEqual(typeof value, routerSchema["vhostUserGroupSettings"]?.[name], name);
    }
  });

  it("let each account do what the driver does with its topics, and answer whom it must", () => {
    const { agents, openstack } = groupsOf(planWithServices, "accounts");
    for (const [group, exchange, other] of [
      [agents, "openstack", "nova"],
      [openstack, "nova", "openstack"],
      [openstack, "neutron", "openstack"],
    ] as const) {
      const topics = (of: string) => [
        `openstack.org/om/rpc/multicast/${of}/buswide.call.0`,
        `openstack.org/om/rpc/anycast/${of}/buswide.call.0`,
        `openstack.org/om/rpc/unicast/${of}/buswide.call.0/core.call.server-0`,
        `openstack.org/om/notify/anycast/${of}/buswide.notify.0.info`,
      ];
      for (const side of ["sourcePattern", "targetPattern"]) {
        for (const address of topics(exchange)) ok(matches(group?.[side], address), `${side} ${address}`);
        for (const address of topics(other)) ok(!matches(group?.[side], address), `${side} ${address}`);
      }
      for (const reply of ["amqp:/_topo/0/core-router/temp.aB3+_x", "amqp:/_edge/edge-2-router/temp.aB3+_x"])
        ok(matches(group?.["targetPattern"], reply), reply);
      strictEqual(group?.["allowDynamicSource"], true);
    }
    strictEqual(groupsOf(plan, "accounts")["openstack"], undefined);
  });

  it("let no account near any router's management, its own's or another's", () => {
    for (const [account, group] of Object.entries(groupsOf(planWithServices, "accounts")))
      for (const side of ["sourcePattern", "targetPattern"])
        for (const address of [
          "$management",
          "$_management_internal",
          "_topo/0/core-router/$management",
          "amqp:/_topo/0/core-router/$management",
          "amqp:/_edge/edge-2-router/$management",
          "amqp:/_local/$management",
          "_local/$displayname",
          "qdrouter",
          "openstack.org/om",
        ])
          ok(!matches(group[side], address), `${account} ${side} ${address}`);
  });

  it("hold for every listener that is not between interior routers, each of which says which", () => {
    const known = policiesOf(plan).map(([, { hostname }]) => hostname);
    for (const router of plan.brokers) {
      const entities = routerEntities(plan, router);
      deepStrictEqual(
        entities.filter(({ type }) => type === "policy").map(({ attributes }) => attributes),
        [{ enableVhostPolicy: true, policyDir: "/etc/buswide/policies" }],
      );
      const hosts = Object.fromEntries(
        entities
          .filter(({ type }) => type === "listener")
          .map(({ attributes: { name, policyVhost } }): [string, unknown] => [String(name), policyVhost]),
      );
      deepStrictEqual(hosts, {
        agents: "accounts",
        // Nothing but figures, by HTTP.
        figures: undefined,
        ...(router.mode === "interior" ? { "inter-router-in": undefined, "edge-in": "edge-routers" } : {}),
      });
    }
    deepStrictEqual(known, ["accounts", "edge-routers"]);
  });

  it("are a file of the folder that a router takes them from", async () => {
    const { registrations } = await deployed(smallScenarioWith(["bus"], settings));
    for (const site of ["core", "edge-2"]) {
      const { inputs } = find(registrations, `bus-${site}-router-container`);
      const upload = (inputs["uploads"] as { file: string; content: string }[]).find(
        ({ file }) => file === "/etc/buswide/policies/policies.json",
      );
      strictEqual(upload?.content, renderPolicies(plan, routerAt(plan, site)));
    }
  });
});
