import type { Impairment } from "../results/schema";

/** How jitter is spread: far fewer values than a probe has packets do, as only a middle is wanted. */
const quantiles = 200;

/** Largest value of netem's tables, in units of the jitter. */
const tableMost = 4;

type Distribution = NonNullable<Impairment["jitterDistribution"]> | "uniform";

const distributionOf = ({ jitterDistribution }: Impairment): Distribution => jitterDistribution ?? "uniform";

/** The most by which a packet is later than the delay, in units of the jitter. */
export function jitterMost(direction: Impairment): number {
  return distributionOf(direction) === "uniform" ? 1 : tableMost;
}

/**
 * Standard deviation of the median of independent values, times their root, in units of the jitter: 1 / (2 f)
 * with the density f at the median.
 */
const medianSpread: Readonly<Record<Distribution, number>> = {
  uniform: 1,
  normal: Math.sqrt(Math.PI / 2),
  // Median 2^(1/3), density 3 y^-4, a unit of jitter being 3/4 of y.
  pareto: 1 / (2 * 3 * 2 ** (-4 / 3) * 0.75),
};

/**
 * The emulator's jitter moves at a bounded speed, so packets close in time have nearly the same. Independent
 * values in a time T: T / (this x jitter), found by simulation of images/gateway/emulator (jitter.c, zigzag.c).
 */
const jitterMemory: Readonly<Record<Distribution, number>> = { uniform: 1.63, normal: 1.63, pareto: 2.6 };

/** Standard deviation of the median delay of a direction as sampled by the link's probe, milliseconds. */
export function medianError(direction: Impairment, packets: number, durationMs: number): number {
  const { jitterMs, jitterCorrelationPercent } = direction;
  if (jitterMs === 0) return 0;
  const distribution = distributionOf(direction);
  const correlation = (jitterCorrelationPercent ?? 0) / 100;
  const independent =
    jitterCorrelationPercent === undefined
      ? Math.min(packets, durationMs / (jitterMemory[distribution] * jitterMs))
      : packets * ((1 - correlation) / (1 + correlation));
  return (medianSpread[distribution] * jitterMs) / Math.sqrt(Math.max(1, independent));
}

/** Share of packets that overtake others: one after `gap - 1` that cannot and on average 1/p that may. */
function overtakingShare({ reorder }: Impairment): number {
  return reorder === undefined ? 0 : 1 / (reorder.gap - 1 + 100 / reorder.percent);
}

/** Whether half of the packets are earlier and half later than the delay. */
function isCentred(direction: Impairment): boolean {
  return (
    (direction.jitterMs === 0 || distributionOf(direction) !== "pareto") && direction.reorder === undefined
  );
}

/** What packets of a direction take, at so many quantiles, milliseconds. */
function delays(direction: Impairment): number[] {
  const { delayMs, jitterMs } = direction;
  const overtaking = Math.round(quantiles * overtakingShare(direction));
  return Array.from({ length: quantiles }, (_, index) => {
    if (index < overtaking) return 0;
    const share = (index - overtaking + 0.5) / (quantiles - overtaking);
    return delayMs + jitterMs * jitterQuantile(distributionOf(direction), share);
  });
}

function jitterQuantile(distribution: Distribution, share: number): number {
  if (distribution === "uniform") return 2 * share - 1;
  if (distribution === "pareto") return Math.min(tableMost, (4 / 3) * ((1 - share) ** (-1 / 3) - 1.5));
  // Tukey's lambda 0.1349 is within 0.02 of the normal's quantiles here, and symmetric as it is.
  return (share ** 0.1349 - (1 - share) ** 0.1349) / 0.1975;
}

/** Median time over all directions together, milliseconds: their delays, where packets stray evenly around these. */
export function medianDelay(directions: readonly Impairment[]): number {
  const sum = directions.reduce((total, { delayMs }) => total + delayMs, 0);
  if (directions.every(isCentred)) return sum;
  const times = directions
    .map(delays)
    .reduce((one, other) => thinned(one).flatMap((a) => other.map((b) => a + b)), [0])
    .sort((a, b) => a - b);
  const middle = times.length / 2;
  return ((times[Math.ceil(middle) - 1] ?? sum) + (times[Math.floor(middle)] ?? sum)) / 2;
}

/** As many of the values as there are quantiles, evenly spread over them: sums of many links would not end otherwise. */
function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= quantiles) return values;
  const sorted = [...values].sort((a, b) => a - b);
  return Array.from(
    { length: quantiles },
    (_, index) => sorted[Math.floor(((index + 0.5) * sorted.length) / quantiles)] ?? 0,
  );
}

/**
 * Share of packets of which no sound copy arrives: lost, or with a bit flipped, which checksums find. Of a packet
 * that is both doubled and lost one is left; the second of a doubled one has its own loss (see link.c).
 */
export function missingShare({ lossPercent, duplicatePercent = 0, corruptPercent = 0 }: Impairment): number {
  const [lost, twice, corrupt] = [lossPercent / 100, duplicatePercent / 100, corruptPercent / 100];
  const single = (1 - lost) * (1 - twice) + lost * twice;
  const second = lost + (1 - lost) * corrupt;
  return lost * (1 - twice) + single * corrupt + (1 - lost) * twice * corrupt * second;
}

/**
 * How much more the number of lost packets varies than if each were lost by itself. For a two-state Markov chain
 * with eigenvalue l = 1 - begins - ends, the variance of a long count is that of independent losses plus
 * 2 (inside - outside)^2 b (1 - b) l / (1 - l) a packet, b being the share of packets in a burst.
 */
export function lossInflation({ lossBursts, lossPercent }: Impairment): number {
  const mean = lossPercent / 100;
  if (lossBursts === undefined || mean === 0 || mean === 1) return 1;
  const { beginsPercent, endsPercent, insidePercent, outsidePercent } = lossBursts;
  const [begins, ends] = [beginsPercent / 100, endsPercent / 100];
  const inBurst = begins / (begins + ends);
  const eigenvalue = 1 - begins - ends;
  const contrast = (insidePercent - outsidePercent) / 100;
  const extra = (2 * contrast ** 2 * inBurst * (1 - inBurst) * eigenvalue) / (1 - eigenvalue);
  return Math.max(1, 1 + extra / (mean * (1 - mean)));
}
