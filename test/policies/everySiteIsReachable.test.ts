import { deepStrictEqual } from "assert";
import { everySiteIsReachable as policy } from "../../policies/every-site-is-reachable";
import { smallScenario, smallScenarioWith } from "../support/scenarios";
import { deployedResources, judgeStack, unknownValue, type Judged } from "./judge";

const site = (name: string, number: number): Judged => ({
  type: "buswide:topology:Site",
  name,
  props: { prefix: `10.0.${number}.0/24`, wanAddress: `10.9.0.${number}` },
});
const link = (a: string, b: string): Judged => ({
  type: "buswide:topology:Link",
  name: `${a}--${b}`,
  props: { between: [a, b] },
});
/** Routes of a site: number of the destination to number of the next hop. */
const routes = (of: string, table: Readonly<Record<number, number>>): Judged => ({
  type: "buswide:topology:Routes",
  name: `${of}-routes`,
  props: {
    site: of,
    routes: Object.fromEntries(
      Object.entries(table).map(([to, hop]) => [`10.0.${to}.0/24`, `10.9.0.${hop}`]),
    ),
  },
});

/** Three sites in a row: a, b, c, of numbers 1, 2, 3. */
const row = [site("a", 1), site("b", 2), site("c", 3), link("a", "b"), link("b", "c")];
const right = [routes("a", { 2: 2, 3: 2 }), routes("b", { 1: 1, 3: 3 }), routes("c", { 1: 2, 2: 2 })];

describe("the policy every-site-is-reachable", () => {
  it("is content with an experiment, by what its components give out", async () => {
    deepStrictEqual(await judgeStack(policy, (await deployedResources(smallScenario())).outputs), []);
    const meshed = smallScenarioWith(["links", 1], { between: ["edge-1", "edge-2"], delay: "1ms" });
    deepStrictEqual(await judgeStack(policy, (await deployedResources(meshed)).outputs), []);
  });

  it("sees an experiment that lost a site's routes", async () => {
    const { outputs } = await deployedResources(smallScenario());
    deepStrictEqual(
      await judgeStack(
        policy,
        outputs.filter(({ name }) => name !== "edge-1-routes"),
      ),
      [["the gateway of edge-1 has no routes: give it Routes to each of the 2 other sites", "edge-1"]],
    );
  });

  it("is content when every route leads on, over sites in between too", async () =>
    deepStrictEqual(await judgeStack(policy, [...row, ...right]), []));

  it("refuses a gateway without a route to a site", async () =>
    deepStrictEqual(await judgeStack(policy, [...row, routes("a", { 2: 2 }), ...right.slice(1)]), [
      ["the gateway of a has no route to c (10.0.3.0/24): add it to its Routes", "a"],
    ]));

  it("refuses a route over a link that there is not", async () =>
    deepStrictEqual(await judgeStack(policy, [...row, routes("a", { 2: 2, 3: 3 }), ...right.slice(1)]), [
      [
        "the gateway of a sends what is for c to c, to which it has no link: add the Link, or route over one that there is",
        "a",
      ],
    ]));

  it("refuses a route to where no site is", async () =>
    deepStrictEqual(await judgeStack(policy, [...row, routes("a", { 2: 2, 3: 77 }), ...right.slice(1)]), [
      [
        "the gateway of a sends what is for c to 10.9.0.77, to which it has no link: add the Link, or route over one that there is",
        "a",
      ],
    ]));

  it("refuses routes that lead round in a circle", async () =>
    deepStrictEqual(
      await judgeStack(
        policy,
        [...row, right[0], routes("b", { 1: 1, 3: 1 }), right[2]].filter((one) => one !== undefined),
      ),
      [
        ["what a sends to c goes round in a circle: route every hop towards c", "a"],
        ["what b sends to c goes round in a circle: route every hop towards c", "b"],
      ],
    ));

  it("asks nothing of one site alone, or of none", async () => {
    deepStrictEqual(await judgeStack(policy, [site("a", 1)]), []);
    deepStrictEqual(await judgeStack(policy, []), []);
  });

  it("leaves a site out that a preview does not know yet, and one that says nothing of itself", async () => {
    const unknown = { type: "buswide:topology:Site", name: "d", props: { prefix: unknownValue } };
    const silent = { type: "buswide:topology:Site", name: "e", props: {} };
    deepStrictEqual(await judgeStack(policy, [...row, ...right, unknown, silent]), []);
  });

  it("takes routes that say nothing of themselves for none", async () =>
    deepStrictEqual(
      await judgeStack(policy, [
        site("a", 1),
        site("b", 2),
        link("a", "b"),
        routes("a", { 2: 2 }),
        { type: "buswide:topology:Routes", name: "b-routes", props: {} },
      ]),
      [["the gateway of b has no routes: give it Routes to each of the 1 other sites", "b"]],
    ));

  it("speaks of each of several sites", async () =>
    deepStrictEqual(
      (await judgeStack(policy, row)).map(([, name]) => name),
      ["a", "b", "c"],
    ));
});
