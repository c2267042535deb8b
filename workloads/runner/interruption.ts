/** The run was told to stop. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

/**
 * The promise's outcome, or `Interrupted` some time after the signal is aborted: what is under way gets
 * `graceMs` to end by itself, and is not waited for any longer.
 */
export async function interruptible<T>(promise: Promise<T>, signal: AbortSignal, graceMs = 0): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let abandon = (): void => undefined;
  const interruption = new Promise<never>((_, reject) => {
    abandon = () => {
      timer = setTimeout(() => reject(new Interrupted()), graceMs);
    };
  });
  if (signal.aborted) abandon();
  else signal.addEventListener("abort", abandon, { once: true });
  try {
    return await Promise.race([promise, interruption]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abandon);
  }
}

/** Waits until it has settled, but for `graceMs` at most once the signal is aborted: it then goes on by itself. */
export async function unlessInterrupted(
  work: Promise<void>,
  signal: AbortSignal,
  graceMs: number,
): Promise<void> {
  try {
    await interruptible(work, signal, graceMs);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    work.catch(() => undefined);
  }
}
