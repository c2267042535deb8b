import { deepStrictEqual, ok, strictEqual } from "assert";
import fc from "fast-check";
import { contains, mustCidr, overlaps } from "../../components/plan/cidr";
import { bastionPrefix, cloudHosts } from "../../components/target/openstack/hosts";
import { expandSites } from "../../stacks/scenario/expand";
import { assertRefused, correct } from "../scenario/refusal";
import { openstackScenario, openstackTarget, placedInCloud } from "../support/openstack";
import { parsed } from "../support/scenarios";

/** Where sites are, as pairs in the order of the scenario. */
function placed(sites: object, of: object = { core: {}, edge: { count: 4 } }): [string, string][] {
  return [...placedInCloud(openstackScenario({ sites }, of)).hostOf];
}

describe("sites in a cloud are placed", () => {
  it("on an instance each, where nothing is said", () =>
    deepStrictEqual(placed({}), [
      ["core", "core"],
      ["edge-1", "edge-1"],
      ["edge-2", "edge-2"],
      ["edge-3", "edge-3"],
      ["edge-4", "edge-4"],
    ]));

  it("on as many instances as a group has, in turn, so that a further site moves none", () => {
    const three = placed({ edge: { hosts: 2 } }, { core: {}, edge: { count: 3 } });
    deepStrictEqual(three, [
      ["core", "core"],
      ["edge-1", "edge-host-1"],
      ["edge-2", "edge-host-2"],
      ["edge-3", "edge-host-1"],
    ]);
    deepStrictEqual(placed({ edge: { hosts: 2 } }).slice(0, 4), three);
  });

  it("at addresses that follow from names, so that others come and go without moving one", () => {
    const addresses = (count: number) =>
      new Map(
        placedInCloud(openstackScenario({}, { core: {}, edge: { count } })).hosts.map(
          ({ name, address, prefix }) => [name, [address, prefix?.text]],
        ),
      );
    const [few, many] = [addresses(2), addresses(40)];
    for (const [name, where] of few) deepStrictEqual(many.get(name), where, name);
    strictEqual(new Set([...many.values()].map(([address]) => address)).size, 41);
    strictEqual(new Set([...many.values()].map(([, prefix]) => prefix)).size, 41);
  });

  it("where they are deployed, whatever site is listed before them, and nobody where one is that goes", () => {
    const target = openstackTarget(openstackScenario({ block: "10.64.0.0/20" }));
    const placedAt = (names: readonly string[], deployed?: ReadonlyMap<string, string>) => {
      const { hosts, issues } = cloudHosts(target, new Map(names.map((name) => [name, [name]])), deployed);
      deepStrictEqual(issues, []);
      return new Map(hosts.map(({ name, address, prefix }) => [name, `${address} ${prefix?.text}`]));
    };
    const prefixOf = (place = "") => place.split(" ")[1] ?? "";
    const alone = placedAt(["core"]).get("core");
    const rival = Array.from({ length: 5000 }, (_, index) => `x${index}a`).find(
      (name) => placedAt([name]).get(name) === alone,
    );
    ok(rival !== undefined, "no two names have one slot");
    strictEqual(placedAt([rival, "core"]).get(rival), alone);
    const deployed = new Map([["core", prefixOf(alone)]]);
    const both = placedAt([rival, "core"], deployed);
    strictEqual(both.get("core"), alone);
    ok(both.get(rival) !== alone);
    // While it goes, its address is still taken.
    ok(placedAt([rival], deployed).get(rival) !== alone);
    // What was displaced stays displaced.
    const after = new Map([...both].map(([name, place]) => [name, prefixOf(place)]));
    deepStrictEqual(placedAt([rival], after).get(rival), both.get(rival));
  });

  it("and are refused a block whose joining network would be where one of theirs is deployed", () => {
    const target = openstackTarget(openstackScenario({ block: "10.64.0.0/20" }));
    const groups = new Map([["core", ["core"]]]);
    const { hosts, issues } = cloudHosts(target, groups, new Map([["core", "10.64.15.16/28"]]));
    deepStrictEqual(hosts, []);
    deepStrictEqual(issues, [
      {
        path: ["block"],
        message:
          '"10.64.0.0/20" would have its WAN where 10.64.15.16/28 of this stack is deployed: choose another block, or destroy the stack first',
      },
    ]);
  });

  it("without addresses on a network that exists: the cloud chooses them", () => {
    const { wan, hosts } = placedInCloud(openstackScenario({ network: "sharednet1" }));
    strictEqual(wan, undefined);
    for (const { address, prefix } of hosts) deepStrictEqual([address, prefix], [undefined, undefined]);
  });
});

