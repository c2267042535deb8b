import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import { endpointsOf } from "../../components/controlplane/access";
import { serviceEnvironment, serviceFiles, shownFiles } from "../../components/controlplane/files";
import { controlPlaneServices, serversOf, serviceUsers } from "../../components/controlplane/plan";
import { renderProxy } from "../../components/controlplane/proxy";
import { deriveSecrets, redactedSecrets } from "../../components/controlplane/secrets";
import { ofServices } from "../../workloads/runner/input";
import { expectedResources } from "../../bin/report/phases";
import { pictureOf } from "../../components/plan/graph/picture";
import { assertRefused } from "../scenario/refusal";
import { changes, deployed, find } from "../support/experiments";
import type { Registration } from "../support/mocks";
import { planned } from "../support/plans";
import { controlPlaneScenario } from "../support/scenarios";

const several = { replicas: { keystone: 2, "nova-api": 3, "nova-conductor": 2 } };

function plan(settings: object = several) {
  const { controlPlane } = planned(controlPlaneScenario(settings));
  if (!controlPlane) throw new Error("no control plane was planned");
  return controlPlane;
}

const accounts = ["keystone", "placement", "glance", "neutron", "nova"];
const secrets = {
  ...deriveSecrets("a secret of the tests", serviceUsers, accounts),
  transports: Object.fromEntries(["core", "edge-1", "edge-2"].map((site) => [site, `rabbit://at-${site}/`])),
};

