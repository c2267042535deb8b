import { deepStrictEqual, match, ok, strictEqual } from "assert";
import { parse } from "yaml";
import {
  catalogInput,
  clientAccess,
  endpointsOf,
  fillInput,
  renderClouds,
} from "../../components/controlplane/access";
import { serviceEnvironment, serviceFiles, shownFiles } from "../../components/controlplane/files";
import { controlPlaneServices, ownBrokers, serviceUsers } from "../../components/controlplane/plan";
import {
  derivePartAccounts,
  deriveSecrets,
  redactedPart,
  redactedSecrets,
  secretsWithin,
  type Secrets,
} from "../../components/controlplane/secrets";
import { placedServices } from "../../components/controlplane/services";
import { pictureOf } from "../../components/plan/graph/picture";
import { busesInView } from "../../bin/campaign/busRepair";
import { expectedResources } from "../../bin/report/phases";
import { cloudOf } from "../../workloads/cloud";
import { ofServices, type MeasurementInput } from "../../workloads/runner/input";
import { assertRefused } from "../scenario/refusal";
import { changes, deployed, find } from "../support/experiments";
import type { Registration } from "../support/mocks";
import { planned } from "../support/plans";
import { controlPlaneScenario, type RawScenario } from "../support/scenarios";

const regional = (settings: object = {}, more: object = {}): RawScenario => ({
  ...controlPlaneScenario({ regions: { edge: {} }, computes: { core: 1, edge: 1 }, ...settings }),
  ...more,
});

function plan(settings: object = {}) {
  const { controlPlane } = planned(regional(settings));
  if (!controlPlane) throw new Error("no control plane was planned");
  return controlPlane;
}

const shared = ["keystone", "placement", "glance", "neutron", "nova"];
const ofRegion = ["placement", "glance", "neutron", "nova"];
const secrets: Secrets = {
  ...deriveSecrets("a secret of the tests", serviceUsers, shared),
  transports: { core: "rabbit://of-the-core/" },
  parts: Object.fromEntries(
    ["edge-1", "edge-2"].map((site) => [
      site,
      {
        accounts: derivePartAccounts("a secret of the tests", site, ofRegion),
        transports: { [site]: `rabbit://of-${site}/` },
      },
    ]),
  ),
};
const first = <T>(all: readonly T[]): T => {
  const [found] = all;
  if (found === undefined) throw new Error("there is none");
  return found;
};

describe("the plan of regions", () => {
  it("has a whole control plane at each of their sites, beside the control plane's own", () => {
    const of = plan();
    const at = (site: string) =>
      [...controlPlaneServices(of), ...ownBrokers(of).map(({ name }) => name.replace(`${site}-`, `${site}/`))]
        .filter((name) => name.startsWith(`${site}/`))
        .map((name) => name.slice(site.length + 1));
    deepStrictEqual(at("core"), ["mariadb", ...placedServices, "memcached", "computes"]);
    for (const site of ["edge-1", "edge-2"])
      deepStrictEqual(at(site), [
        "local-mariadb",
        ...placedServices,
        "memcached",
        "computes",
        "local-rabbitmq",
      ]);
  });

  it("calls each as its site, and has it ask itself alone, but for Keystone's database", () => {
    const of = plan();
    deepStrictEqual(
      [of, ...of.regions.map((region) => region.plan)].map(({ region, computes }) => [
        region,
        computes.flatMap(({ hosts }) => hosts),
      ]),
      [
        ["RegionOne", ["core-compute-1"]],
        ["edge-1", ["edge-1-compute-1"]],
        ["edge-2", ["edge-2-compute-1"]],
      ],
    );
    deepStrictEqual(of.connections, [
      { from: "edge-1", to: "core", encrypted: false },
      { from: "edge-2", to: "core", encrypted: false },
    ]);
    for (const region of of.regions) {
      deepStrictEqual(region.plan.connections, []);
      deepStrictEqual(region.bus.connections, []);
      deepStrictEqual(
        region.database.accounts.map(({ name }) => name),
        ofRegion,
      );
      strictEqual(region.plan.identityDatabase, of.database);
    }
  });

  it("leaves the scenario's bus to the control plane's own region", () =>
    deepStrictEqual(Object.keys(planned(regional()).bus.serviceEndpoints ?? {}), ["core"]));

  it("has each Keystone at its site's node of a database over sites", () => {
    const { database, regions } = plan({
      database: { kind: "galera", nodes: { core: 1, edge: 1 }, writers: "nearest" },
    });
    deepStrictEqual(database.serving, { core: "core", "edge-1": "edge-1", "edge-2": "edge-2" });
    const { plan: of } = first(regions);
    const [file] = serviceFiles(of, "keystone", secretsWithin(secrets, "edge-1"));
    ok(file?.content.includes(`@${database.endpoints["edge-1"]?.host}:3306/keystone`));
  });

  it("gives services of each as many servers", () => {
    const { regions } = plan({ replicas: { "nova-api": 2 } });
    deepStrictEqual(
      regions.map(({ plan: of }) => [
        of.replicas.map(({ site, service }) => `${site}/${service}`),
        of.proxies.map(({ site, service }) => `${site}/${service}`),
      ]),
      ["edge-1", "edge-2"].map((site) => [[`${site}/nova-api-2`], [`${site}/api-proxy`]]),
    );
  });

  it("gives no two containers of a site one address, also where the scenario's bus and database are there", () => {
    const { controlPlane, bus, sites } = planned(
      regional(
        { replicas: 3, database: { kind: "galera", nodes: { core: 1, edge: 1 } } },
        { bus: { kind: "rabbitmq", topology: "federation" } },
      ),
    );
    if (!controlPlane) throw new Error("no control plane was planned");
    const plans = [controlPlane, ...controlPlane.regions.map((region) => region.plan)];
    const addresses = [
      ...sites.flatMap((site) => [site.gatewayAddress, site.bridgeAddress, site.defaultGateway]),
      ...[...bus.brokers, ...ownBrokers(controlPlane)].map(({ address }) => address),
      ...plans.flatMap((of) =>
        [
          ...of.database.servers,
          ...Object.values(of.services),
          ...of.replicas,
          ...of.proxies,
          ...of.caches,
          ...of.computes,
        ].map(({ address }) => address),
      ),
    ];
    strictEqual(new Set(addresses).size, addresses.length);
  });
});

