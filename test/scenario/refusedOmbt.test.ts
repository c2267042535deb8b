import { deepStrictEqual } from "assert";
import { planWorkload } from "../../components/plan/workloads";
import { expandSites } from "../../stacks/scenario/expand";
import { parseScenario } from "../../stacks/scenario/parse";
import { usesBus } from "../../stacks/scenario/workloadKinds";
import { assertRefused } from "./refusal";

const scenario = (topology: string, change: object = {}) => ({
  sites: { core: {}, edge: {} },
  links: [{ between: ["core", "edge"], delay: "5ms" }],
  bus: { kind: "rabbitmq", topology },
  workloads: [
    {
      name: "o",
      kind: "rpc",
      tool: "ombt",
      case: "TC2",
      topics: 2,
      clients: { edge: 2 },
      servers: { core: 2 },
      calls: 10,
      pause: "250ms",
      ...change,
    },
  ],
});

describe("ombt as a tool", () => {
  it("is planned with its test case and its pause", () => {
    const parsed = parseScenario(scenario("single"));
    const [workload] = parsed.workloads;
    const planned =
      workload && usesBus(workload) && planWorkload(parsed, workload, expandSites(parsed.sites));
    deepStrictEqual(
      planned && [
        planned.tool,
        planned.testCase,
        planned.pauseSeconds,
        planned.callsPerClient,
        planned.topics,
      ],
      ["ombt", "TC2", 0.25, 10, 2],
    );
  });

  it("leaves no trace in the plan of a workload of the probe, whose measurements stay as they are", () => {
    const parsed = parseScenario(
      scenario("single", { tool: "probe", case: undefined, pause: undefined, topics: 1 }),
    );
    const [workload] = parsed.workloads;
    const planned =
      workload && usesBus(workload) && planWorkload(parsed, workload, expandSites(parsed.sites));
    deepStrictEqual(
      Object.keys(planned ?? {}).filter((key) => ["tool", "testCase", "pauseSeconds"].includes(key)),
      [],
    );
  });

  it("is refused on a federation, which does not carry its exchanges", () => {
    assertRefused(scenario("federation"), [
      "workloads[0].tool",
      "ombt names its exchanges itself, and the federation carries the probe's: use tool: probe, or another topology",
    ]);
  });
});
