import type { Fault } from "../faults/recovery";
import { rounded } from "../results/figures";
import type { ServersFault, ServersFindings } from "../results/servers";
import { eventsOf, type EventOf, type LoadEvent } from "./protocol";

/** What Nova said of its services at one time, seconds from the start of the window; undefined: it did not. */
interface Reading {
  readonly at: number;
  readonly services: EventOf<"services">["services"];
}

/** Names that a record tells. */
const named = 20;

/** Every reading, in order. */
export function readingsOf(events: readonly LoadEvent[], startedAt: number): Reading[] {
  return eventsOf(events, "services").map(({ time, services }) => ({ at: time - startedAt, services }));
}

/**
 * What Nova's services were from a fault's start to the next one's, or as long as they were watched.
 * @param startedAt Unix time at which the window began, seconds: by which services' own times are.
 */
export function servicesOf(
  readings: readonly Reading[],
  { atSeconds, untilSeconds }: Fault,
  next: Fault | undefined,
  startedAt: number,
): ServersFault["novaServices"] {
  const own = readings.filter(({ at }) => at >= atSeconds && at < (next?.atSeconds ?? Infinity));
  const told = own.map(({ services }) => services).filter((services) => services !== undefined);
  if (told.length === 0) return undefined;
  const isUp = ({ services }: Reading) =>
    services !== undefined && Object.values(services).every(({ up }) => up);
  const lastBad = own.findLastIndex((reading) => !isUp(reading));
  const back = own[lastBad + 1];
  const reported = reportedAt(told, startedAt + untilSeconds);
  return {
    downMost: Math.max(...told.map((services) => Object.values(services).filter(({ up }) => !up).length)),
    untoldReadings: own.length - told.length,
    ...(back === undefined ? {} : { upSeconds: lastBad < 0 ? 0 : rounded(back.at - atSeconds) }),
    ...(reported === undefined ? {} : { reportedSeconds: rounded(reported - startedAt - atSeconds) }),
  };
}

type Told = NonNullable<Reading["services"]>;

/** When the last of the services first reported from a time on, Unix times; undefined: one had not. */
function reportedAt(told: readonly Told[], from: number): number | undefined {
  const names = new Set(told.flatMap((services) => Object.keys(services)));
  const first = [...names].map((name) =>
    told
      .flatMap((services) => services[name]?.reported ?? [])
      .filter((time) => time >= from)
      .at(0),
  );
  const known = first.filter((time) => time !== undefined);
  return known.length < names.size || known.length === 0 ? undefined : Math.max(...known);
}

/**
 * How they were in the end; undefined: Nova never said.
 * @param since Unix time from which on each should have reported; undefined: nothing was broken.
 */
export function servicesAtEnd(
  readings: readonly Reading[],
  since: number | undefined,
): ServersFindings["novaServices"] {
  const services = readings.findLast((one) => one.services !== undefined)?.services;
  if (services === undefined) return undefined;
  const those = (holds: (service: Told[string]) => boolean) =>
    Object.entries(services)
      .filter(([, service]) => holds(service))
      .map(([name]) => name)
      .sort()
      .slice(0, named);
  return {
    services: Object.keys(services).length,
    down: those(({ up }) => !up),
    silent: since === undefined ? [] : those(({ reported }) => (reported ?? 0) < since),
  };
}
