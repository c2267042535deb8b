import { deepStrictEqual, ok, strictEqual } from "assert";
import fc from "fast-check";
import { planned } from "../support/plans";
import { parsed, smallScenario, smallScenarioWith } from "../support/scenarios";

const directionsOf = (figures: object) => {
  const plan = planned(
    smallScenarioWith(["links", 0], { between: ["core", "edge"], delay: "25ms", ...figures }),
  );
  const [link] = plan.links;
  ok(link);
  return { there: link.there, back: link.back };
};

const plain = { delayMs: 25, jitterMs: 0, lossPercent: 0 };

describe("a planned impairment", () => {
  it("has nothing that was not asked for, so that what causes a measurement stays what it was", () => {
    deepStrictEqual(directionsOf({}), { there: plain, back: plain });
    // Nor has the parsed scenario, whose hash is published.
    const [link] = parsed(smallScenario()).links;
    deepStrictEqual(Object.keys(link ?? {}), ["between", "delay", "jitter", "loss", "exceptions"]);
    ok(!("timeline" in (parsed(smallScenario()).workloads[0] ?? {})));
  });

  it("names the distribution of jitter unless it is the uniform one", () => {
    const { there, back } = directionsOf({
      jitter: { there: { by: "2ms", distribution: "normal" }, back: { by: "3ms", correlation: "25%" } },
    });
    deepStrictEqual(there, { ...plain, jitterMs: 2, jitterDistribution: "normal" });
    deepStrictEqual(back, { ...plain, jitterMs: 3, jitterCorrelationPercent: 25 });
  });

  it("has the mean of losses in bursts as its loss", () => {
    const { there } = directionsOf({ loss: { bursts: { begins: "1%", ends: "24%", inside: "50%" } } });
    strictEqual(there.lossPercent, 2);
    deepStrictEqual(there.lossBursts, {
      beginsPercent: 1,
      endsPercent: 24,
      insidePercent: 50,
      outsidePercent: 0,
    });
  });

  it("bounds a queue in time by what the line of that direction carries in it", () => {
    const { there, back } = directionsOf({
      rate: { there: "10mbit", back: "1mbit" },
      queue: { time: "20ms" },
    });
    strictEqual(there.limitBytes, 25_000);
    strictEqual(back.limitBytes, 2_500);
    strictEqual(directionsOf({ rate: "1mbit", queue: { bytes: "64KiB" } }).back.limitBytes, 65_536);
    strictEqual(directionsOf({ rate: "1mbit", queue: { packets: 50 } }).back.limitPackets, 50);
  });

  it("doubles, reorders and corrupts in the direction that was asked to", () => {
    const { there, back } = directionsOf({
      duplicate: "1%",
      reorder: { there: "5%", back: { percent: "50%", gap: 3 } },
      corrupt: { there: "0%", back: "0.1%" },
    });
    deepStrictEqual(there, { ...plain, duplicatePercent: 1, reorder: { percent: 5, gap: 1 } });
    deepStrictEqual(back, {
      ...plain,
      duplicatePercent: 1,
      corruptPercent: 0.1,
      reorder: { percent: 50, gap: 3 },
    });
  });

  it("of an exception turns with its ends", () => {
    const plan = planned(
      smallScenarioWith(["links", 0], {
        between: ["core", "edge"],
        delay: "25ms",
        exceptions: [
          {
            between: ["edge-2", "core"],
            jitter: { there: { by: "1ms", distribution: "pareto" }, back: "2ms" },
          },
        ],
      }),
    );
    const [, second] = plan.links;
    deepStrictEqual(second?.there, { ...plain, jitterMs: 2 });
    deepStrictEqual(second.back, { ...plain, jitterMs: 1, jitterDistribution: "pareto" });
  });

  it("loses between what is lost in and outside bursts, whatever these are", () => {
    const percent = fc.integer({ min: 1, max: 100 });
    // Of more than 80 % on the whole a link is refused.
    const lost = fc.integer({ min: 1, max: 80 });
    fc.assert(
      fc.property(percent, percent, lost, lost, (begins, ends, inside, outside) => {
        const bursts = {
          begins: `${begins}%`,
          ends: `${ends}%`,
          inside: `${inside}%`,
          outside: `${outside}%`,
        };
        const { lossPercent } = directionsOf({ loss: { bursts } }).there;
        ok(
          lossPercent >= Math.min(inside, outside) - 1e-9 && lossPercent <= Math.max(inside, outside) + 1e-9,
        );
      }),
      { numRuns: 50 },
    );
  });
});
