import { missingShare } from "../../../workloads/links/expected";
import type { Impairment } from "../../../workloads/results/schema";
import { impairmentOf } from "./direction";
import type { Unplaced } from "./exceptions";
import type { LinkFigures } from "./figures";
import { jitterReach } from "./impairments";
import type { Report } from "./names";

/** Beyond it the delay would no longer be what most packets have there and back. */
const mostReorderedPercent = 25;

/**
 * Of more losses no run could tell a link from none: what measures it opens with a packet that has to come back, some
 * hundred tries long.
 */
const mostMissingPercent = 80;

/** Which figure of a direction contradicts the others, and what would be right. */
interface Contradiction {
  readonly figure: keyof LinkFigures;
  readonly message: string;
}

/** Share of packets that overtake others, percent: one after `gap - 1` that cannot and on average 1/p that may. */
export function reorderedPercent({ reorder }: Impairment): number {
  return reorder === undefined ? 0 : 100 / (reorder.gap - 1 + 100 / reorder.percent);
}

/** What of one direction does not go together; undefined: all does. `pair` says of which sites, for the message. */
export function contradictionIn(
  figures: LinkFigures,
  which: "there" | "back",
  pair: string,
): Contradiction | undefined {
  const impairment = impairmentOf(figures, which);
  const { jitterMs, delayMs, jitterDistribution = "uniform" } = impairment;
  const most = delayMs / jitterReach[jitterDistribution];
  if (jitterMs > most)
    return {
      figure: "jitter",
      message:
        jitterDistribution === "uniform"
          ? `${jitterMs}ms is more than the delay of ${delayMs}ms${pair}, which would have packets arrive before they leave: use at most the delay`
          : `${jitterMs}ms of ${jitterDistribution} jitter reaches further than the delay of ${delayMs}ms${pair}, which would have packets arrive before they leave: use at most ${round(most)}ms`,
    };
  if (figures.queue !== undefined && impairment.rateBitsPerSecond === undefined)
    return {
      figure: "queue",
      message: `there is no rate${pair}, so nothing ever waits: give one, such as rate: 100mbit, or leave the queue out`,
    };
  if (impairment.reorder && delayMs === 0)
    return {
      figure: "reorder",
      message: `there is no delay${pair}, so no packet can be overtaken: give one, such as delay: 25ms`,
    };
  const reordered = reorderedPercent(impairment);
  if (reordered > mostReorderedPercent)
    return {
      figure: "reorder",
      message: `${round(reordered)}% of packets would overtake${pair}, and the delay would not be what most have: use at most ${mostReorderedPercent}%, or a larger gap`,
    };
  return undefined;
}

/** What of one direction would leave a link that is always there without a use; undefined: it has one. */
function uselessness(figures: LinkFigures, which: "there" | "back", pair: string): Contradiction | undefined {
  const impairment = impairmentOf(figures, which);
  const percent = 100 * missingShare(impairment);
  if (percent <= mostMissingPercent) return undefined;
  return {
    figure: (impairment.corruptPercent ?? 0) > impairment.lossPercent ? "corrupt" : "loss",
    message: `${round(percent)}% of packets would not arrive${pair}, and a run could not tell that from no link: use at most ${mostMissingPercent}%, leave the link out, or cut it for a time in a workload's timeline, such as { at: 10s, for: 30s, cut: [core, edge] }`,
  };
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

/** Reports what does not go together in an entry's links; once an entry. */
export function checkFigures(
  entry: Partial<Record<keyof LinkFigures, unknown>>,
  links: readonly Unplaced[],
  report: Report,
): void {
  for (const { figures, between } of links)
    for (const direction of ["there", "back"] as const) {
      const pair = links.length > 1 ? ` between "${between.join('" and "')}"` : "";
      const found = contradictionIn(figures, direction, pair) ?? uselessness(figures, direction, pair);
      if (!found) continue;
      const given = entry[found.figure];
      const each = typeof given === "object" && given !== null && "there" in given;
      report(each ? [found.figure, direction] : [found.figure], found.message);
      return;
    }
}
