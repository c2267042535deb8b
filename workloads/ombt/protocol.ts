import { z } from "zod";
import type { MeasurementInput } from "../runner/input";

/** What an ombt process is to be; see `buswide_ombt/cli.py`. Lengths of time are seconds. */
export type Setup = {
  /** Secret: sent over standard input only. */
  transport: string;
  settings: MeasurementInput["bus"]["settings"];
  /** Whole, as ombt takes it. */
  timeoutSeconds: number;
} & (
  | { role: "client" | "server"; members: { id: number; topic: string; name: string }[] }
  | { role: "controller"; topics: string[] }
);

export type Command =
  | { type: "count" }
  | { type: "clear" }
  | { type: "take"; senders?: Record<string, [client: number, site: string]> }
  | { type: "roll-call"; testSeconds: number }
  | {
      type: "test";
      pattern: "call" | "cast" | "fanout";
      calls: number;
      pause: number;
      messageBytes: number;
    };

const whole = z.number().int().nonnegative();
const ranges = z.array(z.tuple([whole, whole]));

/** What one client did in a test. Instants are Unix seconds. */
const clientDetail = z.strictObject({
  sender: z.string().nullable().describe("What its messages of the test are called; null: it sent none."),
  ok: ranges,
  failed: z.record(z.string(), ranges),
  latency: z.string().nullable(),
  first: z.number().nullable(),
  last: z.number().nullable(),
});

/** What one server got in a test of the clients it was asked for. */
const serverDetail = z.strictObject({
  arrived: z.strictObject({
    new: z.record(z.string(), ranges),
    again: z.record(z.string(), z.array(whole)),
    reordered: whole,
  }),
  latency: z.record(z.string(), z.string()),
  stale: whole,
  negative: whole,
  last: z.number().nullable(),
});

/** What ombt itself counted for one agent. Latencies are milliseconds. */
const agentTotals = z.object({
  start_time: z.number().nullable(),
  stop_time: z.number().nullable(),
  msgs_ok: whole,
  msgs_fail: whole,
  latency: z.object({
    min: z.number().nullable(),
    max: z.number().nullable(),
    total: z.number(),
    count: whole,
    sum_of_squares: z.number(),
  }),
});
export type AgentTotals = z.infer<typeof agentTotals>;

const topicTotals = z.strictObject({
  clients: z.record(z.string(), agentTotals),
  servers: z.record(z.string(), agentTotals),
});
/** What ombt's controller of one topic reported of a test, by agent. */
export type TopicTotals = z.infer<typeof topicTotals>;

/** Answers by the command they answer. */
export const answers = {
  ready: z.object({ type: z.literal("ready") }),
  count: z.object({ type: z.literal("count"), total: whole }),
  done: z.object({ answers: z.record(z.string(), z.null()) }),
  clients: z.object({ answers: z.record(z.string(), clientDetail) }),
  servers: z.object({ answers: z.record(z.string(), serverDetail) }),
  tested: z.object({ answers: z.record(z.string(), topicTotals) }),
} as const;

export const failure = z.object({ type: z.literal("error"), message: z.string() });
