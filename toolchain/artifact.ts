import { createHash } from "crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "fs/promises";
import * as path from "path";

/** Something that is built from sources of this project and put where an official installer would put it. */
export interface Artifact {
  /** The folder it is put in; others may keep files there. */
  folder: string;
  /** The file that makes it usable. */
  executable: string;
  /** Files and folders it is built from: when they change, it is built again. */
  sources: string[];
}

function files(source: string): string[] {
  if (!statSync(source).isDirectory()) {
    return [source];
  }
  return readdirSync(source)
    .sort()
    .flatMap((name) => files(path.join(source, name)));
}

/** A digest of the names and contents of all source files. */
export function sourceDigest(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of files(source)) {
      hash
        .update(`${path.relative(source, file)}\0`)
        .update(readFileSync(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

function markerPath({ folder, executable }: Artifact): string {
  return path.join(folder, `.buswide-${executable}`);
}

/** Whether the artifact is there: one of an official installer, or one that was built from these very sources. */
export function isInstalled(artifact: Artifact): boolean {
  if (!existsSync(path.join(artifact.folder, artifact.executable))) {
    return false;
  }
  const marker = markerPath(artifact);
  return !existsSync(marker) || readFileSync(marker, "utf8") === sourceDigest(artifact.sources);
}

/** Whether what is there was built here, not by an official installer. */
export function isOwn(artifact: Artifact): boolean {
  return existsSync(markerPath(artifact));
}

/** Takes what an official installer has just put in the artifact's place as it is. */
export async function adopt(artifact: Artifact): Promise<void> {
  await rm(markerPath(artifact), { force: true });
}

/**
 * Lets `build` make the artifact's files in a temporary folder beside their target, and moves them into place,
 * each atomically. The caller holds the artifact's lock, so that leftovers of an interrupted build can go.
 */
export async function install(artifact: Artifact, build: (folder: string) => Promise<void>): Promise<void> {
  const { folder, executable } = artifact;
  const parent = path.dirname(folder);
  const prefix = `.buswide-${executable}-`;
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (name.startsWith(prefix)) {
      await rm(path.join(parent, name), { recursive: true, force: true });
    }
  }
  const temporary = await mkdtemp(path.join(parent, prefix));
  try {
    await build(temporary);
    await mkdir(folder, { recursive: true });
    // Between the two marks the artifact counts as out of date, whatever of it is in place.
    await writeFile(markerPath(artifact), "incomplete");
    for (const name of await readdir(temporary)) {
      await rename(path.join(temporary, name), path.join(folder, name));
    }
    await writeFile(markerPath(artifact), sourceDigest(artifact.sources));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
