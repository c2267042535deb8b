import { z } from "zod";
import { backgroundFindings, criticalPath, patterns } from "./patterns";

/** What a span waits for, or does: the bus, the database, other services over HTTP, or work of its service's own. */
export const spanKind = z.enum(["bus", "database", "http", "service"]);
export type SpanKind = z.infer<typeof spanKind>;

const kindFigures = z.strictObject({
  spans: z.int(),
  selfMs: z
    .number()
    .describe(
      "Time of its spans in which none of their own children was open, added up, milliseconds. What goes on at the same time is in it several times.",
    ),
  coveredMs: z
    .number()
    .describe(
      "Time of the request in which at least one such span was open without a child of its own: never more than the request took. Kinds may overlap, so these need not add up to it.",
    ),
});

const exchange = z.strictObject({
  kind: z.enum(["bus", "database", "http"]),
  from: z.string().describe("The site of whoever waits."),
  to: z.string().describe("The site of whoever is waited for."),
  spans: z.int(),
  selfMs: z.number().describe("As above."),
  links: z
    .array(z.string())
    .optional()
    .describe(
      "The links on the way there, in order: over the bus by way of the brokers that both use. Absent: it is not known.",
    ),
});
export type TraceExchange = z.infer<typeof exchange>;

export const tracedRequest = z.strictObject({
  host: z.string().optional().describe("Where the server was made; absent: the request was Rally's."),
  scenario: z
    .string()
    .optional()
    .describe("Rally's scenario, of which it was an iteration; absent: it was none."),
  traceId: z.string(),
  failure: z.string().optional().describe("Why it failed; its figures are those until then."),
  answeredMs: z.number().optional().describe("From its start until Nova's API had answered."),
  totalMs: z
    .number()
    .describe(
      "From its start, before a token is asked for, until the server was seen to be active, by a look ten times a second; of Rally, an iteration.",
    ),
  spans: z.int().describe("Those that began within it."),
  unfinished: z.int().describe("Spans that never ended, which count with no time."),
  kinds: z.record(spanKind, kindFigures),
  unseenMs: z
    .number()
    .describe("Time of the request in which no span was open: nothing that is traced was under way."),
  services: z
    .array(
      z.strictObject({
        service: z.string(),
        spans: z.int(),
        selfMs: z.number().describe("Time of spans of kind `service` without a child, added up."),
      }),
    )
    .describe("What services did themselves, the most first."),
  exchanges: z.array(exchange).describe("Who waited for whom, by their sites."),
  links: z
    .array(
      z.strictObject({
        link: z.string(),
        crossings: z.int().describe("How often an exchange crossed it on its way there."),
        selfMs: z
          .strictObject({ bus: z.number(), database: z.number(), http: z.number() })
          .describe(
            "Time of exchanges that cross it, added up. One that crosses two links is in the figures of both.",
          ),
      }),
    )
    .describe("The exchanges of which the way is known, by the links on it."),
  missing: z
    .array(z.string())
    .describe("Services through which the request went that left no span; empty: the trace is whole."),
  critical: criticalPath
    .optional()
    .describe("What the request waited for, one after the other; absent: a run of before this was known."),
});
export type TracedRequest = z.infer<typeof tracedRequest>;

const spread = z.strictObject({
  requests: z.int(),
  min: z.number(),
  median: z.number(),
  max: z.number(),
});

/** What was seen of traced requests; a record has what was observed meanwhile besides. */
export const traceFindings = z.strictObject({
  name: z.string(),
  kind: z.literal("trace"),
  status: z.enum(["complete", "failed"]),
  failure: z.string().optional(),
  site: z.string().describe("Where the user asked from."),
  versions: z.record(z.string(), z.string()),
  startedAt: z.iso.datetime(),
  durationSeconds: z.number(),
  totalMs: z
    .strictObject({ traced: spread.optional(), untraced: spread.optional() })
    .describe(
      "How long requests took that were traced, and others in between that were not: the difference is what tracing a request takes. Absent: none succeeded.",
    ),
  requests: z.array(tracedRequest).describe("Those that were traced, in their order."),
  patterns: patterns
    .optional()
    .describe(
      "Who tells whom what for these requests; absent: none succeeded, or a run of before this was known.",
    ),
  background: backgroundFindings
    .optional()
    .describe(
      "What services tell each other while nobody asks anything of them; absent: they were not watched.",
    ),
  reports: z
    .array(z.string())
    .describe(
      "The traces as OSProfiler's JSON and as a page, and the patterns as a page and a drawing: paths in the run's folder.",
    ),
});
export type TraceFindings = z.infer<typeof traceFindings>;
