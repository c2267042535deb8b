import { mkdtemp, rm } from "fs/promises";
import * as os from "os";
import * as path from "path";
import { run } from "./processes";
import { cliVersion, type PluginName, pluginVersions } from "./versions";

/** Where the official installers of the CLI and of plugins download from. */
const downloadSite = "https://get.pulumi.com/install.sh";
const connectSeconds = 3;
const answerSeconds = 8;
const downloadMs = 15 * 60_000;

/**
 * Whether `url` answers within seconds. It asks with curl, as the official installer does, so that both see the
 * same proxy settings; without curl, with Node.js.
 */
export async function answers(url: string): Promise<boolean> {
  try {
    const parameters = [
      "-fsSL",
      "-o",
      "/dev/null",
      "--connect-timeout",
      String(connectSeconds),
      "--max-time",
      String(answerSeconds),
      url,
    ];
    return (await run("curl", parameters)).code === 0;
  } catch {
    // No curl here.
  }
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(connectSeconds * 1000) })).ok;
  } catch {
    return false;
  }
}

let open: Promise<boolean> | undefined;

/** Whether Pulumi's downloads can be reached; asked once a run. */
export function canDownload(): Promise<boolean> {
  open ??= answers(downloadSite);
  return open;
}

async function tail(
  command: string,
  parameters: string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  progress: (line: string) => void,
): Promise<void> {
  let last = "";
  const result = await run(command, parameters, {
    cwd,
    env,
    timeoutMs: downloadMs,
    onLine: (line) => {
      last = line.trim() || last;
      if (line.trim()) {
        progress(line.trim());
      }
    },
  });
  if (result.code !== 0) {
    throw new Error(`${command} ${parameters.join(" ")} ended with ${result.code ?? "a signal"}: ${last}`);
  }
}

/** Has the official npm package `pulumi` download the CLI into the Pulumi home. Errors: it does not succeed. */
export async function downloadCli(
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  // Not in the project's folder, where `pulumi` is the project's own command.
  const folder = await mkdtemp(path.join(os.tmpdir(), "buswide-pulumi-"));
  try {
    await tail(
      "npm",
      ["exec", "--yes", `--package=pulumi@${cliVersion}`, "--", "pulumi", "version"],
      environment,
      folder,
      progress,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Has the CLI download a plugin. Errors: it does not succeed. */
export async function downloadPlugin(
  name: PluginName,
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  await tail(
    "pulumi",
    ["plugin", "install", "resource", name, `v${pluginVersions[name]}`],
    environment,
    os.tmpdir(),
    progress,
  );
}
