import { deepStrictEqual, ok, strictEqual } from "assert";
import { execa } from "execa";
import { readdirSync, readFileSync } from "fs";
import { join } from "path";
import { results } from "../../workloads/results/schema";
import { ControlPlaneStage } from "../support/controlPlaneStage";

/** What a boot takes at least: a message to the edge and its answers come over a link of 25 ms. */
const oneWayMs = 25;

describe("a control plane on RabbitMQ", function () {
  this.timeout(900_000);
  const stage = new ControlPlaneStage("e2e-control-plane", { kind: "rabbitmq" });
  after(() => stage.destroy());

  it("boots servers over a link of 25 ms, keeps its secrets to itself, and leaves nothing when it is destroyed", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    const { status, failure } = results.parse(
      JSON.parse(readFileSync(join(stage.runs, "latest", "results.json"), "utf8")),
    );
    strictEqual(status, "complete", failure);

    const cloud = await stage.cloud();
    for (const host of ["edge-compute-1", "edge-compute-2"]) {
      const started = Date.now();
      const server = await cloud.boot(`on-${host}`, host);
      strictEqual(server.status, "ACTIVE", JSON.stringify(server));
      strictEqual(server["OS-EXT-SRV-ATTR:host"], host);
      ok(Date.now() - started > 2 * oneWayMs);
      await cloud.delete(server.id);
    }

    // Each service is an unprivileged user's.
    for (const [service, user] of [
      ["core-keystone", "openstack"],
      ["core-nova-conductor", "openstack"],
      ["edge-computes", "openstack"],
      ["core-mariadb", "mysql"],
    ] as const) {
      const users = (await stage.inContainer(service, "stat", "-c", "%U", "/proc/1")).trim();
      strictEqual(users, user, service);
    }

    // What gives access is in no output of the command, nor in anything that a run keeps.
    const { password } = cloud;
    ok(password.length > 20);
    ok(!up.all.includes(password));
    const run = join(stage.runs, "1");
    await execa("tar", ["--zstd", "-xf", join(run, "backup.tar.zst"), "-C", run]);
    const files = readdirSync(run, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
    ok(texts.some((text) => text.includes("[keystone_authtoken]")));
    ok(!texts.some((text) => text.includes(password)));

    const again = await stage.buswide("up");
    strictEqual(again.exitCode, 0, again.all);
    ok(again.all.includes("no changes"), again.all);
    strictEqual((await stage.buswide("destroy", "--keep-images")).exitCode, 0);
    deepStrictEqual(await stage.leftovers(), []);
  });
});
