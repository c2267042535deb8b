import { lineCrosses, overlap, pointOn, type Box, type Line, type Size } from "./geometry";

/** A link whose figures want a place along it. */
export interface LabelledLink extends Line {
  readonly size: Size;
  /** To be placed before others. */
  readonly isUrgent: boolean;
}

/** Where along a link its figures are tried, the middle first; as shares of the way. */
const shares = [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8];
const gap = 4;

/**
 * Finds places for the figures of links: on the link, clear of every site and of each other, and where there is a
 * choice, where the fewest other links pass. What has no such place is left out of the answer.
 * @param tried The links that want figures.
 * @param all All links, whose lines are kept off where possible.
 * @param obstacles What must stay clear.
 */
export function placeLinkLabels<T extends LabelledLink>(
  tried: readonly T[],
  all: readonly LabelledLink[],
  obstacles: readonly Box[],
): Map<T, Box> {
  const placed = new Map<T, Box>();
  const order = [...tried].sort(
    (a, b) => Number(b.isUrgent) - Number(a.isUrgent) || lengthOf(a) - lengthOf(b),
  );
  for (const link of order) {
    const taken = [...obstacles, ...placed.values()];
    const free = shares
      .map((share): Box => ({ ...pointOn(link, share), ...link.size }))
      .filter((box) => !taken.some((other) => overlap(box, other, gap)));
    const crossings = (box: Box) => all.filter((other) => other !== link && lineCrosses(other, box)).length;
    const [best] = free
      .map((box, rank) => ({ box, cost: crossings(box) * shares.length + rank }))
      .sort((a, b) => a.cost - b.cost);
    if (best) placed.set(link, best.box);
  }
  return placed;
}

function lengthOf({ from, to }: LabelledLink): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

/** Where the name beside a dot may be: right, left, above, below and between, as directions. */
const around: readonly (readonly [number, number])[] = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
];

/**
 * Finds a place for a name beside a dot: clear of all boxes taken, and where the fewest lines pass.
 * Undefined if none of the places around the dot is clear.
 */
export function placeName(
  dot: Box,
  size: Size,
  taken: readonly Box[],
  lines: readonly Line[],
): Box | undefined {
  const distance = 4;
  const candidates = around
    .map(([right, down]): Box => ({
      ...size,
      x: dot.x + right * (dot.width / 2 + size.width / 2 + (down === 0 ? distance : -dot.width / 4)),
      y: dot.y + down * (dot.height / 2 + size.height / 2 + (right === 0 ? distance : 0)),
    }))
    .filter((box) => !taken.some((other) => overlap(box, other, 1)));
  const [best] = candidates
    .map((box, rank) => ({
      box,
      cost: lines.filter((line) => lineCrosses(line, box)).length * around.length + rank,
    }))
    .sort((a, b) => a.cost - b.cost);
  return best?.box;
}
