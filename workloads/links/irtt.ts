import { z } from "zod";

const milliseconds = (nanoseconds: number): number => nanoseconds / 1e6;

const summary = z.object({
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  median: z.number(),
  stddev: z.number(),
});

/** What is used of irtt 0.9's JSON output (format 1); times are nanoseconds. */
const irttOutput = z.object({
  stats: z.object({
    rtt: summary,
    send_delay: summary,
    receive_delay: summary,
    packets_sent: z.number().int(),
  }),
  round_trips: z.array(z.object({ lost: z.enum(["false", "true", "true_up", "true_down"]) })),
});

/** One direction as irtt saw it. */
export interface IrttDirection {
  /** Median one-way delay by the wall clocks of both ends, milliseconds. */
  delayMs: number;
  /** Packets sent in this direction whose fate is known. */
  packets: number;
  lost: number;
}

export interface IrttResult {
  rttMs: { median: number; mean: number; min: number; max: number; stddev: number };
  there: IrttDirection;
  back: IrttDirection;
}

/** The server tells with each reply which of the last 64 packets it got. */
const receivedWindow = 64;

/**
 * Reads the JSON of `irtt client -o -`.
 *
 * Direction of a loss: irtt's own percentages compare counters of which the server's is as old as the last
 * reply that arrived, so a lost last reply would count as a packet lost on the way there. Here each packet is
 * looked at. Those at the end whose direction no reply could tell are left out, as long as they are fewer than
 * the window; any other packet of unknown fate counts as lost both ways, so that an outage never looks well.
 *
 * Errors: text that is not irtt's output; no packet came back.
 */
export function parseIrtt(text: string): IrttResult {
  const { stats, round_trips: trips } = irttOutput.parse(JSON.parse(text));
  const count = (fate: string): number => trips.filter(({ lost }) => lost === fate).length;
  const lastKnown = trips.findLastIndex(({ lost }) => lost !== "true");
  const trailing = trips.length - 1 - lastKnown;
  const unknown = count("true") - (trailing < receivedWindow ? trailing : 0);
  const lostThere = count("true_up") + unknown;
  const arrivedThere = count("false") + count("true_down");
  const lostBack = count("true_down") + unknown;
  const inMilliseconds = (values: z.infer<typeof summary>): IrttResult["rttMs"] => ({
    median: milliseconds(values.median),
    mean: milliseconds(values.mean),
    min: milliseconds(values.min),
    max: milliseconds(values.max),
    stddev: milliseconds(values.stddev),
  });
  return {
    rttMs: inMilliseconds(stats.rtt),
    there: {
      delayMs: milliseconds(stats.send_delay.median),
      packets: arrivedThere + lostThere,
      lost: lostThere,
    },
    back: {
      delayMs: milliseconds(stats.receive_delay.median),
      packets: count("false") + lostBack,
      lost: lostBack,
    },
  };
}
