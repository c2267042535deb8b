import type { LoadEvent } from "../../workloads/servers/protocol";

/** Unix time at which the window of these events begins. */
export const windowStart = 1_800_000_000;

interface Boot {
  /** Seconds from the window's start; of when it was answered, as much later. */
  readonly at: number;
  readonly answeredAfter?: number;
  readonly status?: number | null;
  readonly error?: string;
  /** What became of it, and after how long; absent: nothing was seen of it. */
  readonly state?: "ACTIVE" | "ERROR";
  readonly after?: number;
  readonly fault?: string;
}

/** What is said of a request for a server, and of the server. */
export function boot(number: number, { at, answeredAfter = 0.2, ...came }: Boot): LoadEvent[] {
  const { status = came.error === undefined ? 202 : null, error = null, state, after = 4, fault } = came;
  const due = windowStart + at;
  return [
    { event: "boot", number, due, sent: due + 0.01, answered: due + answeredAfter, status, error },
    ...(state === undefined
      ? []
      : [
          {
            ...{ event: "server" as const, number, state, time: due + after },
            ...(fault === undefined ? {} : { fault }),
          },
        ]),
  ];
}

/** What is said of a request for a token. */
export function token(number: number, at: number, status: number | null = 201, takes = 0.3): LoadEvent {
  const due = windowStart + at;
  const error = status === null ? "ConnectTimeout" : null;
  return { event: "authentication", number, due, sent: due, answered: due + takes, status, error };
}

/** What Nova said of its services: those down, and when each had last reported, seconds from the window's start. */
export function services(
  at: number,
  reported: Readonly<Record<string, number>> | undefined,
  down: readonly string[] = [],
): LoadEvent {
  if (reported === undefined) return { event: "services", time: windowStart + at, status: 503, error: null };
  return {
    event: "services",
    time: windowStart + at,
    services: Object.fromEntries(
      Object.entries(reported).map(([name, time]) => [
        name,
        { up: !down.includes(name), reported: windowStart + time },
      ]),
    ),
  };
}

/** What is said when nothing more is waited for. */
export function end(at: number, states: Readonly<Record<string, string>> = {}): LoadEvent {
  return { event: "end", time: windowStart + at, states };
}
