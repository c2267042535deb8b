/**
 * Reads what a preview may not know yet: undefined where it does not. A policy that reads further than that
 * would not be checked at all in the first preview; what is left out here is checked by the `up` that follows.
 */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // The pack's library throws this class, and does not export its type.
    if (error instanceof Error && error.constructor.name === "UnknownValueError") return undefined;
    throw error;
  }
}
