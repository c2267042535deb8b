import { mkdir, mkdtemp, rm, writeFile } from "fs/promises";
import { tmpdir } from "os";
import { dirname, join } from "path";
import { buffer } from "stream/consumers";
import { create } from "tar";
import type { Upload } from "./deployment";

/** An archive that puts files at their paths, owned by root, as `docker cp -` takes it. */
export async function tarOf(uploads: readonly Upload[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "buswide-bench-"));
  try {
    const names = uploads.map(({ file }) => file.replace(/^\//, ""));
    for (const [index, { content, permissions }] of uploads.entries()) {
      const path = join(folder, names[index] ?? "");
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode: Number.parseInt(permissions, 8) });
    }
    return await buffer(create({ cwd: folder, portable: true }, names));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
