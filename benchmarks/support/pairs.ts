/** What is done for one pair, by what is compared; `pair` counts from 0. */
export type Side<T> = (pair: number) => Promise<T>;

/**
 * Measures `pairs` pairs, both sides of a pair one after the other, so that a machine that becomes slower or
 * faster changes both. The side that goes first changes with each pair, so that neither always finds the machine
 * as the other left it. Stops between two sides when `signal` is aborted. Errors: those of a side; the abort.
 */
export async function interleave<A, B>(
  pairs: number,
  sides: { readonly a: Side<A>; readonly b: Side<B> },
  signal: AbortSignal,
): Promise<(readonly [A, B])[]> {
  const results: (readonly [A, B])[] = [];
  const next = <T>(side: Side<T>, pair: number): Promise<T> => {
    signal.throwIfAborted();
    return side(pair);
  };
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const a = await next(sides.a, pair);
      results.push([a, await next(sides.b, pair)]);
    } else {
      const b = await next(sides.b, pair);
      results.push([await next(sides.a, pair), b]);
    }
  }
  return results;
}

/** Runs `work` and returns how long it took, seconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
