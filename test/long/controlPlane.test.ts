import { ok, strictEqual } from "assert";
import { ControlPlaneStage } from "../support/controlPlaneStage";

for (const bus of [
  { kind: "artemis" },
  { kind: "rabbitmq", topology: "cluster", nodes: { core: 3 }, queues: "quorum" },
  { kind: "rabbitmq", topology: "federation" },
])
  describe(`a control plane on ${Object.values(bus)
    .filter((value) => typeof value === "string")
    .join(", ")}`, function () {
    this.timeout(900_000);
    const stage = new ControlPlaneStage(`long-control-${bus.kind}`, bus);
    after(() => stage.destroy());

    it("boots servers over a link of 25 ms", async () => {
      const up = await stage.buswide("up");
      strictEqual(up.exitCode, 0, up.all);
      const cloud = await stage.cloud();
      for (const host of ["edge-compute-1", "edge-compute-2"])
        strictEqual((await cloud.boot(`on-${host}`, host)).status, "ACTIVE", host);
    });
  });

describe("a nova-compute that dies", function () {
  this.timeout(900_000);
  const stage = new ControlPlaneStage("long-control-dies", { kind: "rabbitmq" });
  after(() => stage.destroy());

  it("is started again, and takes servers", async () => {
    const up = await stage.buswide("up");
    strictEqual(up.exitCode, 0, up.all);
    const cloud = await stage.cloud();
    const computes = async () =>
      (await stage.inContainer("edge-computes", "sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null; true"))
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([, name, , parent]) => name === "(python3)" && parent !== "1" && parent !== "0");
    const [first] = await computes();
    strictEqual((await computes()).length, 2);
    await stage.inContainer("edge-computes", "sh", "-c", `kill -9 ${first?.[0]}`);
    const back = async () => {
      const now = await computes();
      return now.length === 2 && !now.some(([pid]) => pid === first?.[0]);
    };
    for (let tries = 0; !(await back()); tries++) {
      ok(tries < 60, "the compute did not come back");
      await new Promise((done) => setTimeout(done, 500));
    }
    // What reaches a compute while it starts is an error to it: it has died, for all it knows, while it built that.
    await cloud.reported(["edge-compute-1", "edge-compute-2"], new Date());
    for (const host of ["edge-compute-1", "edge-compute-2"])
      strictEqual((await cloud.boot(`again-on-${host}`, host, 120)).status, "ACTIVE", host);
  });
});
