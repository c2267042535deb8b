import { deepStrictEqual, ok, strictEqual } from "assert";
import type { ExperimentOutputs } from "../../components/experiment";
import { containersOf } from "../../components/plan/containers";
import { changes, deployed, find } from "../support/experiments";
import type { Recording, Registration } from "../support/mocks";
import { planned } from "../support/plans";
import { controlPlaneScenario, smallScenario, type RawScenario } from "../support/scenarios";

const watched = (raw: RawScenario, settings: object = {}): RawScenario => ({
  ...raw,
  metrics: { kind: "prometheus", port: 21_234, ...settings },
});
const container = (all: readonly Registration[], name: string) =>
  find(all, `${name}-container`, "docker:index/container:Container").inputs;
const id = (name: string) => `id of buswide-test-${name}`;

describe("what watches a deployment", () => {
  let deployment: Recording<ExperimentOutputs>;
  let all: readonly Registration[];
  before(async () => {
    deployment = await deployed(watched(smallScenario()));
    all = deployment.registrations;
  });

  it("is these resources, each with its parent", () =>
    deepStrictEqual(
      Object.fromEntries(
        all
          .filter(({ name }) => name.startsWith("metrics"))
          .map(({ name, parent, type }) => [name, [parent, type]]),
      ),
      {
        metrics: [undefined, "buswide:metrics:Prometheus"],
        "metrics-core-prometheus": ["metrics", "buswide:topology:Service"],
        "metrics-core-prometheus-container": ["metrics-core-prometheus", "docker:index/container:Container"],
        "metrics-targets": ["metrics", "command:local:Command"],
        ...Object.fromEntries(
          ["core", "edge-1", "edge-2"].map((site) => [
            `metrics-${site}-containers`,
            ["metrics", "command:local:Command"],
          ]),
        ),
      },
    ));

  it("has its pages on this machine's loopback and nowhere else, and says where", () => {
    const ports = all
      .filter(({ type }) => type === "docker:index/container:Container")
      .flatMap(({ inputs }) => (inputs["ports"] as unknown[] | undefined) ?? []);
    deepStrictEqual(ports, [{ internal: 9091, external: 21_234, ip: "127.0.0.1", protocol: "tcp" }]);
    deepStrictEqual(deployment.value.metrics, {
      kind: "prometheus",
      site: "core",
      url: "http://127.0.0.1:21234/",
    });
  });

  it("is waited for until it is healthy, with a limit of its memory, and how long it keeps figures", () => {
    const inputs = container(all, "metrics-core-prometheus");
    deepStrictEqual(
      [inputs["wait"], inputs["memory"], inputs["envs"], inputs["image"]],
      [true, 512, ["BUSWIDE_RETENTION=86400000ms"], "buswide/prometheus:0123456789ab"],
    );
  });

  it("is told whom to ask by a command, and gateways what the containers of their sites are called", () => {
    const targets = find(all, "metrics-targets").inputs;
    strictEqual(targets["create"], "docker exec -i buswide-test-core-prometheus metrics-targets");
    const asked = JSON.parse(String(targets["stdin"])) as { labels: { site: string; service: string } }[];
    deepStrictEqual(
      asked.map(({ labels }) => `${labels.site}/${labels.service}`),
      ["core/gateway", "edge-1/gateway", "edge-2/gateway", "core/rabbitmq"],
    );
    const named = (site: string) => {
      const { create, stdin } = find(all, `metrics-${site}-containers`).inputs;
      strictEqual(create, `docker exec -i buswide-test-${site}-gateway gateway services set`);
      return JSON.parse(String(stdin)) as unknown;
    };
    deepStrictEqual(named("core"), {
      [id("core-gateway")]: "gateway",
      [id("core-rabbitmq")]: "rabbitmq",
      [id("core-agents")]: "agents",
      [id("core-prometheus")]: "prometheus",
    });
    deepStrictEqual(named("edge-2"), { [id("edge-2-gateway")]: "gateway", [id("edge-2-agents")]: "agents" });
  });

  it("has gateways shown what the machine's containers use, by its version of control groups, to read only", async () => {
    const mounts = (found: readonly Registration[]) => container(found, "edge-1-gateway")["mounts"];
    deepStrictEqual(
      mounts(all),
      ["cpuacct", "memory"].map((controller) => ({
        ...{ type: "bind", readOnly: true },
        ...{ source: `/sys/fs/cgroup/${controller}`, target: `/host/cgroup/${controller}` },
      })),
    );
    const newer = await deployed(watched(smallScenario()), {}, 2);
    deepStrictEqual(mounts(newer.registrations), [
      { type: "bind", readOnly: true, source: "/sys/fs/cgroup", target: "/host/cgroup" },
    ]);
    const envs = container(all, "edge-1-gateway")["envs"] as string[];
    ok(envs.includes("FIGURES_PORT=9101"), envs.join(" "));
  });

  it("is known to the run, which is begun only once everybody knows whom to ask", () => {
    const { inputs } = find(all, "measurement-run");
    const { dependencies } = find(all, "measurement");
    const input = JSON.parse(String(inputs["stdin"])) as {
      metrics: unknown;
      services: { name: string }[];
      configuration: Record<string, string>;
    };
    deepStrictEqual(input.metrics, {
      site: "core",
      container: "buswide-test-core-prometheus",
      intervalSeconds: 5,
    });
    ok(input.services.some(({ name }) => name === "core/prometheus"));
    deepStrictEqual(
      Object.keys(input.configuration).filter((path) => path.startsWith("core-prometheus/")),
      ["core-prometheus/prometheus.yml", "core-prometheus/pages.cfg", "core-prometheus/deployment.json"],
    );
    for (const name of ["metrics-targets", "metrics-edge-1-containers", "metrics-core-prometheus-container"])
      ok(dependencies.includes(name), `${name}: ${dependencies.join(" ")}`);
  });

  it("changes nothing of a deployment without it but brokers and gateways, which are to tell figures", async () => {
    const without = (await deployed(smallScenario())).registrations;
    const changed = changes(without, all);
    deepStrictEqual(
      Object.keys(changed)
        .filter((key) => !key.startsWith("metrics") && key.includes("container:Container"))
        .sort(),
      ["bus-core-rabbitmq", "core-gateway", "edge-1-gateway", "edge-2-gateway"].map(
        (name) => `${name}-container (docker:index/container:Container)`,
      ),
    );
    ok(without.every(({ name }) => !name.includes("prometheus")));
    for (const { inputs } of without) {
      strictEqual(inputs["mounts"], undefined);
      strictEqual(inputs["ports"], undefined);
    }
  });

  it("stays, and loses nothing, when a site comes, or what others are asked for changes", async () => {
    const larger = { ...smallScenario(), sites: { core: {}, edge: { count: 3 } } };
    const changed = changes(all, (await deployed(watched(larger))).registrations);
    ok(!("metrics-core-prometheus-container (docker:index/container:Container)" in changed));
    deepStrictEqual(changed["metrics-targets (command:local:Command)"], ["stdin"]);
    strictEqual(changed["metrics-edge-3-containers (command:local:Command)"], "made");
    strictEqual(changed["metrics-edge-1-containers (command:local:Command)"], undefined);
  });

  it("has a database's servers tell figures where there is a control plane, without an account for it", async () => {
    const raw = watched(controlPlaneScenario({ database: { kind: "galera", nodes: { core: 1, edge: 1 } } }));
    const { registrations } = await deployed(raw);
    const envs = container(registrations, "control-plane-database-edge-1-galera")["envs"] as string[];
    ok(envs.includes("BUSWIDE_FIGURES_PORT=9104"), envs.join(" "));
    const { accounts } = planned(raw).controlPlane?.database ?? {};
    deepStrictEqual(
      accounts?.map(({ name }) => name),
      ["keystone", "placement", "glance", "neutron", "nova"],
    );
    const named = JSON.parse(
      String(find(registrations, "metrics-edge-1-containers").inputs["stdin"]),
    ) as Record<string, string>;
    deepStrictEqual(Object.values(named).sort(), ["computes", "galera", "gateway"]);
  });

  for (const [what, settings] of Object.entries({
    regions: { regions: { edge: {} } },
    cells: { cells: { edge: {} } },
    "its own database at several sites": { database: { kind: "galera", nodes: { core: 1, edge: 1 } } },
  }))
    it(`has gateways told every container of a control plane with ${what}, by the site that it is at`, async () => {
      const raw = watched(controlPlaneScenario(settings));
      const { registrations } = await deployed(raw);
      const plan = planned(raw);
      const named = plan.sites.flatMap(({ name: site }) => {
        const { stdin } = find(registrations, `metrics-${site}-containers`).inputs;
        const services = JSON.parse(String(stdin)) as Record<string, string>;
        return Object.values(services).map((service) => `${site}-${service}`);
      });
      deepStrictEqual(named.sort(), containersOf(plan).sort());
    });
});
