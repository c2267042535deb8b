import { existsSync, readFileSync } from "fs";
import { createRequire } from "module";
import * as path from "path";

interface Manifest {
  name?: string;
  version?: string;
  dependencies?: { [name: string]: string };
  devDependencies?: { [name: string]: string };
  pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

function manifest(file: string): Manifest | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}

/** The folder at or above `directory` that has a package.json. */
function packageFolder(directory: string): string | undefined {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, "package.json"))) {
      return at;
    }
    if (at === path.dirname(at)) {
      return undefined;
    }
  }
}

function installed(directory: string, name: string): Manifest | undefined {
  const folders = createRequire(path.join(directory, "index.js")).resolve.paths(name) ?? [];
  return folders.map((folder) => manifest(path.join(folder, name, "package.json"))).find(Boolean);
}

function direct(directory: string): Manifest[] {
  const folder = packageFolder(directory);
  const own = folder === undefined ? undefined : manifest(path.join(folder, "package.json"));
  const names = Object.keys({ ...own?.dependencies, ...own?.devDependencies });
  return folder === undefined ? [] : names.flatMap((name) => installed(folder, name) ?? []);
}

/** The packages that the program in `directory` depends on directly, as they are installed. */
export function dependencies(directory: string): { name: string; version: string }[] {
  return direct(directory).map(({ name = "", version = "" }) => ({ name, version }));
}

/**
 * The resource plugins of the packages that the program depends on directly, without those that are not in
 * `pluginsFolder`. This host stands where plugins cannot be downloaded: the engine would try to, and fail, for a
 * package that the program may not use at all; when it is used, the engine asks for it by version.
 */
export function requiredPlugins(
  directory: string,
  pluginsFolder: string,
): { name: string; version: string; server: string }[] {
  return direct(directory).flatMap(({ name: packageName = "", version: packageVersion = "", pulumi }) => {
    if (!pulumi?.resource) {
      return [];
    }
    const name = pulumi.name ?? packageName.replace(/^@pulumi\//, "");
    const version = (pulumi.version ?? packageVersion).replace(/^v?/, "v");
    return existsSync(path.join(pluginsFolder, `resource-${name}-${version}`))
      ? [{ name, version, server: pulumi.server ?? "" }]
      : [];
  });
}
