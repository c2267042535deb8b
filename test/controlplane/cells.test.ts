import { deepStrictEqual, match, ok, strictEqual } from "assert";
import { cellsInShort, withinCell } from "../../components/controlplane/cellPlan";
import {
  computesFiles,
  conductorEnvironment,
  conductorFiles,
  serviceEnvironment,
  serviceFiles,
  shownFiles,
} from "../../components/controlplane/files";
import { controlPlaneServices, ownBrokers, serviceUsers } from "../../components/controlplane/plan";
import {
  derivePartAccounts,
  deriveSecrets,
  redactedPart,
  redactedSecrets,
  secretsWithin,
  secretTexts,
  type Secrets,
} from "../../components/controlplane/secrets";
import { pictureOf } from "../../components/plan/graph/picture";
import { busesInView } from "../../bin/campaign/busRepair";
import { expectedResources } from "../../bin/report/phases";
import type { MeasurementInput } from "../../workloads/runner/input";
import { ofServices } from "../../workloads/runner/input";
import { assertRefused } from "../scenario/refusal";
import { changes, deployed, find } from "../support/experiments";
import { mockedSecret, type Registration } from "../support/mocks";
import { planned } from "../support/plans";
import { controlPlaneScenario, type RawScenario } from "../support/scenarios";

const celled = (settings: object = {}, bus: object = { kind: "rabbitmq" }): RawScenario => ({
  ...controlPlaneScenario({ cells: { edge: {} }, ...settings }),
  bus,
});

function plan(settings: object = {}, bus?: object) {
  const { controlPlane } = planned(celled(settings, bus));
  if (!controlPlane) throw new Error("no control plane was planned");
  return controlPlane;
}

const accounts = ["keystone", "placement", "glance", "neutron", "nova"];
const secrets: Secrets = {
  ...deriveSecrets("a secret of the tests", serviceUsers, accounts),
  transports: { core: "rabbit://of-the-core/" },
  parts: Object.fromEntries(
    ["edge-1", "edge-2"].map((site) => [
      site,
      {
        accounts: derivePartAccounts("a secret of the tests", site, ["nova"]),
        transports: { [site]: `rabbit://${site}@of-${site}/`, core: `rabbit://core@of-${site}/` },
      },
    ]),
  ),
};
const first = <T>(all: readonly T[]): T => {
  const [found] = all;
  if (found === undefined) throw new Error("there is none");
  return found;
};

