import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
import { createHash, createHmac } from "crypto";
import { execa } from "execa";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import {
  hashPassword,
  renderDefinitions,
  scramVerifier,
} from "../../components/database/cockroachdb/configuration";
import type { CockroachdbPlan } from "../../components/database/cockroachdb/plan";
import { controlPlaneContainers, ownBrokers } from "../../components/controlplane/plan";
import { databaseUrl } from "../../components/database/planners";
import { expectedResources } from "../../bin/report/phases";
import { foreignImagesOf } from "../../components/plan/foreignImages";
import { pictureOf } from "../../components/plan/graph/picture";
import { noDefaultCredentials } from "../../policies/no-default-credentials";
import { untrustedLinksCarryNoPlainText } from "../../policies/untrusted-links-carry-no-plain-text";
import { deployedResources, judge, judgeStack } from "../policies/judge";
import { assertRefused } from "../scenario/refusal";
import { changes, deployed, find } from "../support/experiments";
import { mockedCertificate, mockedKey, type Registration } from "../support/mocks";
import { planned } from "../support/plans";
import { controlPlaneScenario, type RawScenario } from "../support/scenarios";

const image = "cockroachdb/cockroach:v23.1.14";
const overSites = { kind: "cockroachdb", image, nodes: { core: 1, edge: 1 } };
const scenario = (database: object = {}, settings: object = {}): RawScenario =>
  controlPlaneScenario({ keystoneDatabase: { ...overSites, ...database }, ...settings });

function planOf(raw: RawScenario): CockroachdbPlan {
  const database = planned(raw).controlPlane?.keystoneDatabase;
  if (database?.kind !== "cockroachdb") throw new Error("no CockroachDB was planned");
  return database;
}
const plan = (database: object = {}, settings: object = {}) => planOf(scenario(database, settings));

describe("the plan of a CockroachDB for Keystone", () => {
  it("has a node where the scenario says, or three at Keystone's site", () => {
    deepStrictEqual(
      plan({ nodes: { core: 2, edge: 1 } }).servers.map(({ name }) => name),
      ["core-cockroachdb", "core-cockroachdb-2", "edge-1-cockroachdb", "edge-2-cockroachdb"],
    );
    deepStrictEqual(
      plan({ nodes: undefined }, { services: { keystone: "edge-2" } }).servers.map(({ name }) => name),
      ["edge-2-cockroachdb", "edge-2-cockroachdb-2", "edge-2-cockroachdb-3"],
    );
  });

  it("leaves the other services where they are, with their accounts in their database, and none of Keystone's there", () => {
    const { controlPlane } = planned(scenario());
    deepStrictEqual(
      controlPlane?.database.accounts.map(({ name }) => name),
      ["placement", "glance", "neutron", "nova"],
    );
    deepStrictEqual(controlPlane.keystoneDatabase?.accounts, [{ name: "keystone", databases: ["keystone"] }]);
    strictEqual(controlPlane.database.kind, "mariadb");
    const without = planned(controlPlaneScenario()).controlPlane;
    strictEqual(without?.keystoneDatabase, undefined);
    strictEqual(without?.database.accounts[0]?.name, "keystone");
  });

  it("has Keystone try nodes by their distance, each checked by the stack's own authority", () => {
    const database = plan({}, { services: { keystone: "edge-1" } });
    const [core, first, second] = database.servers.map(({ address }) => address);
    strictEqual(
      databaseUrl(database, "edge-1", "keystone", "keystone", "a_b-c"),
      `cockroachdb+psycopg2://keystone:a_b-c@/keystone?host=${first}:26257&host=${core}:26257&host=${second}:26257` +
        "&sslmode=verify-full&sslrootcert=/etc/buswide-database-authority.pem&connect_timeout=5" +
        "&tcp_user_timeout=10000&keepalives_idle=5&keepalives_interval=2&keepalives_count=3&application_name=keystone" +
        "&disable_cockroachdb_telemetry=true",
    );
  });

  it("has no percent sign in its URL, which Keystone's migrations refuse, with any password that a stack makes", () => {
    const password = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 8)).toString("base64url");
    ok(!databaseUrl(plan(), "core", "keystone", "keystone", password).includes("%"));
  });

  it("is looked for before anything is made, by the name of its image", () =>
    deepStrictEqual(
      foreignImagesOf(planned(scenario())).map(({ reference, path }) => [path, reference]),
      [["controlPlane.keystoneDatabase.image", image]],
    ));

  it("is drawn at its sites, and has addresses of its own", () => {
    const raw = scenario({ nodes: { core: 3 } }, { database: { kind: "galera", nodes: { core: 3 } } });
    const { sites } = pictureOf(planned(raw));
    deepStrictEqual(
      sites[0]?.services.flatMap(({ name }) => (name.startsWith("cockroachdb") ? [name] : [])),
      ["cockroachdb", "cockroachdb-2", "cockroachdb-3"],
    );
  });

  it("shares no address, however many a site has of it, of Galera, brokers and servers", () => {
    for (const [galera, own] of [
      [7, 3],
      [5, 5],
      [1, 9],
    ] as const) {
      const raw = scenario(
        { nodes: { core: own, edge: 1 } },
        {
          ...{ replicas: 3, regions: { edge: {} } },
          database: { kind: "galera", nodes: { core: galera, edge: 1 } },
        },
      );
      const { controlPlane, bus, sites } = planned({
        ...raw,
        bus: { kind: "rabbitmq", topology: "cluster", nodes: { core: 5, edge: 1 } },
      });
      if (!controlPlane) throw new Error("no control plane was planned");
      const all = [
        ...sites.flatMap((site) => [site.gatewayAddress, site.bridgeAddress, site.defaultGateway]),
        ...[...bus.brokers, ...ownBrokers(controlPlane)].map(({ address }) => address),
        ...controlPlaneContainers(controlPlane).map(({ address }) => address),
      ];
      strictEqual(new Set(all).size, all.length);
    }
  });
});

