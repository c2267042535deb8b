import { deepStrictEqual, ok, strictEqual } from "assert";
import { changes, deployed, find } from "../support/experiments";
import { mockedSecret, type Registration } from "../support/mocks";
import { controlPlaneScenario } from "../support/scenarios";

const registered = async (settings: object = {}) =>
  (await deployed(controlPlaneScenario(settings))).registrations;
const containersOf = (changed: Record<string, unknown>) =>
  Object.keys(changed)
    .filter((key) => key.includes("container:Container"))
    .map((key) => key.replace(/-container .*/, ""))
    .sort();

describe("a control plane", () => {
  let all: readonly Registration[];
  before(async () => {
    all = await registered();
  });

  it("is these resources, each with its parent", () =>
    deepStrictEqual(
      Object.fromEntries(
        all
          .filter(({ name, type }) => name.startsWith("control-plane") && !type.startsWith("docker:"))
          .map(({ name, parent, type }) => [name, [parent, type]]),
      ),
      {
        "control-plane": [undefined, "buswide:controlplane:ControlPlane"],
        "control-plane-secret": ["control-plane", "buswide:index:RandomSecret"],
        "control-plane-secret-value": ["control-plane-secret", "command:local:Command"],
        "control-plane-database": ["control-plane", "buswide:database:MariaDb"],
        "control-plane-database-core-mariadb": ["control-plane-database", "buswide:topology:Service"],
        "control-plane-catalog": ["control-plane", "command:local:Command"],
        "control-plane-filled": ["control-plane", "command:local:Command"],
        ...Object.fromEntries(
          [
            ...[
              "keystone",
              "placement",
              "glance",
              "neutron",
              "nova-conductor",
              "nova-api",
              "nova-scheduler",
              "memcached",
            ].map((service) => `core-${service}`),
            "edge-1-computes",
            "edge-2-computes",
          ].map((service) => [`control-plane-${service}`, ["control-plane", "buswide:topology:Service"]]),
        ),
      },
    ));

  it("has every container wait until it is healthy, with a limit of its memory", () => {
    const containers = all.filter(
      ({ name, type }) => name.startsWith("control-plane") && type === "docker:index/container:Container",
    );
    strictEqual(containers.length, 11);
    for (const { inputs, name } of containers) {
      strictEqual(inputs["wait"], true, name);
      ok((inputs["memory"] as number) >= (name.includes("memcached") ? 64 : 384), name);
    }
  });

  it("keeps what is secret secret, and out of every environment", () => {
    for (const { name, inputs, secrets } of all.filter((one) => one.name.endsWith("-container"))) {
      const uploads = (inputs["uploads"] ?? []) as { file: string; content: string }[];
      uploads.forEach(({ file, content }, at) => {
        if (/password|mysql|rabbit:\/\//.test(content))
          ok(secrets.includes(`uploads[${at}].content`) || secrets.includes("uploads"), `${name}: ${file}`);
      });
      ok(!JSON.stringify(inputs["envs"] ?? []).includes(mockedSecret), name);
    }
    for (const name of ["control-plane-catalog", "control-plane-filled"])
      ok(find(all, name).secrets.includes("stdin"), name);
  });

  it("starts what depends on nothing at once, and the rest when what it needs is there", () => {
    // A component waits for its parts, and they for it to be registered.
    const waits = (name: string) =>
      find(all, `control-plane-${name}`)
        .dependencies.filter((one) => one.startsWith("control-plane-") && one.endsWith("-container"))
        .map((one) => one.replace(/^control-plane-|-container$/g, ""));
    for (const service of ["keystone", "placement", "glance", "neutron"])
      deepStrictEqual(waits(`core-${service}`), ["core-memcached", "database-core-mariadb"], service);
    deepStrictEqual(waits("core-nova-conductor"), ["database-core-mariadb"]);
    deepStrictEqual(waits("core-nova-api"), [
      "core-memcached",
      "core-nova-conductor",
      "database-core-mariadb",
    ]);
    const askPlacement = ["core-nova-conductor", "core-placement", "database-core-mariadb"];
    deepStrictEqual(waits("core-nova-scheduler"), askPlacement);
    deepStrictEqual(waits("edge-1-computes"), askPlacement);
    for (const service of ["core-nova-scheduler", "edge-1-computes"])
      ok(find(all, `control-plane-${service}`).dependencies.includes("control-plane-catalog"), service);
    ok(find(all, "measurement").dependencies.includes("control-plane-filled"));
  });

  it("empties its cache with the database that it is of", () => {
    const { inputs } = find(all, "control-plane-core-memcached-container");
    deepStrictEqual(inputs["envs"], ["BUSWIDE_DATABASE_CONTAINERS=id of buswide-test-core-mariadb"]);
  });

  it("gives each site's services an account on the bus of their own", () => {
    const { stdin } = find(all, "bus-core-rabbitmq-accounts").inputs;
    const { permissions } = JSON.parse(String(stdin)) as {
      permissions: { user: string; configure: string }[];
    };
    deepStrictEqual(
      permissions.map(({ user }) => user),
      ["openstack-core", "openstack-edge-1", "openstack-edge-2"],
    );
    const right = new RegExp(permissions[0]?.configure ?? "");
    for (const name of [
      "nova",
      "neutron",
      "conductor",
      "compute.edge-1-compute-1",
      "scheduler_fanout",
      "q-plugin",
    ])
      ok(right.test(name), name);
    for (const name of ["openstack", "buswide.call.0", "amq.topic"]) ok(!right.test(name), name);
  });

  it("gives out where its APIs are, and how to get in as secrets", async () => {
    const { value } = await deployed(controlPlaneScenario());
    ok(JSON.stringify(value.endpoints).includes(":5000/v3"));
    ok(value.openrc?.startsWith("export OS_AUTH_URL="));
    ok(value.clouds?.startsWith("clouds:"));
  });

  it("changes only a site's fleet when it gets another compute, and tells Nova to expect it", async () => {
    const changed = changes(all, await registered({ computes: { "edge-1": 3, "edge-2": 2 } }));
    deepStrictEqual(containersOf(changed), ["control-plane-edge-1-computes"]);
    deepStrictEqual(changed["control-plane-filled (command:local:Command)"], ["stdin"]);
  });

  it("makes no other service anew when one moves, but tells those who look for it by its address", async () => {
    const changed = changes(all, await registered({ services: { glance: "edge-1" } }));
    deepStrictEqual(containersOf(changed), [
      "control-plane-core-glance",
      "control-plane-edge-1-glance",
      "control-plane-edge-1-memcached",
    ]);
    ok("control-plane-catalog (command:local:Command)" in changed);
  });
});
