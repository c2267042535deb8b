import { z } from "zod";
import type { Pattern } from "../results/schema";
import type { MeasurementInput } from "../runner/input";

/**
 * The control channel between the probe and an agent process: JSON lines, the mirror of the agent's
 * `protocol.py`. Instants are Unix seconds of the agent's clock, lengths of time seconds.
 */
export type Command =
  | {
      type: "configure";
      /** Tells this run's messages from those an earlier one left in a queue. */
      run: string;
      role: "client" | "server";
      pattern: Pattern;
      site: string;
      /** Secret: sent over standard input only. */
      transport: string;
      settings: MeasurementInput["bus"]["settings"];
      messageBytes: number;
      timeoutSeconds: number;
      /** Whether receivers measure one-way latency. */
      oneWay: boolean;
      /** The agent ends by itself after this long without a command, until its second round: in the first, clients connect. */
      connectingDeadmanSeconds: number;
      /** The same from then on. */
      deadmanSeconds: number;
      members: { id: number; topic: string; name: string }[];
    }
  | { type: "clock"; id: number }
  | { type: "ping" }
  | {
      type: "run";
      round: number;
      at: number;
      operations?: number;
      seconds?: number;
      rate?: number;
      /** Closed loop: seconds from the end of an operation to the start of the client's next. */
      pause?: number;
      clients: number;
    }
  | { type: "abort" }
  | { type: "flush"; id: number }
  | { type: "stop" };

const count = z.number().int().nonnegative();

/** Ascending inclusive ranges of sequence numbers. */
const ranges = z.array(z.tuple([count, count]));
export type Ranges = z.infer<typeof ranges>;

/** What one client did since its last report. */
const clientCounts = z.strictObject({ ok: ranges, failed: z.record(z.string(), ranges), late: count });
export type ClientCounts = z.infer<typeof clientCounts>;

/** What one receiver got since its last report, by sender; `again` has one entry a duplicate. */
const receiverCounts = z.strictObject({
  new: z.record(z.string(), ranges),
  again: z.record(z.string(), z.array(count)),
  reordered: count,
});
export type ReceiverCounts = z.infer<typeof receiverCounts>;

const interval = z.strictObject({
  type: z.literal("interval"),
  round: count,
  /** Full seconds since the round started. */
  second: count,
  clients: z.record(z.string(), clientCounts).default({}),
  receivers: z.record(z.string(), receiverCounts).default({}),
  /** Client site to an encoded HdrHistogram of microseconds from the intended start. */
  latency: z.record(z.string(), z.string()).default({}),
  /** The same from the actual start. */
  service: z.record(z.string(), z.string()).default({}),
  /** One-way latencies below zero, left out. */
  negative: count.default(0),
  /** When this was reported, seconds from the start of the round, and the CPU time the process had used by then. */
  cpu: z.tuple([z.number(), z.number().nonnegative()]).optional(),
  /** Seconds from the start of the round to the last operation that ended well, or delivery, so far. */
  lastAt: z.number().optional(),
});
export type Interval = z.infer<typeof interval>;

const report = z.discriminatedUnion("type", [
  interval,
  z.strictObject({ type: z.literal("configured") }),
  z.strictObject({ type: z.literal("clock"), id: count, pid: count, unix: z.number(), offset: z.number() }),
  z.strictObject({ type: z.literal("finished"), round: count }),
  z.strictObject({ type: z.literal("flushed"), id: count }),
  z.strictObject({ type: z.literal("stale"), messages: count }),
  z.strictObject({ type: z.literal("stopped") }),
  z.strictObject({ type: z.literal("error"), message: z.string() }),
]);
export type Report = z.infer<typeof report>;

/** Reads one line of an agent. Errors: not JSON, or not a report. */
export function parseReport(line: string): Report {
  return report.parse(JSON.parse(line));
}
