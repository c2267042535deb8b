import { deepStrictEqual, ok, strictEqual } from "assert";
import {
  providerOptions,
  renderArbitrator,
  renderMembers,
  renderNode,
  renderProxy,
} from "../../components/database/galera/configuration";
import type { GaleraPlan } from "../../components/database/galera/plan";
import { databaseUrl } from "../../components/database/planners";
import { pictureOf } from "../../components/plan/graph/picture";
import { assertRefused } from "../scenario/refusal";
import { changes, deployed, find } from "../support/experiments";
import { mockedSecret, type Registration } from "../support/mocks";
import { planned } from "../support/plans";
import { controlPlaneScenario, type RawScenario } from "../support/scenarios";
import { ofServices } from "../../workloads/runner/input";

const overSites = { kind: "galera", nodes: { core: 1, edge: 1 } };
const scenario = (database: object = {}, settings: object = {}): RawScenario =>
  controlPlaneScenario({ database: { ...overSites, ...database }, ...settings });

function planOf(raw: RawScenario): GaleraPlan {
  const database = planned(raw).controlPlane?.database;
  if (database?.kind !== "galera") throw new Error("no Galera cluster was planned");
  return database;
}
const plan = (database: object = {}, settings: object = {}) => planOf(scenario(database, settings));
const one = <T>(all: readonly T[], at = 0): T => {
  const found = all[at];
  if (found === undefined) throw new Error(`there is no ${at + 1}th`);
  return found;
};