describe("what services of a region are told", () => {
  const of = plan();
  const { plan: edge } = first(of.regions);
  const within = secretsWithin(secrets, "edge-1");
  const told = (service: (typeof placedServices)[number]) =>
    serviceFiles(edge, service, within)
      .map(({ content }) => content)
      .join("\n");

  it("is their own region, bus, database and Keystone", () => {
    const text = told("nova-api");
    match(text, /^transport_url = rabbit:\/\/of-edge-1\/$/m);
    match(text, /^region_name = edge-1$/m);
    ok(text.includes(`auth_url = http://${edge.services.keystone.address}:5000/v3\n`));
    const server = first(edge.database.servers).address;
    ok(
      text.includes(
        `mysql+pymysql://nova:${secrets.parts?.["edge-1"]?.accounts["nova"]}@${server}:3306/nova_api?`,
      ),
    );
    for (const service of placedServices.filter((one) => one !== "keystone"))
      for (const secret of [...Object.values(secrets.accounts), "of-the-core"])
        ok(!told(service).includes(secret), service);
  });

  it("is their own cache, and the key of all", () => {
    const [cache] = edge.caches;
    const server = `${cache?.address}:11211\n`;
    strictEqual(cache?.site, "edge-1");
    ok(told("keystone").includes(`memcache_servers = ${server}`));
    ok(told("nova-api").includes(`memcached_servers = ${server}`));
    ok(told("nova-api").includes(`memcache_secret_key = ${secrets.cacheKey}\n`));
  });

  it("is for Keystone the database of all, with its keys, and to bootstrap its own region", () => {
    const text = told("keystone");
    const server = first(of.database.servers).address;
    ok(text.includes(`mysql+pymysql://keystone:${secrets.accounts["keystone"]}@${server}:3306/keystone?`));
    deepStrictEqual(
      serviceFiles(edge, "keystone", within).filter(({ path }) => path.includes("/keys/")),
      serviceFiles(of, "keystone", secrets).filter(({ path }) => path.includes("/keys/")),
    );
    const environment = serviceEnvironment(edge, "keystone");
    strictEqual(environment["BUSWIDE_REGION"], "edge-1");
    strictEqual(environment["BUSWIDE_URL"], `http://${edge.services.keystone.address}:5000/v3`);
  });

  it("is in the catalog: users once, endpoints of each region, and which regions there are", () => {
    interface Catalog {
      readonly url: string;
      readonly region: string;
      readonly regions?: string[];
      readonly services: { name: string; password?: string; endpoint: string }[];
    }
    const read = (text: string) => JSON.parse(text) as Catalog;
    const own = read(catalogInput(of, secrets));
    const other = read(catalogInput(of, secrets, edge));
    deepStrictEqual(own.regions, ["RegionOne", "edge-1", "edge-2"]);
    ok(own.services.every(({ password }) => password !== undefined));
    deepStrictEqual([other.region, other.regions], ["edge-1", undefined]);
    strictEqual(other.url, `http://${edge.services.keystone.address}:5000/v3`);
    ok(other.services.every(({ password }) => password === undefined));
    ok(
      other.services.some(
        ({ name, endpoint }) =>
          name === "nova" && endpoint === `http://${edge.services["nova-api"].address}:8774/v2.1`,
      ),
    );
    deepStrictEqual((JSON.parse(fillInput(edge, "p", 9)) as { hosts: object }).hosts, {
      "edge-1": ["edge-1-compute-1"],
    });
  });

  it("is in a backup with every secret redacted", () => {
    const parts = Object.fromEntries(
      ["edge-1", "edge-2"].map((site) => [site, redactedPart(ofRegion, [site])]),
    );
    const shown = shownFiles(of, redactedSecrets(serviceUsers, shared, ["core"], parts));
    for (const file of [
      "edge-1-keystone/keystone.conf",
      "edge-2-nova-api/nova.conf",
      "edge-1-computes/nova.conf",
    ])
      ok(file in shown, file);
    for (const [file, content] of Object.entries(shown))
      for (const [, password] of content.matchAll(/password = (.*)|:\/\/\w+:([^@]*)@/g))
        strictEqual(password ?? "***", "***", file);
  });
});

