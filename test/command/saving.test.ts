import { equal, ok } from "assert/strict";
import { savesAtEnd } from "../../bin/engine/saving";
import { expectedResources } from "../../bin/report/phases";
import { deployed } from "../support/experiments";
import { planned } from "../support/plans";
import { controlPlaneScenario, smallScenario, smallScenarioWith } from "../support/scenarios";

describe("the state of a stack", () => {
  it("is saved at each step where there is little to save, and where something isn't in Docker", () => {
    equal(savesAtEnd(60, { allInDocker: true }), false);
    equal(savesAtEnd(1111, { allInDocker: true }), true);
    equal(savesAtEnd(1111, { allInDocker: false }), false);
  });

  it("grows by as many resources as a plan says", async () => {
    const small = smallScenario();
    const larger = smallScenarioWith(["sites", "edge"], { count: 12 });
    const few = await deployed(small);
    const many = await deployed(larger);
    equal(
      expectedResources(planned(larger)) - expectedResources(planned(small)),
      many.registrations.length - few.registrations.length,
    );
    const services = await deployed(controlPlaneScenario());
    ok(Math.abs(expectedResources(planned(controlPlaneScenario())) - services.registrations.length) <= 6);
    const overSites = controlPlaneScenario({
      database: { kind: "galera", nodes: { core: 1, edge: 1 }, arbitrator: "core" },
    });
    const { registrations } = await deployed(overSites);
    equal(
      expectedResources(planned(overSites)) - expectedResources(planned(controlPlaneScenario())),
      registrations.length - services.registrations.length,
    );
    // Besides, there are the WAN, the target and a secret.
    ok(Math.abs(expectedResources(planned(small)) - few.registrations.length) <= 6);
  });
});
