import { pathMissMs, type ExpectedPath } from "../../../workloads/results/selection";
import type { PlannedDirection } from "../../../workloads/results/schema";
import { milliseconds, percentages, rates } from "./figures";
import type { PicturePaths } from "./picture";

/** A line about one path, and whether it is within tolerance. */
export interface PathLine {
  readonly text: string;
  readonly isBeyondTolerance: boolean;
}

/**
 * What was measured end to end, in lines: how much of it there is, then those beyond tolerance, then those farthest from
 * what is expected of them, at most `most`.
 */
export function pathLines(
  { pairs, seed, measured }: PicturePaths,
  most: number,
): { readonly summary: string; readonly lines: readonly PathLine[] } {
  const ranked = [...measured].sort(
    (one, other) =>
      Number(other.deviations.length > 0) - Number(one.deviations.length > 0) ||
      pathMissMs(other) - pathMissMs(one),
  );
  const chosen = new Set(ranked.slice(0, most));
  const count =
    measured.length === pairs
      ? `all ${pairs} paths over several links`
      : `${measured.length} of ${pairs} paths over several links, drawn by seed ${seed}`;
  const beyond = measured.filter(({ deviations }) => deviations.length > 0).length;
  const farthest =
    chosen.size < measured.length ? `; the ${chosen.size} farthest from what is expected:` : ":";
  return {
    summary: `measured end to end: ${count}, ${beyond} beyond tolerance${farthest}`,
    lines: measured
      .filter((path) => chosen.has(path))
      .map((path) => ({ text: pathText(path), isBeyondTolerance: path.deviations.length > 0 })),
  };
}

/** Sites on the way that are named; of more, how many there are. */
const mostNamed = 3;

/** One path: its ends, what is between, and what was expected and measured. */
function pathText({ between: [from, to], predicted, measured, expected }: ExpectedPath): string {
  const { there, back } = expected;
  const parts = [
    `RTT ${milliseconds(measured.rttMs.median)} of ${milliseconds(expected.rttMs)}`,
    ...percentages(
      [measured.there.lossPercent, measured.back.lossPercent],
      [there.lossPercent, back.lossPercent],
    ),
    ...rates(
      [measured.there.rateBitsPerSecond, measured.back.rateBitsPerSecond],
      [there.rateBitsPerSecond, back.rateBitsPerSecond],
    ),
  ];
  return `${from} ↔ ${to} over ${over(predicted.there, predicted.back)}: ${parts.join(" · ")}`;
}

function over(there: PlannedDirection, back: PlannedDirection): string {
  const [first, second] = [there.sites.slice(1, -1), [...back.sites].reverse().slice(1, -1)].map((sites) =>
    sites.length === 0 ? "no other" : sites.length <= mostNamed ? sites.join(", ") : `${sites.length} sites`,
  );
  return first === second ? `${first}` : `${first}, back over ${second}`;
}
