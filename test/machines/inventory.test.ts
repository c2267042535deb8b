import { deepStrictEqual, ok, strictEqual } from "assert";
import {
  readInventory,
  reduceInventory,
  type InventoryFormat,
} from "../../components/target/machines/inventory";
import { expandRange } from "../../components/target/machines/inventory/ansible";

const read = (format: InventoryFormat, text: string, file = "hosts") => readInventory(format, text, file);

/** Nobody may find this in what is kept of an inventory. */
const sentinel = "s3ntinel-of-the-test";

/** Says of an inventory that what is kept of it says the same of hosts, and holds nothing that it is not to hold. */
function isReduced(format: InventoryFormat, text: string, file = "hosts"): void {
  ok(text.includes(sentinel), "it has nothing to be kept out");
  const kept = reduceInventory(format, text, file);
  deepStrictEqual(read(format, kept, file), read(format, text, file));
  ok(!kept.includes(sentinel), kept);
  strictEqual(reduceInventory(format, kept, file), kept);
}

/** What is wrong with an inventory, each with what the test is to find in it. */
function refused(format: InventoryFormat, text: string, expected: RegExp, file?: string): void {
  const { hosts, problems } = read(format, text, file);
  deepStrictEqual(hosts, []);
  ok(
    problems.some((problem) => expected.test(problem)),
    problems.join("\n"),
  );
}

