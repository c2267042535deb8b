import assert from "assert/strict";
import { readFileSync, writeFileSync } from "fs";
import { join } from "path";
import type { LinkChange } from "../../workloads/runner/timeline";
import { buswide } from "../command/shim";
import { StackOnHosts } from "../support/stackOnHosts";

/*
 * Sites on hosts reached by SSH, one of them by way of the other, each with an engine of its own. The hosts are made on this machine, so that they share its kernel,
 * its processors and its clock; networks, engines, disks, names and everything that is said to them are their own.
 */

interface Changes {
  readonly summary: Readonly<Record<string, number>>;
  readonly changes: readonly { readonly op: string; readonly name: string }[];
}

describe("a stack on hosts reached by SSH", function () {
  this.timeout(30 * 60_000);

  const on = new StackOnHosts("hosts-e2e");

  const scenario = ({ delay = "25ms", edges = 2, sites = "core: alpha", swapped = false } = {}) => `config:
  buswide:scenario:
    ${on.target(sites, swapped)}
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

  before(async function () {
    // Only root can make hosts.
    if (process.getuid?.() !== 0) this.skip();
    await on.start();
    writeFileSync(on.file, scenario());
  });
  after(() => on.stop());

  async function preview(): Promise<Changes> {
    const { code, stdout, stderr } = await buswide(["preview", on.file, "--json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Changes;
  }

  it("is refused, by the host's name, where a host can't be reached, before anything is made", () =>
    on.assertRefusedUnreached(scenario()));

  it("comes up with each site on its host, and is measured as on one machine", async () => {
    await on.up();
    const ofEdge = ["agents", "gateway"];
    await on.assertPlaced({
      alpha: { core: ["agents", "gateway", "rabbitmq"] },
      beta: { "edge-1": ofEdge, "edge-2": ofEdge },
    });
    on.assertMeasured({ "core--edge-1": 50, "core--edge-2": 50, "edge-1--edge-2": 10 });
    on.assertCallsAnswered(80);
    const { workloads, provenance } = on.results();
    const cast = workloads.find(({ name }) => name === "cast");
    assert.equal(cast?.status, "complete", cast?.failure);
    assert.equal(cast.latencyMs !== undefined, provenance.clocks?.agree);
  });

  it("has its links changed by their gateways, and its services by their engines, at the time", () => {
    const series = readFileSync(join(on.latest, "series.jsonl"), "utf8").split("\n").filter(Boolean);
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
      on.hosts.run(host, "docker inspect --format '{{.Name}} {{.State.StartedAt}}' $(docker ps -q)");
    const before = await Promise.all(on.names.map(started));
    writeFileSync(on.file, scenario({ delay: "40ms" }));
    await on.up();
    assert.deepEqual(await Promise.all(on.names.map(started)), before);
    const link = on.results().links.find(({ name }) => name === "core--edge-1");
    assert.ok(Math.abs((link?.before?.rttMs.median ?? 0) - 80) < 2, `${link?.before?.rttMs.median} ms`);
  });

  it("has its sites moved to another host while both are up, and nothing left on the one that it has no more", async () => {
    writeFileSync(on.file, scenario({ sites: "core: alpha, edge: alpha" }));
    const { changes } = await preview();
    const replaced = changes.filter(({ op }) => op === "replace").map(({ name }) => name);
    for (const name of ["edge-1-network", "edge-1-gateway-container", "edge-2-agents-container"])
      assert.ok(replaced.includes(name), `${name} is not made anew: ${replaced.join(", ")}`);
    await on.up();
    assert.equal((await on.containersOn("alpha")).length, 7);
    assert.equal(on.results().status, "complete");
    const left =
      "docker ps --all --quiet; docker network ls --quiet --filter label=io.buswide.stack; docker image ls --quiet";
    assert.equal(await on.hosts.run("beta", left), "");
    const note = readFileSync(on.note, "utf8");
    assert.deepEqual(Object.keys(JSON.parse(note) as object), ["alpha"]);
    writeFileSync(on.file, scenario());
    await on.up();
    assert.deepEqual(
      [(await on.containersOn("alpha")).length, (await on.containersOn("beta")).length],
      [3, 4],
    );
    assert.equal(on.results().status, "complete");
  });

  it("is refused where its hosts' names are other machines' now", async () => {
    writeFileSync(on.file, scenario({ swapped: true }));
    const { code, stderr } = await buswide(["up", on.file]);
    writeFileSync(on.file, scenario());
    assert.equal(code, 2, stderr);
    assert.ok(
      stderr.includes(
        `alpha was another machine, root@${on.hosts.address("alpha")}: use another name, or --lost alpha`,
      ),
      stderr,
    );
    assert.ok(
      stderr.includes(`beta was another machine, ${on.beta}: use another name, or --lost beta`),
      stderr,
    );
  });

  it("says which host is lost while it is down, changes nothing then, and goes on once it is back", async () => {
    await on.hosts.halt("beta");
    const lost = await buswide(["up", on.file]);
    assert.notEqual(lost.code, 0);
    assert.ok(lost.stderr.includes(`target.hosts.beta: no connection to ${on.beta}`), lost.stderr);
    await on.hosts.boot("beta");
    // What was on it is gone with its disk, as with a host that a testbed has installed anew.
    await on.hosts.run(
      "beta",
      "docker rm --force $(docker ps --all --quiet) && docker network prune --force && docker image prune --all --force",
    );
    const said = await on.up();
    assert.match(said, /no longer in Docker/);
    assert.match(said, /no longer there: the image buswide\/\S+ on beta/);
    assert.equal((await on.containersOn("beta")).length, 4);
    assert.equal(on.results().status, "complete");
  });

  it("goes on without a host that is gone for good, once that is said", async () => {
    await on.hosts.halt("beta");
    writeFileSync(on.file, scenario({ sites: "core: alpha, edge: alpha" }).replace(/^ *beta: .*\n/m, ""));
    const { code, stderr } = await buswide(["up", on.file]);
    assert.notEqual(code, 0);
    assert.match(stderr, /--lost beta/);
    const said = await on.up("--lost", "beta");
    assert.match(said, /forgotten is what hosts-e2e had on beta/);
    assert.equal((await on.containersOn("alpha")).length, 7);
    assert.equal(on.results().status, "complete");
    assert.equal(on.results().provenance.clockShared, true);
    assert.deepEqual(Object.keys(on.results().provenance.clocks?.before ?? {}), ["alpha"]);
    await on.hosts.boot("beta");
  });

  it("leaves a host as it was found", () => on.assertLeftAsFound(["alpha"]));
});
