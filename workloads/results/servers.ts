import { z } from "zod";
import { durations } from "./rally";
import { linkFault, serviceFault, timelineRecord } from "./timeline";

const counts = z.record(z.string(), z.int());

/** What became of servers that Nova was asked for; each request is counted once. */
const boots = z.strictObject({
  asked: z.int(),
  accepted: z.int().describe("Requests that Nova's API took on, and gave an identity for."),
  refused: counts.describe("Requests that it answered otherwise, by the status of HTTP."),
  unanswered: counts.describe("Requests without an answer, by the class of the client's error."),
  active: z.int().describe("Of those accepted, servers that became ACTIVE."),
  error: z.int().describe("Servers that became an ERROR."),
  stuck: counts.describe(
    "Servers that were neither when it was waited for no longer, by what Nova calls that: BUILD.",
  ),
  gone: z.int().describe("Servers of which Nova knew nothing in the end, though nobody had deleted them."),
  unknown: z.int().describe("Servers that could not be asked after in the end."),
  activeSeconds: durations
    .optional()
    .describe(
      "Of those that became ACTIVE, from when they were to be asked for until they were seen to be; looked for every half second. Absent: none did.",
    ),
});
export type Boots = z.infer<typeof boots>;

/** What became of requests for a token, each by name and password over a connection of its own. */
const authentications = z.strictObject({
  asked: z.int(),
  granted: z.int(),
  refused: counts.describe("By the status of HTTP."),
  unanswered: counts.describe("By the class of the client's error."),
  seconds: durations
    .optional()
    .describe("Of those granted, from when they were to be asked for; absent: none was."),
});
export type Authentications = z.infer<typeof authentications>;

const stretch = z.strictObject({ boots, authentications });
export type Stretch = z.infer<typeof stretch>;

/** What users and Nova's own services saw of one fault. */
const faultRecord = z.strictObject({
  what: z.union([linkFault, serviceFault]),
  subjects: z.array(z.string()).describe("The links, or the services, that it happened to."),
  atSeconds: z.number().describe("From the start of the window, seconds."),
  untilSeconds: z.number().describe("When the fault was undone, seconds; of a restart, at the latest."),
  observedUntilSeconds: z.number().describe("Start of the next fault, or end of the window."),
  underWay: stretch.describe("What was asked for before, and was not over when the fault began."),
  during: stretch.describe("What was to be asked for while it lasted."),
  after: stretch.describe("What was to be asked for from its end on."),
  bootsBackSeconds: z
    .number()
    .optional()
    .describe(
      "From the fault's start until the first request for a server from which on each became ACTIVE; 0: all did; absent: the last did not, or none was asked for.",
    ),
  authenticationsBackSeconds: z
    .number()
    .optional()
    .describe("Likewise until the first request for a token from which on each was granted."),
  novaServices: z
    .strictObject({
      downMost: z.int().describe("The most that Nova took for down at one time."),
      untoldReadings: z
        .int()
        .describe("Of the readings, one a second, those that Nova's API did not answer well."),
      upSeconds: z
        .number()
        .optional()
        .describe(
          "From the fault's start until the reading from which on all were up; 0: all were in every reading; absent: not while they were watched.",
        ),
      reportedSeconds: z
        .number()
        .optional()
        .describe(
          "From the fault's start until the last of them had said that it lives since the fault's end, to the second; absent: one had not. Nova takes what is silent for up for a minute.",
        ),
    })
    .optional()
    .describe("Absent: they were never told."),
});
export type ServersFault = z.infer<typeof faultRecord>;

/** What was found of servers at a steady rate; a record has what was observed meanwhile besides. */
export const serversFindings = z.strictObject({
  name: z.string(),
  kind: z.literal("servers"),
  status: z.enum(["complete", "failed"]).describe("Failed where it could not be measured."),
  failure: z.string().optional(),
  site: z.string().describe("Where it was asked from."),
  versions: z.record(z.string(), z.string()),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number().describe("The window, in which requests were begun."),
  ratePerSecond: z.number().describe("Servers that were to be booted."),
  authenticationsPerSecond: z.number(),
  timeoutSeconds: z.number(),
  waitSeconds: z.number().describe("How long after the window it was to be waited at most."),
  waitedSeconds: z.number().describe("How long it was: less where there was nothing more to wait for."),
  lateSeconds: z
    .number()
    .describe("The longest time by which a request was begun late: the generator's own part."),
  ...stretch.shape,
  unaccepted: counts.describe(
    "Servers that were there although their request was refused or had no answer, by what became of them. They are in no other count.",
  ),
  errors: counts.describe("What Nova said of servers in ERROR, with how many."),
  timeline: z.array(timelineRecord).optional().describe("What was done on purpose; absent: nothing."),
  before: stretch
    .optional()
    .describe(
      "What was to be asked for before the first fault, and was over by then; absent: there was none.",
    ),
  faults: z.array(faultRecord),
  novaServices: z
    .strictObject({
      services: z.int(),
      down: z.array(z.string()).describe("Those that Nova took for down, `<binary>/<host>`."),
      silent: z
        .array(z.string())
        .describe(
          "Those that had not said that they live since the last fault's end; of none without faults.",
        ),
    })
    .optional()
    .describe("Nova's own services at the last reading; absent: they were never told."),
  left: z.int().optional().describe("Servers that could not be deleted afterwards; absent: it is not known."),
  reports: z
    .array(z.string())
    .describe("Every event that the figures are made of, a path in the run's folder."),
});
export type ServersFindings = z.infer<typeof serversFindings>;
