import fc from "fast-check";
import { anyPlace, delay, mostly, rate, share, some } from "./words";

const jitter = fc.oneof(
  delay,
  some({ by: delay, distribution: fc.constantFrom("uniform", "normal", "pareto"), correlation: share }, [
    "by",
  ]),
);
const loss = fc.oneof(
  share,
  some({ bursts: some({ begins: share, ends: share }, ["begins", "ends"]) }, ["bursts"]),
);
export const figures = { delay, jitter, loss, rate, duplicate: share, reorder: share };

const link = some({ between: fc.tuple(anyPlace, anyPlace), ...figures, trusted: fc.boolean() }, [
  ...["between", "delay"],
]);

export const sites = fc
  .record({
    edge: mostly(
      fc.integer({ min: 1, max: 4 }).map((count) => ({ count })),
      { count: 0 },
      {},
      { count: 20_000 },
      null,
    ),
    far: mostly(fc.constant({}), { at: [91, 0] }, { at: [48, 2] }, "site"),
  })
  .map((others) => ({ core: {}, ...others }));

/** Enough links to join all sites, and now and then one more. */
export const links = fc
  .tuple(delay, fc.oneof({ arbitrary: fc.constant([]), weight: 5 }, fc.array(link, { maxLength: 2 })))
  .map(([usual, more]): unknown[] => [
    { between: ["core", "edge"], delay: usual },
    { between: ["core", "far"], delay: "25ms" },
    ...more,
  ]);