describe("the plan of cells", () => {
  it("has a bus, a database and a conductor at each of their sites, and one API at the core", () => {
    const of = plan();
    deepStrictEqual(
      [...controlPlaneServices(of), ...ownBrokers(of).map(({ name }) => name)].filter((name) =>
        name.startsWith("edge"),
      ),
      [
        ...["edge-1/local-mariadb", "edge-1/cell-conductor", "edge-2/local-mariadb", "edge-2/cell-conductor"],
        ...["edge-1/computes", "edge-2/computes", "edge-1-local-rabbitmq", "edge-2-local-rabbitmq"],
      ],
    );
    deepStrictEqual(
      of.cells.map(({ site, bus, database }) => [
        site,
        bus.kind,
        bus.topology,
        database.accounts.map(({ name, databases }) => [name, databases]),
      ]),
      ["edge-1", "edge-2"].map((site) => [site, "rabbitmq", "single", [["nova", ["nova"]]]]),
    );
  });

  it("leaves the scenario's bus to the core, and to computes that are in no cell", () => {
    const endpoints = (settings: object) => Object.keys(planned(celled(settings)).bus.serviceEndpoints ?? {});
    deepStrictEqual(endpoints({}), ["core"]);
    deepStrictEqual(endpoints({ cells: { "edge-2": {} } }), ["core", "edge-1"]);
    deepStrictEqual(endpoints({ cells: {} }), ["core", "edge-1", "edge-2"]);
  });

  it("has accounts on a cell's bus for its own site and for the core, which calls into it", () => {
    for (const { site, bus } of plan().cells)
      deepStrictEqual(Object.keys(bus.serviceEndpoints ?? {}), [site, "core"]);
    const [cell] = plan({ services: { "nova-conductor": "edge-2" }, cells: { "edge-1": {} } }).cells;
    deepStrictEqual(Object.keys(cell?.bus.serviceEndpoints ?? {}), ["edge-1", "edge-2"]);
  });

  it("takes what is said of a site by its own name before what is said of its group", () => {
    const cells = { edge: { database: { memory: "384MiB" } }, "edge-2": {} };
    deepStrictEqual(
      plan({ cells }).cells.map(({ site, database }) => [site, first(database.servers).memoryBytes]),
      [
        ["edge-1", 384 * 1024 ** 2],
        ["edge-2", 512 * 1024 ** 2],
      ],
    );
  });

  for (const [bus, own, settings] of [
    [
      { kind: "rabbitmq", topology: "cluster", nodes: { core: 3 }, queues: "quorum" },
      ["local-rabbitmq", "rabbitmq", "single"],
      "oslo_messaging_rabbit",
    ],
    [
      { kind: "rabbitmq", topology: "federation" },
      ["local-rabbitmq", "rabbitmq", "single"],
      "oslo_messaging_rabbit",
    ],
    [{ kind: "artemis" }, ["local-artemis", "artemis", "single"], "oslo_messaging_amqp"],
    [{ kind: "routers" }, ["local-router", "routers", "links"], "oslo_messaging_amqp"],
  ] as const)
    it(`gives each one broker of the scenario's kind, with the same settings: ${Object.values(bus).slice(0, 2).join(", ")}`, () => {
      const { bus: ofScenario, controlPlane } = planned(celled({}, bus));
      for (const cell of controlPlane?.cells ?? []) {
        const { kind, topology, brokers } = cell.bus;
        deepStrictEqual([first(brokers).name.replace(`${cell.site}-`, ""), kind, topology], own);
        strictEqual(brokers.length, 1);
        deepStrictEqual(
          (cell.bus.serviceSettings ?? cell.bus.settings)[settings],
          (ofScenario.serviceSettings ?? ofScenario.settings)[settings],
        );
      }
    });

  it("gives no two containers of a site one address, also where the scenario's bus and database are there", () => {
    const { controlPlane, bus, agents, sites } = planned({
      ...celled(
        {
          cells: { edge: {}, core: {} },
          computes: { core: 1, edge: 1 },
          database: { kind: "galera", nodes: { core: 1, edge: 1 } },
        },
        { kind: "rabbitmq", topology: "federation" },
      ),
      workloads: [{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 }, calls: 1 }],
    });
    if (!controlPlane) throw new Error("no control plane was planned");
    const containers = [
      ...bus.brokers,
      ...ownBrokers(controlPlane),
      ...controlPlane.database.servers,
      ...Object.values(controlPlane.services),
      ...controlPlane.caches,
      ...controlPlane.cells.flatMap(({ database, conductor }) => [...database.servers, conductor]),
      ...controlPlane.computes,
    ];
    const addresses = [
      ...sites.flatMap((site) => [site.gatewayAddress, site.bridgeAddress, site.defaultGateway]),
      ...[...agents.values()].map(({ address }) => address),
      ...containers.map(({ address }) => address),
    ];
    strictEqual(new Set(addresses).size, addresses.length);
  });

  it("says which sites its services connect: the core looks into each cell's database, and cells ask the core", () => {
    const pairs = plan().connections.map(({ from, to }) => `${from} ${to}`);
    deepStrictEqual(pairs.sort(), ["core edge-1", "core edge-2", "edge-1 core", "edge-2 core"]);
    for (const { site, bus } of plan().cells)
      deepStrictEqual(bus.connections, [{ from: "core", to: site, encrypted: false }]);
  });
});

