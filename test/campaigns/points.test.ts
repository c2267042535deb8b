import { deepEqual, equal, notDeepEqual } from "assert/strict";
import fc from "fast-check";
import { describePoint, planOrder, planPoints } from "../../campaigns/points";

describe("the points of a campaign", () => {
  it("of a grid are every combination, the last path changing fastest", () =>
    deepEqual(
      planPoints({ grid: { a: [1, 2], b: ["x", "y"] } }).map(({ values }) => values),
      [
        { a: 1, b: "x" },
        { a: 1, b: "y" },
        { a: 2, b: "x" },
        { a: 2, b: "y" },
      ],
    ));

  it("of a zip are the first values together, the second together, and so on", () =>
    deepEqual(
      planPoints({ zip: { a: [1, 2], b: ["x", "y"] } }).map(({ values }) => values),
      [
        { a: 1, b: "x" },
        { a: 2, b: "y" },
      ],
    ));

  it("of a list, a zip and a grid are each entry with each step with each combination", () => {
    const points = planPoints({ list: [{ l: 1 }, { l: 2 }], zip: { z: [1, 2, 3] }, grid: { g: [1, 2] } });
    equal(points.length, 12);
    equal(new Set(points.map(({ values }) => JSON.stringify(values))).size, 12);
    deepEqual(
      points.map(({ index }) => index),
      Array.from({ length: 12 }, (_, at) => at),
    );
  });
});

describe("the order of a campaign", () => {
  const size = fc.integer({ min: 1, max: 12 });

  it("measures each point once in each repetition, and ends one repetition before it begins the next", () =>
    fc.assert(
      fc.property(size, size, fc.nat(), (points, repetitions, seed) => {
        const order = planOrder(points, repetitions, seed);
        deepEqual(
          order.map(({ repetition }) => repetition),
          Array.from({ length: points * repetitions }, (_, at) => Math.floor(at / points) + 1),
        );
        for (let block = 1; block <= repetitions; block += 1)
          deepEqual(
            order
              .filter(({ repetition }) => repetition === block)
              .map(({ point }) => point)
              .sort((a, b) => a - b),
            Array.from({ length: points }, (_, at) => at),
          );
      }),
    ));

  it("is the same for the same seed and another for another", () => {
    deepEqual(planOrder(8, 3, 7), planOrder(8, 3, 7));
    notDeepEqual(planOrder(8, 3, 7), planOrder(8, 3, 8));
  });

  it("differs from one repetition to the next, and brings each point to each place about equally often", () => {
    const repetitions = 3000;
    const order = planOrder(4, repetitions, 1);
    const counts = new Map<string, number>();
    for (const { index, point } of order) {
      const key = `${point} at ${index % 4}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    equal(counts.size, 16);
    // Binomial with mean 750 and deviation 24: five deviations.
    for (const [key, count] of counts) equal(Math.abs(count - 750) < 120, true, `${key}: ${count}`);
  });
});

describe("a point in words", () => {
  it("tells maps apart by what is in them, and by names where nothing is said of these", () => {
    const words = (value: unknown) =>
      describePoint({ controlPlane: JSON.parse(JSON.stringify(value)) as never });
    equal(words({ kind: "rabbitmq", topology: "single" }), "controlPlane rabbitmq single");
    equal(words({ edge: {} }), "controlPlane edge");
    equal(words({}), "controlPlane none");
  });

  it("has the labels of its paths", () =>
    equal(describePoint({ "links[0].delay": "25ms" }, { "links[0].delay": "delay" }), "delay 25ms"));
});
