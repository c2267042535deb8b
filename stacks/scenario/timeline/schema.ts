import { z } from "zod";
import { serviceName, siteName } from "../names";
import { bitRate, coreShare, delay, percent, seconds, secondsOrZero, spareMemory } from "../quantities";
import { overridingFigures } from "../links/figures";

const link = z
  .tuple([siteName, siteName])
  .describe("Sites or groups; each linked pair of them. Each pair must have a link of its own.");

const service = serviceName.describe(
  "A service of the bus or of the control plane, its database and its computes among them, as <site>/<service>; with a group's name, that of each of its sites.",
);

const at = secondsOrZero.describe("When, from the start of the measured window, such as 10s.");
const when = {
  at,
  for: seconds
    .optional()
    .describe("How long, such as 30s; then all is as before. Absent: to the window's end."),
};

function range<T extends z.ZodType>(value: T) {
  return z.strictObject({ from: value.describe("At first."), to: value.describe("In the end.") }).optional();
}

const cut = z
  .strictObject({ ...when, cut: link })
  .describe("A link that carries nothing for a time, in either direction.");

const isolate = z
  .strictObject({ ...when, isolate: siteName.describe("A site, or each site of a group.") })
  .describe("A site that no link reaches for a time.");

const split = z
  .strictObject({
    ...when,
    split: z
      .array(siteName)
      .min(1)
      .describe("Sites and groups that stay together; all others are on the other side."),
  })
  .describe("A network in two parts for a time: no link carries anything from the one to the other.");

const flap = z
  .strictObject({
    ...when,
    flap: link,
    down: seconds.describe("How long it carries nothing, such as 500ms, each time."),
    up: seconds.describe("How long it is as before in between, such as 2s."),
  })
  .describe("A link that goes and comes back again and again; down first.");

const change = z
  .strictObject({ ...when, change: link, ...overridingFigures })
  .describe("A link with other figures for a time; what is left out stays.");

const ramp = z
  .strictObject({
    ...when,
    ramp: z
      .strictObject({
        link,
        delay: range(delay).describe("One-way delay, such as { from: 20ms, to: 200ms }."),
        jitter: range(delay).describe("Size of the jitter; its distribution stays."),
        loss: range(percent).describe("Packets lost at random, each by itself."),
        rate: range(bitRate).describe("Rate limit."),
      })
      .describe("A link, and which of its figures go from where to where, in both directions."),
    over: seconds.describe(
      "How long the change takes, such as 30s. `for` counts from `at`, so what is left of it the link stays as it is then.",
    ),
  })
  .describe("Figures of a link that change steadily.");

const grace = seconds
  .optional()
  .describe(
    "How long it may take to end before it is killed, such as 5s; default 10s, or what `for` leaves.",
  );

const kill = z
  .strictObject({ ...when, kill: service })
  .describe("A service whose processes end at once, with nothing written or said; then it is started again.");

const stop = z
  .strictObject({ ...when, stop: service, grace })
  .describe("A service that is asked to end; then it is started again.");

const restart = z
  .strictObject({ at, restart: service, grace })
  .describe("A service that is asked to end, and started again as soon as it has.");

const pause = z
  .strictObject({ ...when, pause: service })
  .describe("A service whose processes stand still: connections stay open, and nothing answers.");

const starve = z
  .strictObject({
    ...when,
    starve: service,
    cpu: coreShare.optional().describe("CPU that it is left, percent of one core, such as 5%."),
    memory: spareMemory
      .optional()
      .describe("Memory that it may take beyond what it uses when this begins, such as 16MiB."),
  })
  .describe("A service that is short of CPU, memory or both for a time.");

const fill = z
  .strictObject({ ...when, fill: service })
  .describe(
    "A broker that acts as on a full disk: its own limit of free space is set above what there is, and nothing is written to the machine's disk. Only of kinds of bus that have such a limit.",
  );

const skew = z
  .strictObject({ ...when, skew: service, by: seconds.optional().describe("How far, such as 5s.") })
  .describe(
    "A clock that goes wrong. Refused on every target: containers of one machine have one clock, and a host's is that of everybody on it and of what is measured.",
  );

/** What happens to links and services while a workload is measured. */
export const timelineSchema = z
  .array(z.union([cut, isolate, split, flap, change, ramp, kill, stop, restart, pause, starve, fill, skew]))
  .min(1)
  .describe(
    "What happens during the measured window, each at its time: to links `cut`, `isolate`, `split`, `flap`, `change` or `ramp`, to services of the bus and the control plane `kill`, `stop`, `restart`, `pause` or `starve`, to brokers also `fill`. Needs a `duration`.",
  );

export type TimelineEntry = z.infer<typeof timelineSchema>[number];

/** What happens to a service. */
export type ServiceEntry = z.infer<
  typeof kill | typeof stop | typeof restart | typeof pause | typeof starve | typeof fill | typeof skew
>;

/** What happens to links. */
export type LinkEntry = Exclude<TimelineEntry, ServiceEntry>;

const serviceEntries = ["kill", "stop", "restart", "pause", "starve", "fill", "skew"] as const;

/** Whether an entry is about a service, not about links. */
export function isServiceEntry(entry: TimelineEntry): entry is ServiceEntry {
  return serviceEntries.some((what) => what in entry);
}
