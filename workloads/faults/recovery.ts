import { mean } from "simple-statistics";
import type { SeriesRecord } from "../probe";
import { deal, receiversOf } from "../probe/deal";
import type { RecoveryRecord } from "../results/recovery";
import type { PlannedEpisode, PlannedWorkload } from "../runner/input";

/** Share of the offered rate that is full service. */
const fullShare = 0.9;

/** Seconds that are looked at together, so that one operation more or less in a second decides nothing. */
const together = 3;

/**
 * What a workload in an open loop saw of each fault of its timeline, in the order of their times. What happens to
 * several links or services at one time by one entry is one fault. Undefined: it has no timeline or no rate, or its
 * tool gives no series.
 * @param series Every second of the window.
 */
export function recoveriesOf(
  workload: PlannedWorkload,
  series: readonly SeriesRecord[],
): RecoveryRecord[] | undefined {
  const { timeline, ratePerSecond, durationSeconds, pattern, tool } = workload;
  if (timeline === undefined || ratePerSecond === undefined || durationSeconds === undefined)
    return undefined;
  if (tool !== undefined) return undefined;
  const receivers = [...receiversOf(deal(workload)).values()].map(({ length }) => length);
  // Clients send equally often.
  const copies = pattern === "fanout" ? mean(receivers) : 1;
  const offeredPerSecond = ratePerSecond * copies;
  const served = new Map(series.map((record) => [record.second, record]));
  const faults = faultsOf(timeline);
  return faults.map((fault) => {
    const next = faults.find(({ atSeconds }) => atSeconds > fault.atSeconds);
    const observedUntilSeconds = Math.min(next?.atSeconds ?? Infinity, durationSeconds);
    const seconds = range(Math.floor(fault.atSeconds), Math.floor(observedUntilSeconds)).map((at) => {
      const { succeeded = 0, received = 0, errors = {} } = served.get(at) ?? {};
      return { at, served: pattern === "call" ? succeeded : received, errors };
    });
    return { ...fault, observedUntilSeconds, offeredPerSecond, ...seen(fault, seconds, offeredPerSecond) };
  });
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
