import { z } from "zod";

/** A server that was there, took messages before, and got none when all clients of its topic sent again. */
export const deafServer = z.strictObject({
  server: z.string().describe("Its name on the bus."),
  site: z.string(),
  before: z
    .number()
    .int()
    .describe("Messages that it got before the first fault, of `beforeOf` of its topic in all."),
  beforeOf: z.number().int(),
  askedOf: z.number().int().describe("Messages of its topic after the faults, of which it got none."),
  chance: z
    .number()
    .describe(
      "How likely that would be if its share had stayed what it was (Fisher's exact test, one-sided).",
    ),
});
export type DeafServer = z.infer<typeof deafServer>;

/** A client that was there, and none of whose operations ended well any more. */
export const unservedClient = z.strictObject({
  client: z.string().describe("Its name on the bus."),
  site: z.string(),
  tried: z.number().int().describe("Its operations after the faults: all failed, or did not end."),
});
export type UnservedClient = z.infer<typeof unservedClient>;

/** Queues of one broker that nobody reads although all agents are connected, and that were not so before the faults. */
export const orphanQueues = z.strictObject({
  broker: z.string(),
  replies: z.number().int().describe("Those for replies to calls."),
  others: z.number().int(),
  messages: z.number().int().describe("What is in all of them."),
  names: z.array(z.string()).describe("The first few, sorted."),
});
export type OrphanQueues = z.infer<typeof orphanQueues>;

/**
 * What the faults of a timeline left behind: found once all of them were over for as long as agents may take to try their
 * bus again, and everything under way had been waited for, with all agents still there.
 */
export const leftovers = z.strictObject({
  asked: z.number().int().describe("Operations by which it was tried whom the bus still serves."),
  answered: z.number().int().describe("Those of them that ended well."),
  deafServers: z.array(deafServer),
  unservedClients: z.array(unservedClient),
  orphanQueues: z
    .array(orphanQueues)
    .optional()
    .describe("Brokers that have any; absent: the queues of this bus can't be read, or there are none."),
});
export type Leftovers = z.infer<typeof leftovers>;

/** What was left behind, a sentence each; empty: nothing. */
export function leftoversInWords({ deafServers, unservedClients, orphanQueues = [] }: Leftovers): string[] {
  return [
    ...(deafServers.length === 0
      ? []
      : [`${counted(deafServers.length, "server")} got nothing any more: ${some(deafServers, "server")}`]),
    ...(unservedClients.length === 0
      ? []
      : [`${counted(unservedClients.length, "client")} served no more: ${some(unservedClients, "client")}`]),
    ...orphanQueues.map(
      ({ broker, replies, others, messages, names }) =>
        `${counted(replies + others, "queue")} without a reader at ${broker} (${replies} for replies; ${counted(messages, "message")} in them): ${listed(names, replies + others)}`,
    ),
  ];
}

/** How many queues nobody reads, and how many of them are for replies; undefined where queues can't be read. */
export function orphansOf({ orphanQueues: all }: Leftovers): { all: number; replies: number } | undefined {
  return (
    all && {
      all: all.reduce((sum, { replies, others }) => sum + replies + others, 0),
      replies: all.reduce((sum, { replies }) => sum + replies, 0),
    }
  );
}

const shown = 3;

function some<K extends string>(items: readonly Readonly<Record<K, unknown>>[], name: K): string {
  return listed(
    items.slice(0, shown).map((item) => String(item[name])),
    items.length,
  );
}

function listed(names: readonly string[], all: number): string {
  const first = names.slice(0, shown);
  return `${first.join(", ")}${all > first.length ? `, and ${all - first.length} more` : ""}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
