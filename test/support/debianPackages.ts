import { execFileSync } from "child_process";
import { readdirSync } from "fs";
import { join } from "path";

/**
 * Gets packages of this machine's Debian and unpacks them, without installing them.
 * @param folder Where they are got to, and unpacked as `tree`. Returns the path of that.
 * Errors: apt has no such package, or no way to it.
 */
export function unpackPackages(names: readonly string[], folder: string): string {
  const get = () => execFileSync("apt-get", ["download", "-q", ...names], { cwd: folder, stdio: "ignore" });
  try {
    get();
  } catch {
    execFileSync("apt-get", ["update", "-q"], { stdio: "ignore" });
    get();
  }
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb")))
    execFileSync("dpkg", ["-x", file, "tree"], { cwd: folder });
  return join(folder, "tree");
}
