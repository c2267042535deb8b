import { deepStrictEqual, ok, strictEqual } from "assert";
import { accountsAt, accountsOf, derivePasswords, transportsOf } from "../../components/bus/accounts";
import { secretsOf } from "../../workloads/runner/redaction";
import { changes, deployed } from "../support/experiments";
import { planned } from "../support/plans";
import { smallScenario, smallScenarioWith } from "../support/scenarios";

const at = (host: string) => [{ host, addresses: [host] }];
const plan = {
  endpoints: {
    core: at("10.0.0.2"),
    "edge-1": at("10.0.0.2"),
    "edge-2": [...at("10.0.0.2"), ...at("10.0.1.2")],
  },
  serviceEndpoints: { core: [{ host: "bus", addresses: ["10.0.1.2", "10.0.0.2"] }] },
};

describe("the accounts of a bus", () => {
  it("are one for each site's agents and one for each site's services", () =>
    deepStrictEqual(accountsOf(plan), [
      { name: "agents-core", group: "agents", site: "core" },
      { name: "agents-edge-1", group: "agents", site: "edge-1" },
      { name: "agents-edge-2", group: "agents", site: "edge-2" },
      { name: "openstack-core", group: "openstack", site: "core" },
    ]));

  it("are at a broker those of whom may connect to it, now or when another is away", () => {
    const names = (address: string) => accountsAt(plan, { address }).map(({ name }) => name);
    deepStrictEqual(names("10.0.0.2"), ["agents-core", "agents-edge-1", "agents-edge-2", "openstack-core"]);
    deepStrictEqual(names("10.0.1.2"), ["agents-edge-2", "openstack-core"]);
    deepStrictEqual(names("10.0.2.2"), []);
  });

  it("have a password each, which another secret makes another, and the same secret the same", () => {
    const accounts = accountsOf(plan);
    const passwords = derivePasswords("a secret of the stack", accounts);
    // HKDF-SHA256 without a salt (RFC 5869), computed by another implementation.
    strictEqual(passwords["agents-core"], "ny5w3GER9oiGfD_EeeY14F_57DANHoZH7bCaK3rAwzI");
    strictEqual(new Set(Object.values(passwords)).size, accounts.length);
    deepStrictEqual(derivePasswords("a secret of the stack", accounts), passwords);
    const other = Object.values(derivePasswords("another secret", accounts));
    ok(!Object.values(passwords).some((password) => other.includes(password)));
  });

  it("are in their own site's transport URL alone, where redaction finds their passwords", () => {
    const passwords = derivePasswords("a secret of the stack", accountsOf(plan));
    const transports = transportsOf(
      "agents",
      plan.endpoints,
      passwords,
      (account, password, [endpoint]) => `rabbit://${account}:${password}@${endpoint?.host}/`,
    );
    for (const [site, url] of Object.entries(transports))
      strictEqual(url, `rabbit://agents-${site}:${passwords[`agents-${site}`]}@10.0.0.2/`);
    deepStrictEqual(
      secretsOf({ transports, settings: {} }),
      ["agents-core", "agents-edge-1", "agents-edge-2"].map((name) => passwords[name]),
    );
  });
});

describe("a site more with agents", () => {
  const more = { core: {}, edge: { count: 3 } };
  const command = "command:local:Command";

  for (const [bus, told] of [
    [{ kind: "rabbitmq" }, ["bus-core-rabbitmq-accounts"]],
    [{ kind: "rabbitmq", topology: "cluster", nodes: { core: 3 } }, ["bus-core-rabbitmq-accounts"]],
    [{ kind: "artemis" }, ["bus-core-artemis-accounts"]],
    [{ kind: "zeromq" }, ["bus-core-matchmaker-accounts"]],
    [{ kind: "kafka" }, ["bus-core-kafka-topics"]],
  ] as const)
    it(`tells ${JSON.stringify(bus)} its account, and makes neither a broker anew nor a resource more of the bus`, async () => {
      const scenario = smallScenarioWith(["bus"], bus);
      if (bus.kind === "kafka")
        scenario["workloads"] = [
          { name: "n", kind: "notification", clients: { edge: 1 }, servers: { core: 1 }, calls: 5 },
        ];
      const [before, after] = [await deployed(scenario), await deployed({ ...scenario, sites: more })];
      const found = Object.entries(changes(before.registrations, after.registrations));
      deepStrictEqual(
        Object.fromEntries(found.filter(([name]) => name.startsWith("bus-"))),
        Object.fromEntries(told.map((name) => [`${name} (${command})`, ["stdin"]])),
      );
    });

  it("needs no account at another site's broker, where each has its own", () => {
    const federation = { kind: "rabbitmq", topology: "federation" };
    for (const sites of [smallScenario()["sites"], more]) {
      const { bus } = planned({ ...smallScenarioWith(["bus"], federation), sites });
      for (const broker of bus.brokers)
        deepStrictEqual(
          accountsAt(bus, broker).map(({ name }) => name),
          [`agents-${broker.site}`],
        );
    }
  });
});
