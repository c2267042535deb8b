import { deepStrictEqual, match, ok, strictEqual, throws } from "assert";
import fc from "fast-check";
import { readFileSync } from "fs";
import {
  catalogInput,
  endpointsOf,
  fillInput,
  renderClouds,
  renderOpenrc,
} from "../../components/controlplane/access";
import { port as cachePort } from "../../components/controlplane/cache";
import {
  computesFiles,
  serviceEnvironment,
  serviceFiles,
  shownFiles,
} from "../../components/controlplane/files";
import { mergeSettings, renderSettings } from "../../components/controlplane/oslo";
import {
  controlPlaneContainers,
  controlPlaneServices,
  ownBrokers,
  serviceUsers,
  type ControlPlanePlan,
} from "../../components/controlplane/plan";
import {
  derive,
  deriveSecrets,
  redactedSecrets,
  secretTexts,
  type Secrets,
} from "../../components/controlplane/secrets";
import { placedServices } from "../../components/controlplane/services";
import { databaseUrl } from "../../components/database/planners";
import { hashPassword, renderAccounts } from "../../components/database/mariadb/configuration";
import { planned } from "../support/plans";
import { controlPlaneScenario, smallScenario } from "../support/scenarios";

function plan(settings: object = {}, bus: object = { kind: "rabbitmq" }): ControlPlanePlan {
  const { controlPlane } = planned({ ...controlPlaneScenario(settings), bus });
  if (!controlPlane) throw new Error("no control plane was planned");
  return controlPlane;
}

const accounts = ["keystone", "placement", "glance", "neutron", "nova"];
const secrets: Secrets = {
  ...deriveSecrets("a secret of the tests", serviceUsers, accounts),
  transports: Object.fromEntries(["core", "edge-1", "edge-2"].map((site) => [site, `rabbit://at-${site}/`])),
};

/** Groups of options of a rendered file. */
function read(content: string): Record<string, Record<string, string>> {
  const groups: Record<string, Record<string, string>> = {};
  let group: Record<string, string> = {};
  for (const line of content.split("\n")) {
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    if (header !== undefined) groups[header] = group = {};
    const [, name, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) group[name] = value;
  }
  return groups;
}

const nova = (of: ControlPlanePlan, service: "nova-api" | "nova-conductor" | "nova-scheduler") =>
  read(serviceFiles(of, service, secrets)[0]?.content ?? "");

