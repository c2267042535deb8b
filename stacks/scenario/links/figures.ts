import { z } from "zod";
import { bitRate, delay, percent } from "../quantities";
import { jitterShape, lossBursts, queue, reordering } from "./impairments";
import type { Bursts, JitterShape, Queue, Reordering } from "./impairments";

/** A value that is the same in both directions of a link, or given for each. */
export type EachDirection<T> = T | { readonly there: T; readonly back: T };

/** What a link does to packets, as a scenario says it: milliseconds, percent, bits per second. */
export interface LinkFigures {
  readonly delay: EachDirection<number>;
  readonly jitter: EachDirection<number | JitterShape>;
  readonly loss: EachDirection<number | Bursts>;
  readonly rate?: EachDirection<number> | undefined;
  readonly queue?: EachDirection<Queue> | undefined;
  readonly duplicate?: EachDirection<number> | undefined;
  readonly reorder?: EachDirection<number | Reordering> | undefined;
  readonly corrupt?: EachDirection<number> | undefined;
  /** False: somebody may listen. Absent: nobody does. */
  readonly trusted?: boolean | undefined;
}

/** A value for both directions or one for each; the first form is the plain one, which messages suggest. */
function eachDirection<T extends z.ZodType, Rest extends z.ZodType[]>(what: string, first: T, ...rest: Rest) {
  const value = rest.length === 0 ? first : z.union([first, ...rest]);
  return z
    .union([
      first,
      ...rest,
      z.strictObject({
        there: value.describe("From the first site of `between` to the second."),
        back: value.describe("From the second site of `between` to the first."),
      }),
    ])
    .describe(`${what} One value for both directions, or { there, back }.`);
}

/** A delay, written out. */
export const delayOfLink = eachDirection("One-way propagation delay, such as 25ms.", delay);
const jitterOfLink = eachDirection(
  "How far delays stray: such as 2ms, the half-width of uniform jitter around the delay, at most the delay; or { by: 2ms, distribution: normal }.",
  delay,
  jitterShape,
);
const lossOfLink = eachDirection(
  "Packets lost at random, such as 0.1%; or { bursts: { begins: 0.5%, ends: 25% } }.",
  percent,
  lossBursts,
);
const rateOfLink = eachDirection("Rate limit, such as 100mbit; absent: as fast as the machine.", bitRate);
const queueOfLink = eachDirection(
  "How much may wait where there is a rate; beyond it packets are dropped. Absent: 1000 packets.",
  queue,
);
const duplicateOfLink = eachDirection("Packets that come twice, such as 0.5%.", percent);
const reorderOfLink = eachDirection(
  "Packets that overtake those before them, such as 1%: they take none of the delay. Or { percent: 25%, gap: 5 }.",
  percent,
  reordering,
);
const corruptOfLink = eachDirection("Packets with one bit flipped, such as 0.1%.", percent);

/** What few links have: absent from the parsed scenario where it is not asked for. */
const rareFigures = {
  queue: queueOfLink.optional(),
  duplicate: duplicateOfLink.optional(),
  reorder: reorderOfLink.optional(),
  corrupt: corruptOfLink.optional(),
};

/** Not a figure, and told like one: of an entry's links, or of some of them. */
export const trustedLink = z
  .boolean()
  .optional()
  .describe(
    "false: others may listen, and nothing of the bus may cross the link unencrypted. Absent: the link is trusted.",
  );

/** Every figure but the delay, for links whose delay comes from elsewhere. */
export const figuresButDelay = {
  jitter: jitterOfLink.prefault("0ms"),
  loss: lossOfLink.prefault("0%"),
  rate: rateOfLink.optional(),
  ...rareFigures,
  trusted: trustedLink,
};

/** Every figure, as fields of a link. */
export const figures = { delay: delayOfLink.prefault("0ms"), ...figuresButDelay };

/** The same fields for a link that differs from others: what it leaves out stays as with the others. */
export const overridingFigures = {
  delay: delayOfLink.optional(),
  jitter: jitterOfLink.optional(),
  loss: lossOfLink.optional(),
  rate: rateOfLink.optional(),
  ...rareFigures,
};

/** The value of one direction. */
export function inDirection<T>(value: EachDirection<T>, which: "there" | "back"): T {
  return isEach(value) ? value[which] : value;
}

function isEach<T>(value: EachDirection<T>): value is { readonly there: T; readonly back: T } {
  return typeof value === "object" && value !== null && "there" in value && "back" in value;
}

/** The same figures seen from the link's other end. */
export function turned<T extends Partial<LinkFigures>>(figuresOfLink: T): T {
  const turn = (value: unknown): unknown =>
    typeof value === "object" && value !== null && "there" in value && "back" in value
      ? { there: value.back, back: value.there }
      : value;
  return Object.fromEntries(Object.entries(figuresOfLink).map(([key, value]) => [key, turn(value)])) as T;
}
