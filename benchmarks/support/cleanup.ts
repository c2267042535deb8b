interface Undo {
  readonly what: string;
  readonly undo: () => Promise<void>;
}

/** What a benchmark has to undo, in the order in which it was made. */
export class Cleanup {
  readonly #undos: Undo[] = [];

  /**
   * Notes how something is undone. Note it before it is made: what is made half has to go too.
   * Returns a function that undoes it now instead of at the end.
   */
  add(what: string, undo: () => Promise<void>): () => Promise<void> {
    const entry = { what, undo };
    this.#undos.push(entry);
    return async () => {
      const index = this.#undos.indexOf(entry);
      if (index < 0) return;
      await undo();
      this.#undos.splice(index, 1);
    };
  }

  /** Undoes everything that is left, last first, and goes on after failures. Errors: all of them together. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let entry = this.#undos.pop(); entry; entry = this.#undos.pop()) {
      try {
        await entry.undo();
      } catch (error) {
        failures.push(
          new Error(`${entry.what} is left behind: ${(error as Error).message}`, { cause: error }),
        );
      }
    }
    const [only] = failures;
    if (failures.length === 1) throw only;
    if (failures.length > 1)
      throw new AggregateError(failures, failures.map((error) => (error as Error).message).join("\n"));
  }
}
