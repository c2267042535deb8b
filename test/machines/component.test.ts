import { deepStrictEqual, ok, strictEqual } from "assert";
import { deployExperiment, type ExperimentOutputs } from "../../components/experiment";
import { planScenario, type PlanFacts } from "../../components/plan/plan";
import { sentMark } from "../../components/target/names";
import { changes, find, mockedImages } from "../support/experiments";
import { machinesFacts, machinesScenario } from "../support/machines";
import { record, type Recording, type Registration } from "../support/mocks";
import { parsed } from "../support/scenarios";

function deployed(raw: unknown, facts: PlanFacts = machinesFacts): Promise<Recording<ExperimentOutputs>> {
  return record(() => deployExperiment(planScenario(parsed(raw), facts), { images: mockedImages }));
}

const ssh =
  "ssh -oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15 -oServerAliveCountMax=4 -oControlMaster=auto '-oControlPath=~/.ssh/buswide-23f4db95-%C' -oControlPersist=10m -oUser=root -T --";

describe("an experiment on hosts", () => {
  let deployment: Recording<ExperimentOutputs>;
  let registrations: readonly Registration[];
  const inputs = (name: string) => find(registrations, name).inputs;
  before(async () => {
    deployment = await deployed(machinesScenario());
    ({ registrations } = deployment);
  });

  it("has a provider and an underlay for each host, and no network that is the WAN", () => {
    const own = registrations.filter(({ parent }) => parent === "target");
    deepStrictEqual(
      own.map(({ name, type }) => [name, type]),
      [
        ...["agent", "gateway", "rabbitmq"].map((image) => [
          `target-${image}-image`,
          "docker:index/remoteImage:RemoteImage",
        ]),
        ["target-alpha", "pulumi:providers:docker"],
        ...["agent", "gateway", "rabbitmq"].map((image) => [
          `target-alpha-${image}-image`,
          "command:local:Command",
        ]),
        ["target-alpha-underlay", "docker:index/network:Network"],
        ...["beta", "gamma"].flatMap((host) => [
          [`target-${host}`, "pulumi:providers:docker"],
          ...["agent", "gateway"].map((image) => [`target-${host}-${image}-image`, "command:local:Command"]),
          [`target-${host}-underlay`, "docker:index/network:Network"],
        ]),
      ].sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    );
    strictEqual(registrations.filter(({ name }) => name === "wan").length, 0);
  });

  it("reaches each host's engine by SSH, as everything else does", () => {
    const { host, sshOpts, disableDockerDaemonCheck } = inputs("target-beta");
    strictEqual(host, "ssh://root@192.0.2.12");
    // Configuration of a provider that is no text goes over the wire as JSON.
    const options = typeof sshOpts === "string" ? (JSON.parse(sshOpts) as unknown) : sshOpts;
    ok(Array.isArray(options) && options.includes("-oControlPath=~/.ssh/buswide-23f4db95-%C"));
    strictEqual(String(disableDockerDaemonCheck), "true");
  });

  it("makes networks and containers on the engine of their site's host, images on this machine's", () => {
    const providers = Object.fromEntries(
      registrations
        .filter(({ type }) => type.startsWith("docker:"))
        .map(({ name, provider }) => [name, provider]),
    );
    for (const name of [
      "core-network",
      "core-gateway-container",
      "core-agents-container",
      "bus-core-rabbitmq-container",
      "target-alpha-underlay",
    ])
      strictEqual(providers[name], "target-alpha", name);
    for (const name of ["edge-1-network", "edge-1-gateway-container", "edge-1-agents-container"])
      strictEqual(providers[name], "target-beta", name);
    strictEqual(providers["edge-2-agents-container"], "target-gamma");
    for (const image of ["agent", "gateway", "rabbitmq"])
      strictEqual(providers[`target-${image}-image`], undefined);
  });

  it("gives a host the images that its sites' containers are made of, before them, and none twice", () => {
    strictEqual(
      inputs("target-beta-gateway-image")["create"],
      `sh components/target/hosts/send-image buswide/gateway:0123456789ab '' .buswide/images ${ssh} 192.0.2.12`,
    );
    deepStrictEqual(inputs("target-beta-gateway-image")["environment"], {
      BUSWIDE_HOST: "beta",
      BUSWIDE_IMAGE: "buswide/gateway:0123456789ab",
    });
    ok(find(registrations, "target-beta-gateway-image").dependencies.includes("target-gateway-image"));
    ok(find(registrations, "edge-1-gateway-container").dependencies.includes("target-beta-gateway-image"));
    ok(
      find(registrations, "bus-core-rabbitmq-container").dependencies.includes("target-alpha-rabbitmq-image"),
    );
  });

  it("gives a host somebody else's image with a second name, by which it is known that it was given", async () => {
    const image = "quay.io/skupper/skupper-router:9";
    const { registrations: all } = await deployed({ ...machinesScenario(), bus: { kind: "routers", image } });
    const sent = all.flatMap(({ inputs: { create } }) =>
      typeof create === "string" && create.includes("send-image quay.io/") ? [create] : [],
    );
    strictEqual(sent.length, 3);
    for (const line of sent)
      ok(line.includes(`send-image ${image} ${sentMark(image)} .buswide/images ssh `), line);
  });

  it("puts a gateway into its site's network and the underlay, with a port of its host at one address", () => {
    const { networksAdvanced, ports, envs, capabilities, sysctls } = inputs("edge-1-gateway-container");
    const plan = planScenario(parsed(machinesScenario()), machinesFacts);
    const place = plan.hosts?.places.get("edge-1");
    const underlay = plan.hosts?.hosts.get("beta")?.underlay;
    deepStrictEqual(networksAdvanced, [
      { name: "buswide-test-edge-1-network", ipv4Address: "10.129.84.2" },
      { name: "buswide-test--beta-underlay", ipv4Address: place?.underlayAddress },
    ]);
    deepStrictEqual(ports, [{ internal: 4789, external: place?.port, protocol: "udp", ip: "192.0.2.12" }]);
    deepStrictEqual(capabilities, { adds: ["CAP_NET_ADMIN"] });
    deepStrictEqual(sysctls, { "net.ipv4.ip_forward": "1" });
    const tunnel = (envs as string[])
      .find((text) => text.startsWith("WAN_TUNNEL="))
      ?.slice("WAN_TUNNEL=".length);
    deepStrictEqual(JSON.parse(tunnel ?? ""), {
      id: plan.hosts?.tunnelId,
      mtu: 1450,
      prefixLength: 20,
      address: `${place?.underlayAddress}/${underlay?.length}`,
      router: underlay?.base.replace(/\d+$/, (last) => String(Number(last) + 1)),
    });
  });

  it("lets engines publish by the underlay: of a container's networks its name is the first", () => {
    const names = (inputs("edge-1-gateway-container")["networksAdvanced"] as { name: string }[]).map(
      ({ name }) => name,
    );
    strictEqual([...names].sort()[0], "buswide-test--beta-underlay");
  });

  it("has sites and links carry packets that a host's network carries with the tunnel's headers", () => {
    const mtu = (name: string) =>
      (inputs(name)["options"] as Record<string, string>)["com.docker.network.driver.mtu"];
    strictEqual(mtu("edge-1-network"), "1450");
    strictEqual(mtu("target-beta-underlay"), "1500");
    const { options, labels } = inputs("target-beta-underlay");
    ok(!Object.hasOwn(options as object, "com.docker.network.bridge.enable_ip_masquerade"));
    deepStrictEqual(labels, [
      { label: "io.buswide.stack", value: "test" },
      { label: "io.buswide.wan", value: "10.129.240.0/20" },
      { label: "io.buswide.engine", value: "engine of beta" },
    ]);
  });

  it("sets links and routes in a gateway over SSH, and tells it at which port of which host a neighbour is", () => {
    const { create, update, delete: undo, stdin, triggers } = inputs("core--edge-1-there");
    strictEqual(
      create,
      `${ssh} 192.0.2.11 'docker exec -i buswide-test-core-gateway gateway class set edge-1'`,
    );
    strictEqual(update, create);
    strictEqual(
      undo,
      `${ssh} 192.0.2.11 'docker exec buswide-test-core-gateway gateway class delete edge-1 || ! docker inspect buswide-test-core-gateway >/dev/null 2>&1'`,
    );
    deepStrictEqual(triggers, ["id of buswide-test-core-gateway"]);
    const plan = planScenario(parsed(machinesScenario()), machinesFacts);
    deepStrictEqual((JSON.parse(String(stdin)) as { peer: object }).peer, {
      address: "192.0.2.12",
      port: plan.hosts?.places.get("edge-1")?.port,
    });
    strictEqual(
      inputs("edge-1-routes-set")["create"],
      `${ssh} 192.0.2.12 'docker exec -i buswide-test-edge-1-gateway gateway routes set'`,
    );
  });

  it("tells gateways of one host each other's address below the links, not the host's port", async () => {
    const raw = machinesScenario({ sites: { core: "alpha", edge: "alpha" } });
    const { registrations: all } = await deployed(raw);
    const plan = planScenario(parsed(raw), machinesFacts);
    const { stdin } = find(all, "core--edge-1-there").inputs;
    deepStrictEqual((JSON.parse(String(stdin)) as { peer: object }).peer, {
      address: plan.hosts?.places.get("edge-1")?.underlayAddress,
      port: 4789,
    });
  });

  it("tells the runner which host's engine has which container, and that there is more than one clock", () => {
    const told = JSON.parse(String(inputs("measurement-run")["stdin"])) as {
      clockShared: boolean;
      hosts: object;
      services: { name: string; host?: string }[];
    };
    strictEqual(told.clockShared, false);
    deepStrictEqual(told.hosts, {
      alpha: { host: "192.0.2.11", user: "root" },
      beta: { host: "192.0.2.12", user: "root" },
      gamma: { host: "192.0.2.13", user: "root" },
    });
    deepStrictEqual(Object.fromEntries(told.services.map(({ name, host }) => [name, host])), {
      "core/gateway": "alpha",
      "core/rabbitmq": "alpha",
      "core/agents": "alpha",
      "edge-1/gateway": "beta",
      "edge-1/agents": "beta",
      "edge-2/gateway": "gamma",
      "edge-2/agents": "gamma",
    });
  });

  it("calls the target what it is, and says in its outputs which site is where", () => {
    const { type, outputs } = find(registrations, "target");
    strictEqual(type, "buswide:target:Machines");
    deepStrictEqual(outputs, { sites: { core: "alpha", "edge-1": "beta", "edge-2": "gamma" } });
  });

  it("moves what a site is made of, and nothing else, when the site moves to another host", async () => {
    const moved = await deployed(machinesScenario({ sites: { core: "alpha", edge: "beta" } }));
    const providers = (all: readonly Registration[]) =>
      Object.fromEntries(
        all.flatMap(({ name, provider }) => (provider === undefined ? [] : [[name, provider]])),
      );
    const [before, after] = [providers(registrations), providers(moved.registrations)];
    deepStrictEqual(
      Object.keys(after).filter((name) => before[name] !== after[name]),
      ["edge-2-agents-container", "edge-2-gateway-container", "edge-2-network"],
    );
    const touched = Object.keys(changes(registrations, moved.registrations)).map(
      (key) => key.split(" ")[0] ?? "",
    );
    for (const name of touched)
      ok(/^(edge-2|core--edge-2|measurement|target)/.test(name), `${name} is changed by a move of edge-2`);
  });

  it("says of all that is on a host which engine that is: a change of labels is what makes it anew, and no other provider", async () => {
    const engines = (all: readonly Registration[]) =>
      Object.fromEntries(
        all.flatMap(({ name, inputs: { labels } }) =>
          ((labels ?? []) as { label: string; value: string }[])
            .filter(({ label }) => label === "io.buswide.engine")
            .map(({ value }) => [name, value]),
        ),
      );
    deepStrictEqual(engines(registrations), {
      ...{ "bus-core-rabbitmq-container": "engine of alpha", "core-agents-container": "engine of alpha" },
      ...{ "core-gateway-container": "engine of alpha", "core-network": "engine of alpha" },
      ...{ "edge-1-agents-container": "engine of beta", "edge-1-gateway-container": "engine of beta" },
      ...{ "edge-1-network": "engine of beta" },
      ...{ "edge-2-agents-container": "engine of gamma", "edge-2-gateway-container": "engine of gamma" },
      ...{ "edge-2-network": "engine of gamma", "target-alpha-underlay": "engine of alpha" },
      ...{ "target-beta-underlay": "engine of beta", "target-gamma-underlay": "engine of gamma" },
    });
    const moved = await deployed(machinesScenario({ sites: { core: "alpha", edge: "beta" } }));
    const [before, after] = [engines(registrations), engines(moved.registrations)];
    deepStrictEqual(
      Object.keys(after).filter((name) => before[name] !== after[name]),
      ["edge-2-agents-container", "edge-2-gateway-container", "edge-2-network"],
    );
  });

  it("shares one clock where all is on one host", async () => {
    const { registrations: all } = await deployed(
      machinesScenario({ sites: { core: "alpha", edge: "alpha" } }),
    );
    const told = JSON.parse(String(find(all, "measurement-run").inputs["stdin"])) as { clockShared: boolean };
    strictEqual(told.clockShared, true);
  });
});

