import { z } from "zod";

/** How one service tells another something, or asks it. */
export const exchangePattern = z.enum(["call", "cast", "fanout", "notification", "rest", "sql"]);
export type ExchangePattern = z.infer<typeof exchangePattern>;

/** A round trip of this length, milliseconds, is what costs are given for: that of a link over a continent. */
export const costRttMs = 100;

const party =
  "`<site>/<service>`; of one of several servers of a service where nobody knows which, `<site>/<service> (any of 2)`; of the control plane's or region's database, `<site>/database`; of whoever asks, `<site>/client` or `<site>/rally`.";

const exchange = z.strictObject({
  pattern: exchangePattern,
  from: z.string().describe(party),
  to: z
    .string()
    .optional()
    .describe(
      "Likewise. Absent: nobody knows, as no span and no address says who answers it, or nobody does.",
    ),
  what: z
    .string()
    .describe(
      "The method, of one of Nova's objects where it is for that; the request, with `{id}` for identities; the statement's verb and first table; the notification's event.",
    ),
  over: z
    .array(z.string())
    .optional()
    .describe(
      "The links on the way there, in order, of one that is crossed twice twice. Absent: it is not known.",
    ),
});

/** An exchange of requests. A fanout has one for each receiver. */
export const requestExchange = exchange.extend({
  count: z.number().describe("How often a request; a fanout by its deliveries."),
  sentBytes: z
    .number()
    .optional()
    .describe(
      "A request, all of them together: bodies of messages, whole messages of HTTP, what SQL's protocol has; none of the framing below. A fanout's by its deliveries. Absent: nobody told.",
    ),
  receivedBytes: z.number().optional().describe("The same of replies and answers."),
  waits: z.number().describe("How many a request were waited for one after the other: on its critical path."),
  roundTrips: z
    .number()
    .describe("Over links, that these took: of each link half of how often it was crossed."),
});
export type RequestExchange = z.infer<typeof requestExchange>;

/** An exchange while nobody asked anything. */
export const backgroundExchange = exchange.extend({
  task: z.string().optional().describe("The periodic task of whoever sent it; absent: none is known."),
  perSecond: z.number().describe("How often; a fanout by its deliveries."),
  sentBytesPerSecond: z.number().optional().describe("As of requests; absent: nobody told."),
  receivedBytesPerSecond: z.number().optional(),
  times: z.int().describe("How often while it was watched."),
});
export type BackgroundExchange = z.infer<typeof backgroundExchange>;

/** What crossed one direction of a link by what services told. */
const carried = z.strictObject({
  link: z.string(),
  from: z.string(),
  to: z.string(),
  messages: z.number().describe("Messages: of a call or request there, its answer back."),
  bytes: z.number().describe("Of those whose bytes were told."),
});
export type Carried = z.infer<typeof carried>;

/** Along what a request waited: every part of its time is in one of these. Milliseconds; they add up to `totalMs`. */
export const criticalPath = z.strictObject({
  totalMs: z.number(),
  workMs: z.number().describe("Services did something themselves."),
  nearMs: z.number().describe("Waited for what crossed no link: the bus, the database, others over HTTP."),
  farMs: z.number().describe("Waited for what crossed links, callees' own time left out."),
  placelessMs: z
    .number()
    .describe("Waited for what may have crossed links or not, as nobody knows whom for, or which way."),
  lookMs: z
    .number()
    .describe(
      "From when it was done (a server was active, or gone, in the database) to the end, as somebody looked.",
    ),
  userMs: z.number().describe("Nothing of it was under way: whoever asked had something else to do."),
  unknownMs: z.number().describe("Before a span whose cause is lost, or that nobody knows to be one."),
  roundTrips: z
    .number()
    .describe("Over links, one after the other: of each link half of how often it was crossed."),
  links: z
    .array(z.strictObject({ link: z.string(), roundTrips: z.number() }))
    .describe("The same by link; those that were not crossed are left out."),
  handOverRoundTrips: z
    .number()
    .describe(
      "Of these, those of casts whose receiver went on with the request: half of one each at a link.",
    ),
  predictedMs: z
    .number()
    .describe("What crossing the links took, all of `roundTrips`, by their delays as asked for."),
  comparedMs: z
    .number()
    .optional()
    .describe(
      "The same without what nobody measured the waiting for, which is Rally's own requests: to be compared with `farMs`. Absent: a run of before this was known, of which `predictedMs` is that.",
    ),
});
export type CriticalPath = z.infer<typeof criticalPath>;

export const findingKind = z.enum(["chain", "far-reply", "far-sql", "fanout", "chatty-task"]);
export type FindingKind = z.infer<typeof findingKind>;

const local = z
  .strictObject({
    services: z.array(z.string()).describe("What would be moved: `<site>/<service>`, `database`, `broker`."),
    to: z.string().describe("The site where it would be."),
    roundTrips: z
      .number()
      .optional()
      .describe(
        "What a request would then take over links in all, one after the other; absent: it is not known.",
      ),
  })
  .describe("The least that would be placed otherwise for nothing of it to cross a link.");