describe("several servers of a control plane's services", () => {
  it("are as many as the scenario says, of all services or of some, and one proxy is before their APIs", () => {
    deepStrictEqual(
      controlPlaneServices(plan()).filter((name) => /-\d$|proxy/.test(name)),
      ["core/keystone-2", "core/nova-api-2", "core/nova-api-3", "core/nova-conductor-2", "core/api-proxy"],
    );
    const { replicas, proxies } = plan({ replicas: 2 });
    deepStrictEqual(
      replicas.map(({ of, number }) => `${of} ${number}`),
      ["keystone", "placement", "glance", "nova-api", "nova-conductor", "nova-scheduler", "neutron"].map(
        (service) => `${service} 2`,
      ),
    );
    deepStrictEqual(
      proxies.map(({ apis }) => apis),
      [["keystone", "placement", "glance", "nova-api", "neutron"]],
    );
    const { replicas: none, proxies: nothing } = plan({});
    deepStrictEqual([none, nothing], [[], []]);
  });

  it("have no proxy where none of them has an API, and one at each site that has", () => {
    deepStrictEqual(plan({ replicas: { "nova-conductor": 3, "nova-scheduler": 2 } }).proxies, []);
    deepStrictEqual(
      plan({ replicas: 2, services: { glance: "edge-1", neutron: "edge-1" } }).proxies.map(
        ({ site, apis }) => [site, apis],
      ),
      [
        ["core", ["keystone", "placement", "nova-api"]],
        ["edge-1", ["glance", "neutron"]],
      ],
    );
  });

  it("have an address each that nothing else of the site has, and that more of them leave where it is", () => {
    const { controlPlane, bus, sites } = planned({
      ...controlPlaneScenario({
        replicas: 3,
        computes: { core: 1 },
        database: { kind: "galera", nodes: { core: 9 } },
      }),
      bus: { kind: "rabbitmq", topology: "cluster", nodes: { core: 7 } },
    });
    if (!controlPlane) throw new Error("no control plane was planned");
    const addresses = [
      ...sites.flatMap((site) => [site.gatewayAddress, site.bridgeAddress, site.defaultGateway]),
      ...bus.brokers.map(({ address }) => address),
      ...controlPlane.database.servers.map(({ address }) => address),
      ...Object.values(controlPlane.services).map(({ address }) => address),
      ...controlPlane.replicas.map(({ address }) => address),
      ...controlPlane.proxies.map(({ address }) => address),
      ...controlPlane.caches.map(({ address }) => address),
      ...controlPlane.computes.map(({ address }) => address),
    ];
    strictEqual(new Set(addresses).size, addresses.length);
    const [fewer, more] = [plan({ replicas: 2 }), plan({ replicas: 3 })];
    for (const { of, number, address } of fewer.replicas)
      strictEqual(more.replicas.find((one) => one.of === of && one.number === number)?.address, address, of);
  });

  it("need a larger network beyond the third", () => {
    throws(() => plan({ replicas: 4 }), {
      message: /target\.addresses\.sitePrefix: 26 leaves a site 60 addresses, .*: use 25 or less$/,
    });
    const larger = { target: { kind: "local", addresses: { sitePrefix: 25 } } };
    const { controlPlane } = planned({ ...controlPlaneScenario({ replicas: 9 }), ...larger });
    const addresses = controlPlane?.replicas.map(({ address }) => address) ?? [];
    strictEqual(addresses.length, 8 * 7);
    strictEqual(new Set(addresses).size, addresses.length);
  });

  it("are reached by the proxy: in the catalog, in what services are told, and for those outside", () => {
    const of = plan();
    const [proxy] = of.proxies;
    strictEqual(endpointsOf(of)["keystone"], `http://${proxy?.address}:5000/v3`);
    strictEqual(endpointsOf(of)["nova-api"], `http://${proxy?.address}:8774/v2.1`);
    strictEqual(endpointsOf(of)["glance"], `http://${of.services.glance.address}:9292`);
    const [file] = serviceFiles(of, "neutron", secrets);
    ok(file?.content.includes(`auth_url = http://${proxy?.address}:5000/v3\n`));
  });

  it("have the same keys and accounts, and a name and an address of their own", () => {
    const of = plan({ replicas: 2 });
    const [first, second] = serversOf(of, "nova-conductor");
    ok(first && second);
    const told = (server: typeof first) => serviceFiles(of, "nova-conductor", secrets, server)[0]?.content;
    strictEqual(
      told(second),
      told(first)
        ?.replace("host = core-nova-conductor\n", "host = core-nova-conductor-2\n")
        .replace(`my_ip = ${first.address}\n`, `my_ip = ${second.address}\n`),
    );
    const [, keystone] = serversOf(of, "keystone");
    ok(keystone);
    deepStrictEqual(serviceFiles(of, "keystone", secrets, keystone), serviceFiles(of, "keystone", secrets));
    // New hosts are looked for by one alone.
    deepStrictEqual(
      (["nova-scheduler", "nova-api"] as const).flatMap((service) =>
        serversOf(of, service).map((server) => {
          const content = serviceFiles(of, service, secrets, server)[0]?.content ?? "";
          return [server.service, /^discover_hosts_in_cells_interval = (\S+)$/m.exec(content)?.[1]];
        }),
      ),
      [
        ["nova-scheduler", "10"],
        ["nova-scheduler-2", "-1"],
        ["nova-api", "-1"],
        ["nova-api-2", "-1"],
      ],
    );
    // Glance's servers fetch from each other what was left with one of them.
    const [, glance] = serversOf(of, "glance");
    ok(glance);
    const [settings] = serviceFiles(of, "glance", secrets, glance);
    ok(settings?.content.includes(`worker_self_reference_url = http://${glance.address}:9292\n`));
  });

  it("leave what is to be done once to the first", () => {
    strictEqual(serviceEnvironment(plan(), "keystone")["BUSWIDE_REPLICA"], undefined);
    strictEqual(serviceEnvironment(plan(), "keystone", 2)["BUSWIDE_REPLICA"], "2");
  });

  it("are in a backup and a drawing, each of them", () => {
    const redacted = redactedSecrets(serviceUsers, accounts, ["core", "edge-1", "edge-2"]);
    const shown = Object.keys(shownFiles(plan(), redacted));
    for (const name of [
      "core-keystone-2/keystone.conf",
      "core-nova-api-3/nova.conf",
      "core-api-proxy/haproxy.cfg",
    ])
      ok(shown.includes(name), name);
    const [core] = pictureOf(planned(controlPlaneScenario(several))).sites;
    const names = core?.services.map(({ name }) => name) ?? [];
    for (const name of ["keystone", "keystone-2", "nova-api-3", "api-proxy"]) ok(names.includes(name), name);
  });

  it("can have faults each of its own, and the proxy as well", () => {
    const call = {
      ...{ name: "call", kind: "rpc", clients: { edge: 1 }, servers: { core: 1 } },
      ...{ rate: "10/s", duration: "30s" },
    };
    const timeline = [
      { at: "5s", kill: "core/nova-api-2", for: "5s" },
      { at: "5s", pause: "core/api-proxy", for: "5s" },
    ];
    const { workloads } = planned({
      ...controlPlaneScenario(several),
      workloads: [{ ...call, timeline }],
    });
    deepStrictEqual(
      ofServices(workloads[0]?.timeline).map(({ service }) => service),
      ["core/nova-api-2", "core/api-proxy"],
    );
  });

  it("are looked into for traces, of which a request needs one of each service", () => {
    const { loads } = planned({
      ...controlPlaneScenario({ ...several, profiler: true }),
      workloads: [{ name: "boot", kind: "trace", site: "core" }],
    });
    const [load] = loads;
    ok(load?.kind === "trace");
    deepStrictEqual(
      load.services.flatMap(({ name, replicaOf }) => (replicaOf === undefined ? [] : [[name, replicaOf]])),
      [
        ["core/keystone-2", "core/keystone"],
        ["core/nova-api-2", "core/nova-api"],
        ["core/nova-api-3", "core/nova-api"],
        ["core/nova-conductor-2", "core/nova-conductor"],
      ],
    );
  });

  for (const [claim, replicas, path, message] of [
    ["none", { keystone: 0 }, ".keystone", "expected at least 1, got 0"],
    ["more than nine", 10, "", "expected at most 9, got 10"],
    [
      "those of a service that there is not",
      { cinder: 2 },
      ".cinder",
      `there is no setting "cinder" here: correct its name or take it out; docs/scenario.md lists what there is`,
    ],
    [
      "no number",
      "many",
      "",
      `expected how many servers each service has, such as 3, or some of them, such as { nova-api: 3 }, got "many"`,
    ],
  ] as const)
    it(`are refused where they are ${claim}`, () =>
      assertRefused(controlPlaneScenario({ replicas }), [`controlPlane.replicas${path}`, message]));
});