describe("the plan of a control plane", () => {
  it("is not there without one", () => strictEqual(planned(smallScenario()).controlPlane, undefined));

  it("has each service once, where the scenario places it, and computes by their sites", () =>
    deepStrictEqual(controlPlaneServices(plan({ site: "core", services: { keystone: "edge-2" } })).sort(), [
      "core/glance",
      "core/mariadb",
      "core/memcached",
      "core/neutron",
      "core/nova-api",
      "core/nova-conductor",
      "core/nova-scheduler",
      "core/placement",
      "edge-1/computes",
      "edge-2/computes",
      "edge-2/keystone",
      "edge-2/memcached",
    ]));

  it("names each host by its site, and adds up a group's and a site's", () =>
    deepStrictEqual(
      plan({ computes: { edge: 1, "edge-2": 1 } }).computes.map(({ site, hosts }) => [site, hosts]),
      [
        ["edge-1", ["edge-1-compute-1"]],
        ["edge-2", ["edge-2-compute-1", "edge-2-compute-2"]],
      ],
    ));

  it("gives no two containers of a site one address, whatever else is there", () => {
    const { controlPlane, bus, agents, sites } = planned({
      ...controlPlaneScenario({ computes: { core: 1, edge: 1 } }),
      bus: { kind: "rabbitmq", topology: "cluster", nodes: { core: 3 } },
      workloads: [{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 }, calls: 1 }],
    });
    if (!controlPlane) throw new Error("no control plane was planned");
    const addresses = [
      ...sites.flatMap((site) => [site.gatewayAddress, site.bridgeAddress, site.defaultGateway]),
      ...bus.brokers.map(({ address }) => address),
      ...[...agents.values()].map(({ address }) => address),
      ...controlPlane.database.servers.map(({ address }) => address),
      ...Object.values(controlPlane.services).map(({ address }) => address),
      ...controlPlane.caches.map(({ address }) => address),
      ...controlPlane.computes.map(({ address }) => address),
    ];
    strictEqual(new Set(addresses).size, addresses.length);
  });

  it("leaves every address where it is when services or computes come or go", () => {
    const before = plan({ computes: {} });
    const after = plan({ computes: { core: 1, edge: 3 }, services: { glance: "edge-1" } });
    for (const service of placedServices.filter((one) => one !== "glance"))
      strictEqual(after.services[service].address, before.services[service].address);
  });

  it("has a site's services at the bus's nearest broker, and a service of none", () => {
    const { bus } = planned({ ...controlPlaneScenario(), bus: { kind: "artemis", topology: "cluster" } });
    const home = (site: string) =>
      bus.brokers.find(({ address }) => address === bus.serviceEndpoints?.[site]?.[0]?.host)?.site;
    deepStrictEqual(Object.keys(bus.serviceEndpoints ?? {}), ["core", "edge-1", "edge-2"]);
    for (const site of ["core", "edge-1", "edge-2"]) strictEqual(home(site), site);
    strictEqual(planned(smallScenario()).bus.serviceEndpoints, undefined);
  });

  it("has a site's services at one broker of a federation, also between two that are equally near", () => {
    const between = (topology: object) => ({
      ...controlPlaneScenario({ site: "hub", computes: { left: 1 } }),
      sites: { hub: {}, left: {}, right: {} },
      links: [
        { between: ["hub", "left"], delay: "5ms" },
        { between: ["hub", "right"], delay: "5ms" },
      ],
      bus: { kind: "rabbitmq", ...topology },
      workloads: [{ name: "call", kind: "rpc", clients: { hub: 1 }, servers: { left: 1 }, calls: 1 }],
    });
    const homes = (topology: object) => {
      const { bus } = planned(between(topology));
      const at = (endpoints: typeof bus.endpoints | undefined) =>
        endpoints?.["hub"]?.map(
          ({ host }) => bus.brokers.find(({ address }) => address === host)?.site ?? "nowhere",
        );
      return { services: at(bus.serviceEndpoints), agents: at(bus.endpoints) };
    };
    deepStrictEqual(homes({ topology: "federation", sites: ["right", "left"] }), {
      services: ["right"],
      agents: ["right", "left"],
    });
    deepStrictEqual(homes({ topology: "cluster", nodes: { left: 1, right: 1 } }).services, ["left", "right"]);
  });

  it("says which sites its services connect over HTTP and SQL", () => {
    deepStrictEqual(plan({ computes: {} }).connections, []);
    deepStrictEqual(plan({ computes: { "edge-1": 1 } }).connections, [
      { from: "edge-1", to: "core", encrypted: false },
    ]);
  });
});

