import { deepStrictEqual, ok, strictEqual } from "assert";
import type { CloudFacts, Quota, QuotaName } from "../../components/target/openstack/api/found";
import { cloudIssues, cloudWarnings, needsOf, placeIssues } from "../../components/target/openstack/check";
import { deployedHosts } from "../../components/target/openstack/facts";
import { openstackScenario, openstackTarget, placedInCloud, plannedCloud } from "../support/openstack";

const now = Date.parse("2027-03-01T12:00:00Z");

function facts(more: Partial<CloudFacts> = {}): CloudFacts {
  return {
    quotas: new Map<QuotaName, Quota>([["network", { limit: -1, used: 0 }]]),
    flavors: [
      { name: "m1.small", vcpus: 1, ram: 2048, disk: 20 },
      { name: "m1.large", vcpus: 4, ram: 8192, disk: 80 },
    ],
    images: [{ name: "debian-12", status: "active", minDisk: 2, minRam: 512 }],
    networks: [{ id: "n1", name: "public", external: true, mtu: 1500 }],
    keypair: true,
    servers: [],
    floatingIps: [],
    deployed: new Map(),
    externals: [],
    place: { project: "p1", region: "one" },
    own: new Map(),
    ...more,
  };
}

const issues = (target: object, found: Partial<CloudFacts> = {}, mtu = 1400) =>
  cloudIssues(plannedCloud(openstackScenario(target)), facts(found), mtu, now).map(({ path, message }) => [
    path,
    message,
  ]);

describe("what a deployment needs of a cloud's quotas", () => {
  const needs = (target: object) =>
    Object.fromEntries(needsOf(plannedCloud(openstackScenario(target)), facts()));

  it("is counted for three hosts and their bastion", () =>
    deepStrictEqual(needs({ sites: { core: { flavor: "m1.large" } } }), {
      instances: 4,
      cores: 7,
      ram: 14_336,
      key_pairs: 0,
      server_groups: 0,
      network: 5,
      subnet: 5,
      router: 4,
      // Two of each instance, one of each network that gives addresses, one of each router.
      port: 8 + 5 + 4,
      security_group: 5,
      security_group_rule: 2 * 5 + 3 * 3 + 1,
      floatingip: 1,
    }));

  it("is a port, a group and an instance a host on a network that exists", () =>
    deepStrictEqual(
      needs({
        external: undefined,
        network: "n",
        bastion: { host: "b", from: ["10.0.0.0/24"] },
        ssh: { user: "cc", publicKey: "ssh-rsa AAAA" },
        affinity: "anti-affinity",
      }),
      {
        instances: 3,
        cores: 3,
        ram: 6144,
        key_pairs: 1,
        server_groups: 1,
        network: 0,
        subnet: 0,
        router: 0,
        port: 3,
        security_group: 4,
        security_group_rule: 8 + 9,
        floatingip: 0,
      },
    ));
});

describe("quotas", () => {
  const withQuota = (name: QuotaName, quota: Quota, own = 0) =>
    issues({}, { quotas: new Map([[name, quota]]), own: new Map([[name, own]]) });

  it("suffice exactly", () => deepStrictEqual(withQuota("router", { limit: 10, used: 6 }), []));

  it("are short by one, and what would help is said", () =>
    deepStrictEqual(withQuota("router", { limit: 10, used: 7 }), [
      [
        "target",
        "4 more routers are needed, and the project's quota of 10 leaves 3: ask for 1 more, or use a network that exists (target.network), or fewer hosts",
      ],
    ]));

  it("have in them what the stack has already", () => {
    deepStrictEqual(withQuota("instances", { limit: 4, used: 4 }, 4), []);
    deepStrictEqual(withQuota("instances", { limit: 4, used: 4 }, 3), [
      [
        "target",
        "1 more instances are needed, and the project's quota of 4 leaves 0: ask for 1 more, or deal sites over fewer hosts (target.sites.<group>.hosts)",
      ],
    ]);
  });

  it("are no limit where they are -1, and none is known of what the cloud does not tell", () => {
    deepStrictEqual(withQuota("cores", { limit: -1, used: 900 }), []);
    deepStrictEqual(issues({}, { quotas: new Map() }), []);
  });

  it("are said to be short one by one", () => {
    const short = (["instances", "cores", "ram", "floatingip"] as const).map(
      (name) => [name, { limit: 0, used: 0 }] as const,
    );
    deepStrictEqual(
      issues({}, { quotas: new Map(short) }).map(([, message]) => message?.split(":")[0]),
      [
        "4 more instances are needed, and the project's quota of 0 leaves 0",
        "4 more cores are needed, and the project's quota of 0 leaves 0",
        "8192 more MiB of memory are needed, and the project's quota of 0 leaves 0",
        "1 more floating IPs are needed, and the project's quota of 0 leaves 0",
      ],
    );
  });
});