describe("the plan of a Galera cluster", () => {
  it("has a node where the scenario says, the arbitrator, and a proxy at each site whose services use it", () =>
    deepStrictEqual(
      plan(
        { nodes: { core: 2, "edge-2": 1 }, arbitrator: "edge-1" },
        { services: { glance: "edge-1" } },
      ).servers.map(({ name }) => name),
      [
        "core-galera",
        "core-galera-2",
        "edge-2-galera",
        "edge-1-galera-arbitrator",
        "core-database-proxy",
        "edge-1-database-proxy",
      ],
    ));

  it("has three nodes at the control plane's site where the scenario says nothing", () =>
    deepStrictEqual(
      planOf(controlPlaneScenario({ site: "edge-2", database: { kind: "galera" } })).nodes.map(
        ({ name }) => name,
      ),
      ["edge-2-galera", "edge-2-galera-2", "edge-2-galera-3"],
    ));

  it("gives no two containers of a site one address, and each site a segment of its own", () => {
    const raw = {
      ...scenario({ nodes: { core: 7, edge: 1 }, arbitrator: "core" }, { computes: { core: 1 } }),
    };
    const { controlPlane, bus } = planned({
      ...raw,
      bus: { kind: "rabbitmq", topology: "cluster", nodes: { core: 7 } },
    });
    if (!controlPlane) throw new Error("no control plane was planned");
    const addresses = [
      ...bus.brokers,
      ...controlPlane.database.servers,
      ...Object.values(controlPlane.services),
      ...controlPlane.computes,
    ].map(({ address }) => address);
    strictEqual(new Set(addresses).size, addresses.length);
    const { nodes, arbitrator } = planOf(raw);
    const segments = new Map(nodes.map(({ site, segment }) => [site, segment]));
    strictEqual(new Set(segments.values()).size, 3);
    for (const { site, segment } of [...nodes, ...(arbitrator ? [arbitrator] : [])])
      strictEqual(segment, segments.get(site));
    ok(
      [...segments.values()].every((segment) => Number.isInteger(segment) && segment >= 0 && segment <= 255),
    );
  });

  it("leaves segments and addresses where they are when a site comes", () => {
    const larger = { ...scenario(), sites: { fog: {}, core: {}, edge: { count: 2 } } };
    const links = [
      { between: ["core", "edge"], delay: "5ms" },
      { between: ["core", "fog"], delay: "5ms" },
    ];
    deepStrictEqual(planOf({ ...larger, links }).nodes, plan().nodes);
  });

  it("has all sites use one node, that nearest to the control plane's, or each its own nearest", () => {
    const at = { services: { glance: "edge-1", keystone: "edge-2" } };
    const orders = (database: object) =>
      Object.fromEntries(plan(database, at).proxies.map(({ site, order }) => [site, order]));
    const same = ["core-galera", "edge-1-galera", "edge-2-galera"];
    deepStrictEqual(orders({}), { "edge-2": same, core: same, "edge-1": same });
    deepStrictEqual(orders({ writers: "nearest" }), {
      "edge-2": ["edge-2-galera", "core-galera", "edge-1-galera"],
      core: same,
      "edge-1": ["edge-1-galera", "core-galera", "edge-2-galera"],
    });
  });

  it("has services reach their site's proxy, or by one name all nodes in their order", () => {
    const proxied = plan();
    strictEqual(
      databaseUrl(proxied, "core", "nova", "nova_api", "a/b"),
      `mysql+pymysql://nova:a%2Fb@${one(proxied.proxies).address}:3306/nova_api?charset=utf8`,
    );
    const named = plan({ access: "hosts" });
    deepStrictEqual(named.proxies, []);
    deepStrictEqual(named.endpoints, {
      core: { host: "database", addresses: named.nodes.map(({ address }) => address) },
    });
    strictEqual(
      databaseUrl(named, "core", "nova", "nova", "p"),
      "mysql+pymysql://nova:p@database:3306/nova?charset=utf8",
    );
  });

  it("waits for what was written elsewhere where several nodes take writes, unless told otherwise", () =>
    deepStrictEqual(
      [{}, { writers: "nearest" }, { writers: "nearest", causalReads: false }, { causalReads: true }].map(
        (database) => plan(database).causalReads,
      ),
      [false, true, false, true],
    ));

  it("says which sites its members and clients connect, none of it encrypted", () => {
    const pairs = ({ connections }: { readonly connections: readonly { from: string; to: string }[] }) =>
      connections.map(({ from, to }) => `${from} ${to}`).sort();
    deepStrictEqual(pairs(plan({ nodes: { core: 3 } })), []);
    deepStrictEqual(pairs(plan()), [
      "core edge-1",
      "core edge-2",
      "edge-1 core",
      "edge-1 edge-2",
      "edge-2 core",
      "edge-2 edge-1",
    ]);
    deepStrictEqual(pairs(plan({ nodes: { core: 2 }, arbitrator: "edge-1" })), [
      "core edge-1",
      "edge-1 core",
    ]);
    deepStrictEqual(pairs(plan({ nodes: { core: 3 } }, { services: { glance: "edge-2" } })), ["edge-2 core"]);
    const { connections } = planned(scenario({}, { computes: {} })).controlPlane ?? { connections: [] };
    ok(connections.some(({ from, to, encrypted }) => from === "edge-1" && to === "edge-2" && !encrypted));
  });
});

describe("a timeline on a Galera cluster", () => {
  const load = { name: "servers", kind: "servers", site: "core", rate: "12/min", duration: "60s" };
  const broken = (timeline: unknown[], database: object = {}) => ({
    ...scenario(database, { computes: { edge: 1 } }),
    workloads: [{ ...load, timeline }],
  });

  it("breaks a single node, the arbitrator, and a proxy by their names", () => {
    const timeline = [
      { at: "5s", kill: "core/galera", for: "5s" },
      { at: "15s", pause: "edge-1/galera", for: "5s" },
      { at: "25s", restart: "core/database-proxy" },
      { at: "45s", kill: "edge/galera-arbitrator", for: "5s" },
    ];
    const { loads } = planned(broken(timeline, { nodes: { core: 1, "edge-1": 1 }, arbitrator: "edge-2" }));
    const [servers] = loads;
    ok(servers?.kind === "servers");
    deepStrictEqual(
      ofServices(servers.timeline).map(({ what, service }) => `${what} ${service}`),
      [
        "kill core/galera",
        "pause edge-1/galera",
        "restart core/database-proxy",
        "kill edge-2/galera-arbitrator",
      ],
    );
  });

  it("is refused for a node that there is not, with those that there are", () =>
    assertRefused(broken([{ at: "5s", kill: "core/mariadb", for: "5s" }]), [
      "workloads[0].timeline[0].kill",
      'there is no service "core/mariadb"; the bus is made of core/rabbitmq, the control plane of core/galera, edge-1/galera, edge-2/galera, core/database-proxy, core/keystone, core/placement, core/glance, core/nova-api, …',
    ]));
});

