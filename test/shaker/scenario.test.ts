import { deepEqual } from "assert/strict";
import { renderShakerScenario, testsOf } from "../../workloads/shaker/scenario";
import { pair, shaker } from "./planned";

describe("a scenario of Shaker's", () => {
  it("has static agents at both ends, and tests in which TCP and UDP go each way", () => {
    deepEqual(JSON.parse(renderShakerScenario(shaker(), pair(), ["10.0.0.20", "10.0.1.20"])), {
      title: "core to edge",
      deployment: {
        agents: [
          { id: "core", ip: "10.0.0.20", mode: "primary", minion_id: "edge" },
          { id: "edge", ip: "10.0.1.20", mode: "minion", primary_id: "core" },
        ],
      },
      execution: {
        tests: [
          { title: "core to edge: ping", class: "flent", method: "ping", interval: 0.2, time: 5 },
          { title: "core to edge: tcp there", class: "iperf3", args: "--omit 2", time: 5 },
          { title: "core to edge: tcp back", class: "iperf3", reverse: true, args: "--omit 2", time: 5 },
          {
            title: "core to edge: udp there",
            class: "iperf3",
            udp: true,
            bandwidth: 50e6,
            time: 5,
          },
          {
            title: "core to edge: udp back",
            class: "iperf3",
            reverse: true,
            udp: true,
            bandwidth: 20e6,
            time: 5,
          },
        ],
      },
    });
  });

  it("of a spot names the far end as the host, and has no agents", () => {
    const rendered = JSON.parse(
      renderShakerScenario(shaker({ mode: "spot", tests: ["tcp"], omitSeconds: 0 }), pair(), [
        "10.0.0.20",
        "10.0.1.20",
      ]),
    ) as { deployment?: unknown; execution: unknown };
    deepEqual(rendered.deployment, undefined);
    deepEqual(rendered.execution, {
      tests: [
        { title: "core to edge: tcp there", class: "iperf3", time: 5, host: "10.0.1.20" },
        { title: "core to edge: tcp back", class: "iperf3", reverse: true, time: 5, host: "10.0.1.20" },
      ],
    });
  });

  it("leaves out a start of TCP only: of UDP, iperf3 would count its losses against the rest's datagrams", () => {
    const omitting = testsOf(shaker(), pair()).filter(({ definition }) => "args" in definition);
    deepEqual(
      omitting.map(({ kind }) => kind),
      ["tcp", "tcp"],
    );
  });

  it("gives every test a title of its own", () => {
    const titles = testsOf(shaker(), pair()).map(({ title }) => title);
    deepEqual(new Set(titles).size, titles.length);
  });
});