describe("what the services are told", () => {
  it("is the bus of their own site", () => {
    const [file] = computesFiles(plan(), plan().computes[1] ?? never(), secrets);
    strictEqual(read(file?.content ?? "")["DEFAULT"]?.["transport_url"], "rabbit://at-edge-2/");
    strictEqual(nova(plan(), "nova-api")["DEFAULT"]?.["transport_url"], "rabbit://at-core/");
  });

  it("has the kinds of queues of the bus, and the driver's settings of AMQP 1.0", () => {
    const bus = { kind: "rabbitmq", topology: "cluster", queues: "quorum" };
    strictEqual(
      nova(plan({}, bus), "nova-conductor")["oslo_messaging_rabbit"]?.["rabbit_quorum_queue"],
      "true",
    );
    const amqp = nova(plan({}, { kind: "artemis" }), "nova-conductor")["oslo_messaging_amqp"];
    deepStrictEqual([amqp?.["addressing_mode"], amqp?.["pre_settled"]], ["legacy", "rpc-reply"]);
  });

  it("gives computes no database: they would take themselves for a service that has one", () => {
    const [file] = computesFiles(plan(), plan().computes[0] ?? never(), secrets);
    const groups = read(file?.content ?? "");
    strictEqual(groups["database"], undefined);
    strictEqual(groups["api_database"], undefined);
    strictEqual(groups["DEFAULT"]?.["compute_driver"], "fake.FakeDriver");
    ok(!file?.content.includes("mysql"));
  });

  it("gives each service the password of its own account, and no other's", () => {
    for (const [service, account] of [
      ["keystone", "keystone"],
      ["placement", "placement"],
      ["glance", "glance"],
      ["neutron", "neutron"],
      ["nova-api", "nova"],
    ] as const) {
      const text = serviceFiles(plan(), service, secrets)
        .map(({ content }) => content)
        .join();
      for (const other of accounts)
        strictEqual(text.includes(secrets.accounts[other] ?? ""), other === account, `${service}: ${other}`);
    }
  });

  it("tells Keystone its keys of tokens, each 32 bytes as Fernet has them", () => {
    const files = serviceFiles(plan(), "keystone", secrets);
    for (const name of ["0", "1"]) {
      const key = files.find(({ path }) => path === `/etc/buswide/keys/${name}`)?.content ?? "";
      match(key, /^[\w-]{43}=$/);
      strictEqual(Buffer.from(key, "base64url").length, 32);
    }
  });

  it("is shown in a backup with every secret redacted", () => {
    const shown = shownFiles(plan(), redactedSecrets(serviceUsers, accounts, ["core", "edge-1", "edge-2"]));
    deepStrictEqual(Object.keys(shown).sort(), [
      "core-glance/glance-api.conf",
      "core-keystone/keystone.conf",
      "core-neutron/ml2_conf.ini",
      "core-neutron/neutron.conf",
      "core-nova-api/nova.conf",
      "core-nova-conductor/nova.conf",
      "core-nova-scheduler/nova.conf",
      "core-placement/placement.conf",
      "edge-1-computes/nova.conf",
      "edge-2-computes/nova.conf",
    ]);
    strictEqual(read(shown["core-nova-api/nova.conf"] ?? "")["DEFAULT"]?.["transport_url"], "***");
    for (const [file, content] of Object.entries(shown))
      for (const [, password, inUrl, key] of content.matchAll(
        /password = (.*)|:\/\/\w+:([^@]*)@|secret_key = (.*)/g,
      ))
        strictEqual(password ?? inUrl ?? key, "***", file);
    ok(shown["core-glance/glance-api.conf"]?.includes("memcache_secret_key = ***\n"));
  });

  it("is how the image's health asks", () => {
    deepStrictEqual(serviceEnvironment(plan(), "nova-api"), {
      BUSWIDE_SERVICE: "nova-api",
      BUSWIDE_PORT: "8774",
      BUSWIDE_HEALTH_PATH: "/",
      BUSWIDE_PROCESSES: "2",
    });
    deepStrictEqual(serviceEnvironment(plan(), "nova-conductor"), {
      BUSWIDE_SERVICE: "nova-conductor",
      BUSWIDE_AGENTS: "1",
    });
  });
});

