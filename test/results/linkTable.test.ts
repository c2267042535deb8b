import { deepEqual, match } from "assert/strict";
import { deviations } from "../../workloads/links";
import { renderResults } from "../../workloads/results/table";
import type { LinkDeviation, LinkMeasurement, LinkRecord, Results } from "../../workloads/results/schema";
import { link, path, someResults } from "../runner/results";

const shown = (change: Partial<Results>, width = 120) =>
  renderResults(someResults({ workloads: [], ...change }), { color: false, width });

/** The cells of the lines that begin with a name, and of the line below each. */
function cells(text: string, name: string): string[][] {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith(`${name} `));
  return lines.slice(at, at + 2).map((line) => line.trim().split(/ {2,}/));
}

function measured(rttMs: number, lossPercent = 0): LinkMeasurement {
  const direction = { lossPercent, packets: 100_000 };
  return {
    rttMs: { median: rttMs, mean: rttMs, min: rttMs, max: rttMs, stddev: 0 },
    there: direction,
    back: direction,
  };
}

const pareto = { delayMs: 25, jitterMs: 6, jitterDistribution: "pareto" as const, lossPercent: 0 };

describe("what is expected of links and paths, in the table,", () => {
  // What the verdict takes for right: half of the packets are earlier than the delays add up to.
  const asked = { there: pareto, back: pareto };
  const right = (name: string): LinkRecord =>
    link(name, { asked, before: measured(47.4), after: measured(47.4), deviations: [] });

  it("is the median that the verdict is by", () => {
    const beyond = deviations(asked, measured(47.4), "before");
    deepEqual(beyond, []);
    const [row = []] = cells(shown({ links: [right("a--b")] }), "a--b");
    deepEqual(row.slice(1, 3), ["47.4 ±12", "47.4"]);
  });

  it("is what links are off by", () => {
    const many = Array.from({ length: 30 }, (_, index) => right(`a--b-${index}`));
    match(
      shown({ links: many }).replaceAll(/\s+/g, " "),
      /are off by 0(\.\d+)? ms in the middle, 0(\.\d+)? ms/,
    );
  });

  it("counts packets that arrive damaged as lost, and not those of which a copy arrives", () => {
    const there = { delayMs: 25, jitterMs: 0, lossPercent: 10, corruptPercent: 1 };
    const back = { delayMs: 25, jitterMs: 0, lossPercent: 10, duplicatePercent: 100 };
    const lossy = link("a--b", { asked: { there, back }, before: measured(50), after: measured(50) });
    const rows = cells(shown({ links: [lossy] }), "a--b");
    // 1 - 0.9 × 0.99; and of a packet that is both doubled and lost one is left.
    deepEqual([rows[0]?.[4], rows[1]?.[0]], ["→ 11", "← 0"]);
  });

  it("of paths is made of the links that the run has", () => {
    const links = [
      link("a--b", { asked: { there: { ...pareto, corruptPercent: 1 }, back: pareto } }),
      link("b--c", { asked: { there: pareto, back: pareto } }),
    ];
    const sum = { delayMs: 50, jitterMs: 12, lossPercent: 0 };
    const predicted = {
      there: { sites: ["a", "b", "c"], ...sum },
      back: { sites: ["c", "b", "a"], ...sum },
    };
    const over = path("a--b--c", { predicted, measured: measured(96.7) });
    const text = shown({ links, paths: { pairs: 1, seed: 1, measured: [over] } });
    const [row = [], below = []] = cells(text, "a ↔ c");
    // Not the 100 ms of the sum.
    match(row[2] ?? "", /^96\.7 ±24$/);
    deepEqual([row[4], below[0]], ["→ 1", "← 0"]);
    match(text, /off by 0\.0\d ms/);
  });

  it("of paths whose links are not known is what they were said to add up to", () => {
    const text = shown({ links: [], paths: { pairs: 1, seed: 1, measured: [path("a--b--c")] } });
    deepEqual(cells(text, "a ↔ c")[0]?.slice(2, 5), ["60", "60.3", "1.5"]);
  });
});

describe("a link that deviates after the workloads alone, in the table,", () => {
  const plain = { delayMs: 25, jitterMs: 0, lossPercent: 0 };
  const after = (what: string, unit: LinkDeviation["unit"], later: LinkMeasurement): LinkRecord =>
    link("a--b", {
      asked: { there: plain, back: plain },
      before: measured(50.1),
      after: later,
      deviations: [{ when: "after", what, asked: 50, measured: 59.4, tolerance: 1, unit }],
    });

  it("has the mark beside the figure that deviates", () => {
    const late = after("rtt", "ms", measured(59.4));
    deepEqual(cells(shown({ links: [late] }), "a--b")[0]?.slice(1, 4), ["50", "50.1", "59.4 !"]);
  });

  it("shows that figure where there is room for one, and says when it was", () => {
    const late = after("rtt", "ms", measured(59.4));
    const [row = [], below = []] = cells(shown({ links: [late] }, 40), "a--b");
    deepEqual([row.slice(1, 3), below[0]], [["50", "59.4 !"], "after"]);
    const lossy = after("loss there", "%", measured(50.1, 3));
    const [first = [], second = []] = cells(shown({ links: [lossy] }), "a--b");
    deepEqual([first.slice(1, 6), second[0]], [["50", "50.1", "50.1", "0", "3 !"], "after"]);
  });
});
