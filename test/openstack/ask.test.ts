import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
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
    deepStrictEqual(found.networks, [{ name: "public", external: true, mtu: 1500 }]);
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
      [`network /routers${tag}`]: { routers: [{}] },
      [`network /ports${tag}`]: { ports: [{}, {}, {}] },
      [`network /security-groups${tag}`]: { security_groups: [{ security_group_rules: [1, 2, 3] }] },
      [`network /floatingips${tag}`]: { floatingips: [{ floating_ip_address: "198.51.100.7" }] },
      "compute /os-keypairs": {
        keypairs: [{ keypair: { name: "buswide-test--key" } }, { keypair: { name: "mine" } }],
      },
      "compute /os-server-groups": { server_groups: [{ name: "buswide-test--hosts" }, { name: "other" }] },
    };
    const { own, servers, floatingIps } = await ask();
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
    const asked = cloud.requests.find(({ what }) => what === `compute /servers/detail${tag}`);
    strictEqual(asked?.microversion, "compute 2.47");
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

  it("says who does not answer", () =>
    fails(/^no answer from http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/, { authUrl: "http://127.0.0.1:1/v3" }));

  it("is quoted where it refuses a question, by its own words", async () => {
    cloud.answers = { ...cloud.answers, "compute /limits": new Refused(500, "out of order") };
    await rejects(ask(), /^CloudError: GET \/limits of compute: 500 out of order$/);
    cloud.answers = { ...cloud.answers, "compute /limits": { limits: {} } };
    await rejects(ask(), /^CloudError: GET \/limits of compute: an answer of another shape$/);
  });
});
