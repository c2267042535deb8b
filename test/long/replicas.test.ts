import { deepStrictEqual, ok, strictEqual } from "assert";
import { execa } from "execa";
import { ControlPlaneStage } from "../support/controlPlaneStage";

describe("a control plane with two servers of each service", function () {
  this.timeout(1_800_000);
  const stage = new ControlPlaneStage(
    "long-replicas",
    { kind: "rabbitmq", site: "core" },
    { controlPlane: { computes: { edge: 2 }, replicas: 2 } },
  );
  after(() => stage.destroy());
  const docker = (what: "kill" | "start" | "pause" | "unpause", service: string) =>
    execa("docker", [what, `buswide-${stage.stack}-${service}`]);
  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
  /** What the proxy says of an API: whether all of its servers serve. */
  const served = async (api: string) => {
    const ask = `exec 3<>/dev/tcp/127.0.0.1/9201; printf 'GET /${api} HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3`;
    return (await stage.inContainer("core-api-proxy", "bash", "-c", ask)).includes("200");
  };
  const untilServed = async (api: string) => {
    for (let tries = 0; !(await served(api)); tries++) {
      ok(tries < 120, `not all servers of ${api} serve`);
      await pause(1000);
    }
  };

  it("boots servers through the proxy, and has nothing to do in the next up", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    const cloud = await stage.cloud();
    for (const host of ["edge-compute-1", "edge-compute-2"])
      strictEqual((await cloud.boot(`on-${host}`, host)).status, "ACTIVE", host);
    for (const api of ["keystone", "placement", "glance", "nova-api", "neutron"]) ok(await served(api), api);
    const { services } = await cloud.ask<{ services: { binary: string; host: string; state: string }[] }>(
      "compute",
      "/os-services",
    );
    deepStrictEqual(
      services
        .filter(({ binary, state }) => binary !== "nova-compute" && state === "up")
        .map(({ host }) => host)
        .sort(),
      ["core-nova-conductor", "core-nova-conductor-2", "core-nova-scheduler", "core-nova-scheduler-2"],
    );
    const again = await stage.buswide("up");
    strictEqual(again.exitCode, 0, again.all);
    ok(again.all.includes("no changes"), again.all);
  });

  it("goes on when the first server of each service dies, one after the other", async () => {
    for (const service of [
      "keystone",
      "placement",
      "glance",
      "nova-api",
      "neutron",
      "nova-scheduler",
      "nova-conductor",
    ]) {
      await docker("kill", `core-${service}`);
      // Two checks, a second apart.
      await pause(4000);
      const cloud = await stage.cloud();
      const { status } = await cloud.boot(`without-${service}`, "edge-compute-1", 120);
      strictEqual(status, "ACTIVE", service);
      await docker("start", `core-${service}`);
      if (!service.startsWith("nova-") || service === "nova-api") await untilServed(service);
    }
  });

  it("leaves out a server that hangs, and takes it back", async () => {
    await docker("pause", "core-keystone-2");
    try {
      // Each check is waited for 3 s.
      await pause(10_000);
      ok(!(await served("keystone")));
      for (let login = 0; login < 4; login++) {
        const started = Date.now();
        await stage.cloud();
        // What asking Pulumi for the file takes is part of it.
        ok(Date.now() - started < 60_000);
      }
    } finally {
      await docker("unpause", "core-keystone-2");
    }
    await untilServed("keystone");
  });

  it("finds an image's data whichever server is asked", async () => {
    const cloud = await stage.cloud();
    const { images } = await cloud.ask<{ images: { id: string }[] }>("image", "/v2/images");
    const id = images[0]?.id ?? "";
    for (let tries = 0; tries < 4; tries++)
      strictEqual((await cloud.bytes("image", `/v2/images/${id}/file`)).length, 1024);
  });

  it("has no data of an image while the server that has it is away, whichever others there are", async () => {
    const cloud = await stage.cloud();
    const { images } = await cloud.ask<{ images: { id: string }[] }>("image", "/v2/images");
    const id = images[0]?.id ?? "";
    const had: string[] = [];
    for (const service of ["glance", "glance-2"]) {
      await docker("kill", `core-${service}`);
      await pause(4000);
      const answer = cloud.bytes("image", `/v2/images/${id}/file`);
      had.push(await answer.then(({ length }) => `${length} B`, String));
      await docker("start", `core-${service}`);
      await untilServed("glance");
    }
    strictEqual(had.filter((one) => one === "1024 B").length, 1, had.join("; "));
    strictEqual(had.filter((one) => /\/file: 503 /.test(one)).length, 1, had.join("; "));
  });

  it("leaves nothing when it is destroyed", async () => {
    strictEqual((await stage.buswide("destroy", "--keep-images")).exitCode, 0);
    deepStrictEqual(await stage.leftovers(), []);
  });
});
