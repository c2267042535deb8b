import type { Impairment } from "../results/impairment";
import { ofLinks, type MeasurementInput, type PlannedWorkload } from "../runner/input";

/**
 * Whether links lose some packets while a workload runs, by what is asked for; what is corrupted is not taken, and so lost, too.
 * A link that a timeline cuts loses all: it is waited for by when that is over, not by what gets through.
 */
export function losesPackets(
  { links }: Pick<MeasurementInput, "links">,
  { timeline }: Pick<PlannedWorkload, "timeline">,
): boolean {
  const changes = ofLinks(timeline).flatMap(({ actions }) =>
    actions.flatMap(({ impairment }) => impairment ?? []),
  );
  const some = changes.filter(({ lossPercent }) => lossPercent < 100);
  return [...links.flatMap(({ there, back }) => [there, back]), ...some].some(loses);
}

function loses({ lossPercent, lossBursts, corruptPercent = 0 }: Impairment): boolean {
  return lossPercent > 0 || corruptPercent > 0 || lossBursts !== undefined;
}
