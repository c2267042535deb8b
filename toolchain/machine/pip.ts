import { existsSync, readFileSync } from "fs";
import * as os from "os";
import * as path from "path";

/**
 * The settings of pip that say how its index is reached. Others are left out, above all those that name a path of
 * this machine (`find-links`, `cert`, `cache-dir`), which means nothing in a container.
 */
const taken = [
  "index-url",
  "extra-index-url",
  "trusted-host",
  "proxy",
  "timeout",
  "default-timeout",
  "retries",
];

type Settings = Map<string, string>;

/** The `[global]` and `[install]` settings of a pip.conf that are taken over; `install` wins. */
export function parsePipConf(text: string): Settings {
  const bySection: { [section: string]: Settings } = { global: new Map(), install: new Map() };
  let section = "";
  let name = "";
  for (const line of text.split("\n")) {
    const head = /^\[([^\]]+)\]/.exec(line)?.[1];
    const entry = /^([A-Za-z][\w-]*)\s*[=:]\s*(.*)$/.exec(line);
    const settings = bySection[section];
    if (head !== undefined) {
      section = head.trim().toLowerCase();
    } else if (/^\s*[#;]/.test(line) || line.trim() === "") {
      continue;
    } else if (entry) {
      name = (entry[1] ?? "").toLowerCase().replace(/_/g, "-");
      settings?.set(name, (entry[2] ?? "").trim());
    } else if (/^\s/.test(line) && settings?.has(name)) {
      // A list goes on in indented lines.
      settings.set(name, `${settings.get(name) ?? ""} ${line.trim()}`.trim());
    }
  }
  return new Map(
    [...(bySection.global ?? []), ...(bySection.install ?? [])].filter(([key]) => taken.includes(key)),
  );
}

/** pip's configuration files in the order in which later ones win. */
function configurationFiles(environment: NodeJS.ProcessEnv): string[] {
  const home = environment.HOME || os.homedir();
  const user = environment.XDG_CONFIG_HOME || path.join(home, ".config");
  const own = environment.PIP_CONFIG_FILE;
  // PIP_CONFIG_FILE=/dev/null means: read no files at all.
  return own === "/dev/null"
    ? []
    : [
        "/etc/pip.conf",
        "/etc/xdg/pip/pip.conf",
        path.join(home, ".pip", "pip.conf"),
        path.join(user, "pip", "pip.conf"),
        ...(own ? [own] : []),
      ];
}

/** The machine's pip settings of the above kind; variables (`PIP_INDEX_URL`) win over files. */
export function pipSettings(environment: NodeJS.ProcessEnv): Settings {
  const settings: Settings = new Map();
  for (const file of configurationFiles(environment)) {
    if (existsSync(file)) {
      parsePipConf(readFileSync(file, "utf8")).forEach((value, name) => settings.set(name, value));
    }
  }
  for (const name of taken) {
    const value = environment[`PIP_${name.toUpperCase().replace(/-/g, "_")}`];
    if (value) {
      settings.set(name, value);
    }
  }
  return settings;
}

/** The text of a pip.conf with these settings and the certificates in `certificates` (a path in the image). */
export function renderPipConf(settings: Settings, certificates: string | undefined): string {
  const lines = [...settings].sort().map(([name, value]) => `${name} = ${value.split(/\s+/).join("\n    ")}`);
  return ["[global]", ...(certificates ? [`cert = ${certificates}`] : []), ...lines, ""].join("\n");
}
