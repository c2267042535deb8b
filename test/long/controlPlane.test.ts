import { strictEqual } from "assert";
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
