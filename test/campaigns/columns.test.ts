import { deepEqual } from "assert/strict";
import { parameterColumns } from "../../campaigns/columns";
import type { Json } from "../../campaigns/schema";

const shown = (path: string, values: Json[]) =>
  parameterColumns(values.map((value) => ({ [path]: value }))).map(({ name, values: column }) => [
    name,
    column,
  ]);

describe("the column of a parameter", () => {
  const cases: readonly (readonly [string, string, Json[], unknown])[] = [
    [
      "has times in one unit",
      "links[0].delay",
      ["0ms", "1s", "500us"],
      [["links[0].delay_ms", [0, 1000, 0.5]]],
    ],
    ["has shares in percent", "links[0].loss", ["0%", "0.1%"], [["links[0].loss_percent", [0, 0.1]]]],
    [
      "has rates in bits per second",
      "links[0].rate",
      ["1gbit", "100 mbit"],
      [["links[0].rate_bit_per_s", [1e9, 1e8]]],
    ],
    ["has sizes in bytes", "bus.memory", ["1GiB", "512MiB"], [["bus.memory_bytes", [2 ** 30, 2 ** 29]]]],
    ["has plain numbers as they are", "workloads[0].calls", [10, 100], [["workloads[0].calls", [10, 100]]]],
    ["has words as they are", "bus.kind", ["rabbitmq", "amqp1"], [["bus.kind", ["rabbitmq", "amqp1"]]]],
    ["has lists as JSON", "bus.edge", [["a", "b"]], [["bus.edge", ['["a","b"]']]]],
    [
      "has lists of maps in words",
      "timeline",
      [[{ at: "5s", cut: ["a", "b"], for: "10s" }]],
      [["timeline", ["at 5s cut a/b for 10s"]]],
    ],
    ["is text where a word stands among quantities", "x", ["25ms", "auto"], [["x", ["25ms", "auto"]]]],
    ["is text where two kinds of quantities meet", "x", ["25ms", "3%"], [["x", ["25ms", "3%"]]]],
    ["is text where numbers and words meet", "x", [3, "many"], [["x", ["3", "many"]]]],
  ];
  for (const [claim, path, values, expected] of cases)
    it(claim, () => deepEqual(shown(path, values), expected));

  it("of a map is one a leaf, empty at points that lack it", () =>
    deepEqual(
      shown("bus", [
        { kind: "rabbitmq", memory: "1GiB" },
        { kind: "zeromq", matchmaker: "redis" },
      ]),
      [
        ["bus.kind", ["rabbitmq", "zeromq"]],
        ["bus.memory_bytes", [2 ** 30, undefined]],
        ["bus.matchmaker", [undefined, "redis"]],
      ],
    ));
});
