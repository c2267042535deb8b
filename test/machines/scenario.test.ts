import { deepStrictEqual, ok, strictEqual } from "assert";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { machineHosts } from "../../components/target/machines/hosts";
import { placeSites } from "../../components/target/machines/placement";
import type { MachinesTarget } from "../../components/target/machines/schema";
import { expandSites } from "../../stacks/scenario/expand";
import { readScenarioFiles } from "../../stacks/scenario/files";
import { ScenarioError } from "../../stacks/scenario/parse";
import { assertRefused, correct } from "../scenario/refusal";
import { machinesScenario } from "../support/machines";
import { parsed, smallScenario } from "../support/scenarios";

function targetOf(raw: unknown): MachinesTarget {
  const { target } = parsed(raw);
  if (target.kind !== "machines") throw new Error(`the target is ${target.kind}`);
  return target;
}

/** Where sites are, as pairs in the order of the scenario. */
function placed(target: object, sites: object = { core: {}, edge: { count: 2 } }): [string, string][] {
  const scenario = { ...machinesScenario(target), sites };
  return [...placeSites(targetOf(scenario), expandSites(parsed(scenario).sites)).hostOf];
}

const inventory = (text: string, format = "ansible") => ({ format, file: { file: "hosts", text } });

describe("hosts of a scenario", () => {
  it("have what is said of them, of all, and nothing else", () =>
    deepStrictEqual(
      machineHosts(
        targetOf(
          machinesScenario({
            hosts: {
              alpha: {},
              beta: { host: "192.0.2.12", user: "me", port: 2222, jump: "b:23" },
              gamma: {},
            },
            ssh: { user: "root", identityFile: "~/.ssh/k", jump: ["me@a.example.org", "b"], hostKeys: "new" },
            sites: { core: "alpha", edge: ["beta", "gamma"] },
          }),
        ),
      ).map(({ name, ssh }) => [name, ssh]),
      [
        [
          "alpha",
          {
            host: "alpha",
            user: "root",
            identityFile: "~/.ssh/k",
            jump: [{ host: "a.example.org", user: "me" }, { host: "b" }],
            options: ["StrictHostKeyChecking=accept-new"],
          },
        ],
        [
          "beta",
          {
            host: "192.0.2.12",
            user: "me",
            port: 2222,
            identityFile: "~/.ssh/k",
            jump: [{ host: "b", port: 23 }],
            options: ["StrictHostKeyChecking=accept-new"],
          },
        ],
        [
          "gamma",
          {
            host: "gamma",
            user: "root",
            identityFile: "~/.ssh/k",
            jump: [{ host: "a.example.org", user: "me" }, { host: "b" }],
            options: ["StrictHostKeyChecking=accept-new"],
          },
        ],
      ],
    ));

  it("come from an inventory, whose words the scenario's own go before", () => {
    const text = "[core]\na ansible_host=192.0.2.1 ansible_user=x\n[edge]\nb buswide_address=10.0.0.2\nc\n";
    const target = targetOf(
      machinesScenario({
        inventory: inventory(text),
        hosts: { a: { user: "y" }, d: {} },
        ssh: {},
        sites: {},
      }),
    );
    deepStrictEqual(
      machineHosts(target).map(({ name, ssh, address, groups }) => [
        name,
        ssh.host,
        ssh.user,
        address,
        groups,
      ]),
      [
        ["a", "192.0.2.1", "y", undefined, ["core"]],
        ["b", "b", undefined, "10.0.0.2", ["edge"]],
        ["c", "c", undefined, undefined, ["edge"]],
        ["d", "d", undefined, undefined, []],
      ],
    );
  });

  it("are read from the file beside the scenario", () => {
    const folder = mkdtempSync(join(tmpdir(), "buswide-"));
    try {
      writeFileSync(join(folder, "nodes"), "core\nedge-1\nedge-2\n");
      const raw = machinesScenario({
        hosts: {},
        sites: {},
        inventory: { format: "grid5000", file: "nodes" },
      });
      const read = readScenarioFiles(raw, folder) as { target: { inventory: unknown } };
      deepStrictEqual(read.target.inventory, {
        format: "grid5000",
        file: { file: "nodes", text: "core\nedge-1\nedge-2\n" },
      });
      writeFileSync(join(folder, "hosts"), "core ansible_become_password=s3ntinel ansible_user=me\n");
      raw["target"] = { ...(raw["target"] as object), inventory: { format: "ansible", file: "hosts" } };
      const kept = readScenarioFiles(raw, folder);
      ok(!JSON.stringify(kept).includes("s3ntinel"), JSON.stringify(kept));
      // What was kept of a run is read once more where that is repeated.
      deepStrictEqual(readScenarioFiles(kept, "/nowhere"), kept);
      const whole = { ...(kept as { target: object }).target, sites: { core: "core", edge: "core" } };
      deepStrictEqual(
        machineHosts(targetOf({ ...raw, target: whole })).map(({ name, ssh }) => [name, ssh.user]),
        [["core", "me"]],
      );
      raw["target"] = { ...(raw["target"] as object), inventory: { format: "grid5000", file: "none" } };
      try {
        readScenarioFiles(raw, folder);
        ok(false, "was read");
      } catch (error) {
        ok(error instanceof ScenarioError);
        strictEqual(error.issues[0]?.path, "target.inventory.file");
        ok(/"none" cannot be read \(ENOENT\)/.test(error.message), error.message);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("sites are placed", () => {
  it("on the hosts named for them, those of a group in turn", () =>
    deepStrictEqual(
      placed({ sites: { core: "alpha", edge: ["beta", "gamma"] } }, { core: {}, edge: { count: 5 } }),
      [
        ["core", "alpha"],
        ["edge-1", "beta"],
        ["edge-2", "gamma"],
        ["edge-3", "beta"],
        ["edge-4", "gamma"],
        ["edge-5", "beta"],
      ],
    ));

  it("on the host or the group of hosts of their own name, where nothing is said", () =>
    deepStrictEqual(placed({ sites: { core: "alpha" } }), [
      ["core", "alpha"],
      ["edge-1", "beta"],
      ["edge-2", "gamma"],
    ]));

  it("apart from their group where that is said of one", () =>
    deepStrictEqual(
      placed({ sites: { core: "alpha", edge: "edge", "edge-2": "alpha" } }, { core: {}, edge: { count: 3 } }),
      [
        ["core", "alpha"],
        ["edge-2", "alpha"],
        ["edge-1", "beta"],
        ["edge-3", "gamma"],
      ],
    ));

  it("all on one host, if so wanted", () =>
    deepStrictEqual(
      placed({ sites: { core: "alpha", edge: "alpha" } }).map(([, host]) => host),
      ["alpha", "alpha", "alpha"],
    ));
});

describe("a target of machines is refused for", () => {
  const hosts = "the hosts are alpha, beta, gamma; the groups are edge";

  it("a site that nobody says the host of", () =>
    assertRefused(machinesScenario({ sites: {} }), [
      "target.sites.core",
      `no host is named for "core", and no host or group has its name: say core: <host or group>; ${hosts}`,
    ]));

  it("a host or group that there is not", () =>
    assertRefused(machinesScenario({ sites: { core: "delta" } }), [
      "target.sites.core",
      `there is no host or group "delta"; ${hosts}`,
    ]));

  it("a site that there is not", () =>
    assertRefused(machinesScenario({ sites: { core: "alpha", fog: "beta" } }), [
      "target.sites.fog",
      `there is no site "fog"; the sites are core, edge`,
    ]));

  it("several hosts for one site", () =>
    assertRefused(machinesScenario({ sites: { core: ["alpha", "beta"] } }), [
      "target.sites.core",
      `2 hosts (alpha, beta) for the one site "core": a site is on one host; name one, or have more sites`,
    ]));

  it("more hosts than sites", () =>
    assertRefused(machinesScenario({ sites: { core: "alpha", edge: ["alpha", "beta", "gamma"] } }), [
      "target.sites.edge",
      "3 hosts (alpha, beta, gamma) for 2 sites: a site is on one host; name 2 or fewer, or have more sites",
    ]));

  it("no hosts at all", () =>
    assertRefused({ ...smallScenario(), target: { kind: "machines" } }, [
      "target.hosts",
      "there are none: name hosts, such as { alpha: { host: 10.0.0.5 } }, or give an inventory",
    ]));

  it("metrics, which are read from this machine's control groups and shown on its loopback", () =>
    assertRefused({ ...machinesScenario(), metrics: { kind: "prometheus" } }, [
      "metrics",
      `a deployment on the target "machines" can't have them: gateways would have to read what containers use from the control groups of their hosts, whose version only this machine's engine is asked for, and the pages would be on the 127.0.0.1 of a host; take metrics out, or use the target "local"`,
    ]));

  it("an inventory that is wrong, with the file's name", () =>
    assertRefused(machinesScenario({ inventory: inventory("a ansible_password=x") }), [
      "target.inventory.file",
      "hosts: a: it has a password, and hosts are reached with a key or an agent: take it out",
    ]));

  for (const [claim, said, message] of [
    ["a user that is none", "ansible_user='a b'", `hosts: a: "a b" is not the name of a user`],
    ["a port that is none", "ansible_port=65536", "hosts: a: 65536 is no port: use 1 to 65535"],
    [
      "a key's name that ssh would read as another",
      "ansible_ssh_private_key_file=/%h",
      `hosts: a: "/%h" is not the path of a private key, from / or ~, without ", %, backslashes and line ends`,
    ],
    [
      "an address that is none",
      "buswide_address=10.0.0.256",
      `hosts: a: "10.0.0.256" is no IPv4 address, such as 10.0.0.5`,
    ],
  ] as const)
    it(`${claim} in an inventory`, () =>
      assertRefused(machinesScenario({ inventory: inventory(`a ${said}`) }), [
        "target.inventory.file",
        message,
      ]));

  it("a host of an inventory that ssh would take for an option", () =>
    assertRefused(machinesScenario({ inventory: inventory("a ansible_host=-oProxyCommand=reboot") }), [
      "target.inventory.file",
      `hosts: a: "-oProxyCommand=reboot" is no name or IPv4 address`,
    ]));

  for (const [claim, host, path, message] of [
    [
      "a host that ssh would take for an option",
      { host: "-x" },
      "host",
      `"-x" is not a host's name or IPv4 address, for SSH`,
    ],
    ["a user that is none", { user: "a b" }, "user", `"a b" is not the name of a user`],
    ["a port that is none", { port: 0 }, "port", "expected at least 1, got 0"],
    [
      "a key's path that depends on where one is",
      { identityFile: "k" },
      "identityFile",
      `"k" is not the path of a private key, from / or ~, without ", %, backslashes and line ends`,
    ],
    [
      "a key's name that ssh would end too early",
      { identityFile: '/a"b' },
      "identityFile",
      `"/a\\"b" is not the path of a private key, from / or ~, without ", %, backslashes and line ends`,
    ],
    [
      "an address that is none",
      { address: "10.0.0.256" },
      "address",
      `"10.0.0.256" is no IPv4 address, such as 10.0.0.5`,
    ],
    [
      "a setting that there is not",
      { password: "x" },
      "password",
      `there is no setting "password" here: ${correct}`,
    ],
  ] as const)
    it(claim, () => {
      const given = { alpha: host, beta: { groups: ["edge"] }, gamma: { groups: ["edge"] } };
      assertRefused(machinesScenario({ hosts: given }), [`target.hosts.alpha.${path}`, message]);
    });

  it("a way that ssh would take for an option", () =>
    assertRefused(machinesScenario({ ssh: { jump: ["a", "-b"] } }), [
      "target.ssh.jump[1]",
      `"-b" is not a host that is passed on the way, such as login@access.example.org:22`,
    ]));
});