export type LocalBy = z.infer<typeof local>;

/** An anti-pattern, with what shows it and what it costs. */
export const finding = z.strictObject({
  kind: findingKind.describe(
    "`chain`: a service waits, for one thing that it does, for several answers one after the other over the same links. `far-reply`: it waits for one, or for none of several (`waits` is 0). `far-sql`: it waits for statements over links. `fanout`: a message for all crosses links. `chatty-task`: what comes again and again over links while nobody asks anything.",
  ),
  who: z
    .string()
    .describe(
      "Whoever waits, or sends: `<site>/<service>`; of a service with several servers, the first for all of them, but in the background.",
    ),
  doing: z.string().optional().describe("What for: the method or the request, or the periodic task."),
  over: z.array(z.string()).describe("The links on the way there."),
  evidence: z
    .array(
      z.strictObject({
        pattern: exchangePattern,
        to: z.string().optional(),
        what: z.string(),
        count: z
          .number()
          .describe(
            "A request, on its critical path and beside it; in the background, while it was watched.",
          ),
      }),
    )
    .describe("The exchanges, the most first."),
  waits: z.number().describe("A request, on its critical path."),
  roundTrips: z.number().describe("Over links, a request, one after the other."),
  costMs: z.number().describe("What these take of a request where a link's round trip is 100 ms."),
  predictedMs: z.number().describe("By the delays of the links here."),
  measuredMs: z
    .number()
    .describe("What was waited for them on the critical path, callees' own time left out."),
  besides: z.number().describe("A request: how many crossed the links while it waited for something else."),
  bytes: z
    .number()
    .optional()
    .describe(
      "There and back, of `fanout` on each link that it crosses; a request, in the background a second. Absent: nobody told.",
    ),
  perSecond: z.number().optional().describe("In the background: exchanges; of `fanout` deliveries."),
  roundTripsPerSecond: z
    .number()
    .optional()
    .describe("In the background, over links: of each half of how often it was crossed."),
  reaches: z
    .strictObject({
      sites: z.array(z.string()),
      of: z.int().describe("Sites with services on the bus."),
    })
    .optional()
    .describe("Of `fanout`: the sites whose services got it."),
  local: local.optional().describe("Absent: moving nothing does it, or it is not known."),
});
export type Finding = z.infer<typeof finding>;

const move = z.strictObject({
  services: z
    .array(z.string())
    .describe("What would be moved together: `<site>/<service>`, `database`, `broker`."),
  to: z.string(),
  roundTrips: z.number().describe("What a request would take over links, one after the other."),
  predictedMs: z.number().describe("The same by the delays of the links here."),
  savedMs: z.number().describe("Less than now, by the delays here."),
  savedAtCostMs: z.number().describe("Less than now where every link's round trip is 100 ms."),
});
export type Move = z.infer<typeof move>;

/** Who tells whom what for a request, what of it is waited for over links, and what would be otherwise. */
export const patterns = z.strictObject({
  scenario: z
    .string()
    .optional()
    .describe("Rally's, whose iterations they are of; absent: they are none of Rally's."),
  requests: z.int().describe("The traced requests that succeeded: everything here is a mean over these."),
  exchanges: z
    .array(requestExchange)
    .describe("The map: the most bytes over links first, then the most often."),
  links: z.array(carried).describe("What requests' exchanges put on each direction of the links, a request."),
  critical: criticalPath,
  findings: z.array(finding).describe("Anti-patterns, the dearest first."),
  moves: z
    .array(move)
    .describe(
      "The best way to move one thing, two, and so on, to one site, as long as each is better than the last.",
    ),
  unmovable: z.string().optional().describe("Why no other placement was looked at; absent: some were."),
  unknown: z
    .strictObject({
      missing: z.array(z.string()).describe("Services without a span in one request or more."),
      unanswered: z
        .number()
        .describe(
          "Exchanges a request of which nobody knows whom they went to: those of a message for all are in `links` as far as the broker.",
        ),
      wayless: z.number().describe("Those of which nobody knows the way."),
      unfinished: z.number().describe("Spans a request that never ended."),
      unmeasured: z.number().describe("Exchanges a request of which nobody told the bytes."),
    })
    .describe("What the map lacks."),
});
export type Patterns = z.infer<typeof patterns>;

/** What services told each other while nobody asked anything of them; a record has besides what was observed meanwhile. */
export const backgroundFindings = z.strictObject({
  startedAt: z.iso.datetime(),
  seconds: z.number().describe("How long they were watched."),
  exchanges: z.array(backgroundExchange).describe("The most bytes over links first, then the most often."),
  links: z.array(carried).describe("What these put on each direction of the links, a second."),
  publishedPerSecond: z
    .number()
    .describe(
      "Messages that services gave to the bus by what they told: calls and their replies, casts, fanouts, notifications.",
    ),
  silent: z
    .array(z.string())
    .describe("Services that told nothing: they had nothing to say, or it was not heard."),
  findings: z.array(finding).describe("What of it is an anti-pattern, the most over links first."),
});
export type BackgroundFindings = z.infer<typeof backgroundFindings>;