describe("an experiment on a hundred hosts", function () {
  this.timeout(300_000);

  it("with a thousand services is planned and previewed, each service on its site's host", async () => {
    const hosts = Array.from({ length: 100 }, (_, at) => `node-${at + 1}`);
    // 500 sites of a gateway each; 499 with agents and one with the broker as well: 1,000 containers besides the broker's.
    const raw = {
      ...machinesScenario({
        hosts: {},
        inventory: {
          format: "grid5000",
          file: { file: "nodes", text: hosts.map((name) => `${name}.lyon.grid5000.fr`).join("\n") },
        },
        sites: { core: "node-1.lyon.grid5000.fr", edge: "lyon" },
        addresses: { sitePrefix: 27 },
      }),
      sites: { core: {}, edge: { count: 499 } },
      workloads: [{ name: "call", kind: "rpc", clients: { edge: 20 }, servers: { core: 50 }, calls: 5 }],
    };
    const addresses = hosts.map((name, at) => [`${name}.lyon.grid5000.fr`, `172.16.64.${at + 1}`] as const);
    const facts = { stack: "test", busy: ["172.16.64.0/20"], hostAddresses: new Map(addresses) };
    const { registrations } = await deployed(raw, facts);
    const containers = registrations.filter(({ type }) => type === "docker:index/container:Container");
    strictEqual(containers.length, 1001);
    strictEqual(registrations.filter(({ type }) => type === "pulumi:providers:docker").length, 100);
    const onHost = new Map<string, number>();
    const ports = new Set<string>();
    for (const { provider = "", inputs } of containers) {
      onHost.set(provider, (onHost.get(provider) ?? 0) + 1);
      for (const { external } of (inputs["ports"] ?? []) as { external: number }[]) ports.add(`${external}`);
    }
    strictEqual(onHost.size, 100);
    ok(Math.max(...onHost.values()) <= 14 && Math.min(...onHost.values()) >= 8, [...onHost.values()].join());
    strictEqual(ports.size, 500);
  });
});
