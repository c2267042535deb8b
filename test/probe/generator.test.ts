import { strict as assert } from "assert";
import { GeneratorWatch } from "../../workloads/probe/generator";

describe("the load generator", () => {
  it("is saturated when one of its processes has used up a core, however idle the others are", () => {
    const watch = new GeneratorWatch();
    for (const [at, cpu] of [[1, 2.0], [2, 2.95], [5, 5.9]] as const) watch.add(0, [at, cpu]); // prettier-ignore
    watch.add(1, [1, 3]);
    watch.add(1, [5, 3.2]);
    assert.deepEqual(watch.summary(undefined), { busiestProcessCpuPercent: 97.5, saturated: true });
  });

  it("is saturated when operations start late although its processors are not used up", () => {
    const watch = new GeneratorWatch();
    watch.add(0, [1, 1]);
    watch.add(0, [3, 1.4]);
    assert.deepEqual(watch.summary(0.5), { busiestProcessCpuPercent: 20, saturated: false });
    assert.deepEqual(watch.summary(1.5), { busiestProcessCpuPercent: 20, saturated: true });
  });

  it("is not judged by what it did before the window, or by too short a one", () => {
    const watch = new GeneratorWatch();
    watch.add(0, [-0.5, 0]);
    watch.add(0, [1, 9]);
    watch.add(0, [1.5, 9.1]);
    assert.equal(watch.summary(0), undefined);
    watch.add(0, [3, 9.2]);
    assert.equal(watch.summary(0)?.busiestProcessCpuPercent, 10);
  });
});
