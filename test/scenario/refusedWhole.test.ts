import { formatPath } from "../../stacks/scenario/messages";
import { smallScenarioWith } from "../support/scenarios";
import { assertRefused } from "./refusal";

describe("a scenario is refused for", () => {
  it("being nothing, text, a number or a list", () => {
    const settings = "expected settings, as in { setting: value }";
    assertRefused(undefined, ["", `missing: ${settings}`]);
    assertRefused(null, ["", `${settings}, got null`]);
    assertRefused("a, b", ["", `${settings}, got "a, b"`]);
    assertRefused(7, ["", `${settings}, got 7`]);
    assertRefused([], ["", `${settings}, got []`]);
  });

  for (const place of [
    ["__proto__"],
    ["sites", "__proto__"],
    ["links", 0, "__proto__"],
    ["workloads", 0, "clients", "__proto__"],
  ])
    it(`the key ${place.join(".")}, which JavaScript hides`, () =>
      assertRefused(smallScenarioWith(place, { count: 2 }), [
        formatPath(place),
        `"__proto__" can be neither a setting nor a name: take it out`,
      ]));

  it("all that is wrong with it at once", () => {
    const scenario = smallScenarioWith(["links", 0, "loss"], "150%");
    scenario["seed"] = -1;
    assertRefused(
      scenario,
      ["links[0].loss", `"150%" is too much: use at most 100%`],
      ["seed", "expected at least 0, got -1"],
    );
  });

  it("a long value by its beginning, not by pages", () => {
    assertRefused(
      smallScenarioWith(
        ["description"],
        Array.from({ length: 1000 }, () => "word"),
      ),
      [
        "description",
        `expected text, got ["word","word","word","word","word","word","word","word","word","word","word","w…`,
      ],
    );
  });
});