describe("the proxy before several servers of an API", () => {
  it("passes on to those that answer, and says of an API whether all of them do", () => {
    const of = plan();
    const [proxy] = of.proxies;
    ok(proxy);
    const [keystone, second] = serversOf(of, "keystone").map(({ address }) => address);
    strictEqual(
      renderProxy(of, { apis: ["keystone"] }),
      `global
    maxconn 4000
    log stdout format raw local0 notice

defaults
    log global
    timeout connect 5s
    timeout check 3s
    timeout client 10m
    timeout server 10m

frontend keystone
    mode http
    bind *:5000
    default_backend keystone

backend keystone
    mode http
    balance roundrobin
    option redispatch
    option httpchk GET /v3
    http-check expect status 200-399
    default-server check inter 1s fall 2 rise 2 on-marked-down shutdown-sessions
    server core-keystone ${keystone}:5000
    server core-keystone-2 ${second}:5000

frontend health
    mode http
    bind 127.0.0.1:9201
    monitor-uri /
    http-request return status 200 if { path /keystone } { nbsrv(keystone) ge 2 }
    http-request return status 503
`,
    );
    const whole = renderProxy(of, proxy);
    ok(whole.includes("\nfrontend nova-api\n    mode http\n    bind *:8774\n"));
    ok(!whole.includes("glance"));
  });

  it("waits longer for those whose processes may all be busy than Nova waits for a cell", () => {
    const of = plan({ replicas: 2 });
    const longest = Object.fromEntries(
      (["keystone", "placement", "glance", "nova-api", "neutron"] as const).map((api) => {
        const [, backend = ""] = renderProxy(of, { apis: [api] }).split(`\nbackend ${api}\n`);
        return [api, /^ {4}timeout check (\S+)$/m.exec(backend.split("\n\n")[0] ?? "")?.[1]];
      }),
    );
    deepStrictEqual(longest, {
      ...{ keystone: undefined, placement: undefined, neutron: undefined },
      ...{ glance: "75s", "nova-api": "75s" },
    });
  });

  it("finds an image's data at the one of Glance's servers that has its file", () => {
    const of = plan({ replicas: { glance: 2 } });
    const text = renderProxy(of, { apis: ["glance"] });
    const pattern = /use_backend glance-data if \{ path_reg (\S+) \}/.exec(text)?.[1];
    ok(pattern !== undefined);
    for (const [path, data] of [
      ["/v2/images/0b7f/file", true],
      ["/v2/images/0b7f/stage", true],
      ["/v2/images/0b7f", false],
      ["/v2/images", false],
      ["/v2/schemas/image", false],
    ] as const)
      strictEqual(new RegExp(pattern).test(path), data, path);
    const [first, second] = serversOf(of, "glance").map(({ address }) => address);
    // Without checks, so that the same one is asked whether it is there or not.
    ok(
      text.includes(`
backend glance-data
    mode http
    balance uri depth 3
    hash-type consistent
    server core-glance ${first}:9292
    server core-glance-2 ${second}:9292

`),
      text,
    );
  });
});

