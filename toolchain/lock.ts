import { mkdir } from "fs/promises";
import * as path from "path";
import { lock } from "proper-lockfile";

/** A lock whose holder has not refreshed it for this long belonged to a process that is gone. */
const staleMs = 15_000;
const retryMs = 500;

/**
 * Runs `work` while holding the lock `file`, which need not exist. When another process holds it, `waiting` is
 * called once and the lock is awaited.
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  let told = false;
  for (;;) {
    try {
      const release = await lock(file, {
        realpath: false,
        stale: staleMs,
        // A suspended machine loses the lock. The work under it may then run twice, which costs time only: what
        // it makes is put in place by atomic renames.
        onCompromised: () => undefined,
      });
      try {
        return await work();
      } finally {
        await release().catch((error: unknown) => {
          const { code } = error as NodeJS.ErrnoException;
          if (code !== "ERELEASED" && code !== "ENOTACQUIRED") {
            throw error;
          }
        });
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") {
        throw error;
      }
    }
    if (!told) {
      told = true;
      waiting();
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}
