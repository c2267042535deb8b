import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "assert";
import { spawnSync } from "child_process";
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { hostIssues, peersOf, wayIssues } from "../../components/target/hosts/check";
import {
  parseHostFacts,
  parsePeerFacts,
  type HostFacts,
  type PeerFacts,
} from "../../components/target/hosts/facts";
import { planFactsOf } from "../../components/target/hosts/planFacts";
import { planScenario, type Plan } from "../../components/plan/plan";
import { HostError } from "../../workloads/hosts/run";
import { machinesFacts, machinesScenario } from "../support/machines";
import { parsed } from "../support/scenarios";

const scripts = resolve(__dirname, "../../components/target/hosts");
const now = 1_800_000_000;

/** A machine that the images that are made here run on. */
const machine = { x64: "x86_64", arm64: "aarch64" }[process.arch as string] ?? process.arch;

const network = (name: string, subnet: string, labels: object = {}) =>
  JSON.stringify({ Name: name, Labels: labels, IPAM: { Config: [{ Subnet: subnet }] } });

/** What a host says, as lines; `changes` replaces words, and takes away those that are undefined. */
function said(changes: Readonly<Record<string, string | readonly string[] | undefined>> = {}): string {
  const lines: Readonly<Record<string, string | readonly string[] | undefined>> = {
    time: String(now + 1),
    kernel: "6.1.0-30-amd64",
    machine,
    system: "Debian GNU/Linux 12 (bookworm)",
    family: "debian ",
    user: "root",
    cores: "8",
    memory: "16000000",
    load: "0.10",
    sch_netem: "yes",
    vxlan: "yes",
    nfnetlink_queue: "yes",
    synchronised: "yes",
    address: ["lo 127.0.0.1/8", "eno1 192.0.2.11/24", "br-0a1b 10.3.0.1/26", "docker0 172.17.0.1/16"],
    default: "192.0.2.11",
    port: ["68", "5353"],
    login: ["root"],
    docker: "runs 24.0.7",
    engine: "ID-OF-ALPHA",
    boot: "b0a7",
    net: "net:[4026531840]",
    "machine-id": "c0ffee",
    hardware: "02:00:00:00:00:01",
    from: "198.51.100.9",
    nameserver: ["198.51.100.53", "2001:db8::53", "198.51.100.53"],
    route: [
      "default via 192.0.2.1 dev eno1",
      "192.0.2.0/24 dev eno1 proto kernel scope link src 192.0.2.11",
      "198.18.0.5 via 192.0.2.2 dev eno1",
      "blackhole 198.19.0.0/16",
    ],
    free: "50000000",
    network: [network("bridge", "172.17.0.0/16"), network("host", "none")],
    container: [],
    ...changes,
  };
  return Object.entries(lines)
    .flatMap(([word, values]) =>
      values === undefined ? [] : [values].flat().map((value) => `${word}\t${value}`),
    )
    .join("\n");
}

const factsOf = (changes: Parameters<typeof said>[0] = {}) => parseHostFacts(said(changes), now);