describe("the resources of several servers", () => {
  let all: readonly Registration[];
  before(async () => {
    all = (await deployed(controlPlaneScenario(several))).registrations;
  });
  const waits = (name: string) =>
    find(all, `control-plane-${name}`)
      .dependencies.filter((one) => one.startsWith("control-plane-"))
      .map((one) => one.replace(/^control-plane-|-container$/g, ""));

  it("begin with the first server, and end when the proxy passes requests on to all", () => {
    ok(!waits("core-keystone").includes("core-keystone-2"));
    ok(
      waits("core-keystone-2").includes("core-keystone") &&
        waits("core-keystone-2").includes("core-memcached"),
    );
    const served = waits("core-keystone-served");
    for (const name of ["core-keystone", "core-keystone-2", "core-api-proxy"])
      ok(served.includes(name), name);
    ok(waits("catalog").includes("core-keystone-served"));
    ok(waits("core-nova-scheduler").includes("core-nova-conductor-2"));
    ok(waits("filled").includes("core-nova-api-served"));
    ok(!all.some(({ name }) => name === "control-plane-core-glance-served"));
  });

  it("wait anew where a server is another one", () => {
    const { inputs } = find(all, "control-plane-core-keystone-served");
    strictEqual(
      inputs["stdin"],
      "keystone id of buswide-test-core-keystone,id of buswide-test-core-keystone-2\n",
    );
  });

  it("leave the first server as it is when another comes, and tell the proxy and those who ask", async () => {
    const one = (
      await deployed(controlPlaneScenario({ replicas: { keystone: 3, "nova-api": 3, "nova-conductor": 2 } }))
    ).registrations;
    const changed = Object.keys(changes(all, one))
      .filter((key) => key.includes("container:Container"))
      .map((key) => key.replace(/-container .*/, ""));
    deepStrictEqual(changed.sort(), ["control-plane-core-api-proxy", "control-plane-core-keystone-3"]);
  });

  it("are counted before they are made", () =>
    ok(Math.abs(expectedResources(planned(controlPlaneScenario(several))) - all.length) <= 6));
});
