import { z } from "zod";
import { impairment, linkFault, serviceFault } from "../results/schema";

/** One thing that happens to one link while a workload is measured. Times are seconds from the window's start. */
const plannedLinkEpisode = z.strictObject({
  what: linkFault,
  link: z.string().describe("The link's name."),
  atSeconds: z.number().nonnegative(),
  untilSeconds: z.number().positive().describe("From here on all is as before."),
  actions: z
    .array(
      z.strictObject({
        atSeconds: z.number().nonnegative(),
        from: z.string().describe("The site whose gateway has the class."),
        to: z.string().describe("The site that the class leads to, which is its name."),
        impairment: impairment.nullable().describe("What the class does from then on; null: as asked for."),
      }),
    )
    .describe("Changes of classes, in the order of their times."),
});
export type PlannedLinkEpisode = z.infer<typeof plannedLinkEpisode>;

/** One thing that happens to one service of the bus or the control plane while a workload is measured; times as above. */
const plannedServiceEpisode = z.strictObject({
  what: serviceFault,
  service: z.string().describe("The service's name, `<site>/<service>`."),
  atSeconds: z.number().nonnegative(),
  untilSeconds: z
    .number()
    .positive()
    .describe("From here on it is as before; of a restart, when it is being started at the latest."),
  graceSeconds: z.number().positive().optional().describe("How long it may take to end before it is killed."),
  cpuPercent: z.number().positive().optional().describe("What it is left of one core, percent."),
  memoryBytes: z.number().positive().optional().describe("What it may take beyond what it uses, bytes."),
});
export type PlannedServiceEpisode = z.infer<typeof plannedServiceEpisode>;

export const plannedEpisode = z.union([plannedLinkEpisode, plannedServiceEpisode]);
export type PlannedEpisode = z.infer<typeof plannedEpisode>;

/** What a timeline does to links. */
export function ofLinks(timeline: readonly PlannedEpisode[] | undefined): PlannedLinkEpisode[] {
  return (timeline ?? []).filter((episode) => "link" in episode);
}

/** What a timeline does to services. */
export function ofServices(timeline: readonly PlannedEpisode[] | undefined): PlannedServiceEpisode[] {
  return (timeline ?? []).filter((episode) => "service" in episode);
}
