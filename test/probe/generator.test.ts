import { strict as assert } from "assert";
import { GeneratorWatch } from "../../workloads/probe/generator";

describe("the load generator", () => {
  it("is saturated when one of its processes has used up a core, however idle the others are", () => {
    const watch = new GeneratorWatch();
    for (const [at, cpu] of [[1, 2.0], [2, 2.95], [5, 5.9]] as const) watch.add(0, [at, cpu], true); // prettier-ignore
    watch.add(1, [1, 3], true);
    watch.add(1, [5, 3.2], true);
    assert.deepEqual(watch.summary(undefined), { busiestProcessCpuPercent: 97.5, saturated: true });
  });

  it("is saturated when operations start late although its processors are not used up", () => {
    const watch = new GeneratorWatch();
    watch.add(0, [1, 1], true);
    watch.add(0, [3, 1.4], true);
    assert.deepEqual(watch.summary(0.5), { busiestProcessCpuPercent: 20, saturated: false });
    assert.deepEqual(watch.summary(1.5), { busiestProcessCpuPercent: 20, saturated: true });
  });

  it("is not judged by what it did before the window, or by too short a one", () => {
    const watch = new GeneratorWatch();
    watch.add(0, [-0.5, 0], true);
    watch.add(0, [1, 9], true);
    watch.add(0, [1.5, 9.1], true);
    assert.equal(watch.summary(0), undefined);
    watch.add(0, [3, 9.2], true);
    assert.equal(watch.summary(0)?.busiestProcessCpuPercent, 10);
  });

  it("is saturated when a process was at its limit until it was done, however long it waited for others", () => {
    const watch = new GeneratorWatch();
    watch.add(0, [1, 1], true);
    watch.add(0, [4, 3.9], true);
    for (let at = 5; at < 60; at++) watch.add(0, [at, 3.9], false);
    assert.deepEqual(watch.summary(undefined), { busiestProcessCpuPercent: 96.7, saturated: true });
  });

  it("is saturated when a process was at its limit for ten seconds, though it had little to do afterwards", () => {
    const watch = new GeneratorWatch();
    for (let at = 0; at <= 60; at++) watch.add(0, [at, Math.min(at, 12) * 0.95 + at * 0.01], true);
    assert.deepEqual(watch.summary(undefined), { busiestProcessCpuPercent: 96, saturated: true });
  });

  it("is not saturated by a second at its limit", () => {
    const watch = new GeneratorWatch();
    for (let at = 0; at <= 60; at++) watch.add(0, [at, Math.min(at, 1)], true);
    assert.deepEqual(watch.summary(undefined), { busiestProcessCpuPercent: 10, saturated: false });
  });
});
