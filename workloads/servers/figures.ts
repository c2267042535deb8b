import { faultsOf, type Fault } from "../faults/recovery";
import { durationsOf } from "../results/durations";
import { rounded } from "../results/figures";
import type { Authentications, Boots, ServersFault, ServersFindings, Stretch } from "../results/servers";
import type { PlannedServers } from "./input";
import { eventsOf, type EventOf, type LoadEvent } from "./protocol";
import { readingsOf, servicesAtEnd, servicesOf } from "./novaServices";

/** A request that was made; times are seconds from the start of the window. */
interface Asked {
  readonly due: number;
  /** When it was known what became of it; absent: it never was. */
  readonly ended?: number;
  readonly status?: number;
  readonly error?: string;
  /** How long what ended well took, seconds; absent: it did not. */
  readonly seconds?: number;
  /** What became of the server of a request that was accepted. */
  readonly state?: string;
}

interface AllAsked {
  readonly boots: readonly Asked[];
  readonly authentications: readonly Asked[];
}

type Figures = Pick<
  ServersFindings,
  | "boots"
  | "authentications"
  | "unaccepted"
  | "errors"
  | "before"
  | "faults"
  | "novaServices"
  | "left"
  | "lateSeconds"
  | "waitedSeconds"
>;

/**
 * The figures of a load, made of all that was said of it.
 * @param startedAt Unix time at which the window began, seconds.
 */
export function figuresOf(
  { timeline = [], durationSeconds }: Pick<PlannedServers, "timeline" | "durationSeconds">,
  startedAt: number,
  events: readonly LoadEvent[],
): Figures {
  const all = { boots: bootsIn(events, startedAt), authentications: authenticationsIn(events, startedAt) };
  const faults = faultsOf(timeline);
  const [first] = faults;
  const readings = readingsOf(events, startedAt);
  const quietFrom = Math.max(0, ...faults.map(({ untilSeconds }) => untilSeconds));
  const atEnd = servicesAtEnd(readings, faults.length === 0 ? undefined : startedAt + quietFrom);
  const [end] = eventsOf(events, "end");
  const left = eventsOf(events, "left").at(-1)?.servers ?? undefined;
  const requests = [...eventsOf(events, "boot"), ...eventsOf(events, "authentication")];
  return {
    ...stretchOf(all),
    unaccepted: unacceptedIn(events),
    errors: countBy(
      eventsOf(events, "server")
        .filter(({ state }) => state === "ERROR")
        .map(({ fault }) => fault ?? "nothing"),
    ),
    ...(first === undefined
      ? {}
      : { before: stretchOf(narrowed(all, (one) => endedBy(one, first.atSeconds))) }),
    faults: faults.map((fault): ServersFault => {
      const next = faults.find(({ atSeconds }) => atSeconds > fault.atSeconds);
      const novaServices = servicesOf(readings, fault, next, startedAt);
      return {
        ...faultRecord(fault, next, durationSeconds, all),
        ...(novaServices === undefined ? {} : { novaServices }),
      };
    }),
    ...(atEnd === undefined ? {} : { novaServices: atEnd }),
    ...(left === undefined ? {} : { left }),
    lateSeconds: rounded(Math.max(0, ...requests.map(({ sent, due }) => sent - due))),
    waitedSeconds: end === undefined ? 0 : rounded(Math.max(0, end.time - startedAt - durationSeconds)),
  };
}

function faultRecord(
  fault: Fault,
  next: Fault | undefined,
  durationSeconds: number,
  all: AllAsked,
): ServersFault {
  const { atSeconds, untilSeconds } = fault;
  const observedUntilSeconds = Math.min(next?.atSeconds ?? Infinity, durationSeconds);
  // What the next fault came upon is its own.
  const own = narrowed(
    all,
    (one) => one.due < observedUntilSeconds && (next === undefined || endedBy(one, next.atSeconds)),
  );
  const since = narrowed(own, ({ due }) => due >= atSeconds);
  const boots = backAfter(since.boots, atSeconds);
  const authentications = backAfter(since.authentications, atSeconds);
  return {
    ...fault,
    observedUntilSeconds,
    underWay: stretchOf(narrowed(own, (one) => one.due < atSeconds && !endedBy(one, atSeconds))),
    during: stretchOf(narrowed(since, ({ due }) => due < untilSeconds)),
    after: stretchOf(narrowed(since, ({ due }) => due >= untilSeconds)),
    ...(boots === undefined ? {} : { bootsBackSeconds: boots }),
    ...(authentications === undefined ? {} : { authenticationsBackSeconds: authentications }),
  };
}

