import { arrivesWhereItShould, makeCountedStage } from "../containers/counting";
import type { Stage } from "../containers/probeStage";

describe("ombt against a real broker, its test cases of several topics:", function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async function () {
    this.timeout(600_000);
    stage = await makeCountedStage();
  });

  after(async () => {
    await stage.remove();
  });

  // Those of one topic are in the short form.
  for (const { name, change } of [
    { name: "casts on two topics (TC2)", change: { pattern: "cast", topics: 2, testCase: "TC2" } },
    { name: "two fanouts (TC4)", change: { pattern: "fanout", topics: 2, testCase: "TC4" } },
  ] as const)
    it(`${name} of ombt arrive wherever they should, and no message of the warm-up is among them`, () =>
      arrivesWhereItShould(stage, change, 1));
});