describe("a drawing of a Galera cluster", () => {
  it("shows each node, arbitrator and proxy at its site", () => {
    const { sites } = pictureOf(planned(scenario({ arbitrator: "core" }, { computes: {} })));
    const shown = sites.map(({ services }) =>
      services.filter(({ kind }) => kind === "database").map(({ name }) => name),
    );
    deepStrictEqual(
      shown.map((names) => names.filter((name) => /galera|database/.test(name))),
      [["galera", "galera-arbitrator", "database-proxy"], ["galera"], ["galera"]],
    );
  });
});

describe("what the parts of a Galera cluster are told", () => {
  const node = {
    name: "core-galera",
    site: "core",
    service: "galera",
    address: "10.0.0.24",
    memoryBytes: 768 * 1024 ** 2,
  };
  const settings = {
    ...plan(),
    nodes: [
      { ...node, segment: 7 },
      { ...node, name: "edge-1-galera", address: "10.0.1.24", segment: 8 },
    ],
    silenceSeconds: 10,
  };

  it("is for a node what a cluster needs of it, over links that are slow", () =>
    strictEqual(
      renderNode(settings, one(settings.nodes)),
      `[mariadbd]
bind-address = 0.0.0.0
port = 3306
skip-name-resolve
max_connections = 2000
innodb_buffer_pool_size = 192M
innodb_flush_log_at_trx_commit = 2
character-set-server = utf8mb3
collation-server = utf8mb3_general_ci
binlog_format = ROW
default_storage_engine = InnoDB
innodb_autoinc_lock_mode = 2
wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_provider_options = "evs.keepalive_period=PT2S; evs.inactive_check_period=PT1S; evs.suspect_timeout=PT10S; evs.inactive_timeout=PT30S; evs.install_timeout=PT15S; gmcast.peer_timeout=PT6S; evs.send_window=512; evs.user_send_window=256; gmcast.segment=7; pc.recovery=FALSE"
wsrep_cluster_name = buswide
wsrep_node_name = core-galera
wsrep_node_address = 10.0.0.24
wsrep_sst_method = mariabackup
wsrep_sync_wait = 0
wsrep_dirty_reads = OFF
wsrep_sst_auth = mysql:

[sst]
sst-syslog = -1
`,
    ));

  it("is causal reads and another way of copying where asked", () => {
    const rendered = renderNode(
      { ...settings, causalReads: true, stateTransfer: "rsync" },
      one(settings.nodes),
    );
    ok(rendered.includes("\nwsrep_sync_wait = 7\n"));
    ok(rendered.includes("\nwsrep_sst_method = rsync\n"));
    ok(!rendered.includes("wsrep_sst_auth") && !rendered.includes("[sst]"), rendered);
  });

  it("is Galera's own timeouts where a node may be silent for as long as with those", () =>
    strictEqual(
      providerOptions({ silenceSeconds: 5 }, { segment: 0 }),
      "evs.keepalive_period=PT1S; evs.inactive_check_period=PT0.5S; evs.suspect_timeout=PT5S; evs.inactive_timeout=PT15S; evs.install_timeout=PT7.5S; gmcast.peer_timeout=PT3S; evs.send_window=512; evs.user_send_window=256; gmcast.segment=0; pc.recovery=FALSE",
    ));

  it("is for the arbitrator where the nodes are", () => {
    const arbitrator = { ...node, name: "edge-2-galera-arbitrator", segment: 9 };
    const [group, address, options = ""] = renderArbitrator(settings, arbitrator).split("\n");
    deepStrictEqual([group, address], ["group = buswide", "address = gcomm://10.0.0.24:4567,10.0.1.24:4567"]);
    ok(options.includes(";gmcast.segment=9;"), options);
  });

  it("is for a proxy the nodes in their order, of which one is used", () =>
    strictEqual(
      renderProxy(settings, {
        ...node,
        name: "core-database-proxy",
        order: ["edge-1-galera", "core-galera"],
      }),
      `global
    maxconn 4000
    log stdout format raw local0 notice

defaults
    log global
    timeout connect 5s
    timeout check 3s
    timeout client 90m
    timeout server 90m

frontend clients
    mode tcp
    bind *:3306
    option clitcpka
    default_backend nodes

backend nodes
    mode tcp
    option srvtcpka
    option httpchk GET /
    http-check expect status 200
    default-server check port 9200 inter 1s fall 2 rise 2 on-marked-down shutdown-sessions on-marked-up shutdown-backup-sessions
    server edge-1-galera 10.0.1.24:3306
    server core-galera 10.0.0.24:3306 backup

frontend health
    mode http
    bind 127.0.0.1:9201
    monitor-uri /
    monitor fail if { nbsrv(nodes) lt 1 }
`,
    ));

  it("is for each node who there is, the one first that begins", () =>
    strictEqual(renderMembers(settings), `{"core-galera":"10.0.0.24","edge-1-galera":"10.0.1.24"}\n`));
});

