import assert from "assert/strict";
import { readFileSync } from "fs";
import { resolve } from "path";
import { emulatorAbilities, lackingIn, renderAbilities } from "../../components/target/emulators";
import { impairment } from "../../workloads/results/schema";

describe("what the emulators can do", () => {
  it("is said of every figure that an impairment has", () => {
    assert.deepEqual(
      emulatorAbilities()
        .flatMap(({ fields }) => fields)
        .sort(),
      Object.keys(impairment.shape).sort(),
    );
  });

  it("comes with what to do instead wherever one of them lacks it", () => {
    for (const { netem, nfqueue, instead, setting } of emulatorAbilities())
      assert.equal(netem === null || nfqueue === null, instead !== undefined, setting);
  });

  it("lacks nothing that was not asked for", () => {
    const plain = { delayMs: 1, jitterMs: 0, lossPercent: 0 };
    assert.deepEqual(lackingIn(plain, "netem"), []);
    assert.deepEqual(
      lackingIn({ ...plain, limitBytes: 5 }, "netem").map(({ setting }) => setting),
      ["queue: { bytes } or { time }"],
    );
    assert.deepEqual(lackingIn({ ...plain, limitBytes: 5 }, "nfqueue"), []);
  });

  it("stands in docs/emulation.md as the table made from it", () => {
    const text = readFileSync(resolve(__dirname, "../../docs/emulation.md"), "utf8");
    assert.ok(text.includes(renderAbilities()), `the table should be:\n${renderAbilities()}`);
  });
});
