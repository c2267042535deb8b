import assert from "assert/strict";
import { watchSteal, watchStealOf } from "../../workloads/runner/steal";

/** /proc/stat as it is read time after time; in each 1,000 ticks of which so many were stolen. */
function stat(...stolen: number[]): () => string {
  let [total, gone] = [5000, 70];
  const texts = [0, ...stolen].map((ticks, at) => {
    if (at > 0) [total, gone] = [total + 1000 - ticks, gone + ticks];
    return `cpu  ${total - 300} 100 50 50 50 30 20 ${gone} 40 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n`;
  });
  return () => texts.shift() ?? assert.fail("read once more than expected");
}

describe("what a virtual machine's host takes", () => {
  it("is told as the share of the time since", () => {
    assert.match(
      watchSteal(stat(83))() ?? "",
      /^the host of this virtual machine took 8 % of its processors' time /,
    );
  });

  it("is not worth a word below one in a hundred", () => {
    assert.equal(watchSteal(stat(9))(), undefined);
  });

  it("is told of this machine where containers are on it, and not of hosts", () => {
    assert.match(watchStealOf({}, stat(83))() ?? "", /^the host of this virtual machine/);
    assert.equal(watchStealOf({ hosts: { alpha: { host: "a" } } }, stat(83))(), undefined);
  });

  it("is not known where the kernel does not count it", () => {
    const without = () => "cpu  1 2 3 4\n";
    assert.equal(watchSteal(without)(), undefined);
    const none = () => {
      throw new Error("ENOENT");
    };
    assert.equal(watchSteal(none)(), undefined);
  });
});
