import { appendFile, mkdir, readdir, rename, rm, symlink, writeFile } from "fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "path";

/** The archive's name in a run's folder. */
export const backupFile = "backup.tar.zst";

/** How the run ended, as printed; it names the archive, so it is not in it. */
export const outcomeFile = "outcome.json";

/**
 * The folder of one run, `<runs>/<n>/`. Whole files are replaced in one step, so a reader, or a runner
 * killed at any moment, never leaves or meets half of one; `appendLines` may leave a last line unended.
 */
export class RunFolder {
  private constructor(
    readonly runs: string,
    readonly number: number,
  ) {}

  get path(): string {
    return join(this.runs, String(this.number));
  }

  /** Makes the folder with the next free number; two runs at once get two numbers. */
  static async make(runs: string): Promise<RunFolder> {
    await mkdir(runs, { recursive: true });
    for (let number = (await newest(runs)) + 1; ; number++) {
      try {
        await mkdir(join(runs, String(number)));
        return new RunFolder(runs, number);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }

  /**
   * Points `latest` at the newest run. It is called at a run's start, so that one that fails or is killed is
   * found there too; its results say how it ended.
   */
  async markLatest(): Promise<void> {
    const link = join(this.runs, "latest");
    for (let pointed = 0; ;) {
      const number = await newest(this.runs);
      // Another run may have begun meanwhile and been overwritten: look again until nothing is newer.
      if (number === pointed) return;
      const temporary = join(this.runs, `.latest-${this.number}`);
      await rm(temporary, { force: true });
      await symlink(String(number), temporary);
      await rename(temporary, link);
      pointed = number;
    }
  }

  /**
   * Writes a file of the run, by its path relative to the folder. Errors: the path leaves the folder; the system's, with
   * the file's name.
   */
  async write(path: string, content: string): Promise<void> {
    const file = this.file(path);
    try {
      await mkdir(dirname(file), { recursive: true });
      const temporary = `${file}.part`;
      await writeFile(temporary, content);
      await rename(temporary, file);
    } catch (error) {
      throw new Error(`${file} can't be written: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Appends values as lines of JSON, in one write. */
  async appendLines(path: string, values: readonly unknown[]): Promise<void> {
    await appendFile(this.file(path), values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  }

  private file(path: string): string {
    const relative = normalize(path);
    if (isAbsolute(relative) || relative.split(sep).includes(".."))
      throw new Error(`${path}: outside the run's folder`);
    return join(this.path, relative);
  }
}

async function newest(runs: string): Promise<number> {
  return Math.max(0, ...(await runNumbers(runs)));
}

/** Removes backups beyond the newest `keep`; results are never removed. */
export async function pruneBackups(runs: string, keep: number): Promise<void> {
  const withBackup: number[] = [];
  for (const number of (await runNumbers(runs)).sort((a, b) => b - a)) {
    if ((await readdir(join(runs, String(number)))).includes(backupFile)) withBackup.push(number);
  }
  for (const number of withBackup.slice(keep)) {
    await rm(join(runs, String(number), backupFile), { force: true });
  }
}

/** Numbers of all runs, in no order; none if there is no such folder. */
export async function runNumbers(runs: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir(runs);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
}
