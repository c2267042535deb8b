import { execFileSync } from "child_process";
import type Docker from "dockerode";
import { realpathSync } from "fs";
import { create } from "tar";
import type { Readable } from "stream";

/**
 * A small image made of this machine's own programs and the libraries they load: it needs no registry,
 * no network and a second. Works wherever the engine runs the machine's own architecture.
 */
export async function importHostImage(
  docker: Docker,
  tag: string,
  programs: readonly string[],
): Promise<void> {
  const paths = programs.map((program) => execFileSync("which", [program], { encoding: "utf8" }).trim());
  const libraries = paths.flatMap((path) =>
    [...execFileSync("ldd", [path], { encoding: "utf8" }).matchAll(/(\/\S+) \(0x/g)].map(
      (match) => match[1] ?? "",
    ),
  );
  const files = [...new Set([...paths, ...libraries])];
  const archive = create(
    // Links are followed: /bin and /lib are links on merged-/usr systems, and the image has neither.
    { follow: true, cwd: "/", portable: true, noDirRecurse: true },
    files.filter((file) => realpathSync(file) !== "").map((file) => file.replace(/^\//, "")),
  );
  const [repo, version] = tag.split(":");
  const progress = await docker.importImage(archive as unknown as Readable, {
    repo,
    tag: version,
  });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