describe("a Galera cluster in a scenario", () => {
  for (const [claim, database, path, message] of [
    [
      "a node's site is not there",
      { nodes: { fog: 3 } },
      "nodes.fog",
      `there is no site "fog"; the sites are core, edge`,
    ],
    [
      "the arbitrator is at a group",
      { arbitrator: "edge" },
      "arbitrator",
      `"edge" is a group of sites: name one of it, such as "edge-1"`,
    ],
    [
      "there is one node",
      { nodes: { core: 1 } },
      "nodes",
      "a cluster of 1 node has nobody to share with: use three, or kind: mariadb",
    ],
    [
      "there are two nodes, and nobody besides to vote",
      { nodes: { edge: 1 } },
      "nodes",
      "2 nodes have no majority once either is away, and then none of them serves: use three, or an arbitrator, such as arbitrator: core",
    ],
    [
      "there are more nodes than each write can wait for",
      { nodes: { core: 4, edge: 3 } },
      "nodes",
      "10 nodes are too many, as each write waits for all of them: use at most 9",
    ],
    [
      "nodes have no number",
      { nodes: ["core"] },
      "nodes",
      `expected sites with how many nodes at each, such as { core: 1, edge: 1 }, got ["core"]`,
    ],
    [
      "nobody may be silent at all",
      { silence: "100ms" },
      "silence",
      `"100ms" is too little: use at least 1s`,
    ],
    [
      "a node has less memory than it starts with",
      { memory: "256MiB" },
      "memory",
      `"256MiB" is too little: use at least 384MiB`,
    ],
  ] as const)
    it(`is refused when ${claim}`, () =>
      assertRefused(scenario(database), [`controlPlane.database.${path}`, message]));

  it("is taken with two nodes and an arbitrator", () =>
    strictEqual(plan({ nodes: { edge: 1 }, arbitrator: "core" }).nodes.length, 2));
});

