import assert from "assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { results as resultsSchema, type Results } from "../../workloads/results/schema";
import type { LinkChange } from "../../workloads/runner/timeline";
import { buswide, projectRoot } from "../command/shim";
import { TestHosts } from "../support/hosts";

/*
 * Sites on hosts reached by SSH, each with an engine of its own. The hosts are made on this machine, so that they share its kernel,
 * its processors and its clock; networks, engines, disks, names and everything that is said to them are their own.
 */

const stack = "hosts-e2e";
const names = ["alpha", "beta"];

interface Changes {
  readonly summary: Readonly<Record<string, number>>;
  readonly changes: readonly { readonly op: string; readonly name: string }[];
}

describe("a stack on hosts reached by SSH", function () {
  this.timeout(30 * 60_000);

  let folder = "";
  let file = "";
  let hosts: TestHosts;

  const scenario = ({ delay = "25ms", edges = 2, sites = "core: alpha" } = {}) => `config:
  buswide:scenario:
    target:
      kind: machines
      hosts:
        alpha: { host: ${hosts.address("alpha")} }
        beta: { host: ${hosts.address("beta")}, groups: [edge] }
      ssh: { user: root, identityFile: ${hosts.identityFile}, hostKeys: any }
      sites: { ${sites} }
    sites: { core: {}, edge: { count: ${edges} } }
    links:
      - { between: [core, edge], delay: ${delay}, rate: 50mbit }
      - { between: [edge-1, edge-2], delay: 5ms }
    bus: { kind: rabbitmq, topology: single }
    workloads:
      - { name: call, kind: rpc, clients: { edge: 2 }, servers: { core: 1 }, rate: 20/s, duration: 4s, warmup: 1s }
      - name: cast
        kind: rpc
        pattern: cast
        clients: { edge-1: 1, edge-2: 1 }
        servers: { core: 1 }
        rate: 20/s
        duration: 6s
        warmup: 1s
        timeline:
          - { at: 1s, for: 1s, cut: [core, edge-2] }
          - { at: 4s, for: 500ms, pause: core/rabbitmq }
`;
  const latest = join(projectRoot, "runs", stack, "latest");
  const results = (): Results =>
    resultsSchema.parse(JSON.parse(readFileSync(join(latest, "results.json"), "utf8")));
  const containersOn = async (host: string): Promise<string[]> =>
    (await hosts.run(host, "docker ps --all --format '{{.Names}}'")).split("\n").filter(Boolean).sort();

  before(async function () {
    if (process.getuid?.() !== 0) {
      // Only root can make hosts.
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
    hosts = await TestHosts.start(names);
    writeFileSync(file, scenario());
  });
  after(async () => {
    if (file === "") return;
    await buswide(["destroy", stack, "--keep-images"]);
    await hosts.stop();
    rmSync(folder, { recursive: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
  });

  async function up(...more: string[]): Promise<string> {
    const { code, stderr } = await buswide(["up", file, "--json", ...more]);
    assert.equal(code, 0, stderr);
    return stderr;
  }
  async function preview(): Promise<Changes> {
    const { code, stdout, stderr } = await buswide(["preview", file, "--json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Changes;
  }

  it("is refused, by the host's name, where a host can't be reached, before anything is made", async () => {
    writeFileSync(file, scenario().replace(hosts.address("beta"), "10.251.77.250"));
    const { code, stderr } = await buswide(["up", file]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /target\.hosts\.beta: no connection to root@10\.251\.77\.250/);
    for (const host of names) assert.deepEqual(await containersOn(host), []);
    writeFileSync(file, scenario());
  });

  it("comes up with each site on its host, and is measured as on one machine", async () => {
    await up();
    const own = (site: string, ...services: string[]) =>
      services.map((service) => `buswide-${stack}-${site}-${service}`);
    assert.deepEqual(await containersOn("alpha"), own("core", "agents", "gateway", "rabbitmq"));
    assert.deepEqual(await containersOn("beta"), [
      ...own("edge-1", "agents", "gateway"),
      ...own("edge-2", "agents", "gateway"),
    ]);
    const { status, failure, links, workloads, provenance } = results();
    assert.equal(status, "complete", failure);
    for (const [name, rtt] of [
      ["core--edge-1", 50],
      ["core--edge-2", 50],
      ["edge-1--edge-2", 10],
    ] as const) {
      const link = links.find((one) => one.name === name);
      assert.deepEqual(link?.deviations, [], name);
      assert.ok(
        Math.abs((link.before?.rttMs.median ?? 0) - rtt) < 2,
        `${name}: ${link.before?.rttMs.median} ms`,
      );
    }
    const [call, cast] = workloads;
    assert.deepEqual([call?.sent, call?.received, call?.lost], [80, 80, 0]);
    assert.ok(
      (call?.latencyMs?.p50 ?? 0) > 50 && (call?.latencyMs?.p50 ?? 0) < 80,
      `${call?.latencyMs?.p50} ms`,
    );
    assert.equal(cast?.status, "complete", cast?.failure);
    assert.deepEqual(Object.keys(provenance.hosts ?? {}).sort(), names);
    assert.equal(provenance.clockShared, false);
    // They are this machine's, so that they can't be apart; whether that is known well enough is what was measured.
    const { clocks } = provenance;
    assert.ok(clocks && clocks.apartMs < 25 && clocks.after, JSON.stringify(clocks));
    assert.equal(cast.latencyMs !== undefined, clocks.agree);
    for (const { service, memoryBytesMax } of call?.services ?? []) assert.ok(memoryBytesMax > 0, service);
    assert.ok((call?.wan?.bytes ?? 0) > 0, "what the links carried was not read");
  });

  it("has its links changed by their gateways, and its services by their engines, at the time", () => {
    const series = readFileSync(join(latest, "series.jsonl"), "utf8").split("\n").filter(Boolean);
    const changes = series
      .map((line) => JSON.parse(line) as Partial<LinkChange> & { service?: string })
      .filter(({ askedTime }) => askedTime !== undefined);
    assert.deepEqual(
      changes.map(({ what, link, service }) => [what, link ?? service]),
      [
        ["cut", "core--edge-2"],
        ["cut", "core--edge-2"],
        ["restored", "core--edge-2"],
        ["restored", "core--edge-2"],
        ["pause", "core/rabbitmq"],
        ["restored", "core/rabbitmq"],
      ],
    );
    for (const { time = 0, askedTime = 0 } of changes)
      assert.ok(Math.abs(time - askedTime) < 0.6, `${time - askedTime} s`);
  });

  it("has nothing to be changed when nothing has", async () => {
    const { summary } = await preview();
    assert.deepEqual(summary, {});
  });

  it("has one link changed by two commands, with every container left in place", async () => {
    const started = (host: string) =>
      hosts.run(host, "docker inspect --format '{{.Name}} {{.State.StartedAt}}' $(docker ps -q)");
    const before = await Promise.all(names.map(started));
    writeFileSync(file, scenario({ delay: "40ms" }));
    await up();
    assert.deepEqual(await Promise.all(names.map(started)), before);
    const link = results().links.find(({ name }) => name === "core--edge-1");
    assert.ok(Math.abs((link?.before?.rttMs.median ?? 0) - 80) < 2, `${link?.before?.rttMs.median} ms`);
  });

  it("has its sites moved to another host while both are up, and nothing left on the one that it has no more", async () => {
    writeFileSync(file, scenario({ sites: "core: alpha, edge: alpha" }));
    const { changes } = await preview();
    const replaced = changes.filter(({ op }) => op === "replace").map(({ name }) => name);
    for (const name of ["edge-1-network", "edge-1-gateway-container", "edge-2-agents-container"])
      assert.ok(replaced.includes(name), `${name} is not made anew: ${replaced.join(", ")}`);
    await up();
    assert.equal((await containersOn("alpha")).length, 7);
    assert.equal(results().status, "complete");
    const left =
      "docker ps --all --quiet; docker network ls --quiet --filter label=io.buswide.stack; docker image ls --quiet";
    assert.equal(await hosts.run("beta", left), "");
    const note = readFileSync(join(projectRoot, ".buswide", "stacks", `${stack}.hosts.json`), "utf8");
    assert.deepEqual(Object.keys(JSON.parse(note) as object), ["alpha"]);
    writeFileSync(file, scenario());
    await up();
    assert.deepEqual([(await containersOn("alpha")).length, (await containersOn("beta")).length], [3, 4]);
    assert.equal(results().status, "complete");
  });

  it("is refused where its hosts' names are other machines' now", async () => {
    const [alpha, beta] = names.map((name) => hosts.address(name)) as [string, string];
    const swapped = scenario().replace(alpha, "<beta>").replace(beta, alpha).replace("<beta>", beta);
    writeFileSync(file, swapped);
    const { code, stderr } = await buswide(["up", file]);
    writeFileSync(file, scenario());
    assert.equal(code, 2, stderr);
    assert.ok(
      stderr.includes(`alpha was another machine, root@${alpha}: use another name, or --lost alpha`),
      stderr,
    );
    assert.ok(
      stderr.includes(`beta was another machine, root@${beta}: use another name, or --lost beta`),
      stderr,
    );
  });

  it("says which host is lost while it is down, changes nothing then, and goes on once it is back", async () => {
    await hosts.halt("beta");
    const lost = await buswide(["up", file]);
    assert.notEqual(lost.code, 0);
    assert.match(lost.stderr, /beta/);
    assert.match(lost.stderr, /no connection to root@/);
    await hosts.boot("beta");
    // What was on it is gone with its disk, as with a host that a testbed has installed anew.
    await hosts.run(
      "beta",
      "docker rm --force $(docker ps --all --quiet) && docker network prune --force && docker image prune --all --force",
    );
    const said = await up();
    assert.match(said, /no longer in Docker/);
    assert.match(said, /no longer there: the image buswide\/\S+ on beta/);
    assert.equal((await containersOn("beta")).length, 4);
    assert.equal(results().status, "complete");
  });

  it("goes on without a host that is gone for good, once that is said", async () => {
    await hosts.halt("beta");
    writeFileSync(file, scenario({ sites: "core: alpha, edge: alpha" }).replace(/^ *beta: .*\n/m, ""));
    const { code, stderr } = await buswide(["up", file]);
    assert.notEqual(code, 0);
    assert.match(stderr, /--lost beta/);
    const said = await up("--lost", "beta");
    assert.match(said, /forgotten is what hosts-e2e had on beta/);
    assert.equal((await containersOn("alpha")).length, 7);
    assert.equal(results().status, "complete");
    assert.equal(results().provenance.clockShared, true);
    assert.deepEqual(Object.keys(results().provenance.clocks?.before ?? {}), ["alpha"]);
    await hosts.boot("beta");
  });

  it("leaves a host as it was found", async () => {
    const { code, stderr } = await buswide(["destroy", stack]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await containersOn("alpha"), []);
    const left = await hosts.run(
      "alpha",
      "docker network ls --format '{{.Name}}' | sort; docker image ls --quiet; docker volume ls --quiet",
    );
    assert.deepEqual(left.split("\n"), ["bridge", "host", "none"]);
    assert.ok(!existsSync(join(projectRoot, ".buswide", "stacks", `${stack}.hosts.json`)));
  });
});
