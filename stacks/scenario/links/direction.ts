import type { Impairment } from "../../../workloads/results/schema";
import { inDirection, type LinkFigures } from "./figures";

/** One direction of a link as emulators, results and paths take it: every quantity resolved, nothing that was not asked for. */
export function impairmentOf(figures: LinkFigures, which: "there" | "back"): Impairment {
  const { rate, queue, duplicate, reorder, corrupt } = figures;
  const rateBitsPerSecond = rate === undefined ? undefined : inDirection(rate, which);
  return {
    delayMs: inDirection(figures.delay, which),
    ...jitterOf(inDirection(figures.jitter, which)),
    ...lossOf(inDirection(figures.loss, which)),
    ...(rateBitsPerSecond === undefined ? {} : { rateBitsPerSecond }),
    ...(queue === undefined ? {} : queueOf(inDirection(queue, which), rateBitsPerSecond)),
    ...share("duplicatePercent", duplicate === undefined ? 0 : inDirection(duplicate, which)),
    ...share("corruptPercent", corrupt === undefined ? 0 : inDirection(corrupt, which)),
    ...(reorder === undefined ? {} : reorderOf(inDirection(reorder, which))),
  };
}

type Value<Key extends keyof LinkFigures> = ReturnType<
  typeof inDirection<Exclude<NonNullable<LinkFigures[Key]>, { there: unknown }>>
>;

function jitterOf(jitter: Value<"jitter">): Pick<Impairment, "jitterMs" | "jitterDistribution"> {
  if (typeof jitter === "number") return { jitterMs: jitter };
  const { by, distribution, correlation } = jitter;
  return {
    jitterMs: by,
    ...(distribution === "uniform" ? {} : { jitterDistribution: distribution }),
    ...(correlation === undefined ? {} : { jitterCorrelationPercent: correlation }),
  };
}

function lossOf(loss: Value<"loss">): Pick<Impairment, "lossPercent" | "lossBursts"> {
  if (typeof loss === "number") return { lossPercent: loss };
  const { begins, ends, inside, outside } = loss.bursts;
  // The share of packets in a burst is that of a two-state Markov chain.
  const mean = (begins * inside + ends * outside) / (begins + ends);
  return {
    lossPercent: Math.round(mean * 1e9) / 1e9,
    lossBursts: {
      beginsPercent: begins,
      endsPercent: ends,
      insidePercent: inside,
      outsidePercent: outside,
    },
  };
}

function queueOf(
  { packets, bytes, time }: Value<"queue">,
  rate: number | undefined,
): Pick<Impairment, "limitPackets" | "limitBytes"> {
  if (packets !== undefined) return { limitPackets: packets };
  if (bytes !== undefined) return { limitBytes: Math.round(bytes) };
  return { limitBytes: Math.max(1, Math.round(((rate ?? 0) * (time ?? 0)) / 8000)) };
}

function reorderOf(reorder: Value<"reorder">): Pick<Impairment, "reorder"> {
  const { percent, gap } = typeof reorder === "number" ? { percent: reorder, gap: 1 } : reorder;
  return percent === 0 ? {} : { reorder: { percent, gap } };
}

function share(key: "duplicatePercent" | "corruptPercent", percent: number): Partial<Impairment> {
  return percent === 0 ? {} : { [key]: percent };
}