describe("a cloud that does not have what is asked for", () => {
  it("is content with what it has", () => deepStrictEqual(issues({}), []));

  const cases: readonly (readonly [string, object, Partial<CloudFacts>, string, string])[] = [
    [
      "a flavor",
      { flavor: "m9" },
      {},
      "target.flavor",
      'the cloud has no flavor "m9": it has m1.small, m1.large',
    ],
    [
      "an image",
      {},
      { images: [] },
      "target.image",
      'the cloud has no image "debian-12": see `openstack image list`',
    ],
    [
      "an image of a name of its own",
      {},
      { images: [...facts().images, ...facts().images] },
      "target.image",
      'the cloud has 2 images called "debian-12": use one whose name is its own',
    ],
    [
      "an image that can be used",
      {},
      { images: [{ name: "debian-12", status: "queued", minDisk: 0, minRam: 0 }] },
      "target.image",
      'the image "debian-12" is queued, not active: use another',
    ],
    [
      "a flavor with room for the image",
      {},
      { images: [{ name: "debian-12", status: "active", minDisk: 40, minRam: 0 }] },
      "target.flavor",
      'the image "debian-12" needs 40 GiB of disk, and "m1.small" has 20',
    ],
    [
      "a flavor with memory for the image",
      {},
      { images: [{ name: "debian-12", status: "active", minDisk: 0, minRam: 4096 }] },
      "target.flavor",
      'the image "debian-12" needs 4096 MiB of memory, and "m1.small" has 2048',
    ],
    [
      "an external network",
      {},
      { networks: [{ id: "n1", name: "public", external: false }] },
      "target.external",
      'the cloud has no external network "public": see `openstack network list --external`',
    ],
    [
      "a keypair",
      {},
      { keypair: false },
      "target.ssh.keypair",
      'you have no keypair "mine": see `openstack keypair list`, or give a publicKey',
    ],
    [
      "flavors of the budget's sizes",
      { budget: { cores: 99, flavors: { "m1.small": 2 } } },
      {},
      "target.budget.flavors.m1.small",
      "m1.small has 1 cores in this cloud, not 2",
    ],
    [
      "a lease that goes on",
      { lease: { ends: "2027-03-01T11:00:00Z" } },
      {},
      "target.lease.ends",
      "the lease ended at 2027-03-01T11:00:00Z: destroy the stack, or give the time at which a later one ends",
    ],
  ];
  const ownAddress = { bastion: { from: ["192.0.2.0/24"], floatingIp: "203.0.113.5" } };
  it("the network outside that what is deployed leads to", () => {
    deepStrictEqual(issues({}, { externals: ["n1"] }), []);
    deepStrictEqual(issues({}, { externals: ["n1", "n7"] }), [
      [
        "target.external",
        'what is deployed leads to another network than "public": destroy the stack first, or name that one',
      ],
    ]);
    // There are no routers then: those that are there go.
    const networks = [...facts().networks, { id: "n2", name: "sharednet1", external: false }];
    deepStrictEqual(issues({ network: "sharednet1" }, { externals: ["n7"], networks }), []);
  });

  it("a floating IP that nobody else has, of the network outside", () => {
    const found = (networkId: string, taken: boolean) =>
      issues(ownAddress, { floatingIp: { networkId, taken } });
    deepStrictEqual(found("n1", false), []);
    const path = "target.bastion.floatingIp";
    deepStrictEqual(issues(ownAddress), [
      [
        path,
        "the project has no floating IP 203.0.113.5: see `openstack floating ip list`, or take it out to have one allocated",
      ],
    ]);
    deepStrictEqual(found("n1", true), [
      [
        path,
        "203.0.113.5 leads to a port that is not this stack's: use one that nobody has, see `openstack floating ip list`",
      ],
    ]);
    deepStrictEqual(found("n7", false), [
      [path, '203.0.113.5 is of another network than "public": use one of that, or none'],
    ]);
  });

  for (const [claim, target, found, path, message] of cases)
    it(claim, () => deepStrictEqual(issues(target, found), [[path, message]]));

  it("packets of the length between hosts, on a network that exists", () => {
    const networks = [
      { id: "n1", name: "public", external: true },
      { id: "n2", name: "sharednet1", external: false, mtu: 1450 },
    ];
    deepStrictEqual(issues({ network: "sharednet1" }, { networks }), []);
    deepStrictEqual(issues({ network: "sharednet1" }, { networks }, 1450), [
      [
        "target.mtu",
        '1450 takes packets of 1500 bytes between hosts, and "sharednet1" carries 1450: use 1400 or less',
      ],
    ]);
  });

  it("is warned of where a lease is about to end, and where Neutron keeps its quotas to itself", () => {
    const plan = plannedCloud(openstackScenario({ lease: { ends: "2027-03-01T13:30:00Z" } }));
    deepStrictEqual(cloudWarnings(plan, facts(), now), ["the lease ends in 90 minutes"]);
    deepStrictEqual(cloudWarnings(plannedCloud(openstackScenario()), facts({ quotas: new Map() }), now), [
      "Neutron tells no quotas of this project: whether there is room for its networks shows when they are made",
    ]);
  });
});

