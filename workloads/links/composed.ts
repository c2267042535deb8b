import type { Impairment } from "../results/schema";
import { jitterMost, lossInflation, medianError, missingShare } from "./expected";

/**
 * What packets meet that take several links, one after the other. Links draw independently of each other. A single
 * link is a way of one.
 */
export type Way = readonly Impairment[];

/** The most that a packet takes, milliseconds, queues aside. */
export function longestMs(way: Way): number {
  return way.reduce(
    (sum, direction) => sum + direction.delayMs + jitterMost(direction) * direction.jitterMs,
    0,
  );
}

/** Standard deviation of the median delay as sampled by a probe, milliseconds. */
export function medianErrorOf(way: Way, packets: number, durationMs: number): number {
  return Math.hypot(...way.map((direction) => medianError(direction, packets, durationMs)));
}

/**
 * Share of packets of which no sound copy arrives. Each copy that a link makes meets the next link's faults by
 * itself, so the numbers of copies make a branching process: with f_i the generating function of the sound copies
 * that link i makes of one, f_1(f_2(… f_n(0))).
 */
export function missingShareOf(way: Way): number {
  return way.reduceRight((none, direction) => copiesOf(direction)(none), 0);
}

/** Generating function of the number of sound copies of a packet that leave a link; none is missingShare. */
function copiesOf(direction: Impairment): (s: number) => number {
  const { lossPercent, duplicatePercent = 0, corruptPercent = 0 } = direction;
  const none = missingShare(direction);
  // Both of a doubled packet: neither lost, neither corrupted (see missingShare).
  const two = (1 - lossPercent / 100) ** 2 * (duplicatePercent / 100) * (1 - corruptPercent / 100) ** 2;
  return (s) => none + (1 - none - two) * s + two * s * s;
}

/** Lags beyond which bursts that are still correlated are not followed. */
const mostLags = 100_000;

/**
 * How much more the number of lost packets varies than if each were lost by itself (see lossInflation). Survival on
 * the way is the product of independent survivals s_i(t), each with covariance g_i l_i^t at lag t (a two-state Markov
 * chain of eigenvalue l), so the covariance of the whole is prod(s_i² + g_i l_i^t) - prod s_i².
 */
export function lossInflationOf(way: Way): number {
  const [only] = way;
  if (way.length === 1 && only) return lossInflation(only);
  const chains = way.map(chainOf);
  if (chains.every(({ covariance }) => covariance === 0)) return 1;
  const survives = chains.reduce((product, { survives: each }) => product * each, 1);
  if (survives === 0 || survives === 1) return 1;
  let sum = 0;
  for (let lag = 1; lag <= mostLags; lag++) {
    const covariance =
      chains.reduce(
        (product, chain) => product * (chain.survives ** 2 + chain.covariance * chain.memory ** lag),
        1,
      ) -
      survives ** 2;
    sum += covariance;
    if (Math.abs(covariance) < 1e-12 * survives) break;
  }
  return Math.max(1, 1 + (2 * sum) / (survives * (1 - survives)));
}

/** How often packets survive a link, and how their fates hang together. */
function chainOf({ lossPercent, lossBursts }: Impairment): {
  survives: number;
  covariance: number;
  memory: number;
} {
  const survives = 1 - lossPercent / 100;
  if (lossBursts === undefined) return { survives, covariance: 0, memory: 0 };
  const { beginsPercent, endsPercent, insidePercent, outsidePercent } = lossBursts;
  const [begins, ends] = [beginsPercent / 100, endsPercent / 100];
  const inBurst = begins / (begins + ends);
  const contrast = (insidePercent - outsidePercent) / 100;
  return { survives, covariance: contrast ** 2 * inBurst * (1 - inBurst), memory: 1 - begins - ends };
}

/** Lowest rate on the way, bits per second; Infinity where no link has one. */
export function narrowestRate(way: Way): number {
  return Math.min(...way.map(({ rateBitsPerSecond }) => rateBitsPerSecond ?? Infinity));
}

/**
 * What arrives of a stream that keeps the first link busy, bits per second: each link drops its share of what comes
 * and then passes at most its rate. Infinity where no link has one.
 */
export function carriedRate(way: Way): number {
  return way.reduce(
    (flow, { lossPercent, rateBitsPerSecond = Infinity }) =>
      Math.min(lossPercent === 100 ? 0 : flow * (1 - lossPercent / 100), rateBitsPerSecond),
    Infinity,
  );
}
