import * as os from "os";
import * as path from "path";
import { cliVersion, type PluginName, pluginVersions } from "./versions";

/** Pulumi's folder: `PULUMI_HOME`, or `~/.pulumi`. */
export function pulumiHome(environment: NodeJS.ProcessEnv): string {
  return environment.PULUMI_HOME || path.join(environment.HOME || os.homedir(), ".pulumi");
}

/** Where the official npm package and the Automation API install the pinned CLI. */
export function cliFolder(home: string): string {
  return path.join(home, "versions", cliVersion, "bin");
}

/** Where the engine looks for a plugin of the pinned version. */
export function pluginFolder(home: string, name: PluginName): string {
  return path.join(home, "plugins", `resource-${name}-v${pluginVersions[name]}`);
}