describe("the plan of a CockroachDB for the Keystones of all regions", () => {
  const raw = (settings: object = {}) => scenario({}, { regions: { edge: {} }, ...settings });
  const controlPlaneOf = (settings: object = {}) => {
    const { controlPlane } = planned(raw(settings));
    if (!controlPlane) throw new Error("no control plane was planned");
    return controlPlane;
  };

  it("is one, shared by all and counted once, each Keystone at its site's node", () => {
    const of = controlPlaneOf();
    const database = planOf(raw());
    deepStrictEqual(database.serving, { core: "core", "edge-1": "edge-1", "edge-2": "edge-2" });
    for (const { plan: region } of of.regions) {
      strictEqual(region.identityDatabase, of.keystoneDatabase);
      strictEqual(region.keystoneDatabase, undefined);
    }
    deepStrictEqual(
      controlPlaneContainers(of).flatMap(({ site, service }) =>
        service.startsWith("cockroachdb") ? [`${site}/${service}`] : [],
      ),
      ["core/cockroachdb", "edge-1/cockroachdb", "edge-2/cockroachdb"],
    );
  });

  it("leaves the other services' database to the control plane's own region, and none of theirs crosses a link", () => {
    const of = controlPlaneOf();
    deepStrictEqual(of.database.serving, { core: "core" });
    ok(of.connections.length > 0);
    ok(of.connections.every(({ encrypted }) => encrypted));
  });
});

