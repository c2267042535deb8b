import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "fs";
import { dirname, join } from "path";
import { z } from "zod";
import { standing, type ServiceFaults, type Standing } from "./engine";

/** Services that something may have been done to, and how they stood before. */
const note = z.strictObject({ services: z.array(standing) });

/**
 * Where it is noted to which services of a stack a run is about to do something. It is written before anything is
 * done and taken away once all is undone, so that whoever finds it, after whatever kill, can undo what is left.
 */
export class FaultNotes {
  readonly #file: string;

  /** @param root The project's root. */
  constructor(root: string, stack: string) {
    this.#file = join(root, ".buswide", "faults", `${stack}.json`);
  }

  write(services: readonly Standing[]): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    // Whole or not at all, for whoever reads it after a kill.
    writeFileSync(`${this.#file}.new`, JSON.stringify({ services }));
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** What is noted; nothing if there is no note. Errors: it is none of this version. */
  read(): readonly Standing[] {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
    const parsed = note.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data.services;
    throw new Error(`${this.#file}: no note of faults: ${z.prettifyError(parsed.error)}`);
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }
}

/**
 * Undoes what a run that was killed has left done to services.
 * Errors: the engine's; the note stays then, for the next to try.
 */
export async function undoLeftFaults(
  faults: ServiceFaults,
  notes: FaultNotes,
  progress: (line: string) => void,
): Promise<void> {
  for (const service of notes.read()) {
    const { done } = await faults.restore(service);
    if (done.length > 0)
      progress(
        `${service.service} was left by an earlier run as its timeline had it; it is ${done.join(" and ")}`,
      );
  }
  notes.remove();
}