describe("any sites in a cloud", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  const groups = fc.dictionary(
    name,
    fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })),
    {
      minKeys: 1,
      maxKeys: 6,
      noNullPrototype: true,
    },
  );

  it("are each on one host, over as many hosts as are asked for, at addresses that no two have, within the block", () =>
    fc.assert(
      fc.property(groups, (given) => {
        const { target } = parsed(openstackScenario());
        if (target.kind !== "openstack") throw new Error(target.kind);
        const asked = Object.entries(given).map(
          ([group, [count, hosts]]) => [group, count, Math.min(count, hosts)] as const,
        );
        const settings = asked.map(([group, , hosts]) => [group, { hosts }] as const);
        const expanded = expandSites(
          Object.fromEntries(asked.map(([group, count]) => [group, { count }] as const)),
        );
        const { wan, hosts, hostOf, issues } = cloudHosts(
          { ...target, sites: Object.fromEntries(settings) },
          expanded,
        );
        deepStrictEqual(issues, []);
        strictEqual(
          hosts.length,
          asked.reduce((sum, [, , count]) => sum + count, 0),
        );
        deepStrictEqual([...hostOf.keys()], [...expanded.values()].flat());
        deepStrictEqual(new Set(hostOf.values()), new Set(hosts.map((host) => host.name)));
        const all = hosts.flatMap(({ prefix }) => prefix ?? []);
        const block = mustCidr(target.block);
        for (const prefix of [...all, wan ?? block]) ok(contains(block, prefix), prefix.text);
        const apart = [...all, bastionPrefix(target.block)].sort((a, b) => a.first - b.first);
        apart.forEach((prefix, at) => {
          const next = apart[at + 1];
          ok(!next || !overlaps(prefix, next), prefix.text);
          ok(!wan || !overlaps(prefix, wan), prefix.text);
        });
        strictEqual(new Set(hosts.map(({ address }) => address)).size, hosts.length);
      }),
      { numRuns: 100 },
    ));
});

describe("a target in a cloud", () => {
  it("has what it needs by default", () => {
    const { deploy, block, packages, mtu, sites, tags, dns } = openstackTarget(openstackScenario());
    deepStrictEqual(
      { deploy, block, packages, mtu, sites, tags, dns },
      {
        deploy: "all",
        block: "10.64.0.0/16",
        packages: ["docker.io", "openssh-server", "chrony"],
        mtu: 1390,
        sites: {},
        tags: {},
        dns: [],
      },
    );
  });
});

