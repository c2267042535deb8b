import { assertRefused, correct, refuses } from "./refusal";
import { smallScenarioWith } from "../support/scenarios";

const link = (figures: object) => ({ between: ["core", "edge-1"], delay: "25ms", ...figures });

const noLink =
  "and a run could not tell that from no link: use at most 80%, leave the link out, or cut it for a time in a workload's timeline, such as { at: 10s, for: 30s, cut: [core, edge] }";

describe("an impairment is refused for", () => {
  refuses([
    {
      claim: "a distribution that there is not",
      place: ["links", 0, "jitter"],
      value: { by: "2ms", distribution: "cauchy" },
      path: "links[0].jitter.distribution",
      message: `expected one of "uniform", "normal", "pareto", got "cauchy"`,
    },
    {
      claim: "an unknown setting of jitter",
      place: ["links", 0, "jitter"],
      value: { by: "2ms", shape: "normal" },
      path: "links[0].jitter.shape",
      message: `there is no setting "shape" here: ${correct}`,
    },
    {
      claim: "jitter without its size",
      place: ["links", 0, "jitter"],
      value: { distribution: "normal" },
      path: "links[0].jitter.by",
      message: `missing: expected text with a unit, such as "25ms"`,
    },
    {
      claim: "a link that loses everything",
      place: ["links", 0, "loss"],
      value: "100%",
      path: "links[0].loss",
      message: `100% of packets would not arrive between "core" and "edge-1", ${noLink}`,
    },
    {
      claim: "a link that loses nearly everything in one direction, in bursts",
      place: ["links", 0, "loss"],
      value: { there: "1%", back: { bursts: { begins: "90%", ends: "10%" } } },
      path: "links[0].loss.back",
      message: `90% of packets would not arrive between "core" and "edge-1", ${noLink}`,
    },
    {
      claim: "a link that corrupts nearly everything",
      place: ["links", 0, "corrupt"],
      value: "81%",
      path: "links[0].corrupt",
      message: `81% of packets would not arrive between "core" and "edge-1", ${noLink}`,
    },
    {
      claim: "a jitter that never changes",
      place: ["links", 0, "jitter"],
      value: { by: "2ms", correlation: "100%" },
      path: "links[0].jitter.correlation",
      message: "100% would give every packet the first one's jitter: use less than 100%",
    },
    {
      claim: "normal jitter that reaches below zero",
      place: ["links", 0, "jitter"],
      value: { by: "7ms", distribution: "normal" },
      path: "links[0].jitter",
      message: `7ms of normal jitter reaches further than the delay of 25ms between "core" and "edge-1", which would have packets arrive before they leave: use at most 6.25ms`,
    },
    {
      claim: "bursts that never end",
      place: ["links", 0, "loss"],
      value: { bursts: { begins: "1%", ends: "0%" } },
      path: "links[0].loss.bursts.ends",
      message: "0% means that bursts never end: use more than zero, or a plain loss such as 1%",
    },
    {
      claim: "bursts without their end",
      place: ["links", 0, "loss"],
      value: { bursts: { begins: "1%" } },
      path: "links[0].loss.bursts.ends",
      message: `missing: expected text with a unit, such as "0.1%"`,
    },
    {
      claim: "a queue without a line to wait for",
      place: ["links", 0, "queue"],
      value: { packets: 100 },
      path: "links[0].queue",
      message: `there is no rate between "core" and "edge-1", so nothing ever waits: give one, such as rate: 100mbit, or leave the queue out`,
    },
    {
      claim: "a queue bounded in two ways",
      place: ["links", 0, "queue"],
      value: { packets: 100, bytes: "64KiB" },
      path: "links[0].queue",
      message: "bound it in one way, not 2: { packets: 100 }, { bytes: 64KiB } or { time: 20ms }",
    },
    {
      claim: "a queue without room",
      place: ["links", 0, "queue"],
      value: { packets: 0 },
      path: "links[0].queue.packets",
      message: "expected at least 1, got 0",
    },
    {
      claim: "more than all packets twice",
      place: ["links", 0, "duplicate"],
      value: "101%",
      path: "links[0].duplicate",
      message: `"101%" is too much: use at most 100%`,
    },
    {
      claim: "so many overtaking packets that the delay is no longer what most have",
      place: ["links", 0, "reorder"],
      value: { percent: "100%", gap: 3 },
      path: "links[0].reorder",
      message: `33.333% of packets would overtake between "core" and "edge-1", and the delay would not be what most have: use at most 25%, or a larger gap`,
    },
    {
      claim: "a corruption without a unit",
      place: ["links", 0, "corrupt"],
      value: "1",
      path: "links[0].corrupt",
      message: `"1" has no unit: add the unit %, such as "0.1%"`,
    },
  ]);

  it("pareto jitter of one direction that reaches below zero, naming the direction", () =>
    assertRefused(
      smallScenarioWith(["links", 0, "jitter"], {
        there: "0ms",
        back: { by: "38ms", distribution: "pareto" },
      }),
      [
        "links[0].jitter.back",
        `38ms of pareto jitter reaches further than the delay of 25ms between "core" and "edge-1", which would have packets arrive before they leave: use at most 37.5ms`,
      ],
    ));

  it("overtaking where there is no delay", () =>
    assertRefused(
      smallScenarioWith(["links", 0], link({ between: ["core", "edge"], delay: "0ms", reorder: "1%" })),
      [
        "links[0].reorder",
        `there is no delay between "core" and "edge-1", so no packet can be overtaken: give one, such as delay: 25ms`,
      ],
    ));

  it("a queue in bytes where netem is asked for, which has none", () => {
    const scenario = smallScenarioWith(["links", 0, "rate"], "10mbit") as {
      links: Record<string, unknown>[];
      target?: unknown;
    };
    Object.assign(scenario.links[0] ?? {}, { queue: { time: "20ms" } });
    scenario.target = { kind: "local", emulator: "netem" };
    assertRefused(scenario, [
      "links[0]",
      "netem has no queue: { bytes } or { time }: bound the queue in packets, such as queue: { packets: 100 }, or use another emulator",
    ]);
  });
});
