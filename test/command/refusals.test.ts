import assert from "assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { buswide, projectRoot } from "./shim";

/** An environment in which nothing can be made: no Docker, no Pulumi, no registry would be found. */
const bare = {
  DOCKER_HOST: "unix:///nonexistent/docker.sock",
  PULUMI_HOME: "/nonexistent/pulumi",
  NO_COLOR: "1",
};
const demo = readFileSync(join(projectRoot, "stacks", "Pulumi.demo.yaml"), "utf8");

describe("the command", function () {
  // Each test starts processes, on machines that may be busy.
  this.timeout(120_000);

  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "buswide-"))));
  after(() => rmSync(folder, { recursive: true }));

  function scenario(text: string, name = "t"): string {
    const file = join(folder, `Pulumi.${name}.yaml`);
    writeFileSync(file, text);
    return file;
  }

  it("finds nothing wrong with the demo, without an engine, and says what it stands for", async () => {
    const { code, stdout, stderr } = await buswide(["check", "demo"], bare);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^stacks\/Pulumi\.demo\.yaml is fine:\n/);
    assert.match(stdout, /core--edge-1/);
  });

  it("names of a hundred sites and their links the first ones, and how many more there are", async () => {
    const { stdout } = await buswide(["check", "hundred"], bare);
    assert.match(stdout, /sites: +100 sites, agents at 100: core, edge-1, .*, edge-19, … 80 more$/m);
    assert.match(stdout, /links: +99: core--edge-1, .*, edge-4--edge-20, … 79 more$/m);
  });

  it("says how many services and computes of OpenStack a scenario has, and where they are", async () => {
    const { stdout } = await buswide(["check", "control-plane"], bare);
    assert.match(stdout, /openstack: 8 services on mariadb, 20 computes, at core, edge-1, edge-2, edge-3$/m);
  });

  it("refuses a stack to compare with that cannot be one", async () => {
    const { code, stderr } = await buswide(["preview", "demo", "--stack", "No!"], bare);
    assert.equal(code, 2);
    assert.match(stderr, /^"No!" was refused:\n {2}"No!" is no name for a stack: use up to 31 /);
  });

  it("gives a checked scenario as data with --json, overrides applied", async () => {
    const { code, stdout } = await buswide(
      ["check", "demo", "--json", "--set", "links[0].delay=50ms", "--set", "seed=7"],
      bare,
    );
    const { stack, links } = JSON.parse(stdout) as {
      stack: string;
      links: { name: string; there: { delayMs: number } }[];
    };
    assert.equal(code, 0);
    assert.equal(stack, "demo");
    assert.equal(links.find(({ name }) => name === "core--edge-1")?.there.delayMs, 50);
  });

  it("leaves the scenario's file as it is when values are overridden", async () => {
    const file = scenario(demo);
    await buswide(["check", file, "--set", "links[0].delay=50ms"], bare);
    assert.equal(readFileSync(file, "utf8"), demo);
  });

  const deltas: readonly (readonly [what: string, set: readonly string[], said: RegExp])[] = [
    ["an unknown key", ["sites.core.colour=red"], /sites\.core\.colour: .*"colour"/],
    [
      "a link to a site that isn't there",
      ["links[1].between=[edge-1, moon]"],
      /links\[1\]\.between\[1\]: .*"moon".*core/,
    ],
    ["two links for one pair", ["links[1].between=[edge-1, core]"], /links\[1\].*: .*already have a link/],
    ["a negative delay", ["links[0].delay=-5ms"], /links\[0\]\.delay: .*"-5ms".*zero or more/],
    ["a loss of more than everything", ["links[0].loss=150%"], /links\[0\]\.loss: .*150%/],
    ["an unreachable site", ["sites.island={}"], /sites\.island: .*"island".*add a link/],
    ["more hosts than addresses", ["target.addresses.sitePrefix=30"], /core/],
    ["more sites than a bridge has ports", ["sites.edge.count=1100"], /sites: 1101 sites .* at most 1023/],
    ["an unknown bus", ["bus.kind=pulsar"], /bus\.kind: .*"rabbitmq".*"pulsar"/],
    ["a name with a space", ["workloads[0].name='a b'"], /workloads\[0\]\.name: "a b"/],
    ["a name with shell characters", ["workloads[0].name=$(reboot)"], /workloads\[0\]\.name: "\$\(reboot\)"/],
  ];
  for (const [what, sets, said] of deltas)
    it(`refuses ${what} before anything is made, with path, value and what would be right`, async () => {
      const args = sets.flatMap((set) => ["--set", set]);
      // `up` in an environment in which the first thing made would fail differently.
      const { code, stdout, stderr } = await buswide(["up", "demo", ...args], bare);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, /^stacks\/Pulumi\.demo\.yaml was refused:\n {2}/);
      assert.match(stderr, said);
    });

  it("reports every issue, a line each", async () => {
    const { code, stderr } = await buswide(
      ["check", "demo", "--set", "links[0].delay=-5ms", "--set", "bus.kind=pulsar"],
      bare,
    );
    assert.equal(code, 2);
    assert.deepEqual(
      stderr
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(": ")[0]),
      ["  links[0].delay", "  bus.kind"],
    );
  });

  it("gives refusals as data with --json", async () => {
    const { code, stdout } = await buswide(["check", "demo", "--json", "--set", "links[0].delay=-5ms"], bare);
    assert.equal(code, 2);
    const { refused, issues } = JSON.parse(stdout) as {
      refused: string;
      issues: { path: string; message: string }[];
    };
    assert.equal(refused, "stacks/Pulumi.demo.yaml");
    assert.deepEqual(
      issues.map(({ path }) => path),
      ["links[0].delay"],
    );
  });

  it("refuses what is not YAML with line and column", async () => {
    const { code, stderr } = await buswide(["check", scenario("config:\n  a: [1, 2\n  b: }\n")], bare);
    assert.equal(code, 2);
    assert.match(stderr, /line 3, column 3: this is not YAML: /);
  });

  for (const [what, text, said] of [
    ["a file without a configuration", "other: 1\n", /config: missing/],
    ["a file without a scenario", "config: { a: 1 }\n", /config: missing: .*"buswide:scenario:"/],
    ["an empty file", "", /config: missing/],
    ["an alias of nothing", "config: *nothing\n", /this is not YAML: .*nothing/],
    ["a scenario that is a list", "config: { 'buswide:scenario': [1] }\n", /expected settings/],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await buswide(["check", scenario(text)], bare);
      assert.equal(code, 2, stderr);
      assert.match(stderr, said);
    });

  it("lists the scenarios there are when asked for one there is not", async () => {
    const { code, stderr } = await buswide(["up", "nope"], bare);
    assert.equal(code, 2);
    assert.match(stderr, /^nope was refused:\n {2}there is no such scenario; those there are: .*demo/);
  });

  for (const name of ["De Mo", "-x-", "$(id)", "../evil", "Pulumi.Bad Name.yaml"])
    it(`refuses a stack called ${JSON.stringify(name)}`, async () => {
      const { code, stderr } = await buswide(["destroy", "--", name], bare);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /was refused:/);
    });

  for (const args of [
    ["frobnicate"],
    ["check", "demo", "--bogus"],
    ["up"],
    ["check", "demo", "extra"],
    ["destroy", "demo", "--set", "a=1"],
  ])
    it(`refuses \`buswide ${args.join(" ")}\` as it is not a command of its own`, async () => {
      const { code, stdout, stderr } = await buswide(args, bare);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^error: /);
    });

  it("fails with exit code 1 and a reason when what it needs is not there", async () => {
    const { code, stdout, stderr } = await buswide(["results", "never-run"], bare);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.equal(stderr, "never-run has not been run yet: `npx buswide up never-run`\n");
  });

  it("does not load the engine's libraries to check a scenario", async () => {
    const { stderr } = await buswide(["check", "demo"], {
      ...bare,
      NODE_OPTIONS: `--require ${join(__dirname, "support", "listModules.js")}`,
    });
    assert.match(stderr, /zod/, "the list of loaded modules is missing");
    assert.doesNotMatch(stderr, /@pulumi|@grpc/);
  });
});
