import { deepStrictEqual } from "assert";
import { cloudsStayWithinBudget as policy } from "../../policies/clouds-stay-within-budget";
import { openstackScenario } from "../support/openstack";
import { cloudResources, judgeStack, unknownValue, type Judged } from "./judge";

const instance = (flavorName: string, name = "one"): Judged => ({
  type: "openstack:compute/instance:Instance",
  name,
  props: { flavorName },
});
const flavors = { "m1.small": 1, "m1.large": 4 };

describe("the policy clouds-stay-within-budget", () => {
  it("is content with a deployment within the budget that its scenario gives itself", async () => {
    const raw = openstackScenario({ budget: { cores: 4, flavors } });
    deepStrictEqual(await judgeStack(policy, await cloudResources(raw)), []);
  });

  it("refuses one that is over its scenario's own, by what the deployment gives out", async () => {
    const raw = openstackScenario({ budget: { cores: 4, flavors } });
    const more = [...(await cloudResources(raw)), instance("m1.large", "five")];
    deepStrictEqual(await judgeStack(policy, more), [
      ["5 instances have 8 cores together: the budget is 4", undefined],
    ]);
  });

  it("refuses one that is over the budget of whoever pays, which goes before its own", async () => {
    const raw = openstackScenario({ budget: { cores: 4, flavors } });
    deepStrictEqual(await judgeStack(policy, await cloudResources(raw), { cores: 3 }), [
      ["4 instances have 4 cores together: the budget is 3", undefined],
    ]);
  });

  it("refuses flavors that the budget does not have, each where it is used", async () =>
    deepStrictEqual(
      await judgeStack(
        policy,
        [instance("m1.small"), instance("gpu", "two"), instance("baremetal", "three")],
        { flavors },
      ),
      [
        ['the instance two is of the flavor "gpu": the budget has m1.small, m1.large', "two"],
        ['the instance three is of the flavor "baremetal": the budget has m1.small, m1.large', "three"],
      ],
    ));

  it("adds cores up over all instances", async () => {
    const all = [instance("m1.large", "a"), instance("m1.large", "b"), instance("m1.small", "c")];
    deepStrictEqual(await judgeStack(policy, all, { cores: 9, flavors }), []);
    deepStrictEqual(await judgeStack(policy, all, { cores: 8, flavors }), [
      ["3 instances have 9 cores together: the budget is 8", undefined],
    ]);
  });

  it("says that cores can't be counted without the flavors' sizes", async () => {
    deepStrictEqual(await judgeStack(policy, [instance("m1.small")], { cores: 8 }), [
      ["the budget has 8 cores, and does not say how many a flavor has: add its flavors", undefined],
    ]);
    deepStrictEqual(await judgeStack(policy, [], { cores: 8 }), []);
  });

  it("has nothing to say without a budget, or of what a preview does not know", async () => {
    deepStrictEqual(await judgeStack(policy, [instance("gpu")]), []);
    deepStrictEqual(await judgeStack(policy, [instance(unknownValue)], { cores: 1, flavors }), []);
    const component = {
      type: "buswide:openstack:Infrastructure",
      name: "cloud",
      props: { budget: unknownValue },
    };
    deepStrictEqual(await judgeStack(policy, [component, instance("gpu")]), []);
  });
});
