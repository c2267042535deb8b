import { compress, init } from "@bokuweb/zstd-wasm";
import { createHash } from "crypto";
import { once } from "events";
import { createWriteStream } from "fs";
import { readdir, rename, stat } from "fs/promises";
import { join } from "path";
import { create } from "tar";
import { backupFile, outcomeFile } from "./runFolder";

/** The library can be readied once only: a second time breaks what it compresses. */
let ready: Promise<void> | undefined;

/** A finished archive. */
export interface Backup {
  /** Path of the archive. */
  path: string;
  sha256: string;
  bytes: number;
}

/** Data compressed at a time: enough for a good ratio, little enough for memory to stay flat. */
const frameBytes = 4 << 20;

const compressionLevel = 3;

/**
 * Packs everything in a run's folder into `backup.tar.zst` there, files in the order of their names, without
 * owners, all dated `date`: the same content is the same archive. `tar --zstd -xf` opens it.
 *
 * The library compresses a buffer at a time, so the archive is a sequence of frames, which every decoder
 * reads as one stream (RFC 8878, section 3).
 */
export async function makeBackup(folder: string, date: Date): Promise<Backup> {
  await (ready ??= init());
  const path = join(folder, backupFile);
  const temporary = `${path}.part`;
  const files = (await filesOf(folder)).filter(
    (file) => file !== backupFile && file !== outcomeFile && !file.endsWith(".part"),
  );
  const archive = create({ cwd: folder, portable: true, noDirRecurse: true, mtime: date }, files);
  const file = createWriteStream(temporary);
  const hash = createHash("sha256");
  const writeFrame = async (data: Buffer): Promise<void> => {
    const frame = compress(data, compressionLevel);
    hash.update(frame);
    if (!file.write(frame)) await once(file, "drain");
  };
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of archive) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < frameBytes) continue;
    await writeFrame(Buffer.concat(pending));
    pending = [];
    pendingBytes = 0;
  }
  await writeFrame(Buffer.concat(pending));
  file.end();
  await once(file, "close");
  await rename(temporary, path);
  return { path, sha256: hash.digest("hex"), bytes: (await stat(path)).size };
}

async function filesOf(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true });
  const files = await Promise.all(paths.map(async (path) => (await stat(join(folder, path))).isFile()));
  return paths.filter((_, at) => files[at]).sort();
}