describe("caches", () => {
  const groups = (of: ControlPlanePlan, service: (typeof placedServices)[number]) =>
    read(serviceFiles(of, service, secrets)[0]?.content ?? "");

  it("are one at each site that has an API, and are shared by its servers", () => {
    const sites = (settings: object) =>
      plan(settings).caches.map(({ site, service, memoryBytes }) => [site, service, memoryBytes / 1024 ** 2]);
    deepStrictEqual(sites({ replicas: 3 }), [["core", "memcached", 64]]);
    deepStrictEqual(sites({ services: { glance: "edge-1", "nova-conductor": "edge-2" } }), [
      ["core", "memcached", 64],
      ["edge-1", "memcached", 64],
    ]);
  });

  it("have addresses that nothing else of the site has, whatever is there, and keep them", () => {
    const everything = {
      replicas: 3,
      computes: { core: 1 },
      cells: { core: {} },
      database: { kind: "galera", nodes: { core: 9 } },
    };
    const { controlPlane, bus, agents, tools, sites, metrics } = planned({
      ...controlPlaneScenario(everything),
      metrics: { kind: "prometheus" },
      bus: { kind: "rabbitmq", topology: "cluster", nodes: { core: 7 } },
      workloads: [
        { name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 }, calls: 1 },
        { name: "tokens", kind: "rally", site: "core", scenario: "Authenticate.keystone", times: 1 },
        { name: "plane", kind: "shaker", pairs: [["core", "edge-1"]] },
      ],
    });
    if (!controlPlane || !metrics) throw new Error("no control plane was planned, or nothing watches it");
    const addresses = [
      ...sites.flatMap((site) => [site.gatewayAddress, site.bridgeAddress, site.defaultGateway]),
      ...[...bus.brokers, ...ownBrokers(controlPlane), ...agents.values(), ...tools, metrics].map(
        ({ address }) => address,
      ),
      ...controlPlaneContainers(controlPlane).map(({ address }) => address),
    ];
    strictEqual(new Set(addresses).size, addresses.length);
    strictEqual(controlPlane.caches[0]?.address, plan().caches[0]?.address);
  });

  it("are at their sites in networks of 28 addresses, too, where a control plane has room for one server each", () => {
    const small = (settings: object) => ({
      ...controlPlaneScenario(settings),
      target: { kind: "local", addresses: { sitePrefix: 27 } },
    });
    const { controlPlane, bus, agents, tools, sites, metrics } = planned({
      ...small({ computes: { core: 1 }, database: { kind: "galera", nodes: { core: 1, edge: 1 } } }),
      metrics: { kind: "prometheus" },
      bus: { kind: "artemis" },
      workloads: [
        { name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 }, calls: 1 },
        { name: "tokens", kind: "rally", site: "core", scenario: "Authenticate.keystone", times: 1 },
        { name: "plane", kind: "shaker", pairs: [["core", "edge-1"]] },
      ],
    });
    if (!controlPlane || !metrics) throw new Error("no control plane was planned, or nothing watches it");
    const addresses = [
      ...sites.flatMap((site) => [site.gatewayAddress, site.bridgeAddress, site.defaultGateway]),
      ...[...bus.brokers, ...agents.values(), ...tools, metrics].map(({ address }) => address),
      ...controlPlaneContainers(controlPlane).map(({ address }) => address),
    ];
    strictEqual(new Set(addresses).size, addresses.length);
    strictEqual(controlPlane.caches.length, 1);
    // What lies in the row in which the cache is there has no room: the database of a part with a broker of its own.
    throws(
      () => planned(small({ cells: { "edge-1": {} } })),
      /sitePrefix: 27 leaves a site 28 addresses, too few/,
    );
  });

  it("are Keystone's by oslo.cache, its site's, with the library's own times", () => {
    const of = plan({ services: { keystone: "edge-1" } });
    const cache = of.caches.find(({ site }) => site === "edge-1");
    deepStrictEqual(groups(of, "keystone")["cache"], {
      enabled: "true",
      backend: "oslo_cache.memcache_pool",
      memcache_servers: `${cache?.address}:11211`,
    });
    strictEqual(groups(of, "glance")["cache"], undefined);
  });

  it("listen where gateways let nobody of another site pass", () => {
    const firewall = "images/gateway/control/gateway/firewall.py";
    const [, port] = /^MEMCACHED_PORT = (\d+)$/m.exec(readFileSync(firewall, "utf8")) ?? [];
    strictEqual(port, `${cachePort}`);
  });

  it("have what APIs remember of tokens, encrypted, at each API's own site and for no one else", () => {
    const of = plan({ services: { glance: "edge-1", "nova-scheduler": "edge-2" } });
    const told = (service: (typeof placedServices)[number]) => {
      const options = groups(of, service)["keystone_authtoken"] ?? {};
      return [
        options["memcached_servers"],
        options["memcache_security_strategy"],
        options["memcache_secret_key"],
      ];
    };
    const [core, edge] = of.caches.map(({ address }) => `${address}:11211`);
    for (const service of ["placement", "nova-api", "neutron"] as const)
      deepStrictEqual(told(service), [core, "ENCRYPT", secrets.cacheKey], service);
    deepStrictEqual(told("glance"), [edge, "ENCRYPT", secrets.cacheKey]);
    deepStrictEqual(told("nova-scheduler"), [undefined, undefined, undefined]);
    deepStrictEqual(told("keystone"), [undefined, undefined, undefined]);
  });

  it("have a key that nothing else has, and that is written nowhere", () => {
    const { cacheKey, ...others } = secrets;
    strictEqual(cacheKey.length, 43);
    ok(!JSON.stringify(others).includes(cacheKey));
    ok(secretTexts(secrets).includes(cacheKey));
  });
});

