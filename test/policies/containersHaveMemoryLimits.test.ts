import { deepStrictEqual } from "assert";
import { containersHaveMemoryLimits as policy } from "../../policies/containers-have-memory-limits";
import { smallScenario } from "../support/scenarios";
import { container, deployedResources, judge, unknownValue } from "./judge";

const noLimit = "the container box has no memory limit: set memory, in MiB, and memorySwap to the same";

describe("the policy containers-have-memory-limits", () => {
  it("is content with an experiment", async () =>
    deepStrictEqual(await judge(policy, (await deployedResources(smallScenario())).inputs), []));

  it("is content with memory and swap limited to the same", async () =>
    deepStrictEqual(await judge(policy, [container({ memory: 128, memorySwap: 128 })]), []));

  it("refuses a container without a limit", async () => {
    deepStrictEqual(await judge(policy, [container({})]), [noLimit]);
    deepStrictEqual(await judge(policy, [container({ memory: undefined, memorySwap: 128 })]), [noLimit]);
  });

  it("refuses a limit of zero, which to the engine is none", async () =>
    deepStrictEqual(await judge(policy, [container({ memory: 0, memorySwap: 0 })]), [noLimit]));

  it("refuses swap beyond the memory", async () => {
    const message = (swap: string) =>
      `the container box is limited to 128 MiB of memory and ${swap} with swap: set memorySwap to 128 as well`;
    deepStrictEqual(await judge(policy, [container({ memory: 128 })]), [message("to nothing")]);
    deepStrictEqual(await judge(policy, [container({ memory: 128, memorySwap: -1 })]), [
      message("to nothing"),
    ]);
    deepStrictEqual(await judge(policy, [container({ memory: 128, memorySwap: 256 })]), [
      message("to 256 MiB"),
    ]);
  });

  it("counts a limit that is not known as none", async () =>
    deepStrictEqual(await judge(policy, [container({ memory: unknownValue })]), [noLimit]));

  it("refuses more than it is configured to allow", async () => {
    const large = [container({ memory: 513, memorySwap: 513 })];
    deepStrictEqual(await judge(policy, large, { mostMiB: 513 }), []);
    deepStrictEqual(await judge(policy, large, { mostMiB: 512 }), [
      "the container box may take 513 MiB: give it 512 MiB or less",
    ]);
  });

  it("speaks of each of several containers, and of nothing else", async () =>
    deepStrictEqual(
      await judge(policy, [
        container({}, "a"),
        container({ memory: 64, memorySwap: 64 }, "b"),
        { type: "docker:index/network:Network", name: "c", props: {} },
        container({}, "d"),
      ]),
      ["a", "d"].map((name) => noLimit.replace("box", name)),
    ));
});
