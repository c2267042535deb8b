import assert from "assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { holdOffIdleStates } from "../../workloads/runner/idleStates";

describe("keeping processors awake", () => {
  const folder = mkdtempSync(join(tmpdir(), "buswide-idle-"));
  const file = join(folder, "cpu_dma_latency");

  after(() => rmSync(folder, { recursive: true }));

  it("is not done where the kernel does not offer it", () => {
    assert.equal(holdOffIdleStates(file), false);
  });

  it("asks for no time at all, in the kernel's format", () => {
    writeFileSync(file, "");
    assert.equal(holdOffIdleStates(file), true);
    assert.deepEqual([...readFileSync(file)], [0, 0, 0, 0]);
  });
});