describe("what services with cells are told", () => {
  const of = plan();
  const cell = first(of.cells);
  const within = withinCell(of, cell);
  const known = secretsWithin(secrets, cell.site);

  it("is for a cell's conductor its own bus and database, and nothing of the core's but the APIs", () => {
    const [file] = conductorFiles(within, cell, known);
    const text = file?.content ?? "";
    match(text, /^transport_url = rabbit:\/\/edge-1@of-edge-1\/$/m);
    const address = first(cell.database.servers).address;
    ok(
      text.includes(
        `connection = mysql+pymysql://nova:${known.accounts["nova"]}@${address}:3306/nova?charset=utf8\n`,
      ),
    );
    ok(!text.includes("api_database"));
    match(text, /^host = edge-1-cell-conductor$/m);
    for (const secret of [...Object.values(secrets.accounts), "of-the-core"]) ok(!text.includes(secret));
    deepStrictEqual(conductorEnvironment(of, cell), {
      BUSWIDE_SERVICE: "nova-conductor",
      BUSWIDE_CELL: "edge-1",
      BUSWIDE_AGENTS: "1",
    });
  });

  it("is for computes their cell's bus, and to ask nobody for what only the core knows", () => {
    const [file] = computesFiles(within, first(of.computes), known);
    match(file?.content ?? "", /^transport_url = rabbit:\/\/edge-1@of-edge-1\/$/m);
    match(file?.content ?? "", /^\[workarounds\]\ndisable_group_policy_check_upcall = true$/m);
    ok(!file?.content.includes("mysql"));
    const usual = plan({ cells: { "edge-2": {} } });
    const [other] = computesFiles(usual, first(usual.computes), {
      ...secrets,
      transports: { "edge-1": "rabbit://usual/" },
    });
    ok(!other?.content.includes("workarounds"));
  });

  it("is for the core's conductor where each cell's database and bus are, by the core's account", () => {
    const file = serviceFiles(of, "nova-conductor", secrets).find(
      ({ path }) => path === "/etc/buswide/cells.json",
    );
    deepStrictEqual(
      JSON.parse(file?.content ?? "[]"),
      of.cells.map(({ site, database }) => ({
        name: site,
        database: `mysql+pymysql://nova:${secrets.parts?.[site]?.accounts["nova"]}@${first(database.servers).address}:3306/nova?charset=utf8`,
        transport: `rabbit://core@of-${site}/`,
      })),
    );
    for (const other of ["nova-api", "nova-scheduler"] as const)
      ok(!serviceFiles(of, other, secrets).some(({ path }) => path.endsWith("cells.json")));
    ok(
      !serviceFiles(plan({ cells: {} }), "nova-conductor", secrets).some(({ path }) =>
        path.endsWith("cells.json"),
      ),
    );
  });

  it("is for the core's services of Nova which cells there are, so that they begin anew with others", () => {
    const fewer = plan({ cells: { "edge-1": {} } });
    const told = (which: typeof of, service: "nova-api" | "nova-scheduler" | "neutron") =>
      serviceEnvironment(which, service)["BUSWIDE_CELLS"];
    strictEqual(told(of, "nova-api"), cellsInShort(of));
    ok(told(of, "nova-scheduler") !== told(fewer, "nova-scheduler"));
    strictEqual(told(plan({ cells: {} }), "nova-api"), undefined);
    strictEqual(told(of, "neutron"), undefined);
  });

  it("is in a backup with every secret redacted, and what Nova is told of cells is not", () => {
    const redacted = redactedSecrets(serviceUsers, accounts, ["core"], {
      "edge-1": redactedPart(["nova"], ["edge-1", "core"]),
      "edge-2": redactedPart(["nova"], ["edge-2", "core"]),
    });
    const shown = shownFiles(of, redacted);
    deepStrictEqual(
      Object.keys(shown).filter((name) => name.startsWith("edge")),
      [
        "edge-1-computes/nova.conf",
        "edge-2-computes/nova.conf",
        "edge-1-cell-conductor/nova.conf",
        "edge-2-cell-conductor/nova.conf",
      ],
    );
    for (const [file, content] of Object.entries(shown))
      for (const [, password] of content.matchAll(/password = (.*)|:\/\/\w+:([^@]*)@/g))
        strictEqual(password ?? "***", "***", file);
    ok(!Object.keys(shown).some((name) => name.endsWith("cells.json")));
  });

  it("has passwords of its own at each site, all of them known to be secret", () => {
    const texts = secretTexts(secrets);
    const ofCells = Object.values(secrets.parts ?? {}).flatMap((part) => Object.values(part.accounts));
    strictEqual(new Set([...ofCells, secrets.accounts["nova"]]).size, 3);
    for (const password of ofCells) ok(texts.includes(password));
  });
});