describe("access to regions", () => {
  const of = plan();

  it("is a cloud each in clouds.yaml, and URLs by the region's name", () => {
    const { clouds } = parse(renderClouds(of, "test", "p")) as {
      clouds: Record<string, { auth: { auth_url: string }; region_name: string }>;
    };
    deepStrictEqual(
      Object.entries(clouds).map(([name, { region_name: region }]) => [name, region]),
      [
        ["buswide-test", "RegionOne"],
        ["buswide-test-edge-1", "edge-1"],
        ["buswide-test-edge-2", "edge-2"],
      ],
    );
    const { plan: edge } = first(of.regions);
    const url = `http://${edge.services.keystone.address}:5000/v3`;
    strictEqual(clouds["buswide-test-edge-1"]?.auth.auth_url, url);
    strictEqual((endpointsOf(of)["edge-1"] as Record<string, string>)["keystone"], url);
  });

  it("is what a workload is told that asks one", () => {
    const controlPlane = clientAccess(of, secrets) as MeasurementInput["controlPlane"];
    const { plan: edge } = first(of.regions);
    deepStrictEqual(cloudOf({ controlPlane }, { region: "edge-1" }), {
      url: `http://${edge.services.keystone.address}:5000/v3`,
      region: "edge-1",
      password: secrets.admin,
      hosts: ["edge-1-compute-1"],
    });
    deepStrictEqual(cloudOf({ controlPlane }, {})?.hosts, ["core-compute-1"]);
    strictEqual(cloudOf({ controlPlane: undefined }, {}), undefined);
  });
});

