import type { Impairment } from "../../../workloads/results/schema";
import type { PictureLink } from "./picture";

/** Signs for the two directions of a link, as it lies in the drawing. */
export interface Arrows {
  readonly there: string;
  readonly back: string;
}

export const horizontal: Arrows = { there: "→", back: "←" };

type Asked = Pick<PictureLink, "there" | "back">;

/**
 * What is asked of a link, as far as there is room for it beside the link: one line if both directions are the same,
 * else one each, marked by its arrow. `…` stands for what few links have.
 */
export function askedLines(link: Asked, arrows: Arrows): string[] {
  return directionLines(link, arrows, (direction) => {
    const usual = impairmentText(direction);
    return rareTexts(direction).length === 0 ? usual : `${usual} · …`;
  });
}

/** Everything that is asked of a link. Links of which this is the same are asked for the same. */
export function allAskedLines(link: Asked, arrows: Arrows): string[] {
  return directionLines(link, arrows, (direction) =>
    [impairmentText(direction), ...rareTexts(direction)].join(" · "),
  );
}

/** What `…` stands for beside a link; none where nothing does. */
export function rareLines(link: Asked, arrows: Arrows): string[] {
  return directionLines(link, arrows, (direction) => rareTexts(direction).join(" · ")).filter(
    (line) => line !== "" && line !== arrows.there && line !== arrows.back,
  );
}

function directionLines(
  { there, back }: Asked,
  arrows: Arrows,
  textOf: (direction: Impairment) => string,
): string[] {
  const [first, second] = [textOf(there), textOf(back)];
  return first === second ? [first] : [`${arrows.there} ${first}`.trim(), `${arrows.back} ${second}`.trim()];
}

/** What was measured, marked ✓ if it is what was asked and ✗ if it is not; none without a measurement. */
export function measuredLines({ measured, there, back }: PictureLink, arrows: Arrows): string[] {
  if (!measured) return [];
  const { figures, deviations, when } = measured;
  const parts = [`RTT ${milliseconds(figures.rttMs.median)}`, ...lateDirections(measured, arrows)];
  const asksLoss = there.lossPercent > 0 || back.lossPercent > 0;
  const loses = figures.there.lossPercent > 0 || figures.back.lossPercent > 0;
  // Damaged packets are to be missing too, and it is a deviation where none is.
  const deviates = deviations.some(({ what }) => what.startsWith("loss"));
  if (asksLoss || loses || deviates)
    parts.push(`${both(figures.there.lossPercent, figures.back.lossPercent, percent, arrows)} lost`);
  const { rateBitsPerSecond: rateThere } = figures.there;
  const { rateBitsPerSecond: rateBack } = figures.back;
  if (rateThere !== undefined && rateBack !== undefined)
    parts.push(both(rateThere, rateBack, bitRate, arrows));
  else if (rateThere !== undefined) parts.push(`${arrows.there} ${bitRate(rateThere)}`);
  else if (rateBack !== undefined) parts.push(`${arrows.back} ${bitRate(rateBack)}`);
  const sign = deviations.length === 0 ? "✓" : "✗";
  return [`${sign} ${when === "after" ? "after: " : ""}${parts.join(" · ")}`];
}

/** What is told over a link, as it lies in the drawing. */
export function trafficLines({ traffic }: Pick<PictureLink, "traffic">, arrows: Arrows): string[] {
  return (traffic?.lines ?? []).map((line) =>
    typeof line === "string"
      ? line
      : `${line.what} ${arrows.there} ${line.there} ${arrows.back} ${line.back}`,
  );
}

/** The delays of single directions that deviate: a round trip may be right although both ways are wrong. */
function lateDirections(
  { figures, deviations, when }: NonNullable<PictureLink["measured"]>,
  arrows: Arrows,
): string[] {
  return (["there", "back"] as const).flatMap((side) => {
    const { delayMs } = figures[side];
    const deviates = deviations.some((one) => one.when === when && one.what === `delay ${side}`);
    return deviates && delayMs !== undefined ? [`${arrows[side]} ${milliseconds(delayMs)}`] : [];
  });
}

/** Packets lost of those expected to be, each as there and back; nothing where none are. */
export function percentages(
  measured: readonly [number, number],
  expected: readonly [number, number],
): string[] {
  if ([...measured, ...expected].every((value) => value === 0)) return [];
  const [got, wanted] = [measured, expected].map(([there, back]) => both(there, back, percent, horizontal));
  return [`${got} lost of ${wanted}`];
}