describe("the resources of cells", () => {
  let all: readonly Registration[];
  before(async () => {
    all = (await deployed(celled())).registrations;
  });
  const waits = (name: string) =>
    find(all, `control-plane-${name}`)
      .dependencies.filter((one) => one.startsWith("control-plane-") && one.endsWith("-container"))
      .map((one) => one.replace(/^control-plane-|-container$/g, ""));

  it("are these of each cell, all of them the control plane's", () =>
    deepStrictEqual(
      Object.fromEntries(
        all
          .filter(({ name, type }) => name.startsWith("control-plane-edge-1") && !type.startsWith("docker:"))
          .map(({ name, parent, type }) => [name, [parent, type]]),
      ),
      {
        "control-plane-edge-1-bus": ["control-plane", "buswide:bus:RabbitMq"],
        "control-plane-edge-1-bus-password": ["control-plane-edge-1-bus", "buswide:index:RandomSecret"],
        "control-plane-edge-1-bus-password-value": [
          "control-plane-edge-1-bus-password",
          "command:local:Command",
        ],
        "control-plane-edge-1-bus-edge-1-local-rabbitmq": [
          "control-plane-edge-1-bus",
          "buswide:topology:Service",
        ],
        "control-plane-edge-1-bus-edge-1-local-rabbitmq-accounts": [
          "control-plane-edge-1-bus",
          "command:local:Command",
        ],
        "control-plane-edge-1-database": ["control-plane", "buswide:database:MariaDb"],
        "control-plane-edge-1-database-edge-1-local-mariadb": [
          "control-plane-edge-1-database",
          "buswide:topology:Service",
        ],
        "control-plane-edge-1-cell-conductor": ["control-plane", "buswide:topology:Service"],
        "control-plane-edge-1-computes": ["control-plane", "buswide:topology:Service"],
      },
    ));

  it("start a cell's conductor with its own database and bus, and nothing that looks into cells before it", () => {
    const conductor = waits("edge-1-cell-conductor");
    ok(conductor.includes("edge-1-database-edge-1-local-mariadb"));
    ok(conductor.includes("edge-1-bus-edge-1-local-rabbitmq"));
    ok(!conductor.some((name) => name.startsWith("core-") || name.includes("edge-2")), conductor.join());
    for (const service of ["core-nova-api", "core-nova-scheduler"])
      for (const site of ["edge-1", "edge-2"]) ok(waits(service).includes(`${site}-cell-conductor`), service);
    ok(waits("core-nova-conductor").includes("edge-1-database-edge-1-local-mariadb"));
    ok(waits("edge-1-computes").includes("edge-1-cell-conductor"));
    ok(!waits("edge-1-computes").includes("core-nova-conductor"));
  });

  it("tell a cell's broker the accounts of its site and of the core, and the scenario's those of the core alone", () => {
    const users = (name: string) => {
      const { stdin } = find(all, `${name}-accounts`).inputs;
      return (JSON.parse(String(stdin)) as { permissions: { user: string }[] }).permissions.map(
        ({ user }) => user,
      );
    };
    deepStrictEqual(users("bus-core-rabbitmq"), ["openstack-core"]);
    deepStrictEqual(users("control-plane-edge-1-bus-edge-1-local-rabbitmq"), [
      "openstack-edge-1",
      "openstack-core",
    ]);
  });

  it("are measured as all others: brokers, services, secrets", () => {
    const { inputs } = find(all, "measurement-run");
    const input = JSON.parse(String(inputs["stdin"])) as MeasurementInput;
    deepStrictEqual(
      input.bus.brokers.map(({ name }) => name),
      ["core-rabbitmq", "edge-1-local-rabbitmq", "edge-2-local-rabbitmq"],
    );
    const names = input.services.map(({ name }) => name);
    for (const name of ["edge-1/local-rabbitmq", "edge-1/local-mariadb", "edge-1/cell-conductor"])
      ok(names.includes(name), name);
    ok(input.secrets?.includes(mockedSecret));
    for (const file of [
      "edge-1-local-rabbitmq/rabbitmq.conf",
      "edge-1-local-mariadb/buswide.cnf",
      "edge-1-cell-conductor/nova.conf",
    ])
      ok(file in input.configuration, file);
  });

  it("are counted before they are made", () =>
    ok(Math.abs(expectedResources(planned(celled())) - all.length) <= 6));

  it("change the fleet of a site that becomes a cell, and of the core what knows cells, and nothing else", async () => {
    const before = (await deployed(celled({ cells: { "edge-1": {} } }))).registrations;
    const changed = Object.entries(changes(before, all)).filter(([key]) =>
      key.includes("container:Container"),
    );
    deepStrictEqual(
      changed.map(([key, what]) => [
        key.replace(/-container .*/, ""),
        typeof what === "string" ? what : "changed",
      ]),
      [
        ["control-plane-core-nova-api", "changed"],
        ["control-plane-core-nova-conductor", "changed"],
        ["control-plane-core-nova-scheduler", "changed"],
        ["control-plane-edge-2-bus-edge-2-local-rabbitmq", "made"],
        ["control-plane-edge-2-cell-conductor", "made"],
        ["control-plane-edge-2-computes", "changed"],
        ["control-plane-edge-2-database-edge-2-local-mariadb", "made"],
      ],
    );
  });

  it("check the core's services and their own brokers by one authority where the bus is encrypted", async () => {
    const { registrations } = await deployed(celled({}, { kind: "rabbitmq", tls: true }));
    deepStrictEqual(
      registrations.filter(({ type }) => type === "buswide:security:Authority").map(({ name }) => name),
      ["bus-authority"],
    );
    const { inputs } = find(registrations, "bus-authority-edge-1-local-rabbitmq-certificate");
    ok(String(inputs["stdin"]).includes("edge-1-local-rabbitmq"));
    const { uploads } = find(registrations, "control-plane-edge-1-cell-conductor-container").inputs as {
      uploads: { file: string }[];
    };
    ok(uploads.some(({ file }) => file === "/etc/buswide-authority.pem"));
  });
});

