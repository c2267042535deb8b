import { deepStrictEqual, ok, strictEqual } from "assert";
import { deployExperiment, type ExperimentOutputs } from "../../components/experiment";
import { makeHosts } from "../../components/target";
import { CloudInfrastructure } from "../../components/target/openstack/infrastructure";
import type { SshDestination } from "../../workloads/hosts/destination";
import { changes, find, mockedImages } from "../support/experiments";
import { mockedFloatingIp, record, type Recording, type Registration } from "../support/mocks";
import { openstackScenario, openstackTarget, plannedCloud } from "../support/openstack";
import { planned } from "../support/plans";

function infrastructure(raw: unknown) {
  return record(() => {
    const { hosts, bastion } = new CloudInfrastructure("cloud", { plan: plannedCloud(raw) });
    return {
      hosts: [...hosts].map(([name, { address }]) => ({ name, address })),
      ...(bastion ? { bastion: bastion.address } : {}),
    };
  });
}

const own = (registrations: readonly Registration[], module: string) =>
  registrations.filter(({ type }) => type.startsWith(module));

describe("the infrastructure of a cloud", () => {
  let recording: Awaited<ReturnType<typeof infrastructure>>;
  const inputs = (name: string) => find(recording.registrations, name).inputs;
  before(async () => {
    recording = await infrastructure(openstackScenario());
  });

  it("is a network, a subnet, a router, a security group, ports and an instance a host, and a bastion with all of it", () => {
    const ofHost = (name: string, type: string) => `cloud-host-${name} ${type}`;
    const kinds = own(recording.registrations, "openstack:").map(
      ({ name, type }) => `${name} ${type.split(":").at(-1)}`,
    );
    const network = (of: string) => [
      `${of}-own-network Network`,
      `${of}-own-subnet Subnet`,
      `${of}-own-router Router`,
      `${of}-own-router-interface RouterInterface`,
      `${of}-own-port Port`,
    ];
    deepStrictEqual(
      kinds.sort(),
      [
        "cloud-wan-network Network",
        "cloud-wan-subnet Subnet",
        "cloud-hosts-group SecGroup",
        "cloud-bastion-access-group SecGroup",
        "cloud-bastion-access-ssh-192.0.2.0/24 SecGroupRule",
        ...network("cloud-bastion"),
        "cloud-bastion-port Port",
        "cloud-bastion-instance Instance",
        "cloud-bastion-floating-ip FloatingIp",
        "cloud-bastion-floating-ip-association FloatingIpAssociate",
        ...["core", "edge-1", "edge-2"].flatMap((host) => [
          ...network(`cloud-host-${host}`),
          ofHost(`${host}-port`, "Port"),
          ofHost(`${host}-instance`, "Instance"),
          ofHost(`${host}-access-group`, "SecGroup"),
          ...["ssh", "tunnels", "ping"].map((rule) => ofHost(`${host}-access-${rule}`, "SecGroupRule")),
        ]),
      ].sort(),
    );
  });

  it("is made by one provider, with the cloud's name and no credentials", () => {
    const given = inputs("cloud-provider");
    strictEqual(given["cloud"], "lab");
    // What an openrc has set is the provider's to read, where it runs.
    for (const secret of ["password", "token", "applicationCredentialSecret", "userName"])
      strictEqual(given[secret], undefined, secret);
    for (const { name, provider } of own(recording.registrations, "openstack:"))
      strictEqual(provider, "cloud-provider", name);
  });

  it("has every child named after its parent, and all of it below one component", () => {
    for (const { name, parent, type } of recording.registrations) {
      if (type === "buswide:openstack:Infrastructure") continue;
      ok(parent !== undefined && name.startsWith(`${parent}-`), `${name} is a child of ${parent}`);
    }
  });

  it("gives an instance its ports, its own network's first, and the addresses that were planned", () => {
    const { networks, flavorName, imageName, keyPair, configDrive, schedulerHints } =
      inputs("cloud-host-core-instance");
    deepStrictEqual(networks, [
      { port: "id of cloud-host-core-own-port" },
      { port: "id of cloud-host-core-port" },
    ]);
    deepStrictEqual(
      [flavorName, imageName, keyPair, configDrive, schedulerHints],
      ["m1.small", "debian-12", "mine", true, undefined],
    );
    deepStrictEqual(inputs("cloud-host-core-port")["fixedIps"], [
      { subnetId: "id of cloud-wan-subnet", ipAddress: "10.64.253.13" },
    ]);
    deepStrictEqual(inputs("cloud-host-core-port")["securityGroupIds"], [
      "id of cloud-hosts-group",
      "id of cloud-host-core-access-group",
    ]);
    deepStrictEqual(recording.value.hosts, [
      { name: "core", address: "10.64.253.13" },
      { name: "edge-1", address: "10.64.245.32" },
      { name: "edge-2", address: "10.64.245.33" },
    ]);
  });

  it("has an instance wait for its router, go before its successor comes, and the floating IP for the bastion's", () => {
    const core = find(recording.registrations, "cloud-host-core-instance");
    ok(core.dependencies.includes("cloud-host-core-own-router-interface"));
    deepStrictEqual([core.deleteBeforeReplace, core.replaceOnChanges], [true, ["flavorName", "imageName"]]);
    const association = find(recording.registrations, "cloud-bastion-floating-ip-association");
    ok(association.dependencies.includes("cloud-bastion-own-router-interface"));
    deepStrictEqual([association.deleteBeforeReplace, association.replaceOnChanges], [true, ["portId"]]);
    deepStrictEqual(association.inputs, {
      floatingIp: mockedFloatingIp,
      portId: "id of cloud-bastion-own-port",
    });
    strictEqual(recording.value.bastion, mockedFloatingIp);
  });

  it("has a port of another address be another port, so that its subnet can go", () => {
    const ports = own(recording.registrations, "openstack:networking/port:");
    deepStrictEqual(
      ports.map(({ name, replaceOnChanges }) => [name, replaceOnChanges]),
      ["bastion", "host-core", "host-edge-1", "host-edge-2"].flatMap((of) =>
        ["own-port", "port"].map((port) => [`cloud-${of}-${port}`, ["fixedIps"]]),
      ),
    );
  });

  it("gives out its lease and its budget, which policies are not shown otherwise", async () => {
    const budget = { cores: 4, flavors: { "m1.small": 1 } };
    const { registrations } = await infrastructure(
      openstackScenario({ budget, lease: { ends: "2027-03-01T18:00:00Z" } }),
    );
    const { outputs } = find(registrations, "cloud");
    deepStrictEqual([outputs?.["budget"], outputs?.["lease"]], [budget, { ends: "2027-03-01T18:00:00Z" }]);
    deepStrictEqual(Object.keys(find(recording.registrations, "cloud").outputs ?? {}).sort(), [
      "bastion",
      "hosts",
    ]);
  });

  it("asks for a network between hosts that carries tunnels' packets, and for no other", async () => {
    strictEqual(inputs("cloud-wan-network")["mtu"], 1440);
    strictEqual(inputs("cloud-host-core-own-network")["mtu"], undefined);
    const { registrations } = await infrastructure(openstackScenario({ mtu: 8950 }));
    strictEqual(find(registrations, "cloud-wan-network").inputs["mtu"], 9000);
  });

  it("lets the bastion into hosts, and hosts into each other, by their groups", () => {
    const rule = (name: string) => inputs(`cloud-host-edge-1-access-${name}`);
    strictEqual(rule("ssh")["remoteGroupId"], "id of cloud-bastion-access-group");
    strictEqual(rule("tunnels")["remoteGroupId"], "id of cloud-hosts-group");
    deepStrictEqual(rule("ping"), {
      securityGroupId: "id of cloud-host-edge-1-access-group",
      direction: "ingress",
      ethertype: "IPv4",
      protocol: "icmp",
      remoteGroupId: "id of cloud-hosts-group",
    });
    deepStrictEqual(inputs("cloud-bastion-access-ssh-192.0.2.0/24"), {
      securityGroupId: "id of cloud-bastion-access-group",
      direction: "ingress",
      ethertype: "IPv4",
      protocol: "tcp",
      portRangeMin: 22,
      portRangeMax: 22,
      remoteIpPrefix: "192.0.2.0/24",
    });
  });

  it("is tagged wherever tags are taken", () => {
    const untagged = own(recording.registrations, "openstack:").filter(({ inputs }) => !inputs["tags"]);
    deepStrictEqual([...new Set(untagged.map(({ type }) => type.split(":").at(-1)))].sort(), [
      "FloatingIpAssociate",
      "RouterInterface",
      "SecGroupRule",
    ]);
    for (const { name, inputs } of own(recording.registrations, "openstack:"))
      if (inputs["tags"]) deepStrictEqual(inputs["tags"], ["buswide-stack=test"], name);
  });

  it("makes a keypair and server groups where they are asked for", async () => {
    const publicKey = "ssh-ed25519 AAAAC3Nz me@here";
    const { registrations } = await infrastructure(
      openstackScenario({
        ssh: { user: "debian", publicKey },
        sites: { edge: { affinity: "anti-affinity" } },
      }),
    );
    deepStrictEqual(find(registrations, "cloud-keypair").inputs, { name: "buswide-test--key", publicKey });
    deepStrictEqual(find(registrations, "cloud-site-edge-server-group").inputs, {
      name: "buswide-test--site-edge",
      policies: ["anti-affinity"],
    });
    const of = (name: string) => find(registrations, `cloud-host-${name}-instance`).inputs;
    strictEqual(of("core")["keyPair"], "buswide-test--key");
    deepStrictEqual(of("edge-1")["schedulerHints"], [{ group: "id of cloud-site-edge-server-group" }]);
    strictEqual(of("core")["schedulerHints"], undefined);
  });

  it("hands a reservation to the scheduler", async () => {
    const reservation = "0c1f4e6a-7d3b-4c7e-9a54-2b1d0f3e5a77";
    const { registrations } = await infrastructure(
      openstackScenario({ lease: { ends: "2027-03-01T18:00:00Z", reservation } }),
    );
    deepStrictEqual(find(registrations, "cloud-host-core-instance").inputs["schedulerHints"], [
      { additionalProperties: { reservation } },
    ]);
  });

  it("is ports and instances alone on a network that exists, with a bastion that exists", async () => {
    const raw = openstackScenario({
      external: undefined,
      network: "sharednet1",
      bastion: { host: "cc@198.51.100.9", from: ["10.140.81.0/24"] },
    });
    const { registrations, value } = await infrastructure(raw);
    const kinds = own(registrations, "openstack:").map(({ type }) => type.split(":").at(-1));
    deepStrictEqual([...new Set(kinds)].sort(), ["Instance", "Port", "SecGroup", "SecGroupRule"]);
    strictEqual(find(registrations, "cloud-host-core-port").inputs["networkId"], "id of sharednet1");
    strictEqual(find(registrations, "cloud-host-core-port").inputs["fixedIps"], undefined);
    deepStrictEqual(find(registrations, "cloud-host-core-instance").inputs["networks"], [
      { port: "id of cloud-host-core-port" },
    ]);
    // The one that the cloud has chosen, of IPv4.
    deepStrictEqual(value.hosts[0], { name: "core", address: "10.140.0.7" });
    strictEqual(value.bastion, undefined);
  });

  it("uses a floating IP that the project has", async () => {
    const bastion = { from: ["192.0.2.0/24"], floatingIp: "203.0.113.5" };
    const { registrations, value } = await infrastructure(openstackScenario({ bastion }));
    strictEqual(own(registrations, "openstack:networking/floatingIp:").length, 0);
    strictEqual(value.bastion, "203.0.113.5");
  });

  it("changes by what a site more is, and by nothing else", async () => {
    const { registrations } = await infrastructure(openstackScenario({}, { core: {}, edge: { count: 3 } }));
    const touched = Object.keys(changes(recording.registrations, registrations));
    ok(touched.length > 10);
    for (const key of touched)
      ok(/^(cloud \(|cloud-host-edge-3)/.test(key), `${key} is changed by a third edge`);
  });

  it("changes by another flavor in the one instance that has it, which is made anew", async () => {
    const { registrations } = await infrastructure(
      openstackScenario({ sites: { core: { flavor: "m1.large" } } }),
    );
    const changed = Object.entries(changes(recording.registrations, registrations));
    deepStrictEqual(
      changed.filter(([key]) => key.includes("openstack:") && !key.includes("buswide:")),
      [["cloud-host-core-instance (openstack:compute/instance:Instance)", ["flavorName"]]],
    );
  });
});

describe("a deployment of hosts alone", () => {
  it("is the same infrastructure, gives out where it is, and connects to nobody", async () => {
    const raw = openstackScenario({ deploy: "hosts" });
    const { registrations, value } = await record(() =>
      makeHosts(openstackTarget(raw), "test", planned(raw).hosts),
    );
    const { registrations: alone } = await infrastructure(openstackScenario());
    deepStrictEqual(changes(alone, registrations), {});
    deepStrictEqual(value, {
      hosts: { core: "10.64.253.13", "edge-1": "10.64.245.32", "edge-2": "10.64.245.33" },
      bastion: mockedFloatingIp,
    });
  });
});

describe("an experiment in a cloud", () => {
  let deployment: Recording<ExperimentOutputs>;
  const reached = new Map<string, SshDestination>();
  const inputs = (name: string) => find(deployment.registrations, name).inputs;
  before(async () => {
    deployment = await record(() =>
      deployExperiment(planned(openstackScenario()), {
        images: mockedImages,
        reached: (host, ssh) => reached.set(host, ssh),
      }),
    );
  });
  const way = {
    host: "10.64.245.32",
    user: "debian",
    jump: [{ host: mockedFloatingIp, user: "debian" }],
    options: ["StrictHostKeyChecking=accept-new", "UserKnownHostsFile=~/.ssh/buswide-test-edge-1.known"],
  };

  it("reaches hosts by the bastion, and tells of each once it can be used", () => {
    deepStrictEqual([...reached.keys()].sort(), ["core", "edge-1", "edge-2"]);
    deepStrictEqual(reached.get("edge-1"), way);
    const told = JSON.parse(String(inputs("measurement-run")["stdin"])) as { hosts: Record<string, object> };
    deepStrictEqual(told.hosts["edge-1"], way);
    strictEqual(inputs("target-edge-1")["host"], "ssh://debian@10.64.245.32");
    ok(String(inputs("target-edge-1")["sshOpts"]).includes(`-- ${mockedFloatingIp}`));
  });

  it("waits for a host before its engine is given anything, and again for one that is made anew", () => {
    const access = find(deployment.registrations, "access-edge-1");
    ok(
      String(access.inputs["create"]).startsWith(
        "sh components/target/openstack/await-host 1800 ~/.ssh/buswide-test-edge-1.known ssh ",
      ),
    );
    // Of its own: a connection from before the first boot's end would be one without the group of Docker's users.
    ok(String(access.inputs["create"]).includes("-oControlMaster=no -oControlPath=none"));
    deepStrictEqual(access.inputs["triggers"], [
      "id of cloud-host-edge-1-instance",
      "id of cloud-bastion-instance",
    ]);
    strictEqual(access.inputs["delete"], "rm -f ~/.ssh/buswide-test-edge-1.known");
    for (const name of ["target-edge-1", "target-edge-1-gateway-image"])
      ok(find(deployment.registrations, name).dependencies.includes("access-edge-1"), name);
  });

  it("has what is on a host go with its instance, and made anew with it", () => {
    for (const name of [
      "edge-1-network",
      "edge-1-gateway-container",
      "edge-1-agents-container",
      "target-edge-1-underlay",
    ]) {
      const { deletedWith, replaceWith, provider } = find(deployment.registrations, name);
      deepStrictEqual(
        [deletedWith, replaceWith, provider],
        ["cloud-host-edge-1-instance", ["cloud-host-edge-1-instance"], "target-edge-1"],
        name,
      );
    }
    deepStrictEqual(find(deployment.registrations, "target-edge-1-gateway-image").replaceWith, [
      "cloud-host-edge-1-instance",
    ]);
  });

  it("joins gateways by the addresses that hosts have on the network that joins them", () => {
    const port = planned(openstackScenario()).hosts?.places.get("edge-1")?.port;
    const { peer } = JSON.parse(String(inputs("core--edge-1-there")["stdin"])) as { peer: object };
    deepStrictEqual(peer, { address: "10.64.245.32", port });
    deepStrictEqual(inputs("edge-1-gateway-container")["ports"], [
      { internal: 4789, external: port, protocol: "udp", ip: "10.64.245.32" },
    ]);
  });

  it("is made of the same services, links and workloads as on hosts that are there", () => {
    strictEqual(find(deployment.registrations, "target").type, "buswide:target:Openstack");
    const names = deployment.registrations
      .filter(({ type }) => type === "docker:index/container:Container")
      .map(({ name }) => name);
    deepStrictEqual(names, [
      "bus-core-rabbitmq-container",
      "core-agents-container",
      "core-gateway-container",
      "edge-1-agents-container",
      "edge-1-gateway-container",
      "edge-2-agents-container",
      "edge-2-gateway-container",
    ]);
  });

  it("takes addresses that the cloud has chosen", async () => {
    const { registrations } = await record(() =>
      deployExperiment(planned(openstackScenario({ network: "sharednet1" })), { images: mockedImages }),
    );
    strictEqual(find(registrations, "target-core").inputs["host"], "ssh://debian@10.140.0.7");
    const [port] = find(registrations, "core-gateway-container").inputs["ports"] as { ip: string }[];
    strictEqual(port?.ip, "10.140.0.7");
    const { peer } = JSON.parse(String(find(registrations, "core--edge-1-there").inputs["stdin"])) as {
      peer: { address: string };
    };
    strictEqual(peer.address, "10.140.0.7");
  });
});
