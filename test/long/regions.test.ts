import { deepStrictEqual, ok, rejects, strictEqual } from "assert";
import { execa } from "execa";
import { readFileSync } from "fs";
import { join } from "path";
import { results } from "../../workloads/results/schema";
import { ControlPlaneStage } from "../support/controlPlaneStage";

const boot = {
  ...{ kind: "rally", scenario: "NovaServers.boot_and_delete_server", times: 3 },
};

describe("a control plane at a core and another at an edge, which share Keystone's database", function () {
  this.timeout(2_400_000);
  const stage = new ControlPlaneStage(
    "long-regions",
    { kind: "rabbitmq", site: "core" },
    {
      controlPlane: { computes: { core: 1, edge: 1 }, regions: { edge: {} }, profiler: true },
      workloads: [
        { ...boot, name: "own", site: "edge" },
        { ...boot, name: "others", site: "core", region: "edge" },
        { name: "traced", kind: "trace", site: "edge", times: 2 },
      ],
    },
  );
  after(() => stage.destroy());
  const sql = (server: string, statement: string) =>
    stage.inContainer(server, "mariadb", "-N", "-B", "-e", statement);
  const docker = (what: "kill" | "start", service: string) =>
    execa("docker", [what, `buswide-${stage.stack}-${service}`]);

  it("come up, and are asked by those at their site", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    const { status, failure, rally, traces } = results.parse(
      JSON.parse(readFileSync(join(stage.runs, "latest", "results.json"), "utf8")),
    );
    strictEqual(status, "complete", failure);
    const [own, others] = (rally ?? []).map(({ scenarios }) => scenarios[0]?.durationSeconds?.median ?? 0);
    // Each request of somebody at the core takes the way to the edge and back.
    ok(own && others && others > own, `${own} ${others}`);
    const requests = traces?.[0]?.requests ?? [];
    strictEqual(requests.length, 2);
    for (const { missing, exchanges } of requests) {
      deepStrictEqual(missing, []);
      const over = exchanges.filter(({ from, to }) => from !== to);
      // Nothing but Keystone's database is elsewhere, which is asked for passwords, whatever its cache has.
      deepStrictEqual(
        [...new Set(over.map(({ kind, from, to }) => `${kind} ${from} ${to}`))],
        ["database edge core"],
      );
    }
  });

  it("boot servers each on its own hosts, by one user", async () => {
    const [core, edge] = [await stage.cloud(), await stage.cloud("edge")];
    strictEqual((await core.boot("at-core", "core-compute-1", 180)).status, "ACTIVE");
    strictEqual((await edge.boot("at-edge", "edge-compute-1", 180)).status, "ACTIVE");
    const names = async (cloud: typeof core) =>
      (await cloud.ask<{ servers: { name: string }[] }>("compute", "/servers")).servers.map(
        ({ name }) => name,
      );
    deepStrictEqual([await names(core), await names(edge)], [["at-core"], ["at-edge"]]);
    // A token of either Keystone is good at both.
    deepStrictEqual(await names(edge.withTokenOf(core)), ["at-edge"]);
    deepStrictEqual(await names(core.withTokenOf(edge)), ["at-core"]);
    strictEqual(
      await sql("edge-local-mariadb", "SELECT host FROM nova.compute_nodes WHERE deleted = 0"),
      "edge-compute-1",
    );
    strictEqual(
      await sql("core-mariadb", "SELECT host FROM nova.compute_nodes WHERE deleted = 0"),
      "core-compute-1",
    );
    strictEqual(await sql("core-mariadb", "SELECT id FROM keystone.region ORDER BY id"), "RegionOne\nedge");
  });

  it("go on without each other's services, and not without the database of users", async () => {
    ok((await stage.cacheHits("edge")) > 0);
    for (const service of ["keystone", "memcached", "nova-api", "neutron", "rabbitmq"])
      await docker("kill", `core-${service}`);
    const edge = await stage.cloud("edge");
    strictEqual((await edge.boot("alone", "edge-compute-1", 180)).status, "ACTIVE");
    await docker("kill", "core-mariadb");
    // The edge's Keystone is there, and cannot ask for the password, which no cache has: it leaves that to uWSGI, which closes the connection without an answer.
    await rejects(
      stage.cloud("edge"),
      /^Error: POST \/auth\/tokens: (5\d\d |no answer: SocketError: other side closed$)/,
    );
    for (const service of ["mariadb", "memcached", "rabbitmq", "keystone", "nova-api", "neutron"])
      await docker("start", `core-${service}`);
    for (let tries = 0; ; tries++)
      try {
        await stage.cloud("edge");
        break;
      } catch (error) {
        if (tries > 60) throw error;
        await new Promise((done) => setTimeout(done, 1000));
      }
  });

  it("have nothing to do in the next up", async () => {
    const again = await stage.buswide("up");
    strictEqual(again.exitCode, 0, again.all);
    ok(again.all.includes("no changes"), again.all);
  });

  it("become one control plane, a cell, and regions again, with servers on the same host each time", async () => {
    for (const [regions, cells, region] of [
      [{}, {}, undefined],
      [{}, { edge: {} }, undefined],
      [{ edge: {} }, {}, "edge"],
    ] as const) {
      const set = [
        `controlPlane.regions=${JSON.stringify(regions)}`,
        `controlPlane.cells=${JSON.stringify(cells)}`,
        ...["controlPlane.profiler=false", "workloads=[]"],
      ];
      const up = await stage.buswide("up", ...set.flatMap((one) => ["--set", one]));
      strictEqual(up.exitCode, 0, up.all);
      const known = (await sql("core-mariadb", "SELECT id FROM keystone.region ORDER BY id")).split("\n");
      deepStrictEqual(known, region === undefined ? ["RegionOne"] : ["RegionOne", region]);
      const cloud = await stage.cloud(region);
      const name = `as-${Object.keys(cells).length}-${region}`;
      const { status, fault } = await cloud.boot(name, "edge-compute-1", 180);
      strictEqual(status, "ACTIVE", `${set.join(" ")}: ${JSON.stringify(fault)}`);
    }
  });

  it("leave nothing when they are destroyed", async () => {
    strictEqual((await stage.buswide("destroy", "--keep-images")).exitCode, 0);
    deepStrictEqual(await stage.leftovers(), []);
  });
});