function endedBy({ ended }: Asked, time: number): boolean {
  return ended !== undefined && ended <= time;
}

function narrowed({ boots, authentications }: AllAsked, holds: (one: Asked) => boolean): AllAsked {
  return { boots: boots.filter(holds), authentications: authentications.filter(holds) };
}

/** From a time until the first request from which on all ended well; 0: all did; undefined: the last did not. */
function backAfter(asked: readonly Asked[], atSeconds: number): number | undefined {
  const inOrder = [...asked].sort((one, other) => one.due - other.due);
  const lastBad = inOrder.findLastIndex(({ seconds }) => seconds === undefined);
  const back = inOrder[lastBad + 1];
  if (back === undefined) return undefined;
  return lastBad < 0 ? 0 : rounded(back.due - atSeconds);
}

/** Requests for servers with what became of these, by when they were due. */
function bootsIn(events: readonly LoadEvent[], startedAt: number): Asked[] {
  const settled = new Map(eventsOf(events, "server").map((one) => [one.number, one]));
  const states = eventsOf(events, "end")[0]?.states ?? {};
  return eventsOf(events, "boot").map((boot) => {
    const { number, due } = boot;
    if (!isAccepted(boot))
      return { ...answerOf(boot), due: due - startedAt, ended: boot.answered - startedAt };
    const server = settled.get(number);
    return {
      ...answerOf(boot),
      due: due - startedAt,
      state: server?.state ?? states[String(number)] ?? "unknown",
      ...(server === undefined ? {} : { ended: server.time - startedAt }),
      ...(server?.state === "ACTIVE" ? { seconds: server.time - due } : {}),
    };
  });
}

function authenticationsIn(events: readonly LoadEvent[], startedAt: number): Asked[] {
  return eventsOf(events, "authentication").map((one) => ({
    ...answerOf(one),
    due: one.due - startedAt,
    ended: one.answered - startedAt,
    ...(isAccepted(one) ? { seconds: one.answered - one.due } : {}),
  }));
}

type Request = EventOf<"boot"> | EventOf<"authentication">;

function isAccepted({ status }: Request): boolean {
  return status !== null && status >= 200 && status < 300;
}

function answerOf({ status, error }: Request): Pick<Asked, "status" | "error"> {
  if (status === null) return { error: error ?? "no answer" };
  return { status };
}

/** The servers of requests that were not accepted, by what became of them. */
function unacceptedIn(events: readonly LoadEvent[]): Record<string, number> {
  const states = new Map<number, string>([
    ...Object.entries(eventsOf(events, "end")[0]?.states ?? {}).map(
      ([number, state]) => [Number(number), state] as const,
    ),
    ...eventsOf(events, "server").map(({ number, state }) => [number, state] as const),
  ]);
  return countBy(
    eventsOf(events, "boot").flatMap((boot) => (isAccepted(boot) ? [] : (states.get(boot.number) ?? []))),
  );
}

function stretchOf({ boots, authentications }: AllAsked): Stretch {
  return { boots: bootFigures(boots), authentications: tokenFigures(authentications) };
}

function bootFigures(asked: readonly Asked[]): Boots {
  const states = asked.flatMap(({ state }) => state ?? []);
  const times = durationsOf(asked.flatMap(({ seconds }) => seconds ?? []));
  const count = (state: string) => states.filter((one) => one === state).length;
  const named = new Set(["ACTIVE", "ERROR", "gone", "unknown"]);
  return {
    asked: asked.length,
    accepted: states.length,
    ...failures(asked.filter(({ state }) => state === undefined)),
    active: count("ACTIVE"),
    error: count("ERROR"),
    stuck: countBy(states.filter((state) => !named.has(state))),
    gone: count("gone"),
    unknown: count("unknown"),
    ...(times === undefined ? {} : { activeSeconds: times }),
  };
}

function tokenFigures(asked: readonly Asked[]): Authentications {
  const granted = asked.flatMap(({ seconds }) => seconds ?? []);
  const times = durationsOf(granted);
  return {
    asked: asked.length,
    granted: granted.length,
    ...failures(asked.filter(({ seconds }) => seconds === undefined)),
    ...(times === undefined ? {} : { seconds: times }),
  };
}

function failures(asked: readonly Asked[]): Pick<Boots, "refused" | "unanswered"> {
  return {
    refused: countBy(asked.flatMap(({ status }) => (status === undefined ? [] : [String(status)]))),
    unanswered: countBy(asked.flatMap(({ error }) => error ?? [])),
  };
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries(counts);
}
