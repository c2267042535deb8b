import { execFileSync, spawnSync } from "child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join, resolve } from "path";
import { unpackPackages } from "./debianPackages";

/** cloud-init of Debian bookworm, and what its program imports. */
const packages = [
  "cloud-init",
  ...[
    ...[
      "attr",
      "certifi",
      "chardet",
      "configobj",
      "idna",
      "jinja2",
      "json-pointer",
      "jsonpatch",
      "jsonschema",
    ],
    ...["markupsafe", "netifaces", "oauthlib", "pyrsistent", "requests", "serial", "six", "urllib3", "yaml"],
  ].map((name) => `python3-${name}`),
];

/** The distribution's cloud-init, by its own check of what instances are given. */
export class CloudInit {
  private constructor(private readonly modules: string) {}

  /**
   * That of the distribution's package, unpacked and not installed, once for the checkout.
   * @returns undefined: this is no Debian bookworm, or there is no way to its packages.
   */
  static find(): CloudInit | undefined {
    const folder = resolve(__dirname, "../../.buswide/test-cloud-init");
    if (!existsSync(folder)) {
      const work = mkdtempSync(join(tmpdir(), "buswide-cloud-init-"));
      try {
        unpackPackages(packages, work);
        mkdirSync(resolve(folder, ".."), { recursive: true });
        execFileSync("cp", ["-a", join(work, "tree"), `${folder}.part`]);
        renameSync(`${folder}.part`, folder);
      } catch {
        return undefined;
      } finally {
        rmSync(work, { recursive: true });
      }
    }
    const found = new CloudInit(join(folder, "usr", "lib", "python3", "dist-packages"));
    return found.#run("--version").status === 0 ? found : undefined;
  }

  /** What is wrong or deprecated in a file of user data; empty: nothing. */
  complaints(file: string): string {
    const { status, stdout, stderr } = this.#run("schema", "--config-file", file);
    return status === 0 && stdout.trim() === `Valid cloud-config: ${file}` && stderr === ""
      ? ""
      : `${stdout}${stderr}` || `it ended with ${status}`;
  }

  #run(...args: string[]) {
    return spawnSync("/usr/bin/python3", ["-m", "cloudinit.cmd.main", ...args], {
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: this.modules, PYTHONDONTWRITEBYTECODE: "1" },
    });
  }
}