describe("workloads that ask a region", () => {
  const rally = { name: "boot", kind: "rally", site: "core", scenario: "NovaServers.boot_and_delete_server" };
  const servers = { name: "s", kind: "servers", site: "core", rate: "12/min", duration: "30s" };
  const trace = { name: "t", kind: "trace", site: "core", computes: undefined };
  const loads = (...workloads: object[]) =>
    planned(regional({ profiler: workloads.some((one) => "computes" in one) }, { workloads })).loads;

  it("ask that of their own site, if it is one, or else the control plane's own, unless they say", () =>
    deepStrictEqual(
      loads(
        rally,
        { ...rally, name: "b", site: "edge-1" },
        { ...rally, name: "c", region: "edge-2" },
        { ...rally, name: "d", site: "edge-1", region: "RegionOne" },
        { ...servers, site: "edge-2" },
      ).map((load) => ("region" in load ? load.region : undefined)),
      [undefined, "edge-1", "edge-2", undefined, "edge-2"],
    ));

  it("are traced through the region's services, its bus and both of its databases", () => {
    const [load] = loads({ ...trace, region: "edge-1" });
    ok(load?.kind === "trace");
    deepStrictEqual(load.hosts, [{ name: "edge-1-compute-1", site: "edge-1" }]);
    deepStrictEqual(
      load.services.map(({ name }) => name),
      placedServices.map((service) => `edge-1/${service}`),
    );
    deepStrictEqual(load.databases, { "edge-1": "edge-1" });
    const of = plan();
    const [own, shared_] = [first(first(of.regions).database.servers), first(of.database.servers)];
    deepStrictEqual(load.servers?.["edge-1"], { [own.address]: "edge-1", [shared_.address]: "core" });
    const direct = load.ways.direct.find(({ from, to }) => from === "edge-1" && to === "core");
    deepStrictEqual(direct?.links, ["core--edge-1"]);
    deepStrictEqual(load.ways.bus, [{ from: "edge-1", to: "edge-1", links: [] }]);
  });

  for (const [claim, scenario, path, message] of [
    [
      "there is no such region",
      regional({}, { workloads: [{ ...rally, region: "fog" }] }),
      "workloads[0].region",
      `there is no region "fog"; the regions are RegionOne, edge-1, edge-2`,
    ],
    [
      "there is one region alone",
      regional({ regions: {} }, { workloads: [{ ...rally, region: "edge-1" }] }),
      "workloads[0].region",
      `there is no region "edge-1", as the control plane has one alone, "RegionOne": take it out, or add controlPlane.regions`,
    ],
    [
      "there is no control plane",
      {
        ...controlPlaneScenario(),
        controlPlane: undefined,
        workloads: [{ name: "d", kind: "rally", site: "core", scenario: "Dummy.dummy", region: "edge-1" }],
      },
      "workloads[0].region",
      `there is no control plane whose region "edge-1" could be asked: take it out`,
    ],
    [
      "the region has no computes",
      regional({ computes: { edge: 1 } }, { workloads: [servers] }),
      "workloads[0].site",
      `the region "RegionOne" is asked for servers and has no nova-computes: ask another, such as region: edge-1, or add some to controlPlane.computes`,
    ],
  ] as const)
    it(`are refused where ${claim}`, () => assertRefused(scenario, [path, message]));
});

describe("the resources of regions", () => {
  let all: readonly Registration[];
  before(async () => {
    all = (await deployed(regional())).registrations;
  });
  const waits = (name: string) =>
    find(all, `control-plane-${name}`)
      .dependencies.filter((one) => one.startsWith("control-plane-"))
      .map((one) => one.replace(/^control-plane-|-container$/g, ""));

  it("are all the control plane's, each region with its services, bus, database, catalog and filling", () => {
    const parents = new Set(
      all
        .filter(
          ({ name, type }) => /^control-plane-edge-1-/.test(name) && type === "buswide:topology:Service",
        )
        .map(({ name, parent }) => `${parent}: ${name.replace("control-plane-edge-1-", "")}`),
    );
    deepStrictEqual(
      [...parents].sort(),
      [
        ...[...placedServices, "memcached", "computes"].map((service) => `control-plane: ${service}`),
        "control-plane-edge-1-bus: bus-edge-1-local-rabbitmq",
        "control-plane-edge-1-database: database-edge-1-local-mariadb",
      ].sort(),
    );
    for (const command of ["catalog", "filled"])
      strictEqual(find(all, `control-plane-edge-1-${command}`).parent, "control-plane");
  });

  it("begin with the first region's Keystone and users, and otherwise with nothing of another region", () => {
    const keystone = waits("edge-1-keystone");
    ok(keystone.includes("core-keystone") && keystone.includes("database-core-mariadb"), keystone.join());
    ok(!keystone.includes("edge-1-database-edge-1-local-mariadb"));
    // A Keystone that is asked for a user without roles yet would remember that.
    ok(keystone.includes("catalog") && keystone.includes("edge-1-memcached"), keystone.join());
    for (const service of placedServices.filter((one) => one !== "keystone" && one !== "nova-scheduler"))
      ok(
        !waits(`edge-1-${service}`).some((name) => name.startsWith("core-") || name.includes("edge-2")),
        `${service}: ${waits(`edge-1-${service}`).join()}`,
      );
    ok(waits("edge-1-filled").includes("edge-1-computes"));
    const { dependencies } = find(all, "measurement");
    for (const name of ["control-plane-filled", "control-plane-edge-1-filled", "control-plane-edge-2-filled"])
      ok(dependencies.includes(name), name);
  });

  it("make Keystones and caches anew with the database that all share, and no other service of a further region", () => {
    const identity = (service: string) =>
      (find(all, `control-plane-${service}-container`).inputs["envs"] as string[]).find((one) =>
        one.startsWith("BUSWIDE_DATABASE_CONTAINERS="),
      );
    strictEqual(identity("edge-1-keystone"), identity("core-keystone"));
    strictEqual(identity("edge-1-memcached"), identity("core-keystone"));
    ok(identity("edge-1-nova-api") !== identity("core-nova-api"));
  });

  it("are measured as all others", () => {
    const input = JSON.parse(String(find(all, "measurement-run").inputs["stdin"])) as MeasurementInput;
    deepStrictEqual(Object.keys(input.controlPlane?.regions ?? {}), ["edge-1", "edge-2"]);
    deepStrictEqual(
      input.bus.brokers.map(({ name }) => name),
      ["core-rabbitmq", "edge-1-local-rabbitmq", "edge-2-local-rabbitmq"],
    );
    for (const name of ["edge-1/keystone", "edge-2/local-mariadb"])
      ok(
        input.services.some((service) => service.name === name),
        name,
      );
  });

  it("are counted before they are made", () =>
    ok(Math.abs(expectedResources(planned(regional())) - all.length) <= 6));

  it("leave the control plane's own as it is when a site becomes a region, but for computes and the catalog", async () => {
    const before = (await deployed(regional({ regions: { "edge-1": {} } }))).registrations;
    const changed = Object.entries(changes(before, all))
      .filter(([key]) => key.includes("container:Container"))
      .map(([key, what]) => [key.replace(/-container .*/, "").replace("control-plane-", ""), what]);
    deepStrictEqual(
      changed.filter(([, what]) => what !== "made").map(([name]) => name),
      ["edge-2-computes"],
    );
    ok(
      changed.every(([name]) => String(name).startsWith("edge-2-")),
      JSON.stringify(changed),
    );
  });
});

