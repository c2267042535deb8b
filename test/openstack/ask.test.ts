import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
import { createServer } from "http";
import type { AddressInfo } from "net";
import { askCloud } from "../../components/target/openstack/api/ask";
import { CloudClient, CloudError } from "../../components/target/openstack/api/client";
import type { Credentials } from "../../components/target/openstack/api/credentials";
import { FakeCloud, Refused, roomyCloud } from "../support/fakeCloud";
import { openstackScenario, plannedCloud } from "../support/openstack";

describe("a cloud that is asked", () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await FakeCloud.start();
    cloud.answers = roomyCloud();
  });
  afterEach(() => cloud.stop());

  const credentials = (more: Partial<Credentials> = {}): Credentials => ({
    authUrl: `${cloud.url}/identity/v3`,
    auth: { identity: { methods: ["token"], token: { id: "secret" } } },
    interface: "public",
    region: "one",
    ...more,
  });
  const ask = async (raw = openstackScenario()) =>
    askCloud(await CloudClient.connect(credentials()), plannedCloud(raw));

  it("gives a token for the credentials, and is then asked by it alone, and nothing is changed", async () => {
    await ask();
    deepStrictEqual(cloud.logins, [{ auth: credentials().auth }]);
    ok(cloud.requests.length > 10);
    for (const { method, token } of cloud.requests) deepStrictEqual([method, token], ["GET", "the-token"]);
  });

  it("tells its quotas with what is used and reserved of them, its flavors, images and networks", async () => {
    const quotas = cloud.answers["network /quotas/p1/details.json"] as { quota: Record<string, object> };
    quotas.quota["port"] = { limit: 500, used: 10, reserved: 3 };
    const found = await ask();
    deepStrictEqual(
      [...found.quotas],
      [
        ["instances", { limit: 10, used: 2 }],
        ["cores", { limit: 20, used: 4 }],
        ["ram", { limit: 51_200, used: 8192 }],
        ["key_pairs", { limit: 100, used: 1 }],
        ["server_groups", { limit: 10, used: 0 }],
        ["network", { limit: 100, used: 1 }],
        ["subnet", { limit: 100, used: 1 }],
        ["router", { limit: 10, used: 1 }],
        ["port", { limit: 500, used: 13 }],
        ["security_group", { limit: 10, used: 1 }],
        ["security_group_rule", { limit: 100, used: 4 }],
        ["floatingip", { limit: 50, used: 0 }],
      ],
    );
    deepStrictEqual(
      found.flavors.map(({ name, vcpus, ram, disk }) => [name, vcpus, ram, disk]),
      [
        ["m1.small", 1, 2048, 20],
        ["m1.large", 4, 8192, 20],
      ],
    );
    deepStrictEqual(found.images, [{ name: "debian-12", status: "active", minDisk: 2, minRam: 0 }]);
    deepStrictEqual(found.networks, [{ id: "n1", name: "public", external: true, mtu: 1500 }]);
    deepStrictEqual([found.place, found.externals], [{ project: "p1", region: "one" }, []]);
    deepStrictEqual([found.keypair, found.servers, found.floatingIps], [true, [], []]);
  });

  it("reads flavors page after page", async () => {
    const [first, second] = (cloud.answers["compute /flavors/detail"] as { flavors: unknown[] }).flavors;
    cloud.answers = {
      ...cloud.answers,
      "compute /flavors/detail": { flavors: [first] },
      "compute /flavors/detail?marker=f1": { flavors: [second] },
    };
    deepStrictEqual(
      (await ask()).flavors.map(({ name }) => name),
      ["m1.small", "m1.large"],
    );
  });

  it("counts what the stack has already, found by its tag, with the ports that networks and routers have", async () => {
    const tag = "?tags=buswide-stack%3Dtest";
    const server = {
      id: "s1",
      name: "buswide-test-core",
      status: "ACTIVE",
      flavor: { original_name: "m1.large" },
      addresses: {
        own: [
          { addr: "10.64.207.210", version: 4 },
          { addr: "2001:db8::1", version: 6 },
        ],
      },
    };
    cloud.answers = {
      ...cloud.answers,
      [`compute /servers/detail${tag}`]: { servers: [server] },
      [`compute /servers/detail${tag}&marker=s1`]: { servers: [] },
      [`network /networks${tag}`]: { networks: [{}, {}] },
      [`network /subnets${tag}`]: { subnets: [{}, {}] },
      [`network /routers${tag}`]: {
        routers: [{ external_gateway_info: { network_id: "n1" } }],
      },
      [`network /ports${tag}`]: { ports: [{}, {}, {}] },
      [`network /security-groups${tag}`]: { security_groups: [{ security_group_rules: [1, 2, 3] }] },
      [`network /floatingips${tag}`]: { floatingips: [{ floating_ip_address: "198.51.100.7" }] },
      "compute /os-keypairs": {
        keypairs: [{ keypair: { name: "buswide-test--key" } }, { keypair: { name: "mine" } }],
      },
      "compute /os-server-groups": { server_groups: [{ name: "buswide-test--hosts" }, { name: "other" }] },
    };
    const { own, servers, floatingIps, externals } = await ask();
    deepStrictEqual(Object.fromEntries(own), {
      instances: 1,
      cores: 4,
      ram: 8192,
      key_pairs: 1,
      server_groups: 1,
      network: 2,
      subnet: 2,
      router: 1,
      port: 6,
      security_group: 1,
      security_group_rule: 3,
      floatingip: 1,
    });
    deepStrictEqual(servers, [
      { name: "buswide-test-core", status: "ACTIVE", flavor: "m1.large", addresses: ["10.64.207.210"] },
    ]);
    deepStrictEqual(floatingIps, ["198.51.100.7"]);
    deepStrictEqual(externals, ["n1"]);
    const asked = cloud.requests.find(({ what }) => what === `compute /servers/detail${tag}`);
    strictEqual(asked?.microversion, "compute 2.47");
  });

  it("says whose the floating IP is that is to be used", async () => {
    const raw = openstackScenario({ bastion: { from: ["192.0.2.0/24"], floatingIp: "203.0.113.5" } });
    const found = async (port: string | null) => {
      cloud.answers = {
        ...cloud.answers,
        "network /floatingips?floating_ip_address=203.0.113.5": {
          floatingips: [{ floating_network_id: "n1", port_id: port }],
        },
        "network /ports?tags=buswide-stack%3Dtest": { ports: [{ id: "mine" }] },
      };
      return (await ask(raw)).floatingIp;
    };
    strictEqual((await ask(raw)).floatingIp, undefined);
    deepStrictEqual(await found(null), { networkId: "n1", taken: false });
    deepStrictEqual(await found("mine"), { networkId: "n1", taken: false });
    deepStrictEqual(await found("another's"), { networkId: "n1", taken: true });
  });

  it("may keep Neutron's quotas to itself, and have no keypair of a name", async () => {
    cloud.answers = {
      ...cloud.answers,
      "network /quotas/p1/details.json": new Refused(403, "admin only"),
      "compute /os-keypairs": { keypairs: [] },
    };
    const { quotas, keypair } = await ask();
    ok(quotas.has("instances") && !quotas.has("network"));
    strictEqual(keypair, false);
    strictEqual(
      (await ask(openstackScenario({ ssh: { user: "a", publicKey: "ssh-rsa AAAA" } }))).keypair,
      true,
    );
  });

  const fails = (expected: RegExp, more: Partial<Credentials> = {}) =>
    rejects(CloudClient.connect(credentials(more)), (error: unknown) => {
      ok(error instanceof CloudError);
      ok(expected.test(error.message), error.message);
      ok(!error.message.includes("secret"), "the message tells the credentials");
      return true;
    });

  it("says that credentials are refused, without telling them", async () => {
    cloud.open = false;
    await fails(/refuses the credentials \(401\): renew them$/);
  });

  it("says which regions there are, where the one that is asked for is not", () =>
    fails(/no public endpoint of compute in the region "three"; its regions are one, two$/, {
      region: "three",
    }));

  it("is asked by the proxy that the environment names, as the provider does", async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(503).end();
    });
    proxy.on("connect", (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      socket.end("HTTP/1.1 503 busy\r\n\r\n");
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    const { port } = proxy.address() as AddressInfo;
    const by = `http://user:word@127.0.0.1:${port}`;
    const connect = (authUrl: string) =>
      CloudClient.connect(credentials({ authUrl }), { HTTP_PROXY: by, https_proxy: by });
    try {
      for (const url of ["http://cloud.invalid:5000/v3", "https://cloud.invalid/v3"])
        await rejects(connect(url), {
          message: `${url} answers 503 by the proxy 127.0.0.1:${port} to a request for a token`,
        });
      deepStrictEqual(asked, ["POST http://cloud.invalid:5000/v3/auth/tokens", "CONNECT cloud.invalid:443"]);
      // What is on this machine is not anybody else's to ask.
      await connect(`${cloud.url}/identity/v3`);
      strictEqual(asked.length, 2);
      await rejects(
        CloudClient.connect(credentials({ authUrl: "https://cloud.invalid/v3" }), {
          HTTPS_PROXY: "socks5://127.0.0.1:1",
        }),
        /by the proxy 127\.0\.0\.1:1: it is no HTTP proxy, and no other is known here: name one, or the cloud in NO_PROXY$/,
      );
    } finally {
      await new Promise((done) => proxy.close(done));
    }
  });

  it("says who does not answer", () =>
    fails(/^no answer from http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/, { authUrl: "http://127.0.0.1:1/v3" }));

  it("is quoted where it refuses a question, by its own words", async () => {
    cloud.answers = { ...cloud.answers, "compute /limits": new Refused(500, "out of order") };
    await rejects(ask(), /^CloudError: GET \/limits of compute: 500 out of order$/);
    cloud.answers = { ...cloud.answers, "compute /limits": { limits: {} } };
    await rejects(ask(), /^CloudError: GET \/limits of compute: an answer of another shape$/);
  });
});
