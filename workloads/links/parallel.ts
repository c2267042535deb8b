import { availableParallelism } from "os";

/**
 * What is probed at one time unless told otherwise: two for each core of the machine, at most 8. A probe is up to a
 * thousand small packets a second, and more of them would measure the scheduler.
 */
export function probesAtATime(): number {
  return Math.min(8, 2 * availableParallelism());
}

/** Like Promise.all over `work`, with at most `limit` under way. The first failure starts nothing more. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  if (failures.length) throw failures[0];
  return results;
}