describe("what a host says of itself", () => {
  it("is read by its words, whatever its login files print besides", () => {
    const facts = parseHostFacts(
      `Welcome to alpha!\n${said({ container: ["web ", "buswide-s-a-gateway s"] })}\nbye`,
      now,
    );
    deepStrictEqual(
      { ...facts, docker: undefined },
      {
        kernel: "6.1.0-30-amd64",
        machine,
        system: "Debian GNU/Linux 12 (bookworm)",
        family: "debian",
        user: "root",
        cores: 8,
        memoryBytes: 16_384_000_000,
        load: 0.1,
        netem: "yes",
        vxlan: "yes",
        nfqueue: "yes",
        synchronised: "yes",
        aheadSeconds: 1,
        addresses: [
          { device: "lo", prefix: "127.0.0.1/8" },
          { device: "eno1", prefix: "192.0.2.11/24" },
          { device: "br-0a1b", prefix: "10.3.0.1/26" },
          { device: "docker0", prefix: "172.17.0.1/16" },
        ],
        defaultAddress: "192.0.2.11",
        needed: ["198.51.100.9", "198.51.100.53"],
        routes: [
          { device: "eno1", prefix: "192.0.2.0/24" },
          { device: "eno1", prefix: "198.18.0.5/32" },
          { prefix: "198.19.0.0/16" },
        ],
        running: "b0a7 net:[4026531840]",
        udpPorts: [68, 5353],
        logins: ["root"],
        docker: undefined,
      },
    );
    ok(facts.docker.state === "runs");
    deepStrictEqual(facts.docker.containers, [{ name: "web" }, { name: "buswide-s-a-gateway", stack: "s" }]);
    strictEqual(facts.docker.networks.length, 2);
  });

  it("has an engine that is known again after a start, and from an engine that was copied with its host", () => {
    const identity = (changes: Parameters<typeof said>[0] = {}) => {
      const { docker } = factsOf(changes);
      return docker.state === "runs" ? docker.identity : "";
    };
    ok(/^[0-9a-f]{16}$/.test(identity()), identity());
    strictEqual(identity({ boot: "another", net: "net:[1]", user: "me", default: "192.0.2.12" }), identity());
    for (const changes of [{ engine: "x" }, { "machine-id": "x" }, { hardware: "x" }])
      notStrictEqual(identity(changes), identity(), JSON.stringify(changes));
  });

  it("may lack Docker, or not be let to it", () => {
    deepStrictEqual(factsOf({ docker: "missing" }).docker, { state: "missing" });
    deepStrictEqual(factsOf({ docker: "refused permission denied while trying to connect" }).docker, {
      state: "refused",
      why: "permission denied while trying to connect",
    });
  });

  it("is what this very machine says by the same program, with an engine of the test's own", () => {
    // Programs that the probe asks are the test's, so that it does not depend on what runs here.
    const folder = mkdtempSync(join(tmpdir(), "buswide-probe-"));
    const program = (name: string, text: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program(
      "docker",
      `case "$*" in
        version*) echo 20.10.24 ;;
        "info --format {{.ID}}") echo AN:ID ;;
        info*) echo / ;;
        "network ls --quiet") printf 'a\\nb\\n' ;;
        "network inspect"*) echo '${network("a", "10.7.0.0/26")}'; echo '${network("b", "10.8.0.0/26")}' ;;
        ps*) printf 'one \\nbuswide-s-x-agents s\\n' ;;
        *) echo "unexpected: $*" >&2; exit 1 ;;
      esac`,
    );
    program("timedatectl", "echo yes");
    program("who", "printf 'me pts/0\\nyou pts/1\\nme pts/2\\n'");
    try {
      const environment = {
        ...process.env,
        PATH: `${folder}:${process.env.PATH ?? ""}`,
        SSH_CLIENT: "198.51.100.9 40000 22",
      };
      const script = readFileSync(join(scripts, "probe-host"), "utf8");
      const { stdout, stderr } = spawnSync("sh", ["-s"], {
        input: script,
        env: environment,
        encoding: "utf8",
      });
      strictEqual(stderr, "");
      const facts = parseHostFacts(stdout, Date.now() / 1000);
      strictEqual(facts.machine, machine);
      strictEqual(facts.synchronised, "yes");
      deepStrictEqual(facts.logins, ["me", "you"]);
      ok(Math.abs(facts.aheadSeconds) <= 2 && facts.cores > 0 && facts.memoryBytes > 0);
      ok(["yes", "no", "unknown"].includes(facts.netem));
      strictEqual(facts.needed[0], "198.51.100.9");
      const [boot, net] = [
        readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
        readlinkSync("/proc/self/ns/net"),
      ];
      strictEqual(facts.running, `${boot} ${net}`);
      ok(facts.docker.state === "runs" && facts.docker.freeBytes > 0);
      deepStrictEqual(facts.docker.containers, [{ name: "one" }, { name: "buswide-s-x-agents", stack: "s" }]);
      deepStrictEqual(
        facts.docker.networks.map(({ Name }) => Name),
        ["a", "b"],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const [config, modprobe, expected] of [
    ["CONFIG_VXLAN=y", true, "yes"],
    ["CONFIG_VXLAN=m", true, "no"],
    ["CONFIG_VXLAN=m", false, "unknown"],
    ["# CONFIG_VXLAN is not set", true, "no"],
    ["# CONFIG_VXLAN is not set", false, "no"],
    ["", true, "unknown"],
  ] as const)
    it(`of a module that is not loaded is "${expected}" with ${config || "no configuration to be read"}, ${modprobe ? "and modprobe does not find it" : "where there is no modprobe"}`, () => {
      const folder = mkdtempSync(join(tmpdir(), "buswide-probe-"));
      const program = (name: string, text: string) =>
        writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      program("zcat", config === "" ? "exit 1" : `echo '# a kernel'; echo '${config}'`);
      program("find-module", "exit 1");
      try {
        // What this machine has is no matter: neither what it has loaded, nor its own configuration, nor its modprobe.
        const script = readFileSync(join(scripts, "probe-host"), "utf8")
          .replaceAll("/sys/module/", "/nowhere/")
          .replaceAll("/boot/config", "/nowhere/config")
          .replaceAll("modprobe", modprobe ? "find-module" : "no-such-program");
        const { stdout } = spawnSync("sh", ["-s"], {
          input: script,
          env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ""}` },
          encoding: "utf8",
        });
        strictEqual(/^vxlan\t(.*)$/m.exec(stdout)?.[1], expected);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

  it("of the ways to others is what this machine says of itself", () => {
    const folder = mkdtempSync(join(tmpdir(), "buswide-probe-"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "ping"), '#!/bin/sh\ncase "$*" in *127.0.0.1) exit 0 ;; esac\nexit 1\n', {
      mode: 0o755,
    });
    try {
      const { stdout } = spawnSync("sh", [join(scripts, "probe-peers"), "127.0.0.1", "127.0.0.2"], {
        env: { ...process.env, PATH: `${folder}:${process.env.PATH ?? ""}` },
        encoding: "utf8",
      });
      deepStrictEqual(
        parsePeerFacts(stdout)
          .sort((a, b) => (a.address < b.address ? -1 : 1))
          .map(({ address, source, answers }) => [address, source, answers]),
        [
          ["127.0.0.1", "127.0.0.1", "yes"],
          ["127.0.0.2", "127.0.0.1", "no"],
        ],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const hosts = ["alpha", "beta"].map((name) => ({ name, ssh: { host: name, user: "me" } }));

/** What is said of one host that differs in this from one that is fine. */
function findings(
  changes: Parameters<typeof said>[0],
  emulator: "auto" | "netem" | "nfqueue" = "auto",
): { readonly issues: readonly string[]; readonly warnings: readonly string[] } {
  const found = new Map<string, HostFacts | HostError>([
    ["alpha", factsOf(changes)],
    ["beta", factsOf({ engine: "ID-OF-BETA" })],
  ]);
  const { issues, warnings } = hostIssues(hosts, found, { stack: "s", emulator });
  for (const { path } of issues) ok(/^target\.hosts\.(alpha|beta)$/.test(path), path);
  return { issues: issues.map(({ message }) => message), warnings };
}

describe("hosts are refused where", () => {
  it("nothing is wrong with none", () => deepStrictEqual(findings({}), { issues: [], warnings: [] }));

  for (const [claim, changes, expected, emulator] of [
    ["there is no Docker, with how to install it", { docker: "missing" }, /apt-get install docker\.io/],
    [
      "there is no Docker on another system",
      { docker: "missing", family: "arch" },
      /^it has no Docker Engine: install it there/,
    ],
    ["its user may not use it", { docker: "refused permission denied", user: "me" }, /usermod -aG docker me/],
    ["it does not answer", { docker: "refused Cannot connect" }, /does not answer: Cannot connect/],
    ["it is too old", { docker: "runs 19.03.15" }, /is 19\.03\.15: 20\.10 or later/],
    ["its disk is full", { free: "1000000" }, /has 1\.0 GiB of disk left: make room/],
    ["its processors are others", { machine: "riscv64" }, /its processors are riscv64/],
    ["its kernel has no VXLAN", { vxlan: "no" }, /no VXLAN/],
    ["it can emulate no link", { sch_netem: "no", nfnetlink_queue: "no" }, /no user-space queues/],
    ["the emulator that is asked for is not there", { sch_netem: "no" }, /has no netem/, "netem"],
    ["its engine is another host's", { engine: "ID-OF-BETA" }, /the same Docker Engine as alpha/],
  ] as const)
    it(claim, () => {
      const { issues } = findings(changes, emulator);
      strictEqual(issues.length, 1, issues.join("\n"));
      ok(expected.test(issues[0] ?? ""), issues[0]);
    });

  it("two names lead to one, and not where two were copied from one image", () => {
    const same = { engine: "ID-OF-BETA" };
    for (const changes of [{ boot: "another" }, { net: "net:[1]" }])
      deepStrictEqual(findings({ ...same, ...changes }).issues, [], JSON.stringify(changes));
  });

  it("they do not answer, with what to try", () => {
    const found = new Map([["alpha", new HostError("no connection to me@alpha: refused", true)]]);
    deepStrictEqual(
      hostIssues(hosts, found, { stack: "s", emulator: "auto" }).issues.map(({ path, message }) => [
        path,
        message,
      ]),
      [
        ["target.hosts.alpha", "no connection to me@alpha: refused: see what `ssh me@alpha` says"],
        ["target.hosts.beta", "it was not asked: see what `ssh me@beta` says"],
      ],
    );
  });
});

describe("of hosts it is said, and no more, that", () => {
  for (const [claim, changes, expected] of [
    [
      "others run containers there",
      { container: ["web ", "buswide-s-a-gateway s", "db ", "x y"] },
      /alpha: 3 containers of others run there \(web, db, x\)/,
    ],
    ["they are busy", { load: "6.5" }, /alpha: it is busy: a load of 6\.5 on 8 processors/],
    ["others are logged in", { login: ["root", "ann"] }, /alpha: others are logged in there: ann/],
    ["no time server keeps their clock", { synchronised: "no" }, /alpha: no time server keeps its clock/],
    ["their clock is far off", { time: String(now - 60) }, /alpha: its clock is 60 s behind this machine's/],
    ["their disk is small", { free: "5000000" }, /alpha: its Docker Engine has 4\.8 GiB of disk left/],
    ["their kernel is old", { kernel: "4.19.0-21" }, /alpha: its kernel 4\.19\.0-21 may drop/],
  ] as const)
    it(claim, () => {
      const { issues, warnings } = findings(changes);
      deepStrictEqual(issues, []);
      strictEqual(warnings.length, 1, warnings.join("\n"));
      ok(expected.test(warnings[0] ?? ""), warnings[0]);
    });
});

describe("between hosts", () => {
  const plan = (target: object = {}): Plan => planScenario(parsed(machinesScenario(target)), machinesFacts);
  const facts = (address: string, changes: Parameters<typeof said>[0] = {}) =>
    factsOf({ address: [`eno1 ${address}/24`], default: address, ...changes });
  const found = (changes: Parameters<typeof said>[0] = {}) =>
    new Map<string, HostFacts>([
      ["alpha", facts("192.0.2.11", changes)],
      ["beta", facts("192.0.2.12")],
      ["gamma", facts("192.0.2.13")],
    ]);
  const way = (address: string, changes: Partial<PeerFacts> = {}): PeerFacts => ({
    ...{ address, mtu: 1500, source: "192.0.2.11", answers: "yes" },
    ...changes,
  });

  it("those must reach each other whose sites are linked", () =>
    deepStrictEqual(
      [...peersOf(plan())],
      [
        ["alpha", ["192.0.2.12", "192.0.2.13"]],
        ["beta", ["192.0.2.11"]],
        ["gamma", ["192.0.2.11"]],
      ],
    ));

  it("nothing is said where all do", () =>
    deepStrictEqual(
      wayIssues(plan(), found(), new Map([["alpha", [way("192.0.2.12"), way("192.0.2.13")]]])),
      {
        issues: [],
        warnings: [],
      },
    ));

  for (const [claim, changes, path, expected] of [
    [
      "no route is refused",
      { mtu: undefined },
      "target.hosts.alpha",
      /alpha has no route to beta at 192\.0\.2\.12/,
    ],
    [
      "a way that is too narrow for the tunnel",
      { mtu: 1450 },
      "target.mtu",
      /the way from alpha to beta carries 1450: use 1400 or less/,
    ],
    [
      "a way out by an address that gateways don't know",
      { source: "10.0.0.1" },
      "target.hosts.alpha.address",
      /goes to beta by its address 10\.0\.0\.1/,
    ],
  ] as const)
    it(claim, () => {
      const { issues } = wayIssues(plan(), found(), new Map([["alpha", [way("192.0.2.12", changes)]]]));
      deepStrictEqual(
        issues.map((issue) => issue.path),
        [path],
      );
      ok(expected.test(issues[0]?.message ?? ""), issues[0]?.message);
    });

  it("an echo that does not come back is said, and left to the links' own measurement", () => {
    const { issues, warnings } = wayIssues(
      plan(),
      found(),
      new Map([["alpha", [way("192.0.2.12", { answers: "no" })]]]),
    );
    deepStrictEqual(issues, []);
    deepStrictEqual(warnings, [
      "beta does not answer alpha's ping at 192.0.2.12: the links between them are measured first, and tell",
    ]);
  });

  it("an address that is not the host's is refused, and a host that nobody knows the address of", () => {
    const wrong = plan({
      hosts: { alpha: { address: "10.9.9.9" }, beta: { groups: ["edge"] }, gamma: { groups: ["edge"] } },
    });
    deepStrictEqual(wayIssues(wrong, found(), new Map()).issues, [
      {
        path: "target.hosts.alpha.address",
        message: "no interface of alpha has the address 10.9.9.9: it has 192.0.2.11",
      },
    ]);
    const unknown = planScenario(parsed(machinesScenario()), { stack: "test", busy: [] });
    strictEqual(wayIssues(unknown, found(), new Map()).issues.length, 3);
  });

  it("a port that somebody listens on is refused, unless the stack itself does", () => {
    const planned = plan();
    const port = planned.hosts?.places.get("core")?.port ?? 0;
    const taken = found({ port: [String(port)] });
    const [issue] = wayIssues(planned, taken, new Map()).issues;
    strictEqual(issue?.path, "target.firstPort");
    ok(
      issue.message.startsWith(`the UDP port ${port} of alpha, which is to be a gateway's, is in use there`),
    );
    const own = found({
      port: [String(port)],
      network: [network("buswide-test-core-network", "10.129.111.64/26", { "io.buswide.stack": "test" })],
    });
    deepStrictEqual(wayIssues(planned, own, new Map()).issues, []);
  });
});

describe("what hosts have of a stack", () => {
  const label = { "io.buswide.stack": "test" };
  const found = new Map([
    [
      "alpha",
      factsOf({
        network: [
          network("bridge", "172.17.0.0/16"),
          network("other_default", "10.3.0.0/26"),
          network("buswide-test-core-network", "10.129.111.64/26", label),
          network("buswide-test--alpha-underlay", "10.129.7.0/26", {
            ...label,
            "io.buswide.wan": "10.129.240.0/20",
          }),
        ],
        address: ["lo 127.0.0.1/8", "eno1 192.0.2.11/24", "br-1 10.129.111.65/26"],
      }),
    ],
    [
      "beta",
      factsOf({
        ...{ engine: "b", default: "192.0.2.12", from: "10.199.0.7", nameserver: "10.199.1.53" },
        address: ["eno1 192.0.2.12/24", "ib0 10.200.0.2/16"],
        route: [
          "default via 192.0.2.1 dev eno1",
          "10.0.0.0/8 via 192.0.2.1 dev eno1",
          "10.201.0.0/16 via 10.200.0.1 dev ib0",
          "172.18.0.0/16 dev br-3 proto kernel scope link src 172.18.0.1",
        ],
      }),
    ],
  ]);
  const placed = [
    { name: "alpha", ssh: { host: "10.198.0.11", jump: [{ host: "10.197.0.1" }] } },
    { name: "beta", ssh: { host: "beta.example.org" }, address: "10.196.0.12" },
  ];

  it("is planned as it is; what others have, and where hosts are, is kept off", () => {
    const facts = planFactsOf("test", found, placed);
    strictEqual(facts.deployedWan, "10.129.240.0/20");
    deepStrictEqual(
      [...(facts.deployedSites ?? [])],
      [
        ["core", "10.129.111.64/26"],
        ["@alpha", "10.129.7.0/26"],
      ],
    );
    for (const prefix of ["10.3.0.0/26", "192.0.2.0/24", "10.200.0.0/16", "172.17.0.0/16"])
      ok(facts.busy.includes(prefix), prefix);
    ok(!facts.busy.some((prefix) => prefix.startsWith("10.129.")), facts.busy.join());
    // Who asks, name servers, hosts as SSH and as the others reach them, those on the way, and what is routed elsewhere.
    const reached = ["10.199.0.7", "10.199.1.53", "10.198.0.11", "10.197.0.1", "10.196.0.12"];
    for (const prefix of [...reached.map((address) => `${address}/32`), "10.201.0.0/16"])
      ok(facts.busy.includes(prefix), prefix);
    // Docker's own, and a route to all that is private: of it nobody knows that anything is there.
    for (const prefix of ["172.18.0.0/16", "10.0.0.0/8"]) ok(!facts.busy.includes(prefix), prefix);
    deepStrictEqual([...(facts.hostEngines?.keys() ?? [])], ["alpha", "beta"]);
    strictEqual(new Set(facts.hostEngines?.values()).size, 2);
    deepStrictEqual(
      [...(facts.hostAddresses ?? [])],
      [
        ["alpha", "192.0.2.11"],
        ["beta", "192.0.2.12"],
      ],
    );
  });

  it("keeps the underlay of a host where it is", () => {
    const first = planScenario(parsed(machinesScenario()), machinesFacts);
    const underlays = [...(first.hosts?.hosts.values() ?? [])].map(
      ({ name, underlay }) => [`@${name}`, underlay.text] as const,
    );
    const again = planScenario(parsed({ ...machinesScenario(), sites: { core: {}, edge: { count: 30 } } }), {
      ...machinesFacts,
      deployedWan: first.wan.text,
      deployedSites: new Map([
        ...first.sites.map(({ name, prefix }) => [name, prefix.text] as const),
        ...underlays,
      ]),
    });
    deepStrictEqual(
      [...(again.hosts?.hosts.values() ?? [])].map(({ name, underlay }) => [`@${name}`, underlay.text]),
      underlays,
    );
  });
});
