import { z } from "zod";

const request = {
  number: z.int().nonnegative(),
  due: z.number(),
  sent: z.number(),
  answered: z.number(),
  status: z.int().nullable(),
  error: z.string().nullable(),
};

const report = z.object({ up: z.boolean(), reported: z.number().nullable() });

/** What the image's `servers-load` says (images/rally/control/buswide_load/load.py); times are Unix times in seconds. */
export const loadEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ready") }),
  z.object({ event: z.literal("boot"), ...request }),
  z.object({ event: z.literal("authentication"), ...request }),
  z.object({
    event: z.literal("server"),
    number: z.int().nonnegative(),
    state: z.enum(["ACTIVE", "ERROR"]),
    time: z.number(),
    fault: z.string().optional(),
  }),
  z.object({
    event: z.literal("services"),
    time: z.number(),
    services: z.record(z.string(), report).optional(),
    status: z.int().nullish(),
    error: z.string().nullish(),
  }),
  z.object({ event: z.literal("windowEnded"), time: z.number() }),
  z.object({ event: z.literal("end"), time: z.number(), states: z.record(z.string(), z.string()) }),
  z.object({ event: z.literal("left"), servers: z.int().nonnegative().nullable() }),
]);
export type LoadEvent = z.infer<typeof loadEvent>;

/** One event of a kind. */
export type EventOf<K extends LoadEvent["event"]> = Extract<LoadEvent, { event: K }>;

/** The events of a kind, in the order in which they were said. */
export function eventsOf<K extends LoadEvent["event"]>(events: readonly LoadEvent[], kind: K): EventOf<K>[] {
  return events.filter((one): one is EventOf<K> => one.event === kind);
}