describe("a target in a cloud is refused for", () => {
  const cases: readonly (readonly [claim: string, target: object, path: string, message: string])[] = [
    [
      "no image",
      { image: undefined },
      "target.image",
      "missing: expected the name of an image, such as debian-12-generic",
    ],
    [
      "no external network where routers are made",
      { external: undefined },
      "target.external",
      "expected the name of an external network, for routers and the floating IP: see `openstack network list --external`",
    ],
    [
      "no external network where a floating IP is allocated",
      { external: undefined, network: "sharednet1" },
      "target.external",
      "expected the name of an external network, for the floating IP: see `openstack network list --external`",
    ],
    [
      "SSH from everybody",
      { bastion: { from: ["0.0.0.0/0"] } },
      "target.bastion.from[0]",
      '"0.0.0.0/0" is as good as everybody: name the networks from which you connect, such as 192.0.2.0/24',
    ],
    [
      "SSH from nobody",
      { bastion: { from: [] } },
      "target.bastion.from",
      "nobody could connect: name the networks from which you do, such as 192.0.2.0/24",
    ],
    [
      "SSH from what is no prefix",
      { bastion: { from: ["192.0.2.7"] } },
      "target.bastion.from[0]",
      '"192.0.2.7" is no IPv4 prefix: use one such as 192.0.2.0/24, or 192.0.2.7/32 for one address',
    ],
    [
      "SSH from one network twice",
      { bastion: { from: ["192.0.2.0/24", "198.51.100.0/24", "192.0.2.0/24"] } },
      "target.bastion.from[2]",
      '"192.0.2.0/24" is in the list twice: take it out',
    ],
    [
      "a tag by which it finds what it has made",
      { tags: { "buswide-stack": "mine" } },
      "target.tags.buswide-stack",
      '"buswide-stack" is one of buswide\'s own, by which it finds what it has made: call it otherwise',
    ],
    [
      "a bastion that exists and is to be made",
      { network: "n", bastion: { host: "me@b", flavor: "m1.tiny", from: ["10.0.0.0/24"] } },
      "target.bastion.flavor",
      "the bastion me@b exists, and is not made: take flavor out, or take host out",
    ],
    [
      "a bastion that exists, and is on none of the networks that are made",
      { bastion: { host: "me@b", from: ["10.0.0.0/24"] } },
      "target.bastion.host",
      "me@b is not on the networks that are made: name the network that it reaches as target.network, or take host out to have a bastion made",
    ],
    [
      "a bastion that ssh would take for an option",
      { network: "n", bastion: { host: "-oProxyCommand=x", from: ["10.0.0.0/24"] } },
      "target.bastion.host",
      '"-oProxyCommand=x" is no host for SSH, such as cc@198.51.100.7',
    ],
    [
      "no key",
      { ssh: { user: "debian" } },
      "target.ssh",
      "nobody would have a key: name a keypair that the cloud has, or give a publicKey to make one of",
    ],
    [
      "two keys",
      { ssh: { user: "debian", keypair: "k", publicKey: "ssh-ed25519 AAAA me" } },
      "target.ssh",
      "one of keypair and publicKey is the key: take the other one out",
    ],
    [
      "a private key in the place of a public one",
      { ssh: { user: "debian", publicKey: "~/.ssh/id_ed25519" } },
      "target.ssh.publicKey",
      '"~/.ssh/id_ed25519" is no public key: use the line of a file such as ~/.ssh/id_ed25519.pub',
    ],
    [
      "a user whom a shell would read otherwise",
      { ssh: { user: "a;reboot", keypair: "k" } },
      "target.ssh.user",
      '"a;reboot" is not the name of a user: use the image\'s own, such as debian, ubuntu or cc',
    ],
    [
      "a block that is too small",
      { block: "10.64.0.0/24" },
      "target.block",
      '"10.64.0.0/24" is no block of 10.0.0.0/8 of at least 4096 addresses: use one such as 10.64.0.0/16',
    ],
    [
      "a site that there is not",
      { sites: { fog: {} } },
      "target.sites.fog",
      'there is no site or group "fog"; the sites are core, edge',
    ],
    [
      "more instances than sites",
      { sites: { edge: { hosts: 3 } } },
      "target.sites.edge.hosts",
      "3 instances for 2 sites: a site is on one instance; use 2 or fewer",
    ],
    [
      "several instances for one site",
      { sites: { core: { hosts: 2 } } },
      "target.sites.core.hosts",
      '2 instances for the one site "core": a site is on one instance; use 1 or fewer',
    ],
    [
      "a setting that there is not",
      { sites: { edge: { count: 2 } } },
      "target.sites.edge.count",
      `there is no setting "count" here: ${correct}`,
    ],
    [
      "a lease that ends at no time",
      { lease: { ends: "tomorrow" } },
      "target.lease.ends",
      '"tomorrow" is no time in UTC, such as "2027-03-01T18:00:00Z"',
    ],
    [
      "a reservation that is none",
      { lease: { ends: "2027-03-01T18:00:00Z", reservation: "mine" } },
      "target.lease.reservation",
      '"mine" is no reservation\'s id: use what `openstack reservation lease show` tells',
    ],
    [
      "a tag that the cloud would cut in two",
      { tags: { project: "a,b" } },
      "target.tags.project",
      '"a,b" is no tag: use up to 28 letters, digits, dots, colons, hyphens, underscores and spaces',
    ],
    [
      "a flavor that the budget does not have",
      { flavor: "m1.huge", budget: { cores: 10, flavors: { "m1.small": 1 } } },
      "target.budget.flavors",
      'the flavor "m1.huge" is used, and the budget does not have it: use m1.small, or add it with its cores',
    ],
    [
      "more cores than the budget has, the bastion's too",
      {
        sites: { core: { flavor: "m1.large" } },
        budget: { cores: 6, flavors: { "m1.small": 1, "m1.large": 4 } },
      },
      "target.budget.cores",
      "4 instances have 7 cores, and the budget is 6: use fewer hosts (sites.<group>.hosts), smaller flavors, or a larger budget",
    ],
  ];
  for (const [claim, target, path, message] of cases)
    it(claim, () => assertRefused(openstackScenario(target), [path, message]));

  it("more hosts than its block has room for", () =>
    assertRefused(openstackScenario({ block: "10.64.0.0/20" }, { core: {}, edge: { count: 300 } }), [
      "target.block",
      "10.64.0.0/20 has room for 238 hosts, and there are 301: use a larger one, or fewer hosts",
    ]));

  it("two instances of one name", () =>
    assertRefused(
      openstackScenario(
        { sites: { edge: { hosts: 2 } } },
        { core: {}, edge: { count: 3 }, "edge-host": { count: 2 } },
      ),
      [
        "target.sites.edge-host.hosts",
        'an instance of "edge-host" and one of "edge" would both be called "edge-host-1": call one of the groups otherwise',
      ],
      [
        "target.sites.edge-host.hosts",
        'an instance of "edge-host" and one of "edge" would both be called "edge-host-2": call one of the groups otherwise',
      ],
      [
        "sites.edge-host",
        'no links lead from "core" to "edge-host-1", "edge-host-2": add a link, such as { between: [core, edge-host-1], delay: 25ms }',
      ],
    ));

  it("metrics, as on any hosts", () => {
    const raw = { ...openstackScenario(), metrics: { kind: "prometheus" } };
    assertRefused(raw, [
      "metrics",
      `a deployment on the target "openstack" can't have them: gateways would have to read what containers use from the control groups of their hosts, whose version only this machine's engine is asked for, and the pages would be on the 127.0.0.1 of a host; take metrics out, or use the target "local"`,
    ]);
  });
});