describe("what a CockroachDB is told to hold", () => {
  const accounts = [{ name: "keystone", databases: ["keystone"] }];

  it("is Keystone's database and account, wherever leases are", () =>
    strictEqual(
      renderDefinitions({ accounts, replicas: 3 }, { keystone: "SCRAM-SHA-256$1" }),
      `SET CLUSTER SETTING diagnostics.reporting.enabled = false;
CREATE USER IF NOT EXISTS keystone;
ALTER USER keystone WITH PASSWORD 'SCRAM-SHA-256$1';
CREATE DATABASE IF NOT EXISTS keystone;
ALTER DATABASE keystone OWNER TO keystone;
ALTER DATABASE keystone CONFIGURE ZONE USING num_replicas = 3, constraints = '[]', lease_preferences = '[]';
`,
    ));

  it("is to keep a copy, and leases, at the site that is said", () =>
    ok(
      renderDefinitions({ accounts, replicas: 5, leaseholders: "edge-1" }, {}).includes(
        `num_replicas = 5, constraints = '{"+region=edge-1": 1}', lease_preferences = '[[+region=edge-1]]';`,
      ),
    ));

  it("is a password as SCRAM has it: both ends of the RFC's example come to the same", () => {
    // RFC 7677, 3: user "user", password "pencil".
    const salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
    const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const message = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=${salt},i=4096,c=biws,r=${nonce}`;
    const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
    const [, rounds, kept, stored = "", server = ""] =
      /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(
        scramVerifier("pencil", Buffer.from(salt, "base64"), 4096),
      ) ?? [];
    deepStrictEqual([rounds, kept], ["4096", salt]);
    const signed = (key: Buffer) => createHmac("sha256", key).update(message).digest();
    strictEqual(
      signed(Buffer.from(server, "base64")).toString("base64"),
      "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    );
    const signature = signed(Buffer.from(stored, "base64"));
    const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] ?? 0)));
    strictEqual(createHash("sha256").update(clientKey).digest("base64"), stored);
  });

  it("is the same hash each time, and another for another password", () => {
    strictEqual(hashPassword("one"), hashPassword("one"));
    ok(hashPassword("one") !== hashPassword("two"));
    ok(!hashPassword("one-password").includes("one-password"));
  });
});

describe("a CockroachDB for Keystone in a scenario", () => {
  for (const [claim, database, path, message] of [
    ["it names no image", { image: undefined }, "keystoneDatabase.image", "missing: expected text"],
    [
      "a node's site is not there",
      { nodes: { fog: 3 } },
      "keystoneDatabase.nodes.fog",
      `there is no site "fog"; the sites are core, edge`,
    ],
    [
      "there are fewer nodes than copies",
      { nodes: { edge: 1 } },
      "keystoneDatabase.nodes",
      "2 nodes have no place for 3 copies: use 3 nodes or more",
    ],
    [
      "there are more copies than nodes",
      { replicas: 5 },
      "keystoneDatabase.nodes",
      "3 nodes have no place for 5 copies: use 5 nodes or more, or fewer replicas",
    ],
    [
      "copies have no larger part",
      { nodes: { core: 2, edge: 1 }, replicas: 4 },
      "keystoneDatabase.replicas",
      "4 copies survive no more failures than 3 would: use 3 or 5",
    ],
    [
      "leases are to be where no node is",
      { nodes: { core: 1, "edge-1": 2 }, leaseholders: "edge-2" },
      "keystoneDatabase.leaseholders",
      `there is no node at "edge-2": name one of core, edge-1`,
    ],
    [
      "leases are to be at a group",
      { leaseholders: "edge" },
      "keystoneDatabase.leaseholders",
      `"edge" is a group of sites: name one of it, such as "edge-1"`,
    ],
    [
      "a node has less memory than it can do with",
      { memory: "256MiB" },
      "keystoneDatabase.memory",
      `"256MiB" is too little: use at least 512MiB`,
    ],
  ] as const)
    it(`is refused when ${claim}`, () =>
      assertRefused(scenario(database), [`controlPlane.${path}`, message]));

  it("is refused where requests are to be traced, as spans are of MariaDB's statements", () =>
    assertRefused(
      {
        ...scenario({}, { profiler: true }),
        workloads: [{ name: "boot", kind: "trace", site: "core" }],
      },
      [
        "controlPlane.profiler",
        "true has spans of statements in MariaDB alone, and Keystone would have none of its CockroachDB's: take keystoneDatabase out, or profiler",
      ],
    ));

  it("is no database of all services", () =>
    assertRefused(controlPlaneScenario({ database: overSites }), [
      "controlPlane.database.kind",
      `expected one of "mariadb", "galera", got "cockroachdb"`,
    ]));
});

describe("a CockroachDB and Galera at one site", () => {
  const both = (own: object, galera: object | undefined) =>
    scenario({ nodes: own }, galera === undefined ? {} : { database: { kind: "galera", nodes: galera } });

  it("are as many as there are addresses for", () => {
    ok(planned(both({ core: 5 }, { core: 5 })).controlPlane);
    ok(planned(both({ core: 9 }, undefined)).controlPlane);
  });

  it("are refused when they are more", () => {
    assertRefused(both({ core: 5 }, { core: 6 }), [
      "controlPlane.keystoneDatabase.nodes",
      `"core" has no addresses for 5 nodes of it and 6 of Galera: have 10 of both there at most`,
    ]);
    assertRefused(both({ edge: 9, "edge-1": 1 }, undefined), [
      "controlPlane.keystoneDatabase.nodes",
      `"edge-1" has no addresses for 10 nodes of it: have 9 there at most`,
    ]);
  });
});

describe("a CockroachDB under several Keystones as deployed", () => {
  let all: readonly Registration[];
  const raw = scenario({}, { replicas: { keystone: 2 }, regions: { edge: {} }, computes: { edge: 1 } });
  const inputs = (name: string) =>
    find(all, `control-plane-${name}`, "docker:index/container:Container").inputs;
  const keystones = ["core", "edge-1", "edge-2"].flatMap((site) => [
    `${site}-keystone`,
    `${site}-keystone-2`,
  ]);
  before(async () => {
    all = (await deployed(raw)).registrations;
  });

  it("has each in the image with the dialect, told what it is on and whom to trust, and nobody else", () => {
    const containers = all.filter(
      ({ name, type }) => type === "docker:index/container:Container" && name.startsWith("control-plane-"),
    );
    deepStrictEqual(
      containers
        .filter(({ inputs: { image: used } }) => String(used).startsWith("buswide/openstack-cockroachdb:"))
        .map(({ name }) => name.replace(/^control-plane-|-container$/g, ""))
        .sort(),
      keystones,
    );
    for (const name of keystones) {
      const { envs, uploads } = inputs(`${name}-container`) as {
        envs: string[];
        uploads: { file: string; content: string }[];
      };
      ok(envs.includes("BUSWIDE_DATABASE=cockroachdb"), name);
      ok(envs.includes("BUSWIDE_DATABASE_CONTAINERS=id of buswide-test-core-cockroachdb"), envs.join(" "));
      const authority = uploads.find(({ file }) => file === "/etc/buswide-database-authority.pem");
      strictEqual(authority?.content, mockedCertificate);
    }
  });

  it("has all but the first leave what it holds to the first: of a region to its first, which waits for the others' first", () => {
    const second = inputs("edge-1-keystone-2-container")["envs"] as string[];
    ok(second.includes("BUSWIDE_REPLICA=2"));
    ok(
      !(inputs("edge-1-keystone-container")["envs"] as string[]).some((one) =>
        one.startsWith("BUSWIDE_REPLICA"),
      ),
    );
    const waits = (name: string) => find(all, `control-plane-${name}`).dependencies;
    ok(waits("edge-1-keystone").some((one) => one.startsWith("control-plane-core-keystone")));
    ok(waits("edge-1-keystone").includes("control-plane-keystone-database-defined"));
    ok(waits("edge-1-keystone-2").some((one) => one.startsWith("control-plane-edge-1-keystone")));
  });

  it("has each connect by its own site's node first, with one password", () => {
    const [core, edge] = planOf(raw).servers;
    const connection = (name: string) => {
      const uploads = inputs(`${name}-container`)["uploads"] as { file: string; content: string }[];
      const file = uploads.find(({ file: path }) => path.endsWith("keystone.conf"));
      return /^connection = (.*)$/m.exec(file?.content ?? "")?.[1] ?? "";
    };
    ok(connection("core-keystone-2").includes(`?host=${core?.address}:26257&`));
    ok(connection("edge-1-keystone").includes(`?host=${edge?.address}:26257&`));
    const password = (name: string) => /keystone:([^@]+)@/.exec(connection(name))?.[1];
    ok(password("core-keystone"));
    strictEqual(password("edge-1-keystone"), password("core-keystone"));
  });

  it("is counted before it is made", () => ok(Math.abs(expectedResources(planned(raw)) - all.length) <= 6));
});

describe("a deployed CockroachDB", () => {
  let all: readonly Registration[];
  const inputs = (name: string, type?: string) => find(all, `control-plane-${name}`, type).inputs;
  const container = (name: string) => inputs(`${name}-container`, "docker:index/container:Container");
  const files = (name: string) =>
    Object.fromEntries(
      (container(name)["uploads"] as { file: string; content: string }[]).map(({ file, content }) => [
        file,
        content,
      ]),
    );
  before(async () => {
    all = (await deployed(scenario())).registrations;
  });

  it("is these resources, each with its parent", () =>
    deepStrictEqual(
      Object.fromEntries(
        all
          .filter(
            ({ name, type }) =>
              name.startsWith("control-plane-keystone-database") && !type.startsWith("docker:"),
          )
          .map(({ name, parent, type }) => [
            name.replace("control-plane-keystone-database", "db"),
            [parent?.replace("control-plane-keystone-database", "db"), type],
          ]),
      ),
      {
        db: ["control-plane", "buswide:database:CockroachDb"],
        "db-authority": ["db", "buswide:security:Authority"],
        ...Object.fromEntries(
          [
            "made",
            ...["core", "edge-1", "edge-2"].map((site) => `${site}-cockroachdb-certificate`),
            "root-certificate",
          ].map((name) => [`db-authority-${name}`, ["db-authority", "command:local:Command"]]),
        ),
        ...Object.fromEntries(
          ["core", "edge-1", "edge-2"].flatMap((site) => [
            [`db-${site}-cockroachdb`, ["db", "buswide:topology:Service"]],
            [`db-${site}-cockroachdb-members`, ["db", "command:local:Command"]],
          ]),
        ),
        "db-defined": ["db", "command:local:Command"],
      },
    ));

  it("has nodes that know their site, share nothing but the authority, and the first alone what administrates", () => {
    const envs = container("keystone-database-edge-1-cockroachdb")["envs"] as string[];
    ok(envs.includes("BUSWIDE_SITE=edge-1") && envs.includes("BUSWIDE_CACHE_MIB=256"), envs.join(" "));
    deepStrictEqual(
      Object.keys(files("keystone-database-core-cockroachdb")).map((path) => path.split("/").at(-1)),
      [...["ca.crt", "node.crt", "node.key", "client.root.crt", "client.root.key"]],
    );
    deepStrictEqual(
      Object.keys(files("keystone-database-edge-1-cockroachdb")).map((path) => path.split("/").at(-1)),
      ["ca.crt", "node.crt", "node.key"],
    );
    const request = JSON.parse(
      String(inputs("keystone-database-authority-edge-1-cockroachdb-certificate")["stdin"]),
    ) as { names: string[] };
    deepStrictEqual(request.names, ["node", plan().servers[1]?.address]);
  });

  it("is told who there is by a command, then begun and told what to hold, and Keystone starts after that", () => {
    const members = plan()
      .servers.map(({ address }) => `${address}:26257\n`)
      .join("");
    const told = inputs("keystone-database-edge-2-cockroachdb-members");
    deepStrictEqual(
      [told["create"], told["stdin"]],
      ["docker exec -i buswide-test-edge-2-cockroachdb database-members", members],
    );
    const defined = find(all, "control-plane-keystone-database-defined");
    strictEqual(defined.inputs["create"], "docker exec -i buswide-test-core-cockroachdb database-define");
    ok(defined.secrets.includes("stdin"));
    ok(/ALTER USER keystone WITH PASSWORD 'SCRAM-SHA-256\$10610:/.test(String(defined.inputs["stdin"])));
    ok(defined.dependencies.includes("control-plane-keystone-database-edge-2-cockroachdb-members"));
    const keystone = find(all, "control-plane-core-keystone");
    ok(keystone.dependencies.includes("control-plane-keystone-database-defined"));
    ok(!keystone.dependencies.some((name) => name.includes("mariadb")));
    ok(find(all, "control-plane-core-glance").dependencies.some((name) => name.includes("mariadb")));
  });

  it("has Keystone alone in an image with the dialect, which is told what it is on and whom to trust", () => {
    const keystone = container("core-keystone");
    strictEqual(keystone["image"], "buswide/openstack-cockroachdb:0123456789ab");
    strictEqual(container("core-glance")["image"], "buswide/openstack:0123456789ab");
    ok((keystone["envs"] as string[]).includes("BUSWIDE_DATABASE=cockroachdb"));
    strictEqual(files("core-keystone")["/etc/buswide-database-authority.pem"], mockedCertificate);
    ok(files("core-keystone")["/etc/keystone/keystone.conf"]?.includes("cockroachdb+psycopg2://keystone:"));
    ok(!JSON.stringify(container("core-glance")).includes("cockroachdb"));
  });

  it("makes all nodes anew with a new first one, and no other for one that comes", async () => {
    const containersOf = (changed: Record<string, unknown>) =>
      Object.keys(changed)
        .filter((key) => key.includes("container:Container") && key.includes("cockroachdb"))
        .map((key) => key.replace(/^control-plane-keystone-database-(.*)-container .*/, "$1"));
    const more = await deployed(scenario({ nodes: { core: 1, edge: 2 } }));
    deepStrictEqual(containersOf(changes(all, more.registrations)).sort(), [
      "edge-1-cockroachdb-2",
      "edge-2-cockroachdb-2",
    ]);
    const envs = container("keystone-database-edge-1-cockroachdb")["envs"] as string[];
    ok(envs.includes("BUSWIDE_FIRST_CONTAINER=id of buswide-test-core-cockroachdb"), envs.join(" "));
  });

  it("has no secret where a backup shows its files, no key without protection, and no password that is known", async () => {
    const input = JSON.parse(String(find(all, "measurement-run").inputs["stdin"])) as {
      configuration: Record<string, string>;
    };
    ok(input.configuration["core-cockroachdb/definitions.sql"]?.includes("WITH PASSWORD '***'"));
    ok(input.configuration["core-keystone/keystone.conf"]?.includes("keystone:***@/keystone"));
    ok(!JSON.stringify(input.configuration).includes(mockedKey));
    const { secrets } = find(
      all,
      "control-plane-keystone-database-core-cockroachdb-container",
      "docker:index/container:Container",
    );
    const uploads = container("keystone-database-core-cockroachdb")["uploads"] as { file: string }[];
    for (const [index, { file }] of uploads.entries())
      if (file.endsWith(".key"))
        ok(
          secrets.some((path) => path.startsWith(`uploads[${index}]`)),
          file,
        );
    deepStrictEqual(await judge(noDefaultCredentials, (await deployedResources(scenario())).inputs), []);
  });

  it("crosses links that are not trusted, as all of it is encrypted; other services' databases do not", async () => {
    deepStrictEqual(await said({ keystoneDatabase: overSites }), []);
    strictEqual((await said({ database: { kind: "galera", nodes: { core: 1, edge: 1 } } })).length, 1);
  });

  it("does so for regions, whose Keystones on one MariaDB do not", async () => {
    deepStrictEqual(await said({ keystoneDatabase: overSites, regions: { edge: {} } }), []);
    strictEqual((await said({ regions: { edge: {} } })).length, 1);
  });

  async function said(settings: object) {
    const raw = {
      ...controlPlaneScenario({ computes: {}, ...settings }),
      bus: { kind: "rabbitmq", tls: true },
      links: [
        { between: ["core", "edge-1"], delay: "5ms" },
        { between: ["core", "edge-2"], delay: "25ms", trusted: false },
      ],
    };
    return judgeStack(untrustedLinksCarryNoPlainText, (await deployedResources(raw)).outputs);
  }
});

/** The image's programs, with a `cockroach` that says what it was asked and answers as a file says. */
describe("a CockroachDB's container", function () {
  this.timeout(20_000);
  const programs = resolve(__dirname, "../../images/cockroachdb");
  let folder: string;
  const at = (name: string) => join(folder, name);
  const run = (program: string, input = "", environment: Record<string, string> = {}) =>
    execa(join(programs, program), [], {
      cwd: folder,
      input,
      reject: false,
      env: {
        PATH: `${folder}:${process.env["PATH"]}`,
        ...{
          BUSWIDE_ADDRESS: "10.0.0.27",
          BUSWIDE_SITE: "core",
          BUSWIDE_CACHE_MIB: "256",
          BUSWIDE_SQL_MIB: "256",
        },
        ...environment,
      },
      extendEnv: false,
    });
  const cockroach = (script: string) => {
    writeFileSync(at("cockroach"), `#!/bin/bash\necho "$@" >> ${at("asked")}\n${script}\n`);
    chmodSync(at("cockroach"), 0o755);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-cockroachdb-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("waits until it is told who there is, then starts a node of its region among them", async () => {
    cockroach("exit 0");
    const started = run("database-start");
    await new Promise((done) => setTimeout(done, 700));
    await rejects(() => Promise.resolve().then(() => readFileSync(at("asked"))));
    strictEqual((await run("database-members", "10.0.0.27:26257\n10.0.1.27:26257\n")).exitCode, 0);
    strictEqual((await started).exitCode, 0);
    const asked = readFileSync(at("asked"), "utf8");
    for (const option of [
      "start",
      "--join=10.0.0.27:26257,10.0.1.27:26257 ",
      "--advertise-addr=10.0.0.27:26257",
      "--locality=region=core",
      "--http-addr=127.0.0.1:8080",
    ])
      ok(asked.includes(option), `${option} in ${asked}`);
    ok(!asked.includes("--insecure"));
  });

  it("begins the cluster, and has it hold what it is told, which is in no argument", async () => {
    cockroach(`[ "$1" = sql ] && cat > ${at("told")}; exit 0`);
    const { exitCode, stderr } = await run("database-define", "CREATE USER keystone;\n");
    strictEqual(exitCode, 0, stderr);
    strictEqual(readFileSync(at("told"), "utf8").trim(), "CREATE USER keystone;");
    const asked = readFileSync(at("asked"), "utf8");
    deepStrictEqual(asked.match(/^\w+/gm), ["init", "sql"]);
    ok(!asked.includes("CREATE"));
  });

  it("takes a cluster that has begun for begun, and waits for one that does not answer yet", async () => {
    cockroach(
      `case "$1" in
         init) [ -e ${at("up")} ] && { echo "ERROR: cluster has already been initialized" >&2; exit 1; }
               touch ${at("up")}; echo "ERROR: cannot dial server" >&2; exit 1 ;;
         sql) cat >/dev/null ;;
       esac`,
    );
    strictEqual((await run("database-define", "SELECT 1;")).exitCode, 0);
    deepStrictEqual(readFileSync(at("asked"), "utf8").match(/^\w+/gm), ["init", "init", "sql"]);
  });

  it("says by its code what is refused, and nothing of the statement", async () => {
    cockroach(
      `[ "$1" = init ] && exit 0
       echo "ERROR: at or near 'SCRAM-SHA-256\\$secret'" >&2; echo "SQLSTATE: 42601" >&2; exit 1`,
    );
    const { exitCode, stderr } = await run("database-define", "ALTER USER k", { BUSWIDE_PATIENCE: "1" });
    deepStrictEqual([exitCode, stderr], [1, "refused by the cluster: SQLSTATE: 42601"]);
  });
});
