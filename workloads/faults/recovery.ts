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

/**
 * How much later or earlier than others an operation may count while all is well, seconds: 100 ms by its latency, 50 ms by
 * when its agent ends a second.
 */
const unsteadySeconds = 0.15;

/** The longest time between two operations at which every full second has one while all is well. */
const longestGapSeconds = 1 - unsteadySeconds;

/** The kind of a call that was not answered in time: its caller is told a timeout after it was sent. */
const timeoutKind = "MessagingTimeout";

/** How long a call may be under way while all is well, seconds: a fault that comes meanwhile is why it fails. */
const underWaySeconds = 1;

/** Where links and brokers are. */
export type Places = Pick<MeasurementInput, "links"> & {
  readonly bus: Pick<MeasurementInput["bus"], "endpoints">;
};

/**
 * What a workload in an open loop saw of each fault of its timeline, in the order of their times. What happens to
 * several links or services at one time by one entry is one fault. Undefined: it has no timeline or no rate, its rate is
 * so low that a second in which nothing is served proves nothing, or its tool gives no series.
 * @param series Every second of the window, and those after it in which operations still ended.
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
  const everyone = [...receivers.keys()];
  const serviceOf = (clients: readonly number[]) => {
    const copies = clients.map((client) => (pattern === "fanout" ? (receivers.get(client)?.length ?? 0) : 1));
    return fullServiceOf(ratePerSecond, everyone.length, copies);
  };
  const service = serviceOf(everyone);
  if (service === undefined) return undefined;
  const sites = [...grouped(sitesOf(hands, "client"))].flatMap(([site, clients]) => {
    const own = serviceOf(clients);
    return own === undefined ? [] : [{ site, own }];
  });
  const faults = faultsOf(timeline);
  return faults.map((fault) => {
    const next = faults.find(({ atSeconds }) => atSeconds > fault.atSeconds);
    const observedUntilSeconds = Math.min(next?.atSeconds ?? Infinity, durationSeconds);
    const observed = range(Math.floor(fault.atSeconds), Math.floor(observedUntilSeconds));
    const isOwn = ownErrors(workload, fault, next);
    const saw = (of: (record: SeriesRecord) => SiteSecond | undefined, full: FullService) => {
      const told = new Map(series.map((record) => [record.second, of(record)]));
      const seconds = observed.map((at): Second => {
        const { succeeded = 0, received = 0 } = told.get(at) ?? {};
        return { at, served: pattern === "call" ? succeeded : received };
      });
      const failures = [...told].flatMap(([at, second]) =>
        Object.entries(second?.errors ?? {})
          .filter(([kind]) => isOwn(at, kind))
          .map(([kind, count]): Failures => ({ at, kind, count })),
      );
      return seen(fault, seconds, failures, full);
    };
    const bySite = sites.map(({ site, own }): SiteRecovery => ({
      site,
      atFault: isAt(site, fault, places),
      ...saw((record) => record.bySite?.[site], own),
    }));
    return {
      ...fault,
      observedUntilSeconds,
      ...saw((record) => record, service),
      ...(bySite.length === 0 ? {} : { bySite }),
    };
  });
}

/** What comes of perfect service by the second: calls answered, or of other patterns deliveries. */
interface FullService {
  readonly offeredPerSecond: number;
  /** The most that a second may have: more is a backlog. */
  readonly mostPerSecond: number;
  /** What `together` seconds have at least. */
  readonly leastTogether: number;
}

/**
 * Operations of a workload follow each other evenly, each client's after that of the one before it by number, and a site's
 * clients have numbers that follow each other: its operations may come in bursts.
 * Undefined: there are seconds that have none while all is well.
 * @param all How many clients the workload has.
 * @param copies Of each of the clients in question, how many deliveries an operation is to make.
 */
