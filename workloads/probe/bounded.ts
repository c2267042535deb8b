/** Something did not happen in the time it was given. */
export class TimedOut extends Error {
  constructor(what: string, timeoutMs: number) {
    super(`${what}: nothing came within ${timeoutMs / 1000} s`);
    this.name = "TimedOut";
  }
}

/** The longest a timer can wait, milliseconds; Node.js fires a longer one at once. */
const longestMs = 2 ** 31 - 1;

/** The promise's outcome, or `TimedOut` after `timeoutMs`. */
export async function within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(what, timeoutMs)), Math.min(timeoutMs, longestMs));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