describe("an inventory of Ansible", () => {
  const ini = `
# the bastion is not of it
alpha ansible_host=192.0.2.11 ansible_user=debian   # of no group

[edge]
beta:2222 ansible_host=192.0.2.12 buswide_address=10.0.0.12
node[01:03].example.org

[core]
alpha

[all:vars]
ansible_user=root
ansible_ssh_common_args='-o ProxyJump=me@access.example.org -o StrictHostKeyChecking=accept-new'

[edge:vars]
ansible_user = edge
ansible_ssh_private_key_file="~/.ssh/a key"

[site:children]
core
edge
`;
  const expected = [
    {
      name: "alpha",
      host: "192.0.2.11",
      user: "debian",
      jump: ["me@access.example.org"],
      options: ["StrictHostKeyChecking=accept-new"],
      groups: ["core", "site"],
    },
    {
      name: "beta",
      host: "192.0.2.12",
      port: 2222,
      user: "edge",
      identityFile: "~/.ssh/a key",
      jump: ["me@access.example.org"],
      options: ["StrictHostKeyChecking=accept-new"],
      address: "10.0.0.12",
      groups: ["edge", "site"],
    },
    ...["01", "02", "03"].map((number) => ({
      name: `node${number}.example.org`,
      user: "edge",
      identityFile: "~/.ssh/a key",
      jump: ["me@access.example.org"],
      options: ["StrictHostKeyChecking=accept-new"],
      groups: ["edge", "site"],
    })),
  ];

  it("in INI has hosts with ranges, variables of groups below those of hosts, and groups in groups", () =>
    deepStrictEqual(read("ansible", ini), { hosts: expected, problems: [] }));

  it("in YAML says the same", () => {
    const yaml = `
all:
  vars:
    ansible_user: root
    ansible_ssh_common_args: -o ProxyJump=me@access.example.org -o StrictHostKeyChecking=accept-new
  hosts:
    alpha: { ansible_host: 192.0.2.11, ansible_user: debian }
  children:
    site:
      children:
        core:
          hosts:
            alpha:
        edge:
          vars: { ansible_user: edge, ansible_ssh_private_key_file: ~/.ssh/a key }
          hosts:
            beta: { ansible_host: 192.0.2.12, ansible_port: 2222, buswide_address: 10.0.0.12 }
            node[01:03].example.org:
`;
    deepStrictEqual(read("ansible", yaml, "hosts.yml"), { hosts: expected, problems: [] });
  });

  it("as ansible-inventory lists it says the same", () => {
    const common = {
      ansible_ssh_common_args: "-J me@access.example.org -o StrictHostKeyChecking=accept-new",
    };
    const edge = { ...common, ansible_user: "edge", ansible_ssh_private_key_file: "~/.ssh/a key" };
    const nodes = ["01", "02", "03"].map((number) => `node${number}.example.org`);
    const list = {
      _meta: {
        hostvars: {
          alpha: { ...common, ansible_host: "192.0.2.11", ansible_user: "debian" },
          beta: { ...edge, ansible_host: "192.0.2.12", ansible_port: 2222, buswide_address: "10.0.0.12" },
          ...Object.fromEntries(nodes.map((name) => [name, edge])),
        },
      },
      all: { children: ["ungrouped", "site"] },
      site: { children: ["core", "edge"] },
      core: { hosts: ["alpha"] },
      edge: { hosts: ["beta", ...nodes] },
    };
    deepStrictEqual(read("ansible", JSON.stringify(list, undefined, 2)), { hosts: expected, problems: [] });
  });

  it("is kept with what is taken over of it alone, in whichever form it came", () => {
    isReduced(
      "ansible",
      `${ini.replace("beta:2222", `beta:2222 ansible_become_password=${sentinel}`)}\n[all:vars]\nvault=${sentinel}\n`,
    );
    isReduced(
      "ansible",
      `
all:
  vars: { ansible_user: root, ansible_become_password: ${sentinel}, nested: { token: ${sentinel} } }
  children:
    site: { children: { core: { hosts: { alpha: { ansible_host: 192.0.2.1, db: ${sentinel} } } } } }
    edge: { hosts: { "n[1:3]": {}, alpha: { ansible_port: 23 } }, vars: { key: ${sentinel}, ansible_ssh_args: -C } }
`,
      "hosts.yml",
    );
    isReduced(
      "ansible",
      JSON.stringify({
        _meta: {
          hostvars: { a: { ansible_host: "b", ansible_become_pass: sentinel, buswide_address: "10.0.0.1" } },
        },
        all: { children: ["x"], vars: { vaulted: { __ansible_vault: sentinel } } },
        x: { hosts: ["a"], vars: { ansible_user: "me", password: sentinel } },
      }),
    );
  });

  it("stays as it is where it is wrong, for its reader to say so", () =>
    strictEqual(reduceInventory("ansible", "a ansible_password=x", "hosts"), "a ansible_password=x"));

  it("has ranges of letters and of numbers in steps", () => {
    deepStrictEqual(expandRange("db-[a:c]"), ["db-a", "db-b", "db-c"]);
    deepStrictEqual(expandRange("n[1:5:2]-[x:y]"), ["n1-x", "n1-y", "n3-x", "n3-y", "n5-x", "n5-y"]);
    deepStrictEqual(expandRange("n[08:10]"), ["n08", "n09", "n10"]);
  });

  it("is refused for what can't be followed, and says what would do", () => {
    refused("ansible", "a ansible_password=x", /a: it has a password.*key or an agent/);
    refused("ansible", "a ansible_connection=local", /ansible_connection is local/);
    refused(
      "ansible",
      "a ansible_host='{{ ip }}'",
      /ansible_host is an expression.*ansible-inventory --list/,
    );
    refused(
      "ansible",
      "a ansible_ssh_common_args='-o ProxyCommand=\"ssh b -W %h:%p\"'",
      /ProxyJump or `jump`/,
    );
    refused("ansible", "a ansible_ssh_common_args=-v", /"-v" is no argument that is taken over/);
    refused("ansible", "a ansible_port=ssh", /"ssh" is no port/);
    refused("ansible", "[x:groups]\na", /line 1: a section is/);
    refused("ansible", "[x]\na b", /line 2: expected a host and its variables/);
    refused("ansible", "[x:vars]\nb", /line 2: expected a variable/);
    refused("ansible", "all: { hosts: [a] }", /this is no inventory of Ansible: all.hosts/, "a.yaml");
    refused("ansible", "{ not json", /this is no inventory of Ansible/);
    refused("ansible", "# nothing\n", /it has no host/);
  });
});