describe("cells in the rest of a scenario", () => {
  it("are in a drawing, with their brokers", () => {
    const { sites } = pictureOf(planned(celled()));
    const edge = sites.find(({ name }) => name === "edge-1");
    deepStrictEqual(
      edge?.services.map(({ name, kind }) => `${kind} ${name}`),
      [
        ...["gateway gateway", "broker local-rabbitmq", "database local-mariadb"],
        ...["controlPlane cell-conductor", "controlPlane nova-compute ×2"],
      ],
    );
    ok(edge.hasBroker);
  });

  it("can have faults, their brokers as those of the scenario's bus", () => {
    const call = {
      ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
      ...{ rate: "10/s", duration: "30s" },
    };
    const timeline = [
      { at: "5s", kill: "edge/cell-conductor", for: "5s" },
      { at: "5s", fill: "edge-1/local-rabbitmq", for: "5s" },
    ];
    const { workloads } = planned({ ...celled(), workloads: [{ ...call, timeline }] });
    deepStrictEqual(
      ofServices(workloads[0]?.timeline).map(({ service }) => service),
      ["edge-1/cell-conductor", "edge-2/cell-conductor", "edge-1/local-rabbitmq"],
    );
  });

  it("have their brokers looked after each as a bus of its own", () =>
    deepStrictEqual(
      busesInView(planned(celled({}, { kind: "rabbitmq", topology: "cluster", nodes: { core: 3 } }))).map(
        ({ topology, brokers }) => [topology, brokers.map(({ container }) => container)],
      ),
      [
        [
          "cluster",
          ["buswide-test-core-rabbitmq", "buswide-test-core-rabbitmq-2", "buswide-test-core-rabbitmq-3"],
        ],
        ["single", ["buswide-test-edge-1-local-rabbitmq"]],
        ["single", ["buswide-test-edge-2-local-rabbitmq"]],
      ],
    ));

  it("are traced: a request goes through its cell's conductor, and statements to the database that they name", () => {
    const { loads, controlPlane } = planned({
      ...celled({ profiler: true }),
      workloads: [{ name: "boot", kind: "trace", site: "core" }],
    });
    const [load] = loads;
    ok(load?.kind === "trace" && controlPlane);
    deepStrictEqual(
      load.computes.map(({ name }) => name),
      ["edge-1/computes", "edge-2/computes", "edge-1/cell-conductor", "edge-2/cell-conductor"],
    );
    deepStrictEqual(load.databases, { core: "core" });
    const [own, one, two] = [
      controlPlane.database,
      ...controlPlane.cells.map(({ database }) => database),
    ].map(({ servers }) => first<{ readonly address: string }>(servers).address);
    ok(own && one && two);
    deepStrictEqual(load.servers, {
      core: { [own]: "core", [one]: "edge-1", [two]: "edge-2" },
      "edge-1": { [one]: "edge-1" },
      "edge-2": { [two]: "edge-2" },
    });
    const over = (from: string, to: string) =>
      load.ways.bus.find((way) => way.from === from && way.to === to)?.links;
    deepStrictEqual(over("core", "edge-1"), ["core--edge-1"]);
    deepStrictEqual(over("edge-1", "edge-1"), []);
  });

  for (const [claim, scenario, path, message] of [
    [
      "a site is not there",
      celled({ cells: { fog: {} } }),
      "cells.fog",
      `there is no site "fog"; the sites are core, edge`,
    ],
    [
      "a site has no computes",
      celled({ cells: { core: {} } }),
      "cells.core",
      `"core" has no nova-computes, which are what a cell is for: add some, such as controlPlane.computes: { core: 2 }, or take the cell out`,
    ],
    [
      "a site of a group has no computes",
      celled({ computes: { "edge-2": 1 } }),
      "cells.edge",
      `"edge-1" has no nova-computes, which are what a cell is for: add some, such as controlPlane.computes: { edge: 2 }, or take the cell out`,
    ],
    [
      "they are no sites with what each has",
      celled({ cells: ["edge"] }),
      "cells",
      `expected sites that are cells, such as { edge: {} }, got ["edge"]`,
    ],
    [
      "what one has is nothing that can be said",
      celled({ cells: { edge: true } }),
      "cells.edge",
      "expected what a cell has of its own, such as {} for the usual, got true",
    ],
    [
      "a site is called as the usual cell is",
      {
        ...celled({ cells: { cell1: {} }, computes: { cell1: 1 } }),
        sites: { core: {}, cell1: {} },
        links: [{ between: ["core", "cell1"] }],
      },
      "cells.cell1",
      `"cell1" is what the cell of all other computes is called: call the site otherwise`,
    ],
    [
      "a site is called as a service is",
      {
        ...celled({ cells: { keystone: {} }, computes: { keystone: 1 } }),
        sites: { core: {}, keystone: {} },
        links: [{ between: ["core", "keystone"] }],
      },
      "cells.keystone",
      `"keystone" is what a service of the control plane is called: call the site otherwise`,
    ],
  ] as const)
    it(`are refused when ${claim}`, () => assertRefused(scenario, [`controlPlane.${path}`, message]));
});
