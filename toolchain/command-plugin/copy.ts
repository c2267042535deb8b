import { readdir, stat } from "fs/promises";
import * as path from "path";
import type { Client, SFTPWrapper, Stats } from "ssh2";
import type { Bundle } from "./values";

/** The status of "no such file" in SFTP (draft-ietf-secsh-filexfer-02, section 7). */
const noSuchFile = 2;

function remoteStat(sftp: SFTPWrapper, remotePath: string): Promise<Stats | undefined> {
  return new Promise((resolve, reject) => {
    sftp.stat(remotePath, (error: (Error & { code?: unknown }) | undefined, stats) => {
      if (!error) {
        resolve(stats);
      } else if (error.code === noSuchFile) {
        resolve(undefined);
      } else {
        reject(new Error(`cannot look at ${remotePath}: ${error.message}`));
      }
    });
  });
}

/** Waits for one operation of SFTP; its error says what could not be done. */
function finished(start: (done: (error?: Error | null) => void) => void, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error) {
        reject(new Error(`cannot ${what}: ${error.message}`));
      } else {
        resolve();
      }
    });
  });
}

async function makeDirectory(sftp: SFTPWrapper, remotePath: string): Promise<void> {
  const stats = await remoteStat(sftp, remotePath);
  if (stats && !stats.isDirectory()) {
    throw new Error(`remote path ${remotePath} exists but is not a directory`);
  }
  if (!stats) {
    await finished((done) => sftp.mkdir(remotePath, done), `make the remote directory ${remotePath}`);
  }
}

function copyFile(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  return finished((done) => sftp.fastPut(from, to, done), `copy ${from} to the remote path ${to}`);
}

async function copyDirectory(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  await makeDirectory(sftp, to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.posix.join(to, entry.name)];
    await (entry.isDirectory() ? copyDirectory(sftp, source, target) : copyFile(sftp, source, target));
  }
}

/**
 * Copies `source` to `remotePath`. A folder goes into the remote folder under its own name, or, with `/` at
 * the end of its path, its contents do; a file goes into an existing folder, or replaces or makes the file.
 * Errors: the parent of `remotePath` does not exist; a folder meets a file.
 */
export async function copy(client: Client, source: Bundle, remotePath: string): Promise<void> {
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    client.sftp((error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const existing = await remoteStat(sftp, remotePath);
  if (source.path === undefined) {
    if (existing?.isDirectory()) {
      throw new Error(`remote path ${remotePath} is a directory; a text asset needs the path of a file`);
    }
    const content = source.text ?? "";
    await finished(
      (done) => sftp.writeFile(remotePath, content, done),
      `write the remote path ${remotePath}`,
    );
    return;
  }
  const base = path.basename(source.path);
  if (!(await stat(source.path)).isDirectory()) {
    await copyFile(
      sftp,
      source.path,
      existing?.isDirectory() ? path.posix.join(remotePath, base) : remotePath,
    );
    return;
  }
  await makeDirectory(sftp, remotePath);
  const contentsOnly = source.path.endsWith("/");
  await copyDirectory(sftp, source.path, contentsOnly ? remotePath : path.posix.join(remotePath, base));
}
