import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { buswide, projectRoot } from "../command/shim";
import { demoWith, losesNoMessage } from "../support/demo";

const stack = "demo-long";

describe("the demo, with all of its workloads,", function () {
  this.timeout(15 * 60_000);
  let folder = "";
  let file = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buswide-"));
    file = join(folder, `Pulumi.${stack}.yaml`);
  });
  after(async () => {
    await buswide(["destroy", stack, "--keep-images"]);
    rmSync(folder, { recursive: true });
    rmSync(join(projectRoot, "runs", stack), { recursive: true, force: true });
  });

  it("loses packets on a lossy link, and no message", async () => {
    const names = ["call", "call-closed", "cast", "fanout", "notify"];
    writeFileSync(file, demoWith(names));
    await losesNoMessage({ stack, file }, names);
  });
});