describe("what `vagrant ssh-config` prints", () => {
  const text = `Host edge-1
  HostName 127.0.0.1
  User vagrant
  Port 2200
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile "/home/me/a box/.vagrant/machines/edge-1/virtualbox/private_key"
  IdentitiesOnly yes
  LogLevel FATAL

Host core
  HostName 192.168.121.7
  ProxyJump me@host:2222,other
Host *
  User other
`;

  it("has each machine with its key, port and group", () =>
    deepStrictEqual(read("ssh-config", text), {
      hosts: [
        {
          name: "edge-1",
          host: "127.0.0.1",
          user: "vagrant",
          port: 2200,
          identityFile: "/home/me/a box/.vagrant/machines/edge-1/virtualbox/private_key",
          options: ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"],
          groups: ["edge"],
        },
        {
          name: "core",
          host: "192.168.121.7",
          user: "other",
          jump: ["me@host:2222", "other"],
          groups: [],
        },
      ],
      problems: [],
    }));

  it("is kept with what is taken over of it alone", () =>
    isReduced("ssh-config", `${text}  SetEnv TOKEN=${sentinel}\n`));

  it("is refused where it names no host, and where it might have a command asked", () => {
    refused("ssh-config", "Host *\n  User me\n", /it names no host/);
    refused(
      "ssh-config",
      'Host a\n  User me\nMatch exec "rm -r /"\n  User you\n',
      /"Match" may ask a command/,
    );
  });
});

describe("nodes of Grid'5000", () => {
  const names = ["paravance-1.rennes.grid5000.fr", "paravance-12.rennes.grid5000.fr"];
  const hosts = names.map((name) => ({ name, groups: ["paravance", "rennes"] }));

  it("are those of a job's file, each once, by cluster and site", () =>
    deepStrictEqual(read("grid5000", names.flatMap((name) => [name, name]).join("\n")), {
      hosts,
      problems: [],
    }));

  it("are those that the API and oarstat tell of", () => {
    for (const job of [
      { uid: 1, assigned_nodes: names },
      { "1234": { assigned_network_address: names, state: "Running" } },
      [{ assigned_nodes: names.slice(0, 1) }, { assigned_nodes: names.slice(1) }],
    ])
      deepStrictEqual(read("grid5000", JSON.stringify(job)), { hosts, problems: [] });
  });

  it("are kept by their names alone", () =>
    isReduced("grid5000", JSON.stringify({ uid: 1, assigned_nodes: names, command: sentinel })));

  it("are refused where there are none", () => {
    refused("grid5000", "", /it names no node/);
    refused("grid5000", "{ broken", /it names no nodes/);
    refused("grid5000", '{"1234": {"state": "Waiting"}}', /it names no nodes/);
    refused("grid5000", "a;reboot", /"a;reboot" is no node's name/);
  });
});

describe("servers that OpenStack's client lists", () => {
  it("are kept with their names, states and networks alone", () =>
    isReduced(
      "openstack",
      JSON.stringify([{ Name: "a", Status: "ACTIVE", Networks: { n: ["10.0.0.1"] }, Properties: sentinel }]),
    ));

  const server = (Name: string, Networks: unknown, Status = "ACTIVE") => ({
    ID: "1",
    Name,
    Status,
    Networks,
    Image: "i",
  });

  it("are reached at their floating IP from outside, and at their own address by others", () =>
    deepStrictEqual(
      read(
        "openstack",
        JSON.stringify([
          server("edge-1", { sharednet1: ["10.140.82.1", "203.0.113.9", "2001:db8::1"] }),
          server("core", "lab=192.168.0.4; other=10.0.0.4"),
          server("edge-2", { public: ["198.51.100.7"] }),
        ]),
      ),
      {
        hosts: [
          { name: "edge-1", host: "203.0.113.9", address: "10.140.82.1", groups: ["edge"] },
          { name: "core", host: "10.0.0.4", address: "192.168.0.4", groups: [] },
          { name: "edge-2", host: "198.51.100.7", address: "198.51.100.7", groups: ["edge"] },
        ],
        problems: [],
      },
    ));

  it("are refused where one is not there yet, or has no address", () => {
    refused("openstack", JSON.stringify([server("a", {}, "BUILD")]), /a is BUILD, not ACTIVE/);
    refused("openstack", JSON.stringify([server("a", { net: ["2001:db8::1"] })]), /a has no IPv4 address/);
    refused("openstack", "[]", /it has no server/);
    refused("openstack", '[{"id": 1}]', /no list of servers/);
    refused("openstack", "+----+", /this is no JSON/);
    strictEqual(read("openstack", "[]").hosts.length, 0);
  });
});