describe("a stack that is deployed elsewhere", () => {
  const found = facts();
  it("is refused where another project or region would be looked at, and nowhere else", () => {
    for (const deployed of [{}, { project: "p1" }, { project: "p1", region: "one" }])
      deepStrictEqual(placeIssues(deployed, found), []);
    deepStrictEqual(placeIssues({ project: "p1", region: "one" }, { place: { project: "p1" } }), []);
    deepStrictEqual(placeIssues({ project: "p7", region: "two" }, found), [
      {
        path: "target.cloud",
        message:
          "this stack is deployed in the project p7, and the credentials are of p1: destroy it by those of its own first, or use them",
      },
    ]);
    deepStrictEqual(placeIssues({ project: "p1", region: "two" }, found), [
      {
        path: "target.region",
        message:
          'this stack is deployed in the region "two", and would now be in "one": destroy it there first, or name its region',
      },
    ]);
  });
});

describe("hosts that a cloud has already", () => {
  const server = (name: string, status = "ACTIVE") => ({
    name: `buswide-test-${name}`,
    status,
    flavor: "m1.small",
    addresses: ["10.140.0.9"],
  });
  const known = (target: object, found: Partial<CloudFacts>) => {
    const raw = openstackScenario(target);
    return deployedHosts(openstackTarget(raw), "test", placedInCloud(raw), facts(found));
  };

  it("are asked by the bastion's floating IP, at their planned addresses, if they are up", () => {
    const hosts = known(
      {},
      { servers: [server("core"), server("edge-1", "BUILD")], floatingIps: ["198.51.100.7"] },
    );
    deepStrictEqual(
      hosts.map(({ name, ssh: { host, jump } }) => [name, host, jump]),
      [["core", "10.64.253.13", [{ host: "198.51.100.7", user: "debian" }]]],
    );
  });

  it("are not where there is no way to them yet", () => {
    deepStrictEqual(known({}, { servers: [server("core")] }), []);
    deepStrictEqual(known({}, { floatingIps: ["198.51.100.7"] }), []);
  });

  it("are where the cloud has put them, by a bastion that exists", () => {
    const [core] = known(
      { network: "n", external: undefined, bastion: { host: "cc@b:2222", from: ["10.0.0.0/24"] } },
      { servers: [server("core")] },
    );
    ok(core);
    strictEqual(core.ssh.host, "10.140.0.9");
    deepStrictEqual(core.ssh.jump, [{ host: "b", user: "cc", port: 2222 }]);
    // Its key a person may have seen.
    deepStrictEqual(core.ssh.options, [
      "StrictHostKeyChecking=accept-new",
      "UserKnownHostsFile=~/.ssh/buswide-test-core.known ~/.ssh/known_hosts",
    ]);
  });
});