/** Rates of those expected; nothing where none was measured. */
export function rates(
  measured: readonly [number | undefined, number | undefined],
  expected: readonly [number | undefined, number | undefined],
): string[] {
  return measured.flatMap((got, index) => {
    const wanted = expected[index];
    if (got === undefined || wanted === undefined) return [];
    return [`${index === 0 ? horizontal.there : horizontal.back} ${bitRate(got)} of ${bitRate(wanted)}`];
  });
}

/** Deviations in words, for those who look closer. */
export function deviationLines({ measured }: PictureLink): string[] {
  return (measured?.deviations ?? []).map(
    ({ when, what, asked, measured: got, tolerance, unit }) =>
      `${what}, ${when} the workloads: asked ${quantity(asked, unit)}, got ${quantity(got, unit)} (± ${quantity(tolerance, unit)})`,
  );
}

function both(there: number, back: number, format: (value: number) => string, arrows: Arrows): string {
  const [first, second] = [format(there), format(back)];
  if (first === second) return first;
  const unit = / \S+$/.exec(second)?.[0] ?? "";
  // A unit that both have is said once.
  const shortened = unit && first.endsWith(unit) ? first.slice(0, -unit.length) : first;
  return `${arrows.there} ${shortened} ${arrows.back} ${second}`;
}

/** One direction, such as `25 ± 2 ms (normal) · 0.1 % loss · 100 Mbit/s`; uniform jitter is not named. */
function impairmentText(direction: Impairment): string {
  const { delayMs, jitterMs, jitterDistribution, lossPercent, rateBitsPerSecond } = direction;
  const spread = jitterDistribution === undefined ? "" : ` (${jitterDistribution})`;
  return [
    jitterMs > 0 ? `${round(delayMs)} ± ${milliseconds(jitterMs)}${spread}` : milliseconds(delayMs),
    ...(lossPercent > 0 ? [`${percent(lossPercent)} loss`] : []),
    ...(rateBitsPerSecond === undefined ? [] : [bitRate(rateBitsPerSecond)]),
  ].join(" · ");
}

/** What few links have of one direction, each in words. */
function rareTexts(direction: Impairment): string[] {
  const { jitterCorrelationPercent, lossBursts, limitPackets, limitBytes } = direction;
  const { duplicatePercent, corruptPercent, reorder } = direction;
  const queue = [
    ...(limitPackets === undefined ? [] : [`${limitPackets} packets`]),
    ...(limitBytes === undefined ? [] : [`${limitBytes} bytes`]),
  ];
  return [
    ...(jitterCorrelationPercent === undefined
      ? []
      : [`jitter correlated by ${percent(jitterCorrelationPercent)}`]),
    ...(lossBursts === undefined ? [] : [burstsText(lossBursts)]),
    ...(queue.length === 0 ? [] : [`queue of ${queue.join(", ")}`]),
    ...(duplicatePercent === undefined ? [] : [`${percent(duplicatePercent)} duplicated`]),
    ...(corruptPercent === undefined ? [] : [`${percent(corruptPercent)} corrupted`]),
    ...(reorder === undefined ? [] : [`${percent(reorder.percent)} reordered, gap ${reorder.gap}`]),
  ];
}

function burstsText(bursts: NonNullable<Impairment["lossBursts"]>): string {
  const { beginsPercent, endsPercent, insidePercent, outsidePercent } = bursts;
  const chances = `${percent(beginsPercent)} begin one, ${percent(endsPercent)} end it`;
  return `losses in bursts: ${chances}, ${percent(insidePercent)} lost inside, ${percent(outsidePercent)} outside`;
}

export function milliseconds(value: number): string {
  return `${round(value)} ms`;
}

function percent(value: number): string {
  return `${round(value)} %`;
}

const rateUnits: readonly (readonly [string, number])[] = [
  ["Gbit/s", 1e9],
  ["Mbit/s", 1e6],
  ["kbit/s", 1e3],
];

function bitRate(value: number): string {
  const [unit, size] = rateUnits.find(([, least]) => value >= least) ?? ["bit/s", 1];
  return `${round(value / size)} ${unit}`;
}

function quantity(value: number, unit: "ms" | "%" | "bit/s"): string {
  return unit === "bit/s" ? bitRate(value) : unit === "%" ? percent(value) : milliseconds(value);
}

/** Three significant digits are what a drawing has room for; whole numbers stay whole. */
function round(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
