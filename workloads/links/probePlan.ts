import type { Impairment, LinkRecord } from "../results/schema";
import { trainSeconds } from "./lineRate";
import { lossInflationOf, missingShareOf, narrowestRate, type Way } from "./composed";

/** What is asked of a link, both directions. */
export interface AskedLink {
  there: Impairment;
  back: Impairment;
}

/** What is to be expected of a path, both directions link by link. */
export interface AskedPath {
  there: Way;
  back: Way;
}

/** A link as a path of one. */
export function asPath({ there, back }: AskedLink): AskedPath {
  return { there: [there], back: [back] };
}

/**
 * A direction as what emulates it takes it. netem draws jitter for each packet whether or not a correlation is given,
 * and none is one of 0 %; for the emulator in user space none is jitter that changes over time.
 */
export function asEmulated(direction: Impairment, emulator: LinkRecord["emulator"]): Impairment {
  if (emulator === "nfqueue" || direction.jitterMs === 0) return direction;
  return { ...direction, jitterCorrelationPercent: direction.jitterCorrelationPercent ?? 0 };
}

/** How a link's delay and loss are probed. */
export interface ProbePlan {
  intervalMs: number;
  durationMs: number;
}

/** Longest probing of delay and loss, milliseconds: a run measures each link twice. */
export const longestProbeMs = 2500;
const shortestProbeMs = 1000;
/** irtt and both gateways keep up with it on a busy machine of two cores. */
const shortestIntervalMs = 1;
const longestIntervalMs = 10;

/** Bits of one probe on the wire: irtt's 60 bytes, UDP, IPv4, Ethernet. */
export const probeBits = (60 + 8 + 20 + 14) * 8;
const fullPacketBytes = 1514;
/** For so long a busy machine may hold up the sender of a train. */
const shortestQueueMs = 20;
/** Share of a limited line that probes may take, so that they rarely wait for each other. */
const lineShare = 0.05;

/**
 * Lost packets to expect for a loss within 4.4 standard deviations (see `lossSignificance`) to be known to
 * half of itself: (4.4 / 0.5)^2.
 */
const wantedLosses = 77;

/** Chooses how a link is probed: see {@link planPathProbe}. Its directions are {@link asEmulated}. */
export function planProbe(asked: AskedLink): ProbePlan {
  return planPathProbe(asPath(asked));
}

/**
 * Chooses how many packets a path needs: as many as its smallest expected loss (other than none) calls for, within
 * the longest duration; with jitter the whole duration, as a jitter known at few moments is known badly. A path of
 * many links gets fewer packets, so that the emulators together have no more to do than for a link.
 */
export function planPathProbe(asked: AskedPath): ProbePlan {
  const ways = [asked.there, asked.back];
  // What comes in bursts takes as many more packets to be known as well.
  const losses = ways.map((way) => missingShareOf(way) / lossInflationOf(way)).filter((loss) => loss > 0);
  const lowestRate = Math.min(...ways.map(narrowestRate));
  const wanted = losses.length ? wantedLosses / Math.min(...losses) : shortestProbeMs / longestIntervalMs;
  const jitter = ways.some((way) => way.some(({ jitterMs }) => jitterMs > 0));
  const bound = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  const intervalMs = shortestIntervalMs * Math.max(...ways.map((way) => way.length));
  const busyIntervalMs = (probeBits * 1000) / (lowestRate * lineShare);
  const durationMs = jitter ? longestProbeMs : bound(wanted * intervalMs, shortestProbeMs, longestProbeMs);
  return {
    intervalMs: Math.max(
      bound(durationMs / wanted, intervalMs, Math.max(intervalMs, longestIntervalMs)),
      busyIntervalMs,
      ...ways.flat().map(undisturbedMs),
    ),
    durationMs,
  };
}

/**
 * Where jitter is drawn for each packet, a late one holds up those behind it: probes as far apart as jitter seldom
 * reaches do not (4 standard deviations of normal jitter, 2 half-widths of uniform). Milliseconds.
 */
function undisturbedMs({ jitterMs, jitterDistribution, jitterCorrelationPercent }: Impairment): number {
  if (jitterCorrelationPercent === undefined) return 0;
  return (jitterDistribution === undefined ? 2 : 4) * jitterMs;
}

/**
 * Whether a rate is measured. Above 200 Mbit/s a train of packets through two gateways in user space shows
 * what the machine can do, not what the link was set to; below 500 kbit/s too few packets pass in a moment. A
 * train can't keep a line busy whose queue is shorter than a sender is ever held up, or that gets nothing during
 * a burst of loss; and overtaking or corrupted packets pass by the line, or don't arrive.
 */
export function ratesChecked(direction: Impairment): boolean {
  const rate = direction.rateBitsPerSecond;
  if (rate === undefined || rate < 500_000 || rate > 200_000_000 || direction.lossPercent > 50) return false;
  const { limitPackets = 1000, limitBytes = Infinity, lossBursts, reorder, corruptPercent = 0 } = direction;
  const queueMs = (Math.min(limitPackets * fullPacketBytes, limitBytes) * 8000) / rate;
  return queueMs >= shortestQueueMs && !lossBursts && !reorder && corruptPercent <= 1;
}

/** Bits a second that a train may make the machine move, over all links of the way together. */
const cheapBits = 200_000_000;

/**
 * The most by which what is lost behind the narrowest link may change how much of a train arrives, one standard deviation
 * as a share: the tolerance of a rate is 4.4 of them, which one right path of a hundred thousand exceeds.
 */
const mostThinning = 0.05 / 4.4;

/**
 * Whether a path's rate is measured: if its narrowest link's could be, if no link of it changes how much arrives in
 * another way than by loss, of which little may come behind the narrowest link, and if all emulators on the way together
 * have no more to move than one may.
 */
export function pathRateChecked(way: Way): boolean {
  const rate = narrowestRate(way);
  if (rate * way.length > cheapBits || thinning(way, rate) > mostThinning) return false;
  return way.every(
    (direction) =>
      direction.lossPercent <= 50 &&
      !direction.lossBursts &&
      !direction.reorder &&
      !direction.duplicatePercent &&
      (direction.corruptPercent ?? 0) <= 1 &&
      (direction.rateBitsPerSecond === undefined || ratesChecked({ ...direction, rateBitsPerSecond: rate })),
  );
}

/**
 * By how much the packets of a train that pass the narrowest link vary at its end, one standard deviation as a share. What is
 * lost before that link is made up for by what waits for it; what is lost behind it is missing, now more and now less.
 */
function thinning(way: Way, rate: number): number {
  const narrowest = way.findIndex(({ rateBitsPerSecond = Infinity }) => rateBitsPerSecond === rate);
  const arriving = way
    .slice(narrowest + 1)
    .reduce((share, { lossPercent }) => share * (1 - lossPercent / 100), 1);
  const packets = (rate * trainSeconds) / (fullPacketBytes * 8);
  // Of a rate that is fitted to the times of arrival, the variance is a fifth more than that of their number.
  return Math.sqrt((1.2 * (1 - arriving)) / (arriving * packets));
}
