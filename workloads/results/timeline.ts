import { z } from "zod";

/** What a timeline can do to a link. */
export const linkFault = z.enum(["cut", "isolate", "split", "flap", "change", "ramp"]);

/** What a timeline can do to a service. */
export const serviceFault = z.enum(["kill", "stop", "restart", "pause", "starve", "fill"]);

const times = {
  atSeconds: z.number().describe("From the start of the window, seconds."),
  untilSeconds: z.number().describe("When all was as before, seconds; of a restart, at the latest."),
};

/** One thing that was done on purpose to one link, or to one service. */
export const timelineRecord = z.union([
  z.strictObject({ what: linkFault, link: z.string(), ...times }),
  z.strictObject({
    what: serviceFault,
    service: z.string().describe("The service's name, `<site>/<service>`."),
    ...times,
    graceSeconds: z
      .number()
      .optional()
      .describe("How long it could take to end before it was killed, seconds."),
    cpuPercent: z.number().optional().describe("What it was left of one core, percent."),
    memoryBytes: z.number().optional().describe("What it could take beyond what it used, bytes."),
  }),
]);
export type TimelineRecord = z.infer<typeof timelineRecord>;
