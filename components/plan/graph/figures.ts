import type { Impairment } from "../../../workloads/results/schema";
import type { PictureLink } from "./picture";

/** Signs for the two directions of a link, as it lies in the drawing. */
export interface Arrows {
  readonly there: string;
  readonly back: string;
}

export const horizontal: Arrows = { there: "→", back: "←" };

/** What is asked of a link: one line if both directions are the same, else one each, marked by its arrow. */
export function askedLines({ there, back }: Pick<PictureLink, "there" | "back">, arrows: Arrows): string[] {
  const [first, second] = [impairmentText(there), impairmentText(back)];
  return first === second ? [first] : [`${arrows.there} ${first}`, `${arrows.back} ${second}`];
}

/** What was measured, marked ✓ if it is what was asked and ✗ if it is not; none without a measurement. */
export function measuredLines({ measured, there, back }: PictureLink, arrows: Arrows): string[] {
  if (!measured) return [];
  const { figures, deviations } = measured;
  const parts = [`RTT ${milliseconds(figures.rttMs.median)}`];
  const asksLoss = there.lossPercent > 0 || back.lossPercent > 0;
  const loses = figures.there.lossPercent > 0 || figures.back.lossPercent > 0;
  if (asksLoss || loses)
    parts.push(`${both(figures.there.lossPercent, figures.back.lossPercent, percent, arrows)} lost`);
  const { rateBitsPerSecond: rateThere } = figures.there;
  const { rateBitsPerSecond: rateBack } = figures.back;
  if (rateThere !== undefined && rateBack !== undefined)
    parts.push(both(rateThere, rateBack, bitRate, arrows));
  return [`${deviations.length === 0 ? "✓" : "✗"} ${parts.join(" · ")}`];
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

/** One direction, such as `25 ± 2 ms · 0.1 % loss · 100 Mbit/s`. */
export function impairmentText({ delayMs, jitterMs, lossPercent, rateBitsPerSecond }: Impairment): string {
  return [
    jitterMs > 0 ? `${round(delayMs)} ± ${milliseconds(jitterMs)}` : milliseconds(delayMs),
    ...(lossPercent > 0 ? [`${percent(lossPercent)} loss`] : []),
    ...(rateBitsPerSecond === undefined ? [] : [bitRate(rateBitsPerSecond)]),
  ].join(" · ");
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
