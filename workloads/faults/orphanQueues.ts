import type { QueueReading } from "../brokers";
import type { OrphanQueues } from "../results/leftovers";

/** Queues by the broker that holds them. */
export type BrokerQueues = ReadonlyMap<string, readonly QueueReading[]>;

/** Names that a record tells. */
const named = 5;

/**
 * The queues that nobody reads now, of all brokers that have any, and that were not so before the faults: those that were
 * made in advance, and those of earlier workloads, are known. A queue counts as unread if it is so in every one of several
 * readings: brokers count theirs anew every second, and an agent may just be coming.
 */
export function orphanQueuesOf(
  before: readonly BrokerQueues[],
  now: readonly BrokerQueues[],
): OrphanQueues[] {
  const brokers = [...(now.at(-1)?.keys() ?? [])];
  return brokers.flatMap((broker) => {
    const known = new Set(unread(before, broker).map(({ name }) => name));
    const orphans = unread(now, broker).filter(({ name }) => !known.has(name));
    if (orphans.length === 0) return [];
    const replies = orphans.filter(({ reply }) => reply).length;
    return [
      {
        broker,
        replies,
        others: orphans.length - replies,
        messages: orphans.reduce((sum, { messages }) => sum + messages, 0),
        names: orphans
          .map(({ name }) => name)
          .sort()
          .slice(0, named),
      },
    ];
  });
}

/** The queues of a broker without a consumer in every reading, as the last has them. */
function unread(readings: readonly BrokerQueues[], broker: string): QueueReading[] {
  const [last = [], ...others] = readings
    .map((reading) => (reading.get(broker) ?? []).filter(({ consumers }) => consumers === 0))
    .reverse();
  return last.filter(({ name }) => others.every((queues) => queues.some((queue) => queue.name === name)));
}