function fullServiceOf(
  ratePerSecond: number,
  all: number,
  copies: readonly number[],
): FullService | undefined {
  const others = all - copies.length;
  if ((others + 1) / ratePerSecond > longestGapSeconds) return undefined;
  const offeredPerSecond = (ratePerSecond * copies.length * mean([...copies])) / all;
  // Of so many operations of the workload that follow each other, how many are at most of so many of its clients.
  const mostOf = (clients: number, operations: number) =>
    Math.floor(operations / all) * clients + Math.min(operations % all, clients);
  const soonest = Math.floor((1 + unsteadySeconds) * ratePerSecond) + 1;
  const latest = Math.floor((together - unsteadySeconds) * ratePerSecond);
  return {
    offeredPerSecond: round(offeredPerSecond),
    mostPerSecond: Math.max(...copies) * mostOf(copies.length, soonest),
    leastTogether: Math.min(
      fullShare * together * offeredPerSecond,
      Math.min(...copies) * (latest - mostOf(others, latest)),
    ),
  };
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

/** A fault, of whatever it happened to. */
export type Fault = Pick<RecoveryRecord, "what" | "subjects" | "atSeconds" | "untilSeconds">;

/** A second of the series after a fault's start. */
interface Second {
  readonly at: number;
  readonly served: number;
}

/** Operations of which senders were told in a second that they had failed. */
interface Failures {
  readonly at: number;
  readonly kind: string;
  readonly count: number;
}

/**
 * Whether operations that failed in a second, with an error of a kind, are to be put down to a fault. They are by when they
 * were under way: a call that times out is told of long after, when there may be another fault, or the load is over. When
 * what was never started was due is not known; it is the end of the schedule, and so the last fault's.
 */
function ownErrors(
  { pattern, timeoutSeconds }: PlannedWorkload,
  { atSeconds }: Fault,
  next: Fault | undefined,
): (at: number, kind: string) => boolean {
  const from = Math.floor(atSeconds);
  const until = Math.floor(next?.atSeconds ?? Infinity);
  return (at, kind) => {
    const underWay = pattern === "call" && kind === timeoutKind ? at - timeoutSeconds + underWaySeconds : at;
    return underWay >= from && underWay < until;
  };
}

/** The faults of a timeline in the order of their times: what happens to several at one time by one entry is one. */
export function faultsOf(timeline: readonly PlannedEpisode[]): Fault[] {
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
  failures: readonly Failures[],
  full: FullService,
): Pick<
  RecoveryRecord,
  | "offeredPerSecond"
  | "errors"
  | "interruptedSeconds"
  | "firstErrorSeconds"
  | "firstServedSeconds"
  | "fullServiceSeconds"
> {
  const errors: Record<string, number> = {};
  for (const { kind, count } of failures) errors[kind] = (errors[kind] ?? 0) + count;
  const [failing] = failures;
  const dead = seconds.filter(({ served }) => served === 0);
  const back = seconds.find(({ at, served }) => at > (dead[0]?.at ?? Infinity) && served > 0);
  const since = (name: "firstErrorSeconds" | "firstServedSeconds" | "fullServiceSeconds", at?: number) =>
    at === undefined ? {} : { [name]: Math.max(0, round(at - fault.atSeconds)) };
  return {
    offeredPerSecond: full.offeredPerSecond,
    errors,
    interruptedSeconds: dead.length,
    ...since("firstErrorSeconds", failing?.at),
    ...since("firstServedSeconds", back?.at),
    ...since("fullServiceSeconds", fullFrom(seconds, full)),
  };
}

/** The second from which on every stretch of `together` seconds had full service; undefined: the last had not. */
function fullFrom(
  seconds: readonly Second[],
  { mostPerSecond, leastTogether }: FullService,
): number | undefined {
  const starts = seconds.slice(0, Math.max(0, seconds.length - together + 1));
  const isFull = (start: number): boolean => {
    const counts = seconds.slice(start, start + together).map(({ served }) => served);
    // A backlog that comes at once is no more than full service in that second: it makes up for no empty one.
    const served = counts.reduce((sum, count) => sum + Math.min(count, mostPerSecond), 0);
    return served >= leastTogether && !counts.includes(0);
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
