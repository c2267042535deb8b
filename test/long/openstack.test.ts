import { deepStrictEqual, ok, strictEqual } from "assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { utils } from "ssh2";
import { parse, stringify } from "yaml";
import { buswide, projectRoot, type Ended } from "../command/shim";
import { ControlPlaneStage } from "../support/controlPlaneStage";
import { exportedState, scan } from "../support/secretScan";
import type { OpenstackCloud } from "../support/openstackCloud";

/*
 * Hosts in a cloud, by the real provider, in an OpenStack that buswide itself has deployed. Its APIs are OpenStack's own; its computes
 * are Nova's fake driver and its networks have no agent, so that nothing boots, and no packet is carried: services are not put there.
 */

const stack = "openstack-e2e";
const tagOf = (of: string) => `tags=buswide-stack=${of}`;
const tag = tagOf(stack);

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
  readonly flavor: { readonly original_name: string };
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
  async function up(...of: string[]): Promise<{
    outputs: { hosts: Record<string, string>; bastion?: string };
    changes: object;
  }> {
    const { code, stdout, stderr } = await command("up", ...(of.length > 0 ? of : [file]), "--json");
    strictEqual(code, 0, stderr);
    return JSON.parse(stdout) as Awaited<ReturnType<typeof up>>;
  }
  async function preview(...of: string[]): Promise<Changes> {
    const { code, stdout, stderr } = await command("preview", ...(of.length > 0 ? of : [file]), "--json");
    strictEqual(code, 0, stderr);
    return JSON.parse(stdout) as Changes;
  }
  const servers = async (of = stack): Promise<Server[]> =>
    (await cloud.ask<{ servers: Server[] }>("compute", `/servers/detail?${tagOf(of)}`)).servers.sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    );
  /** What Neutron has of a stack, by kind. */
  async function networking(of = stack): Promise<Record<string, number>> {
    const kinds = ["networks", "subnets", "routers", "ports", "security-groups", "floatingips"] as const;
    const counts = await Promise.all(
      kinds.map(async (kind) => {
        const list = await cloud.ask<Record<string, unknown[]>>("network", `/v2.0/${kind}?${tagOf(of)}`);
        return [kind, list[kind.replace("-", "_")]?.length ?? 0] as const;
      }),
    );
    return Object.fromEntries(counts);
  }
  /** Whom a stack's security groups let in who is in none of them: the group's name, protocol, first port and prefix. */
  async function letIn(of = stack): Promise<unknown[][]> {
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
    }>("network", `/v2.0/security-groups?${tagOf(of)}`);
    return groups
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ name, security_group_rules: rules }) =>
        rules
          .filter(({ direction, remote_group_id: group }) => direction === "ingress" && group === null)
          .map((rule) => [name, rule.protocol, rule.port_range_min, rule.remote_ip_prefix]),
      );
  }
  /** The name of the stack's instance that a floating IP leads to, and that floating IP; undefined: it has none. */
  async function reachedFromOutside(of = stack): Promise<[string | undefined, string] | undefined> {
    const { floatingips } = await cloud.ask<{
      floatingips: { floating_ip_address: string; port_id: string }[];
    }>("network", `/v2.0/floatingips?${tagOf(of)}`);
    const [floating] = floatingips;
    if (!floating) return undefined;
    const { port } = await cloud.ask<{ port: { device_id: string } }>(
      "network",
      `/v2.0/ports/${floating.port_id}`,
    );
    const found = (await servers(of)).find(({ id }) => id === port.device_id);
    return [found?.name, floating.floating_ip_address];
  }
  /** Makes a network with a subnet, as whoever runs a cloud does. Returns their ids. */
  async function addNetwork(
    name: string,
    cidr: string,
    { external = false, shared = false } = {},
  ): Promise<{ network: string; subnet: string }> {
    const { network } = await cloud.ask<{ network: { id: string } }>("network", "/v2.0/networks", "POST", {
      network: { name, "router:external": external, shared },
    });
    const { subnet } = await cloud.ask<{ subnet: { id: string } }>("network", "/v2.0/subnets", "POST", {
      subnet: { network_id: network.id, ip_version: 4, cidr, enable_dhcp: !external },
    });
    return { network: network.id, subnet: subnet.id };
  }
  async function addImage(name: string): Promise<void> {
    const { id } = await cloud.ask<{ id: string }>("image", "/v2/images", "POST", {
      name,
      container_format: "bare",
      disk_format: "raw",
    });
    await cloud.upload("image", `/v2/images/${id}/file`, new Uint8Array(1024));
  }
  const addKeypair = (name: string) =>
    cloud.ask("compute", "/os-keypairs", "POST", { keypair: { name, public_key: publicKey } });
  const keypairs = async (): Promise<string[]> =>
    (await cloud.ask<{ keypairs: { keypair: { name: string } }[] }>("compute", "/os-keypairs")).keypairs.map(
      ({ keypair }) => keypair.name,
    );
  /** Destroys a stack also where a test of it ended half-way. */
  async function clear(of: string): Promise<void> {
    await command("destroy", of, "--keep-images");
    rmSync(join(projectRoot, "runs", of), { recursive: true, force: true });
  }

  before(async () => {
    const made = await stage.buswide("up");
    strictEqual(made.exitCode, 0, made.all);
    cloud = await stage.cloud();
    await addNetwork("outside", "203.0.113.0/24", { external: true });
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
      await clear(stack);
      rmSync(folder, { recursive: true });
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
    deepStrictEqual(await reachedFromOutside(), [`buswide-${stack}--bastion`, outputs.bastion]);
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

  it("let nobody in from outside but by SSH from the networks that are named, to the bastion", async () =>
    deepStrictEqual(await letIn(), [[`buswide-${stack}--bastion`, "tcp", 22, "192.0.2.0/24"]]));

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
    await addImage("another");
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
    const { server_groups: groups } = await cloud.ask<{ server_groups: object[] }>(
      "compute",
      "/os-server-groups",
    );
    deepStrictEqual([await keypairs(), groups], [[], []]);
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

  describe("on a network that exists, with a keypair, as Chameleon has them", () => {
    const stack = "openstack-e2e-network";
    const reservation = "0c1f4e6a-7d3b-4c7e-9a54-2b1d0f3e5a77";
    const existing = "cc@198.51.100.7";
    let file = "";
    let shared: { network: string; subnet: string };
    let group = "";
    const scenario = (bastion: string, more = "") => `config:
  buswide:scenario:
    target:
      kind: openstack
      cloud: buswide-${stage.stack}
      deploy: hosts
      network: sharednet1
      image: buswide
      flavor: buswide
      ssh: { user: cc, keypair: access }
      bastion: { ${bastion} }
      sites: { core: { hints: { group: ${group} } }, edge: { hosts: 1 } }
      lease: { ends: "2099-01-01T00:00:00Z", reservation: ${reservation} }
${more}
    sites: { core: {}, edge: { count: 2 } }
    links: [{ between: [core, edge], delay: 25ms }]
    bus: { kind: rabbitmq }
`;
    const elsewhere = `host: ${existing}, from: [198.51.100.0/24]`;
    const own = "from: [198.51.100.0/24]";
    const named = (...names: string[]) => names.map((name) => `buswide-${stack}-${name}`);
    /** What Nova's scheduler was told of an instance. */
    async function hints(instance: string | undefined): Promise<unknown> {
      const statement = `SELECT spec FROM nova_api.request_specs WHERE instance_uuid = '${instance}'`;
      const text = await stage.inContainer("core-mariadb", "mariadb", "-N", "-B", "-r", "-e", statement);
      const spec = JSON.parse(text) as { "nova_object.data": { scheduler_hints: unknown } };
      return spec["nova_object.data"].scheduler_hints;
    }

    before(async () => {
      shared = await addNetwork("sharednet1", "198.18.7.0/24", { shared: true });
      await addKeypair("access");
      const { server_group: made } = await cloud.ask<{ server_group: { id: string } }>(
        ...(["compute", "/os-server-groups", "POST"] as const),
        { server_group: { name: "whose", policy: "soft-anti-affinity" } },
      );
      group = made.id;
      file = join(folder, `Pulumi.${stack}.yaml`);
      writeFileSync(file, scenario(elsewhere));
    });
    after(() => clear(stack));

    it("are refused a keypair that nobody has, and packets longer than the network carries", async () => {
      writeFileSync(file, scenario(elsewhere, "      mtu: 1450").replace("keypair: access", "keypair: mine"));
      const { code, stderr } = await command("preview", file);
      strictEqual(code, 2, stderr);
      for (const message of [
        'target.ssh.keypair: you have no keypair "mine": see `openstack keypair list`, or give a publicKey',
        'target.mtu: 1450 takes packets of 1500 bytes between hosts, and "sharednet1" carries 1450: use 1400 or less',
      ])
        ok(stderr.includes(message), stderr);
    });

    it("are instances with a port there and that key: no network, router or floating IP is made", async () => {
      writeFileSync(file, scenario(elsewhere));
      const { outputs } = await up(file);
      deepStrictEqual(Object.keys(outputs).sort(), ["hosts"]);
      const all = await servers(stack);
      deepStrictEqual(
        all.map(({ name, status, key_name: key }) => [name, status, key]),
        named("core", "edge-host-1").map((name) => [name, "ACTIVE", "access"]),
      );
      deepStrictEqual(
        all.map(({ addresses }) =>
          Object.entries(addresses).map(([network, list]) => [network, list.map(({ addr }) => addr)]),
        ),
        ["core", "edge-host-1"].map((host) => [["sharednet1", [outputs.hosts[host]]]]),
      );
      deepStrictEqual(await networking(stack), {
        networks: 0,
        subnets: 0,
        routers: 0,
        ports: 2,
        "security-groups": 3,
        floatingips: 0,
      });
      const { ports } = await cloud.ask<{ ports: { network_id: string }[] }>(
        "network",
        `/v2.0/ports?${tagOf(stack)}`,
      );
      for (const { network_id: network } of ports) strictEqual(network, shared.network);
      deepStrictEqual(await keypairs(), ["access"]);
      deepStrictEqual(
        await letIn(stack),
        named("core", "edge-host-1").map((name) => [name, "tcp", 22, "198.51.100.0/24"]),
      );
    });

    it("are made in their reservation, with what hints say", async () => {
      const [core, edge] = await servers(stack);
      deepStrictEqual(await hints(core?.id), { reservation: [reservation], group: [group] });
      deepStrictEqual(await hints(edge?.id), { reservation: [reservation] });
      const { server_groups: groups } = await cloud.ask<{
        server_groups: { name: string; members: string[] }[];
      }>("compute", "/os-server-groups");
      deepStrictEqual(
        groups.map(({ name, members }) => [name, members]),
        [["whose", [core?.id]]],
      );
    });

    it("have nothing to be changed when nothing has", async () =>
      deepStrictEqual((await preview(file)).summary, {}));

    it("stay where a bastion is made on that network, which has a router to the outside", async () => {
      const { networks } = await cloud.ask<{ networks: { id: string }[] }>(
        "network",
        "/v2.0/networks?name=outside",
      );
      const { router } = await cloud.ask<{ router: { id: string } }>("network", "/v2.0/routers", "POST", {
        router: { name: "sharednet1", external_gateway_info: { network_id: networks[0]?.id } },
      });
      await cloud.ask("network", `/v2.0/routers/${router.id}/add_router_interface`, "PUT", {
        subnet_id: shared.subnet,
      });
      const before = await servers(stack);
      writeFileSync(file, scenario(own, "      external: outside"));
      const { outputs } = await up(file);
      const [bastion, ...hosts] = await servers(stack);
      deepStrictEqual(
        hosts.map(({ id }) => id),
        before.map(({ id }) => id),
      );
      deepStrictEqual(
        [bastion?.name, bastion?.status, Object.keys(bastion?.addresses ?? {})],
        [...named("-bastion"), "ACTIVE", ["sharednet1"]],
      );
      deepStrictEqual(await reachedFromOutside(stack), [...named("-bastion"), outputs.bastion]);
      deepStrictEqual(await letIn(stack), [[...named("-bastion"), "tcp", 22, "198.51.100.0/24"]]);
      deepStrictEqual(await networking(stack), {
        networks: 0,
        subnets: 0,
        routers: 0,
        ports: 3,
        "security-groups": 4,
        floatingips: 1,
      });
      deepStrictEqual((await preview(file)).summary, {});
    });

    it("leave the network, its subnet and router, the keypair and the server group when they are destroyed", async () => {
      const { code, stderr } = await command("destroy", stack, "--keep-images");
      strictEqual(code, 0, stderr);
      deepStrictEqual(await servers(stack), []);
      deepStrictEqual(Object.values(await networking(stack)), [0, 0, 0, 0, 0, 0]);
      const { networks } = await cloud.ask<{ networks: { id: string; subnets: string[] }[] }>(
        "network",
        "/v2.0/networks?name=sharednet1",
      );
      deepStrictEqual(
        networks.map(({ id, subnets }) => ({ network: id, subnet: subnets.join() })),
        [shared],
      );
      const { routers } = await cloud.ask<{ routers: { name: string }[] }>("network", "/v2.0/routers");
      const { server_groups: groups } = await cloud.ask<{ server_groups: { id: string }[] }>(
        "compute",
        "/os-server-groups",
      );
      deepStrictEqual(
        [await keypairs(), groups.map(({ id }) => id), routers.map(({ name }) => name)],
        [["access"], [group], ["sharednet1"]],
      );
    });
  });

  describe("of the scenario cloud, in a cloud with the names that it has", () => {
    const stack = "openstack-e2e-shipped";
    const text = readFileSync(join(projectRoot, "stacks", "Pulumi.cloud.yaml"), "utf8");
    const { target } = (
      parse(text) as {
        config: {
          "buswide:scenario": {
            target: {
              cloud: string;
              external: string;
              image: string;
              ssh: { keypair: string };
              lease: { ends: string };
              budget: { cores: number; flavors: Record<string, number> };
            };
          };
        };
      }
    ).config["buswide:scenario"];
    const hostsAlone = ["--set", "target.deploy=hosts"];
    let file = "";

    before(async () => {
      const { clouds } = parse(await stage.clouds()) as { clouds: Record<string, unknown> };
      writeFileSync(
        join(folder, "clouds.yaml"),
        stringify({ clouds: { ...clouds, [target.cloud]: clouds[`buswide-${stage.stack}`] } }),
      );
      await addNetwork(target.external, "198.51.100.0/24", { external: true });
      await addImage(target.image);
      await addKeypair(target.ssh.keypair);
      for (const [name, vcpus] of Object.entries(target.budget.flavors))
        await cloud.ask("compute", "/flavors", "POST", { flavor: { name, vcpus, ram: 64, disk: 1 } });
      file = join(folder, `Pulumi.${stack}.yaml`);
      writeFileSync(file, text);
    });
    after(() => clear(stack));

    it("are made as it stands, within its budget", async () => {
      deepStrictEqual(Object.keys((await preview(file, ...hostsAlone)).summary), ["create"]);
      deepStrictEqual(await servers(stack), []);
      const { outputs } = await up(file, ...hostsAlone);
      deepStrictEqual(Object.keys(outputs.hosts).sort(), ["core", "edge-host-1", "edge-host-2"]);
      const all = await servers(stack);
      const cloudName = (name: string) => `buswide-${stack}-${name}`;
      deepStrictEqual(
        all.map(({ name, status, key_name: key, flavor }) => [name, status, key, flavor.original_name]),
        [
          ["-bastion", "m1.small"],
          ["core", "m1.large"],
          ["edge-host-1", "m1.small"],
          ["edge-host-2", "m1.small"],
        ].map(([name = "", flavor]) => [cloudName(name), "ACTIVE", target.ssh.keypair, flavor]),
      );
      strictEqual(
        all.reduce((sum, { flavor }) => sum + (target.budget.flavors[flavor.original_name] ?? NaN), 0),
        target.budget.cores,
      );
      for (const { metadata, name } of all)
        deepStrictEqual(
          metadata,
          { "buswide-stack": stack, project: "buswide", "buswide-expires": target.lease.ends },
          name,
        );
      deepStrictEqual(await networking(stack), {
        networks: 5,
        subnets: 5,
        routers: 4,
        ports: 8,
        "security-groups": 5,
        floatingips: 1,
      });
      deepStrictEqual(await reachedFromOutside(stack), [cloudName("-bastion"), outputs.bastion]);
      const { server_groups: groups } = await cloud.ask<{
        server_groups: { name: string; members: string[] }[];
      }>("compute", "/os-server-groups");
      deepStrictEqual(groups.find(({ name }) => name === cloudName("-site-edge"))?.members.length, 2);
      deepStrictEqual((await preview(file, ...hostsAlone)).summary, {});
    });

    it("are gone when they are destroyed, but for the keypair that was there", async () => {
      const { code, stderr } = await command("destroy", stack, "--keep-images");
      strictEqual(code, 0, stderr);
      deepStrictEqual(await servers(stack), []);
      deepStrictEqual(Object.values(await networking(stack)), [0, 0, 0, 0, 0, 0]);
      ok((await keypairs()).includes(target.ssh.keypair));
    });
  });
});
