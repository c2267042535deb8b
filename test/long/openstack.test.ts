import { deepStrictEqual, ok, strictEqual } from "assert";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { utils } from "ssh2";
import { buswide, projectRoot, type Ended } from "../command/shim";
import { ControlPlaneStage } from "../support/controlPlaneStage";
import { exportedState, scan } from "../support/secretScan";
import type { OpenstackCloud } from "../support/openstackCloud";

/*
 * Hosts in a cloud, by the real provider, in an OpenStack that buswide itself has deployed. Its APIs are OpenStack's own; its computes
 * are Nova's fake driver and its networks have no agent, so that nothing boots, and no packet is carried: services are not put there.
 */

const stack = "openstack-e2e";
const tag = `tags=buswide-stack=${stack}`;

interface Changes {
  readonly summary: Readonly<Record<string, number>>;
  readonly changes: readonly { readonly op: string; readonly name: string }[];
}

interface Server {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly key_name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly addresses: Readonly<Record<string, readonly { readonly addr: string }[]>>;
}

describe("hosts in an OpenStack cloud", function () {
  this.timeout(60 * 60_000);
  const stage = new ControlPlaneStage("openstack-e2e-cloud", { kind: "rabbitmq" });
  const publicKey = utils.generateKeyPairSync("ed25519").public;
  let folder = "";
  let file = "";
  let cloud: OpenstackCloud;
  let environment: NodeJS.ProcessEnv = {};

  const scenario = ({
    edges = 2,
    image = "buswide",
    external = "outside",
    bastion = "",
    target = "",
  } = {}) => `config:
  buswide:scenario:
    target:
      kind: openstack
      cloud: buswide-${stage.stack}
      deploy: hosts
      image: ${image}
      flavor: buswide
      external: ${external}
      ssh: { user: debian, publicKey: ${publicKey} }
      bastion: { from: [192.0.2.0/24]${bastion} }
      sites: { edge: { affinity: soft-anti-affinity } }
${target}
    sites: { core: {}, edge: { count: ${edges} } }
    links: [{ between: [core, edge], delay: 25ms }]
    bus: { kind: rabbitmq }
`;
  const command = (...args: string[]): Promise<Ended> => buswide(args, environment);
  async function up(): Promise<{
    outputs: { hosts: Record<string, string>; bastion: string };
    changes: object;
  }> {
    const { code, stdout, stderr } = await command("up", file, "--json");
    strictEqual(code, 0, stderr);
    return JSON.parse(stdout) as Awaited<ReturnType<typeof up>>;
  }
  async function preview(): Promise<Changes> {
    const { code, stdout, stderr } = await command("preview", file, "--json");
    strictEqual(code, 0, stderr);
    return JSON.parse(stdout) as Changes;
  }
  const servers = async (): Promise<Server[]> =>
    (await cloud.ask<{ servers: Server[] }>("compute", `/servers/detail?${tag}`)).servers.sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  /** What Neutron has of the stack, by kind. */
  async function networking(): Promise<Record<string, number>> {
    const kinds = ["networks", "subnets", "routers", "ports", "security-groups", "floatingips"] as const;
    const counts = await Promise.all(
      kinds.map(async (kind) => {
        const list = await cloud.ask<Record<string, unknown[]>>("network", `/v2.0/${kind}?${tag}`);
        return [kind, list[kind.replace("-", "_")]?.length ?? 0] as const;
      }),
    );
    return Object.fromEntries(counts);
  }

  before(async () => {
    const made = await stage.buswide("up");
    strictEqual(made.exitCode, 0, made.all);
    cloud = await stage.cloud();
    const { network } = await cloud.ask<{ network: { id: string } }>("network", "/v2.0/networks", "POST", {
      network: { name: "outside", "router:external": true },
    });
    await cloud.ask("network", "/v2.0/subnets", "POST", {
      subnet: { network_id: network.id, ip_version: 4, cidr: "203.0.113.0/24", enable_dhcp: false },
    });
    folder = mkdtempSync(join(tmpdir(), "buswide-cloud-"));
    writeFileSync(join(folder, "clouds.yaml"), await stage.clouds(), { mode: 0o600 });
    environment = {
      // What the shell has of another cloud is no part of this.
      ...Object.fromEntries(
        Object.keys(process.env).flatMap((name) => (name.startsWith("OS_") ? [[name, undefined]] : [])),
      ),
      OS_CLIENT_CONFIG_FILE: join(folder, "clouds.yaml"),
    };
    file = join(folder, `Pulumi.${stack}.yaml`);
    writeFileSync(file, scenario());
  });
  // A token is good for an hour, and this takes longer.
  beforeEach(async () => {
    cloud = await stage.cloud();
  });
  after(async () => {
    if (file !== "") {
      await command("destroy", stack, "--keep-images");
      rmSync(folder, { recursive: true });
      rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
    }
    await stage.destroy();
  });

  it("are refused before anything is made, where a quota leaves too little, or the cloud lacks what is named", async () => {
    const { networks } = await cloud.ask<{ networks: { project_id: string }[] }>("network", "/v2.0/networks");
    const project = networks[0]?.project_id ?? "";
    await cloud.ask("network", `/v2.0/quotas/${project}`, "PUT", { quota: { router: 3 } });
    try {
      const { code, stderr } = await command("up", file);
      strictEqual(code, 2, stderr);
      ok(
        stderr.includes(
          "target: 4 more routers are needed, and the project's quota of 3 leaves 3: ask for 1 more",
        ),
        stderr,
      );
    } finally {
      await cloud.ask("network", `/v2.0/quotas/${project}`, "DELETE");
    }
    writeFileSync(file, scenario().replace("flavor: buswide", "flavor: huge"));
    const { code, stderr } = await command("preview", file);
    strictEqual(code, 2, stderr);
    ok(stderr.includes('target.flavor: the cloud has no flavor "huge": it has buswide'), stderr);
    writeFileSync(file, scenario());
    deepStrictEqual(await servers(), []);
    deepStrictEqual(Object.values(await networking()), [0, 0, 0, 0, 0, 0]);
  });

  it("are made: networks, subnets, routers, groups, ports and instances, and one floating IP, the bastion's", async () => {
    const { outputs } = await up();
    deepStrictEqual(Object.keys(outputs.hosts).sort(), ["core", "edge-1", "edge-2"]);
    const all = await servers();
    deepStrictEqual(
      all.map(({ name, status, key_name: key }) => [name, status, key]),
      ["-bastion", "core", "edge-1", "edge-2"].map((name) => [
        `buswide-${stack}-${name}`,
        "ACTIVE",
        `buswide-${stack}--key`,
      ]),
    );
    for (const [host, address] of Object.entries(outputs.hosts)) {
      const server = all.find(({ name }) => name === `buswide-${stack}-${host}`);
      deepStrictEqual(
        server?.addresses[`buswide-${stack}--wan`]?.map(({ addr }) => addr),
        [address],
        host,
      );
      strictEqual(server.addresses[`buswide-${stack}-${host}`]?.length, 1, host);
    }
    const { floatingips } = await cloud.ask<{
      floatingips: { floating_ip_address: string; port_id: string }[];
    }>("network", `/v2.0/floatingips?${tag}`);
    const [floating] = floatingips;
    const { port } = await cloud.ask<{ port: { device_id: string } }>(
      "network",
      `/v2.0/ports/${floating?.port_id}`,
    );
    deepStrictEqual(
      [floating?.floating_ip_address, all.find(({ id }) => id === port.device_id)?.name],
      [outputs.bastion, `buswide-${stack}--bastion`],
    );
    deepStrictEqual(await networking(), {
      networks: 5,
      subnets: 5,
      routers: 4,
      ports: 8,
      "security-groups": 5,
      floatingips: 1,
    });
    const { routers } = await cloud.ask<{ routers: { external_gateway_info: object | null }[] }>(
      "network",
      `/v2.0/routers?${tag}`,
    );
    for (const { external_gateway_info: gateway } of routers) ok(gateway !== null, "a router leads nowhere");
    const { networks: joining } = await cloud.ask<{ networks: { mtu: number }[] }>(
      "network",
      `/v2.0/networks?name=buswide-${stack}--wan`,
    );
    deepStrictEqual(
      joining.map(({ mtu }) => mtu),
      [1440],
    );
    const { server_groups: groups } = await cloud.ask<{
      server_groups: { name: string; members: string[] }[];
    }>("compute", "/os-server-groups");
    deepStrictEqual(
      groups.map(({ name, members }) => [name, members.length]),
      [[`buswide-${stack}--site-edge`, 2]],
    );
  });

  it("let nobody in from outside but by SSH from the networks that are named, to the bastion", async () => {
    const { security_groups: groups } = await cloud.ask<{
      security_groups: {
        name: string;
        security_group_rules: {
          direction: string;
          protocol: string | null;
          port_range_min: number | null;
          remote_ip_prefix: string | null;
          remote_group_id: string | null;
        }[];
      }[];
    }>("network", `/v2.0/security-groups?${tag}`);
    const open = groups.flatMap(({ name, security_group_rules: rules }) =>
      rules
        .filter(({ direction, remote_group_id: group }) => direction === "ingress" && group === null)
        .map((rule) => [name, rule.protocol, rule.port_range_min, rule.remote_ip_prefix]),
    );
    deepStrictEqual(open, [[`buswide-${stack}--bastion`, "tcp", 22, "192.0.2.0/24"]]);
  });

  it("have none of the cloud's credentials in their state, however it is shown", () => {
    const places = (["encrypted", "shown"] as const).map((secrets) => ({
      name: `the state, ${secrets}`,
      bytes: exportedState(stack, secrets),
    }));
    for (const { name, bytes } of places) ok(bytes.includes("cloud-bastion-instance"), name);
    deepStrictEqual(scan([cloud.password], places).found, []);
  });

  it("have nothing to be changed when nothing has", async () =>
    deepStrictEqual((await preview()).summary, {}));

  it("are changed by what a further site is, and nothing that is there is touched", async () => {
    const before = await servers();
    writeFileSync(file, scenario({ edges: 3 }));
    const { changes } = await preview();
    ok(changes.length > 10);
    for (const { op, name } of changes) {
      // Components have no other operation than that their inputs are noted.
      if (name === "cloud") continue;
      strictEqual(op, "create", name);
      ok(/edge-3/.test(name), name);
    }
    await up();
    const after = await servers();
    deepStrictEqual(
      after.filter(({ name }) => !name.endsWith("edge-3")).map(({ id }) => id),
      before.map(({ id }) => id),
    );
    strictEqual(after.length, 5);
  });

  it("are tagged anew in place, with a lease and for whoever pays", async () => {
    const before = await servers();
    const ends = "2099-01-01T00:00:00Z";
    writeFileSync(
      file,
      scenario({
        edges: 3,
        target: `      tags: { project: p17 }\n      lease: { ends: "${ends}" }\n      budget: { cores: 40, flavors: { buswide: 1 } }`,
      }),
    );
    await up();
    // What policies are shown.
    const { deployment } = JSON.parse(exportedState(stack, "encrypted").toString()) as {
      deployment: { resources: { type: string; outputs?: Record<string, unknown> }[] };
    };
    const shown = deployment.resources.find(({ type }) => type === "buswide:openstack:Infrastructure");
    deepStrictEqual(shown?.outputs?.["lease"], { ends });
    deepStrictEqual(shown.outputs["budget"], { cores: 40, flavors: { buswide: 1 } });
    const after = await servers();
    deepStrictEqual(
      after.map(({ id }) => id),
      before.map(({ id }) => id),
    );
    for (const { id, name, metadata } of after) {
      deepStrictEqual(metadata, { "buswide-stack": stack, project: "p17", "buswide-expires": ends }, name);
      const { server } = await cloud.ask<{ server: Server }>("compute", `/servers/${id}`);
      deepStrictEqual(
        [...server.tags].sort(),
        [`buswide-expires=${ends}`, `buswide-stack=${stack}`, "project=p17"],
        name,
      );
    }
    const { ports } = await cloud.ask<{ ports: { tags: string[] }[] }>("network", `/v2.0/ports?${tag}`);
    for (const { tags } of ports) ok(tags.includes(`buswide-expires=${ends}`));
  });

  it("go with their site, and the others stay", async () => {
    writeFileSync(file, scenario({ edges: 1 }));
    await up();
    deepStrictEqual(
      (await servers()).map(({ name }) => name),
      ["-bastion", "core", "edge-1"].map((name) => `buswide-${stack}-${name}`),
    );
    deepStrictEqual((await networking())["routers"], 3);
  });

  it("are made anew of another image, and stay where they are", async () => {
    const { id } = await cloud.ask<{ id: string }>("image", "/v2/images", "POST", {
      name: "another",
      container_format: "bare",
      disk_format: "raw",
    });
    await cloud.upload("image", `/v2/images/${id}/file`, new Uint8Array(1024));
    const before = await servers();
    writeFileSync(file, scenario({ edges: 1, image: "another" }));
    await up();
    const after = await servers();
    deepStrictEqual(
      after.map(({ name, status }) => [name, status]),
      before.map(({ name }) => [name, "ACTIVE"]),
    );
    for (const { id: now, name } of after) ok(!before.some(({ id: then }) => then === now), name);
    const where = (list: readonly Server[]) =>
      list.map(({ addresses }) => addresses[`buswide-${stack}--wan`]?.map(({ addr }) => addr));
    deepStrictEqual(where(after).slice(1), where(before).slice(1));
    deepStrictEqual((await preview()).summary, {});
  });

  it("move to another block in one go", async () => {
    writeFileSync(file, scenario({ edges: 1, image: "another", target: "      block: 10.96.0.0/16" }));
    const { outputs } = await up();
    for (const [host, address] of Object.entries(outputs.hosts)) ok(address.startsWith("10.96."), host);
    const { subnets } = await cloud.ask<{ subnets: { cidr: string }[] }>("network", `/v2.0/subnets?${tag}`);
    strictEqual(subnets.length, 4);
    for (const { cidr } of subnets) ok(cidr.startsWith("10.96."), cidr);
    strictEqual((await servers()).length, 3);
    deepStrictEqual((await preview()).summary, {});
  });

  it("are refused another network outside, and floating IPs that are not the project's or not free", async () => {
    await cloud.ask("network", "/v2.0/networks", "POST", {
      network: { name: "elsewhere", "router:external": true },
    });
    const block = { image: "another", edges: 1, target: "      block: 10.96.0.0/16" };
    const refused = async (text: string, message: string) => {
      writeFileSync(file, text);
      const { code, stderr } = await command("up", file);
      strictEqual(code, 2, stderr);
      ok(stderr.includes(message), stderr);
    };
    await refused(
      scenario({ ...block, external: "elsewhere" }),
      'target.external: what is deployed leads to another network than "elsewhere"',
    );
    await refused(
      scenario({ ...block, bastion: ", floatingIp: 203.0.113.254" }),
      "target.bastion.floatingIp: the project has no floating IP 203.0.113.254",
    );
    writeFileSync(file, scenario(block));
    deepStrictEqual((await preview()).summary, {});
  });

  it("are reached by a floating IP that the project has, in the place of their own", async () => {
    const { networks } = await cloud.ask<{ networks: { id: string }[] }>(
      "network",
      "/v2.0/networks?name=outside",
    );
    const { floatingip } = await cloud.ask<{ floatingip: { id: string; floating_ip_address: string } }>(
      "network",
      "/v2.0/floatingips",
      "POST",
      { floatingip: { floating_network_id: networks[0]?.id } },
    );
    const address = floatingip.floating_ip_address;
    writeFileSync(
      file,
      scenario({
        ...{ edges: 1, image: "another", bastion: `, floatingIp: ${address}` },
        target: "      block: 10.96.0.0/16",
      }),
    );
    const { outputs } = await up();
    strictEqual(outputs.bastion, address);
    const { floatingips } = await cloud.ask<{
      floatingips: { floating_ip_address: string; port_id: string | null }[];
    }>("network", "/v2.0/floatingips");
    deepStrictEqual(
      floatingips.map(({ floating_ip_address: one }) => one),
      [address],
    );
    const { port } = await cloud.ask<{ port: { device_id: string } }>(
      "network",
      `/v2.0/ports/${floatingips[0]?.port_id}`,
    );
    strictEqual((await servers()).find(({ id }) => id === port.device_id)?.name, `buswide-${stack}--bastion`);
    deepStrictEqual((await preview()).summary, {});
  });

  it("are gone when they are destroyed, with everything that was made for them", async () => {
    const { code, stderr } = await command("destroy", stack, "--keep-images");
    strictEqual(code, 0, stderr);
    deepStrictEqual(await servers(), []);
    deepStrictEqual(Object.values(await networking()), [0, 0, 0, 0, 0, 0]);
    const { keypairs } = await cloud.ask<{ keypairs: object[] }>("compute", "/os-keypairs");
    const { server_groups: groups } = await cloud.ask<{ server_groups: object[] }>(
      "compute",
      "/os-server-groups",
    );
    deepStrictEqual([keypairs, groups], [[], []]);
    // The project's own stays the project's.
    const { floatingips } = await cloud.ask<{ floatingips: { id: string; port_id: string | null }[] }>(
      "network",
      "/v2.0/floatingips",
    );
    deepStrictEqual(
      floatingips.map(({ port_id: port }) => port),
      [null],
    );
    await cloud.ask("network", `/v2.0/floatingips/${floatingips[0]?.id}`, "DELETE");
  });
});
