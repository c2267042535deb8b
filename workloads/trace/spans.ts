import { z } from "zod";
import type { SpanKind } from "../results/trace";

/** What a span, or an exchange that was watched, was, as the image keeps it (images/openstack, buswide_openstack/traces.py). */
export const toldOfExchange = z.looseObject({
  db: z
    .looseObject({
      statement: z.string().nullish(),
      host: z.string().nullish().describe("The server, as whoever sent it calls that."),
    })
    .optional(),
  http: z.looseObject({ method: z.string().nullish(), url: z.string().nullish() }).optional(),
  notification: z.looseObject({ event: z.string().nullish() }).optional(),
  rpc: z
    .looseObject({
      method: z.string().nullish(),
      topic: z.string().nullish(),
      server: z.string().nullish(),
      fanout: z.boolean().nullish().describe("Whether it goes to all who listen on the topic."),
      called: z.string().nullish().describe("The method of one of Nova's objects that it is for."),
    })
    .optional(),
  used: z
    .looseObject({
      sent: z
        .number()
        .optional()
        .describe("Bytes: a message's body, an HTTP message, what SQL's protocol has."),
      received: z.number().optional(),
      turns: z
        .number()
        .optional()
        .describe("How often an answer was waited for on a connection that stands."),
      connections: z.number().optional().describe("How many were opened."),
    })
    .optional(),
});
export type ToldOfExchange = z.infer<typeof toldOfExchange>;

/** A start or an end of a span, as OSProfiler (3.4.3, osprofiler/profiler.py) tells it and the image keeps it. */
const notification = z.looseObject({
  name: z.string().regex(/-(start|stop)$/),
  base_id: z.string(),
  trace_id: z.string(),
  parent_id: z.string(),
  timestamp: z.string().describe("UTC, microseconds: 2026-11-30T12:00:00.000001."),
  project: z.string().nullish(),
  service: z.string().nullish(),
  info: toldOfExchange.extend({
    host: z.string().optional(),
    etype: z.string().optional(),
    function: z.looseObject({ name: z.string().nullish() }).optional(),
    request: z.looseObject({ method: z.string().nullish(), path: z.string().nullish() }).optional(),
  }),
});
export type Notification = z.infer<typeof notification>;

/** A service of the deployed system, and its site. */
export interface Place {
  /** `<site>/<service>`. */
  readonly name: string;
  readonly site: string;
  /** The name of its service's first server, which does what this one does; absent: it is that. */
  readonly replicaOf?: string | undefined;
  /** The site of the cell of Nova's whose bus it is on; absent: it is on that of its region. */
  readonly cell?: string | undefined;
}

/** Of a service with several servers, the name of the first. */
export function serviceOf({ name, replicaOf }: Pick<Place, "name" | "replicaOf">): string {
  return replicaOf ?? name;
}

/** Something that took its time for a request. Times are microseconds of Unix time. */
export interface Span {
  readonly id: string;
  readonly parent: string;
  /** As OSProfiler calls it: wsgi, rpc, db, call, … */
  readonly name: string;
  readonly kind: SpanKind;
  readonly place: Place;
  readonly start: number;
  readonly end: number;
  /** What it is of, for a person. */
  readonly what: string;
  /** Of a statement, the server that it was sent to, as the service calls it; absent: nobody knows. */
  readonly server?: string;
  /** The class of the error that it ended with. */
  readonly error?: string;
  /** Whether it was never told to have ended. */
  readonly unfinished: boolean;
  readonly notifications: readonly Notification[];
}

/** What a span's name says of its kind; all others are work of a service. */
const kinds: Readonly<Record<string, SpanKind>> = {
  call: "bus",
  cast: "bus",
  notification: "bus",
  db: "database",
  http: "http",
};

/**
 * Reads the notifications of a trace that a service kept, a line each.
 * Errors: a line is none; the last may be cut off where it was being written.
 */
export function parseNotifications(text: string): Notification[] {
  const lines = text.split("\n");
  // What is after the last line's end is nothing, or a line that was not whole yet.
  return lines.slice(0, -1).map((line) => notification.parse(JSON.parse(line)));
}

/** The same of values that are no text any more. Errors: one is none. */
export function readNotifications(values: readonly unknown[]): Notification[] {
  return values.map((value) => notification.parse(value));
}

/** Pairs starts and ends. What has only an end, having begun before it was heard, is left out. */
export function spansOf(place: Place, notifications: readonly Notification[]): Span[] {
  const byId = new Map<string, Notification[]>();
  for (const one of notifications) byId.set(one.trace_id, [...(byId.get(one.trace_id) ?? []), one]);
  return [...byId].flatMap(([id, told]): Span[] => {
    const start = told.find(({ name }) => name.endsWith("-start"));
    const stop = told.find(({ name }) => name.endsWith("-stop"));
    if (start === undefined) return [];
    const name = start.name.slice(0, -"-start".length);
    const error = stop?.info.etype;
    const server = start.info.db?.host;
    return [
      {
        id,
        parent: start.parent_id,
        name,
        kind: kinds[name] ?? "service",
        place,
        start: microseconds(start.timestamp),
        end: microseconds((stop ?? start).timestamp),
        what: describe(start),
        ...(error === undefined ? {} : { error }),
        ...(server ? { server } : {}),
        unfinished: stop === undefined,
        notifications: told,
      },
    ];
  });
}

/** What a span's start and end say of it as an exchange. */
export function toldOf({ notifications }: Pick<Span, "notifications">): ToldOfExchange {
  const start = notifications.find(({ name }) => name.endsWith("-start"));
  const used = notifications.find(({ name }) => name.endsWith("-stop"))?.info.used;
  return { ...start?.info, ...(used === undefined ? {} : { used }) };
}

/** Unix time of a timestamp without a zone, which is UTC's, microseconds. */
export function microseconds(timestamp: string): number {
  const [seconds = "", fraction = ""] = timestamp.split(".");
  const whole = Date.parse(`${seconds}Z`);
  if (Number.isNaN(whole)) throw new Error(`"${timestamp}" is no time`);
  return whole * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

function describe({ name, info }: Notification): string {
  const { db, function: method, http, notification: notice, request, rpc } = info;
  if (db) return db.statement ?? "";
  if (http) return `${http.method ?? ""} ${http.url ?? ""}`;
  if (request) return `${request.method ?? ""} ${request.path ?? ""}`;
  if (rpc) {
    const asked = [rpc.method, ...(rpc.called ? [`(${rpc.called})`] : [])].join(" ");
    const whom = [rpc.fanout ? "all of" : "", rpc.topic].filter((part) => part).join(" ");
    return `${asked} to ${[whom, rpc.server].filter((part) => part).join(" at ")}`;
  }
  if (notice) return notice.event ?? "";
  return method?.name ?? name;
}
