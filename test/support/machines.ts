import type { PlanFacts } from "../../components/plan/plan";
import { smallScenario, type RawScenario } from "./scenarios";

/** The small scenario on hosts: its core on one, its edges dealt over two others. */
export function machinesScenario(target: object = {}): RawScenario {
  return {
    ...smallScenario(),
    target: {
      kind: "machines",
      hosts: {
        alpha: { host: "192.0.2.11" },
        beta: { host: "192.0.2.12", groups: ["edge"] },
        gamma: { host: "192.0.2.13", groups: ["edge"] },
      },
      ssh: { user: "root" },
      sites: { core: "alpha" },
      ...target,
    },
  };
}

/** What the three hosts say of themselves. */
export const machinesFacts: PlanFacts = {
  stack: "test",
  busy: [],
  hostAddresses: new Map([
    ["alpha", "192.0.2.11"],
    ["beta", "192.0.2.12"],
    ["gamma", "192.0.2.13"],
  ]),
  hostEngines: new Map(["alpha", "beta", "gamma"].map((name) => [name, `engine of ${name}`])),
};
