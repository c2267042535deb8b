import type { Impairment } from "../../workloads/results/schema";
import type { PlannedEpisode, PlannedLinkEpisode } from "../../workloads/runner/input";
import { expandSites } from "../../stacks/scenario/expand";
import { impairmentOf } from "../../stacks/scenario/links/direction";
import { expandLinks } from "../../stacks/scenario/links/expand";
import { formatPath } from "../../stacks/scenario/messages";
import type { Scenario } from "../../stacks/scenario/schema";
import type { TimedWorkloadDefinition } from "../../stacks/scenario/workloadKinds";
import { expandTimeline, type Step } from "../../stacks/scenario/timeline/expand";
import { expandServiceFaults, type Services } from "../../stacks/scenario/timeline/services";

const refuse = (path: (string | number)[], message: string): void => {
  throw new Error(`${formatPath(path)}: ${message}`);
};

/**
 * The timed changes of classes that a workload's timeline stands for, an episode a link and entry, in the
 * timeline's order. Each ends with its link as it was asked for. What the timeline does to services is left out:
 * those are known once the bus is planned.
 * Errors: the scenario is not one that its schema lets pass.
 */
export function planTimeline(
  scenario: Pick<Scenario, "sites" | "links" | "seed">,
  { timeline, duration }: Pick<TimedWorkloadDefinition, "timeline" | "duration">,
): PlannedLinkEpisode[] {
  if (timeline === undefined) return [];
  const expanded = expandSites(scenario.sites);
  const links = expandLinks(scenario, expanded, refuse);
  return expandTimeline(timeline, duration ?? 0, links, expanded, refuse).map(
    ({ what, between: [a, b], steps, untilSeconds }) => ({
      what,
      link: `${a}--${b}`,
      atSeconds: steps[0]?.atSeconds ?? 0,
      untilSeconds,
      actions: [
        ...steps.flatMap((step) => [
          { atSeconds: step.atSeconds, from: a, to: b, impairment: during(step, "there") },
          { atSeconds: step.atSeconds, from: b, to: a, impairment: during(step, "back") },
        ]),
        { atSeconds: untilSeconds, from: a, to: b, impairment: null },
        { atSeconds: untilSeconds, from: b, to: a, impairment: null },
      ],
    }),
  );
}

/**
 * A planned workload whose timeline has what happens to services too, behind what happens to links.
 * Errors: the scenario is not one that its schema lets pass.
 */
export function withServiceFaults<W extends { readonly timeline?: PlannedEpisode[] | undefined }>(
  workload: W,
  { timeline, duration }: Pick<TimedWorkloadDefinition, "timeline" | "duration">,
  services: Services,
  expanded: ReadonlyMap<string, readonly string[]>,
): W {
  if (timeline === undefined) return workload;
  const faults = expandServiceFaults(timeline, duration ?? 0, services, expanded, refuse).map(
    ({ entry: _, ...fault }): PlannedEpisode => fault,
  );
  return { ...workload, timeline: [...(workload.timeline ?? []), ...faults] };
}

function during({ cut, figures }: Step, which: "there" | "back"): Impairment {
  const impairment = impairmentOf(figures, which);
  if (!cut) return impairment;
  // Of a packet that is both doubled and lost one would be left, and one that overtakes is past all that.
  const { lossBursts: _, duplicatePercent: __, reorder: ___, ...rest } = impairment;
  return { ...rest, lossPercent: 100 };
}