describe("settings of oslo.config", () => {
  it("are rendered a group each, lists as an option that is given several times", () =>
    strictEqual(
      renderSettings({ DEFAULT: { debug: false }, group: { number: 3, list: ["a", "b"] } }),
      "[DEFAULT]\ndebug = false\n\n[group]\nnumber = 3\nlist = a\nlist = b\n",
    ));

  it("are merged option by option, the later over the earlier", () =>
    deepStrictEqual(mergeSettings({ a: { x: 1, y: 1 } }, { a: { y: 2 }, b: { z: 3 } }), {
      a: { x: 1, y: 2 },
      b: { z: 3 },
    }));
});

describe("secrets of a control plane", () => {
  it("are all different, and the same for the same stack", () => {
    const all = ({ admin, users, accounts: of, tokenKeys }: Omit<Secrets, "transports">) => [
      admin,
      ...[users, of, tokenKeys].flatMap((some) => Object.values(some)),
    ];
    const made = all(deriveSecrets("one", serviceUsers, accounts));
    strictEqual(new Set(made).size, 1 + 4 + 5 + 2);
    deepStrictEqual(all(deriveSecrets("one", serviceUsers, accounts)), made);
    ok(all(deriveSecrets("other", serviceUsers, accounts)).every((secret) => !made.includes(secret)));
  });

  it("tell nothing of what they are made of", () =>
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (secret) => {
        const made = derive(secret, "user nova");
        strictEqual(made.length, 32);
        ok(!made.includes(Buffer.from(secret)));
      }),
    ));

  it("are hashed for MariaDB as its PASSWORD() does", () =>
    // https://mariadb.com/kb/en/password/
    strictEqual(hashPassword("notagoodpwd"), "*3A70EE9FC6594F88CE9E959CD51C5A1C002DC937"));

  it("open each account its own databases", () =>
    strictEqual(
      renderAccounts([{ name: "nova", databases: ["nova", "nova_api"] }], { nova: "*HASH" }),
      [
        "CREATE OR REPLACE USER 'nova'@'%' IDENTIFIED BY PASSWORD '*HASH';",
        "CREATE DATABASE IF NOT EXISTS nova;",
        "GRANT ALL PRIVILEGES ON nova.* TO 'nova'@'%';",
        "CREATE DATABASE IF NOT EXISTS nova_api;",
        "GRANT ALL PRIVILEGES ON nova_api.* TO 'nova'@'%';",
        "",
      ].join("\n"),
    ));

  it("are encoded in a database's URL", () => {
    const { database } = plan();
    const address = database.servers[0].address;
    strictEqual(
      databaseUrl(database, "edge-1", "nova", "nova_api", "a/b@c"),
      `mysql+pymysql://nova:a%2Fb%40c@${address}:3306/nova_api?charset=utf8`,
    );
  });
});

describe("access to a control plane", () => {
  it("is by the addresses of its services, in openrc, clouds.yaml and the catalog alike", () => {
    const of = plan();
    const url = `http://${of.services.keystone.address}:5000/v3`;
    deepStrictEqual(endpointsOf(of)["nova-api"], `http://${of.services["nova-api"].address}:8774/v2.1`);
    match(
      renderOpenrc(of, "p"),
      new RegExp(`^export OS_AUTH_URL='${url}'\nexport OS_USERNAME='admin'\nexport OS_PASSWORD='p'\n`),
    );
    match(
      renderClouds(of, "test", "p"),
      new RegExp(`^clouds:\n {2}buswide-test:\n {4}auth:\n {6}auth_url: ${url}\n`),
    );
    deepStrictEqual(JSON.parse(fillInput(of, "p", 9)), {
      url,
      region: "RegionOne",
      password: "p",
      hosts: {
        "edge-1": ["edge-1-compute-1", "edge-1-compute-2"],
        "edge-2": ["edge-2-compute-1", "edge-2-compute-2"],
      },
      timeoutSeconds: 9,
    });
    const { services } = JSON.parse(catalogInput(of, secrets)) as {
      services: { name: string; type: string }[];
    };
    deepStrictEqual(
      services.map(({ name, type }) => [name, type]),
      [
        ["placement", "placement"],
        ["glance", "image"],
        ["nova", "compute"],
        ["neutron", "network"],
      ],
    );
  });
});

function never(): never {
  throw new Error("the plan has no such computes");
}
