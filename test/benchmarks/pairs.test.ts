import { strict as assert } from "assert";
import { Cleanup } from "../../benchmarks/support/cleanup";
import { interleave } from "../../benchmarks/support/pairs";

describe("the pairs of a benchmark", () => {
  const signal = new AbortController().signal;

  it("are measured side by side, and the side that goes first changes", async () => {
    const order: string[] = [];
    const side = (name: string) => (pair: number) => {
      order.push(`${name}${pair}`);
      return Promise.resolve(`${name}${pair}`);
    };
    const results = await interleave(3, { a: side("a"), b: side("b") }, signal);
    assert.deepEqual(order, ["a0", "b0", "b1", "a1", "a2", "b2"]);
    assert.deepEqual(results, [["a0", "b0"], ["a1", "b1"], ["a2", "b2"]]); // prettier-ignore
  });

  it("stop when they are interrupted, before the next side begins", async () => {
    const interruption = new AbortController();
    let begun = 0;
    const side = () => {
      begun += 1;
      if (begun === 3) interruption.abort(new Error("interrupted"));
      return Promise.resolve(0);
    };
    await assert.rejects(interleave(5, { a: side, b: side }, interruption.signal), /interrupted/);
    assert.equal(begun, 3);
  });
});

describe("what a benchmark makes", () => {
  it("is removed last first, each once, and the rest also when something stays", async () => {
    const removed: string[] = [];
    const cleanup = new Cleanup();
    cleanup.add("stack", () => Promise.resolve(void removed.push("stack")));
    cleanup.add("network", () => Promise.reject(new Error("in use")));
    const early = cleanup.add("image", () => Promise.resolve(void removed.push("image")));
    cleanup.add("container", () => Promise.resolve(void removed.push("container")));
    await early();
    await assert.rejects(cleanup.run(), /^Error: network is left behind: in use$/);
    assert.deepEqual(removed, ["image", "container", "stack"]);
    await cleanup.run();
    assert.equal(removed.length, 3);
  });

  it("is tried again at the end if it could not be removed earlier", async () => {
    let tries = 0;
    const cleanup = new Cleanup();
    const early = cleanup.add("container", () => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error("busy")) : Promise.resolve();
    });
    await assert.rejects(early(), /busy/);
    await cleanup.run();
    assert.equal(tries, 2);
  });
});
