import { existsSync, readFileSync } from "fs";
import { run } from "./processes";

/** Whether this machine runs Debian or a distribution made from it, by its os-release(5). */
export function isDebianFamily(file = "/etc/os-release"): boolean {
  const release = existsSync(file) ? readFileSync(file, "utf8") : "";
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/** What lock holders and prompts must not stop: another apt is awaited, and every question has its default answer. */
const options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];

/**
 * Installs packages, after reading the package lists again when the ones at hand do not suffice. Only for root.
 * Errors: what apt-get reports.
 */
export async function aptInstall(
  packages: readonly string[],
  progress: (line: string) => void,
): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...parameters: string[]) =>
    run("apt-get", parameters, {
      env,
      onLine: (line) => {
        if (/^(Get:|Unpacking |Setting up )/.test(line)) {
          progress(line.replace(/ \.\.\.$/, ""));
        }
      },
    });
  if ((await apt("install", ...options, ...packages)).code === 0) {
    return;
  }
  progress("reading package lists");
  await apt("update", "-q");
  const result = await apt("install", ...options, ...packages);
  if (result.code !== 0) {
    const said = result.stderr.trim().split("\n").slice(-5).join("\n");
    throw new Error(`apt-get cannot install ${packages.join(" ")}:\n${said}`);
  }
}
