import { deepStrictEqual, ok, strictEqual } from "assert";
import { parse } from "yaml";
import { planScenario } from "../../components/plan/plan";
import { ScenarioError } from "../../stacks/scenario/parse";
import { openstackScenario, plannedCloud } from "../support/openstack";
import { facts, planned } from "../support/plans";
import { parsed } from "../support/scenarios";

const ends = "2027-03-01T18:00:00Z";
const reservation = "0c1f4e6a-7d3b-4c7e-9a54-2b1d0f3e5a77";
const host = (raw: unknown, name: string) => {
  const found = plannedCloud(raw).hosts.find((one) => one.name === name);
  if (!found) throw new Error(`no host ${name}`);
  return found;
};

describe("what is made in a cloud", () => {
  it("has a network with a router for each host and for the bastion, and one without that joins them", () => {
    const { wan, hosts, bastion } = plannedCloud(openstackScenario());
    deepStrictEqual(wan, {
      prefix: "10.64.240.0/20",
      pool: { start: "10.64.240.1", end: "10.64.240.15" },
      mtu: 1440,
    });
    deepStrictEqual(bastion?.network, {
      prefix: "10.64.0.0/28",
      pool: { start: "10.64.0.2", end: "10.64.0.14" },
      gateway: "10.64.0.1",
    });
    deepStrictEqual(
      hosts.map(({ name, address, network }) => [name, address, network?.prefix, network?.gateway]),
      [
        ["core", "10.64.253.13", "10.64.207.208/28", "10.64.207.209"],
        ["edge-1", "10.64.245.32", "10.64.81.0/28", "10.64.81.1"],
        ["edge-2", "10.64.245.33", "10.64.81.16/28", "10.64.81.17"],
      ],
    );
  });

  it("lets a host be reached by the bastion's SSH, by other hosts' tunnels at its gateways' ports, and by their pings", () => {
    const raw = openstackScenario({ sites: { edge: { hosts: 1 } }, firstPort: 20_000 });
    const ports = [...(planned(raw).hosts?.places ?? [])].flatMap(([site, { port }]) =>
      site === "core" ? [] : [port],
    );
    strictEqual(ports.length, 2);
    deepStrictEqual(host(raw, "edge-host-1").rules, [
      { name: "ssh", protocol: "tcp", ports: [22, 22], from: { group: "bastion" } },
      {
        name: "tunnels",
        protocol: "udp",
        ports: [Math.min(...ports), Math.max(...ports)],
        from: { group: "wan" },
      },
      { name: "ping", protocol: "icmp", from: { group: "wan" } },
    ]);
  });

  it("lets the bastion be reached by SSH from where it is said, and by nobody else", () =>
    deepStrictEqual(
      plannedCloud(openstackScenario({ bastion: { from: ["192.0.2.0/24", "198.51.100.7/32"] } })).bastion
        ?.rules,
      [
        { name: "ssh-192.0.2.0/24", protocol: "tcp", ports: [22, 22], from: { prefix: "192.0.2.0/24" } },
        {
          name: "ssh-198.51.100.7/32",
          protocol: "tcp",
          ports: [22, 22],
          from: { prefix: "198.51.100.7/32" },
        },
      ],
    ));

  it("is no bastion where one exists: hosts let SSH in from where that is", () => {
    const raw = openstackScenario({
      external: undefined,
      network: "sharednet1",
      bastion: { host: "cc@198.51.100.9", from: ["10.140.81.0/24"] },
    });
    const plan = plannedCloud(raw);
    strictEqual(plan.bastion, undefined);
    deepStrictEqual([plan.network, plan.wan, plan.external], ["sharednet1", undefined, undefined]);
    const core = host(raw, "core");
    deepStrictEqual(core.rules[0], {
      name: "ssh-10.140.81.0/24",
      protocol: "tcp",
      ports: [22, 22],
      from: { prefix: "10.140.81.0/24" },
    });
    deepStrictEqual([core.network, core.address], [undefined, undefined]);
  });

  it("has flavors, images and zones as said of a site, of its group, or of all", () => {
    const raw = openstackScenario({
      availabilityZone: "a",
      sites: { core: { flavor: "m1.large", image: "ubuntu" }, edge: { availabilityZone: "b" } },
      bastion: { from: ["192.0.2.0/24"], flavor: "m1.tiny" },
    });
    const of = ({ flavor, image, availabilityZone }: ReturnType<typeof host>) => [
      flavor,
      image,
      availabilityZone,
    ];
    deepStrictEqual(of(host(raw, "core")), ["m1.large", "ubuntu", "a"]);
    deepStrictEqual(of(host(raw, "edge-2")), ["m1.small", "debian-12", "b"]);
    const { bastion } = plannedCloud(raw);
    deepStrictEqual([bastion?.flavor, bastion?.availabilityZone], ["m1.tiny", "a"]);
  });

  it("is in the lease's reservation, and a group's in its own, with further hints", () => {
    const own = reservation.replace("0c1f", "ffff");
    const raw = openstackScenario({
      lease: { ends, reservation },
      sites: { edge: { reservation: own, hints: { different_host: "x" } } },
    });
    deepStrictEqual(host(raw, "core").hints, { reservation });
    deepStrictEqual(host(raw, "edge-1").hints, { reservation: own, different_host: "x" });
    deepStrictEqual(plannedCloud(raw).bastion?.hints, { reservation });
  });

  it("is in a server group of all hosts, or of its group's own, and the bastion in none", () => {
    const raw = openstackScenario({
      affinity: "soft-anti-affinity",
      sites: { edge: { affinity: "anti-affinity" } },
    });
    const { serverGroups, bastion } = plannedCloud(raw);
    deepStrictEqual(serverGroups, { hosts: "soft-anti-affinity", "site-edge": "anti-affinity" });
    deepStrictEqual(
      [host(raw, "core").serverGroup, host(raw, "edge-1").serverGroup, bastion?.serverGroup],
      ["hosts", "site-edge", undefined],
    );
    deepStrictEqual(plannedCloud(openstackScenario()).serverGroups, {});
  });

  it("is tagged with its stack, what the scenario says, and when it is to be gone, as no longer than tags may be", () => {
    const raw = openstackScenario({ tags: { project: "p17" }, lease: { ends } });
    const { tags, metadata } = plannedCloud(raw);
    deepStrictEqual(tags, ["buswide-stack=test", "project=p17", `buswide-expires=${ends}`]);
    deepStrictEqual(metadata, { "buswide-stack": "test", project: "p17", "buswide-expires": ends });
    const long = openstackScenario({ tags: { ["n".repeat(28)]: "v".repeat(28) } });
    for (const tag of plannedCloud(long).tags) ok(tag.length <= 60, tag);
  });

  it("installs what a host needs from the distribution's packages at its first boot, and lets its user use Docker", () => {
    const { userData } = host(openstackScenario({ packages: ["moby-engine"] }), "core");
    ok(userData.startsWith("#cloud-config\n"));
    const { packages, package_update: updates, runcmd } = parse(userData) as Record<string, unknown>;
    deepStrictEqual([packages, updates], [["moby-engine"], true]);
    deepStrictEqual((runcmd as unknown[])[0], ["usermod", "-aG", "docker", "debian"]);
    const none = host(openstackScenario({ packages: [] }), "core").userData;
    deepStrictEqual(Object.keys(parse(none) as object), ["package_update", "runcmd"]);
  });

  it("does not depend on what hosts say: they are not there", () => {
    const raw = openstackScenario();
    const other = planScenario(parsed(raw), {
      ...facts,
      hostAddresses: new Map([["core", "10.64.207.210"]]),
    });
    const core = other.hosts?.hosts.get("core");
    strictEqual(core?.address, "10.64.253.13");
    deepStrictEqual(core.ssh, { host: "10.64.253.13", user: "debian" });
  });

  it("is where no site can be", () => {
    const plan = () =>
      planned(openstackScenario({ block: "10.130.0.0/16", addresses: { block: "10.130.0.0/16" } }));
    try {
      plan();
      ok(false, "was planned");
    } catch (error) {
      ok(error instanceof ScenarioError);
      strictEqual(error.issues[0]?.path, "target.addresses.block");
      ok(/overlaps 10\.130\.0\.0\/16/.test(error.message), error.message);
    }
  });
});
