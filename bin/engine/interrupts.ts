import { Failure } from "../refusal";

/** A command that was interrupted by the user. */
export class Interrupted extends Failure {}

/**
 * Turns Ctrl-C, and a signal to end, into requests: the first to come to an end, the second to end at once.
 */
export class Interrupts {
  #count = 0;
  readonly #listeners = new Set<(hard: boolean) => void>();

  constructor(private readonly say: (line: string) => void) {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => this.#interrupt());
  }

  get interrupted(): boolean {
    return this.#count > 0;
  }

  /** Calls `listener` at each interruption, until the returned function is called. */
  listen(listener: (hard: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Errors: {@link Interrupted}, if there was an interruption. */
  check(): void {
    if (this.interrupted) throw new Interrupted("interrupted");
  }

  #interrupt(): void {
    this.#count += 1;
    // Nothing to come to an end gently: nothing has begun that a later command could not take up.
    if (this.#listeners.size === 0) process.exit(1);
    this.say(
      this.#count === 1
        ? "interrupted: coming to an end; once more to end at once"
        : "interrupted again: ending at once",
    );
    for (const listener of this.#listeners) listener(this.#count > 1);
  }
}
