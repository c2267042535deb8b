import type { LinkDeviation, LinkMeasurement, PathRecord } from "../results/schema";
import { carriedRate, lossInflationOf, medianErrorOf, missingShareOf, type Way } from "./composed";
import { medianDelay } from "./expected";
import { asPath, planPathProbe, probeBits, type AskedLink, type AskedPath } from "./probePlan";
import { binomialAcceptance } from "./statistics";

/** Share of right links whose loss is called wrong, each direction, each time. 4.4 standard deviations. */
export const lossSignificance = 1e-5;
const jitterDeviates = 4.4;

/** Each way a delay may be off by the larger of the two: a packet waits for a process to be scheduled at each end. */
const delayToleranceMs = 1;
const delayToleranceShare = 0.01;
const rateToleranceShare = 0.05;

/** Time a probe takes on the lines of limited rate, milliseconds; not part of the delay asked for. */
function lineTime(way: Way): number {
  return way.reduce(
    (sum, { rateBitsPerSecond }) => sum + (rateBitsPerSecond ? (probeBits * 1000) / rateBitsPerSecond : 0),
    0,
  );
}

/**
 * The sum of what each way may be off by, and of a path what each of its links may, so that what is made of parts
 * within tolerance is so, too.
 *
 * @param ways Those that make up what is measured: one, or there and back.
 */
function delayTolerance(ways: readonly Way[], packets: number, durationMs: number): number {
  const emulation = ways.reduce(
    (sum, way) =>
      sum +
      Math.max(delayToleranceMs, delayToleranceShare * sumOfDelays(way)) +
      (way.length - 1) * delayToleranceMs,
    0,
  );
  const jitter = Math.hypot(...ways.map((way) => medianErrorOf(way, packets, durationMs)));
  const line = ways.reduce((sum, way) => sum + lineTime(way), 0);
  return emulation + jitterDeviates * jitter + line;
}

/**
 * The figures of a measured link that contradict what was asked of it.
 *
 * - One-way delay (median, where measured): off by more than the larger of 1 ms and 1 %, plus what jitter leaves
 *   unsure at the probe's number of packets, plus the probe's own time on a slow line. Round trip (median): off by
 *   more than both ways may be together.
 * - Loss: the number of packets lost has a probability below 1e-5 (both tails, exact binomial; where losses come
 *   in bursts, of as many packets as vary as much by themselves). Corrupted packets count as lost, as checksums
 *   make them so. Where none of this was asked for, one lost packet deviates.
 * - Rate: off by more than 5 %.
 *
 * Each deviation carries the tolerance it exceeded. Pure.
 */
export function deviations(
  asked: AskedLink,
  measured: LinkMeasurement,
  when: LinkDeviation["when"],
): LinkDeviation[] {
  return pathDeviations(asPath(asked), measured, when);
}

/**
 * The figures of a measured path that contradict what its links add up to: as for a link, but each link beyond the
 * first allows a delay 1 ms more.
 */
export function pathDeviations(
  asked: AskedPath,
  measured: LinkMeasurement,
  when: LinkDeviation["when"],
): LinkDeviation[] {
  const { durationMs } = planPathProbe(asked);
  const found: LinkDeviation[] = [];
  const judge = (
    what: string,
    unit: LinkDeviation["unit"],
    figures: { asked: number; measured: number; tolerance: number },
  ): void => {
    if (Math.abs(figures.measured - figures.asked) > figures.tolerance)
      found.push({ when, what, ...figures, unit });
  };

  const askedRtt = medianDelay([...asked.there, ...asked.back]);
  const packets = Math.min(measured.there.packets, measured.back.packets);
  judge("rtt", "ms", {
    asked: askedRtt,
    measured: measured.rttMs.median,
    tolerance: delayTolerance([asked.there, asked.back], packets, durationMs),
  });
  for (const side of ["there", "back"] as const) {
    const want = asked[side];
    const got = measured[side];
    if (got.delayMs !== undefined) {
      judge(`delay ${side}`, "ms", {
        asked: medianDelay(want),
        measured: got.delayMs,
        tolerance: delayTolerance([want], got.packets, durationMs),
      });
    }
    judgeLoss(side, want, got, when, found);
    const rate = want.length === 1 ? (want[0]?.rateBitsPerSecond ?? Infinity) : carriedRate(want);
    if (got.rateBitsPerSecond !== undefined && rate !== Infinity) {
      judge(`rate ${side}`, "bit/s", {
        asked: rate,
        measured: got.rateBitsPerSecond,
        tolerance: rateToleranceShare * rate,
      });
    }
  }
  return found;
}

function sumOfDelays(way: Way): number {
  return way.reduce((sum, { delayMs }) => sum + delayMs, 0);
}

function judgeLoss(
  side: "there" | "back",
  want: Way,
  got: LinkMeasurement["there"],
  when: LinkDeviation["when"],
  found: LinkDeviation[],
): void {
  const share = missingShareOf(want);
  const inflation = lossInflationOf(want);
  const packets = Math.max(1, Math.round(got.packets / inflation));
  const lost = ((got.lossPercent / 100) * got.packets) / inflation;
  const { low, high } = binomialAcceptance(packets, share, lossSignificance);
  // Counts are whole; only percentages and the inflation make them otherwise.
  if (lost > low - 0.5 && lost < high + 0.5) return;
  // The region is not symmetric; the tolerance told is that of the side on which the figure lies.
  const edge = ((lost > high ? high : low) / packets) * 100;
  const askedPercent = Number((share * 100).toFixed(9));
  found.push({
    when,
    what: `loss ${side}`,
    asked: askedPercent,
    measured: got.lossPercent,
    tolerance: Math.abs(edge - askedPercent),
    unit: "%",
  });
}

/** A deviation in a sentence: which link, what was asked, what was got, within what it should have been. */
export function describeDeviation(link: string, deviation: LinkDeviation): string {
  return inWords(`link ${link}`, deviation);
}

/** The same of a path: from where to where, over which sites. */
export function describePathDeviation(
  { between: [from, to], predicted }: Pick<PathRecord, "between" | "predicted">,
  deviation: LinkDeviation,
): string {
  const [there, back] = [predicted.there.sites.slice(1, -1), predicted.back.sites.slice(1, -1)];
  const ways = [...new Set([there.join(", "), [...back].reverse().join(", ")])].map(
    (way) => way || "no other",
  );
  return inWords(`path ${from} to ${to} over ${ways.join(" and back over ")}`, deviation);
}

function inWords(subject: string, deviation: LinkDeviation): string {
  const figure = (value: number): string =>
    deviation.unit === "bit/s"
      ? `${Number((value / 1e6).toPrecision(4))} Mbit/s`
      : `${Number(value.toPrecision(4))} ${deviation.unit}`;
  const when = deviation.when === "before" ? "before the workloads" : "after the workloads";
  const { asked, measured, tolerance } = deviation;
  return `${subject}, ${deviation.what}, ${when}: asked ${figure(asked)}, got ${figure(measured)}, tolerance ${figure(tolerance)}`;
}