describe("regions in the rest of a scenario", () => {
  it("are in a drawing and looked after, with their brokers", () => {
    const { sites } = pictureOf(planned(regional()));
    const edge = sites.find(({ name }) => name === "edge-1");
    deepStrictEqual(
      edge?.services.map(({ name }) => name),
      ["gateway", "local-rabbitmq", "local-mariadb", ...placedServices, "memcached", "nova-compute"],
    );
    strictEqual(busesInView(planned(regional())).length, 3);
  });

  it("can have faults", () => {
    const call = {
      ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
      ...{ rate: "10/s", duration: "30s", timeline: [{ at: "5s", kill: "edge/memcached", for: "5s" }] },
    };
    const { workloads } = planned(regional({}, { workloads: [call] }));
    deepStrictEqual(
      ofServices(workloads[0]?.timeline).map(({ service }) => service),
      ["edge-1/memcached", "edge-2/memcached"],
    );
  });

  for (const [claim, scenario, path, message] of [
    [
      "a site is not there",
      regional({ regions: { fog: {} } }),
      "regions.fog",
      `there is no site "fog"; the sites are core, edge`,
    ],
    [
      "a site has services of the control plane's own region",
      regional({ regions: { core: {} } }),
      "regions.core",
      `"core" has keystone of the region "RegionOne", and would have another of its own: place that elsewhere, or leave the site out`,
    ],
    [
      "a service of the control plane's own region is placed there",
      regional({ services: { glance: "edge-2" } }),
      "regions.edge",
      `"edge-2" has glance of the region "RegionOne", and would have another of its own: place that elsewhere, or leave the site out`,
    ],
    [
      "a site is a cell as well",
      regional({ cells: { "edge-1": {} } }),
      "regions.edge",
      `"edge-1" is a cell as well, of the region "RegionOne": take one of the two out`,
    ],
    [
      "a site is called as the control plane's own region",
      regional({ region: "edge-1" }),
      "regions.edge",
      `"edge-1" is what the control plane's own region is called: set controlPlane.region to another`,
    ],
    ...["nova-api", "keystone"].map(
      (site) =>
        [
          `a site is called as ${site} is`,
          {
            ...controlPlaneScenario({ computes: { core: 1, [site]: 1 }, regions: { [site]: {} } }),
            ...{ sites: { core: {}, [site]: {} }, links: [{ between: ["core", site] }] },
          },
          `regions.${site}`,
          `"${site}" is what a service of the control plane is called: call the site otherwise`,
        ] as const,
    ),
    [
      "they are no sites with what each has",
      regional({ regions: ["edge"] }),
      "regions",
      `expected sites that are regions, such as { edge: {} }, got ["edge"]`,
    ],
  ] as const)
    it(`are refused when ${claim}`, () => assertRefused(scenario, [`controlPlane.${path}`, message]));
});
