import { mean } from "simple-statistics";
import type { SeriesRecord } from "../probe";
import { deal, receiversOf, sitesOf } from "../probe/deal";
import type { SiteSecond } from "../probe/series";
import type { RecoveryRecord, SiteRecovery } from "../results/recovery";
import type { MeasurementInput, PlannedEpisode, PlannedWorkload } from "../runner/input";

/** Share of the offered rate that is full service. */
const fullShare = 0.9;

/** Seconds that are looked at together, so that one operation more or less in a second decides nothing. */
const together = 3;

/** Operations a second below which the clients of a site have no figures of their own. */
const leastPerSecond = 1;

/** Where links and brokers are. */
export type Places = Pick<MeasurementInput, "links"> & {
  readonly bus: Pick<MeasurementInput["bus"], "endpoints">;
};

/**
 * What a workload in an open loop saw of each fault of its timeline, in the order of their times. What happens to
 * several links or services at one time by one entry is one fault. Undefined: it has no timeline or no rate, or its
 * tool gives no series.
 * @param series Every second of the window.
 * @param places By which it is told whose clients a fault happened to.
 */
export function recoveriesOf(
  workload: PlannedWorkload,
  series: readonly SeriesRecord[],
  places: Places,
): RecoveryRecord[] | undefined {
  const { timeline, ratePerSecond, durationSeconds, pattern, tool } = workload;
  if (timeline === undefined || ratePerSecond === undefined || durationSeconds === undefined)
    return undefined;
  if (tool !== undefined) return undefined;
  const hands = deal(workload);
  const receivers = receiversOf(hands);
  // Clients send equally often.
  const copies = (clients: readonly number[]) =>
    pattern === "fanout" ? mean(clients.map((client) => receivers.get(client)?.length ?? 0)) : 1;
  const offeredPerSecond = ratePerSecond * copies([...receivers.keys()]);
  const sites = [...grouped(sitesOf(hands, "client"))].flatMap(([site, clients]) => {
    const sent = (ratePerSecond * clients.length) / receivers.size;
    return sent < leastPerSecond ? [] : [{ site, offeredPerSecond: round(sent * copies(clients)) }];
  });
  const secondOf = new Map(series.map((record) => [record.second, record]));
  const faults = faultsOf(timeline);
  return faults.map((fault) => {
    const next = faults.find(({ atSeconds }) => atSeconds > fault.atSeconds);
    const observedUntilSeconds = Math.min(next?.atSeconds ?? Infinity, durationSeconds);
    const observed = range(Math.floor(fault.atSeconds), Math.floor(observedUntilSeconds));
    const secondsOf = (of: (record: SeriesRecord) => SiteSecond | undefined): Second[] =>
      observed.map((at) => {
        const record = secondOf.get(at);
        const { succeeded = 0, received = 0, errors = {} } = (record && of(record)) ?? {};
        return { at, served: pattern === "call" ? succeeded : received, errors };
      });
    const bySite = sites.map(({ site, offeredPerSecond: own }): SiteRecovery => ({
      site,
      atFault: isAt(site, fault, places),
      offeredPerSecond: own,
      ...seen(
        fault,
        secondsOf((record) => record.bySite?.[site]),
        own,
      ),
    }));
    const all = secondsOf((record) => record);
    return {
      ...fault,
      observedUntilSeconds,
      offeredPerSecond,
      ...seen(fault, all, offeredPerSecond),
      ...(bySite.length === 0 ? {} : { bySite }),
    };
  });
}

/** Whether a fault happened where the clients of a site are, or to what they connect to. */
function isAt(site: string, { subjects }: Fault, { links, bus }: Places): boolean {
  const own = new Set([
    ...(bus.endpoints[site] ?? []),
    ...links.filter(({ between }) => between.includes(site)).map(({ name }) => name),
  ]);
  return subjects.some((subject) => own.has(subject) || subject.startsWith(`${site}/`));
}

function grouped(sites: ReadonlyMap<number, string>): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [client, site] of sites) groups.set(site, [...(groups.get(site) ?? []), client]);
  return groups;
}

type Fault = Pick<RecoveryRecord, "what" | "subjects" | "atSeconds" | "untilSeconds">;

/** A second of the series after a fault's start. */
interface Second {
  readonly at: number;
  readonly served: number;
  readonly errors: Readonly<Record<string, number>>;
}

function faultsOf(timeline: readonly PlannedEpisode[]): Fault[] {
  const faults: Fault[] = [];
  for (const episode of timeline) {
    const { what, atSeconds, untilSeconds } = episode;
    const subject = "link" in episode ? episode.link : episode.service;
    const same = faults.find(
      (one) => one.what === what && one.atSeconds === atSeconds && one.untilSeconds === untilSeconds,
    );
    if (same === undefined) faults.push({ what, subjects: [subject], atSeconds, untilSeconds });
    else same.subjects.push(subject);
  }
  return faults.sort((one, other) => one.atSeconds - other.atSeconds);
}

function seen(
  fault: Fault,
  seconds: readonly Second[],
  offeredPerSecond: number,
): Pick<
  RecoveryRecord,
  "errors" | "interruptedSeconds" | "firstErrorSeconds" | "firstServedSeconds" | "fullServiceSeconds"
> {
  const errors: Record<string, number> = {};
  for (const { errors: kinds } of seconds)
    for (const [kind, count] of Object.entries(kinds)) errors[kind] = (errors[kind] ?? 0) + count;
  const failing = seconds.find(({ errors: kinds }) => Object.keys(kinds).length > 0);
  const dead = seconds.filter(({ served }) => served === 0);
  const back = seconds.find(({ at, served }) => at > (dead[0]?.at ?? Infinity) && served > 0);
  const since = (name: "firstErrorSeconds" | "firstServedSeconds" | "fullServiceSeconds", at?: number) =>
    at === undefined ? {} : { [name]: Math.max(0, round(at - fault.atSeconds)) };
  return {
    errors,
    interruptedSeconds: dead.length,
    ...since("firstErrorSeconds", failing?.at),
    ...since("firstServedSeconds", back?.at),
    ...since("fullServiceSeconds", fullFrom(seconds, offeredPerSecond)),
  };
}

/** The second from which on every stretch of `together` seconds had full service; undefined: the last had not. */
function fullFrom(seconds: readonly Second[], offeredPerSecond: number): number | undefined {
  const starts = seconds.slice(0, Math.max(0, seconds.length - together + 1));
  const isFull = (start: number): boolean => {
    // A backlog that comes at once is no more than full service in that second: it makes up for no empty one.
    const served = seconds
      .slice(start, start + together)
      .reduce((sum, one) => sum + Math.min(one.served, offeredPerSecond), 0);
    return served >= fullShare * together * offeredPerSecond;
  };
  const lastShort = starts.findLastIndex((_, start) => !isFull(start));
  return starts[lastShort + 1]?.at;
}

function range(from: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - from) }, (_, at) => from + at);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