describe("a deployed Galera cluster", () => {
  let all: readonly Registration[];
  const registered = async (raw: RawScenario) => (await deployed(raw)).registrations;
  before(async () => {
    all = await registered(scenario({ arbitrator: "core" }));
  });
  const inside = (name: string) => name.startsWith("control-plane-database");
  const containersOf = (changed: Record<string, unknown>) =>
    Object.keys(changed)
      .filter((key) => key.includes("container:Container"))
      .map((key) => key.replace(/^control-plane-|-container .*/g, ""))
      .sort();

  it("is these resources, each with its parent", () => {
    const service = ["control-plane-database", "buswide:topology:Service"];
    deepStrictEqual(
      Object.fromEntries(
        all
          .filter(({ name, type }) => inside(name) && !type.startsWith("docker:"))
          .map(({ name, parent, type }) => [name, [parent, type]]),
      ),
      {
        "control-plane-database": ["control-plane", "buswide:database:Galera"],
        ...Object.fromEntries(
          ["core", "edge-1", "edge-2"].flatMap((site) => [
            [`control-plane-database-${site}-galera`, service],
            [
              `control-plane-database-${site}-galera-joined`,
              ["control-plane-database", "command:local:Command"],
            ],
          ]),
        ),
        "control-plane-database-core-galera-arbitrator": service,
        "control-plane-database-core-database-proxy": service,
      },
    );
  });

  it("has nodes join one after the other, what is in front of them come after, and services last", () => {
    const waits = (name: string) =>
      find(all, `control-plane-${name}`).dependencies.map((one) => one.replace("control-plane-", ""));
    const nodes = ["core", "edge-1", "edge-2"].map((site) => `database-${site}-galera-container`);
    for (const node of nodes) ok(waits("database-core-galera-joined").includes(node), node);
    ok(waits("database-edge-1-galera-joined").includes("database-core-galera-joined"));
    ok(waits("database-edge-2-galera-joined").includes("database-edge-1-galera-joined"));
    for (const part of ["core-database-proxy", "core-galera-arbitrator"])
      ok(waits(`database-${part}`).includes("database-edge-2-galera-joined"), part);
    for (const needed of ["core-database-proxy-container", "edge-2-galera-joined"])
      ok(waits("core-keystone").includes(`database-${needed}`), needed);
  });

  it("keeps passwords to itself: nodes are told hashes, as secrets, and nobody else is told anything", () => {
    for (const { name, inputs, secrets } of all.filter(
      (one) => inside(one.name) && one.name.endsWith("-container"),
    )) {
      const uploads = (inputs["uploads"] ?? []) as { file: string; content: string }[];
      strictEqual(JSON.stringify(inputs).includes(mockedSecret), false, name);
      uploads.forEach(({ file, content }, at) => {
        if (/IDENTIFIED BY/.test(content))
          ok(secrets.includes(`uploads[${at}].content`) || secrets.includes("uploads"), `${name}: ${file}`);
      });
    }
  });

  it("makes no node anew, and no service, when another node comes: all are told of it", async () => {
    const before = await registered(
      scenario({ nodes: { core: 1, "edge-1": 1 }, arbitrator: "core", access: "hosts" }),
    );
    const after = await registered(
      scenario({ nodes: { core: 1, "edge-1": 1, "edge-2": 1 }, arbitrator: "core" }),
    );
    const changed = changes(before, after);
    for (const site of ["core", "edge-1"]) {
      strictEqual(
        changed[`control-plane-database-${site}-galera-container (docker:index/container:Container)`],
        undefined,
      );
      deepStrictEqual(changed[`control-plane-database-${site}-galera-joined (command:local:Command)`], [
        "stdin",
      ]);
    }
    const proxied = await registered(scenario({ nodes: { core: 1, "edge-1": 1 }, arbitrator: "core" }));
    deepStrictEqual(containersOf(changes(proxied, after)), [
      // They have the list.
      "database-core-database-proxy",
      "database-core-galera-arbitrator",
      "database-edge-2-galera",
    ]);
  });

  it("has services know all nodes by one name, in their order, where there is no proxy", async () => {
    const { inputs } = find(
      await registered(scenario({ access: "hosts" })),
      "control-plane-core-keystone-container",
    );
    const { nodes } = plan({ access: "hosts" });
    deepStrictEqual(
      inputs["hosts"],
      nodes.map(({ address }) => ({ host: "database", ip: address })),
    );
    const uploads = inputs["uploads"] as { file: string; content: string }[];
    const order = uploads.find(({ file }) => file === "/etc/gai.conf")?.content ?? "";
    deepStrictEqual(
      [...order.matchAll(/::ffff:(\S+)\/128 (\d+)/g)].map(([, address]) => address),
      nodes.map(({ address }) => address),
    );
  });
});
