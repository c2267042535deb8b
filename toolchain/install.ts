import { existsSync, realpathSync } from "fs";
import * as path from "path";
import { adopt, type Artifact, install, isInstalled, isOwn } from "./artifact";
import { bundlePlugin } from "./bundle";
import { canDownload, downloadCli, downloadPlugin } from "./download";
import { buildGo, missingGo, type GoProgram } from "./go";
import { cliFolder, pluginFolder, pulumiHome } from "./home";
import { withLock } from "./lock";
import { output } from "./processes";
import { cliVersion, type PluginName, pluginVersions } from "./versions";

export type Progress = (line: string) => void;

const here = __dirname;
const goModule = (name: string) => path.join(here, "go", name);
/** What the bundles are made of, beside their own folders. */
const bundleSources = [
  path.join(here, "plugin-server"),
  path.join(here, "bundle.ts"),
  path.join(here, "versions.ts"),
];

const cliProgram: GoProgram = {
  module: goModule("cli"),
  package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${cliVersion}` },
};

function cli(home: string): Artifact {
  return { folder: cliFolder(home), executable: "pulumi", sources: [goModule("cli")] };
}

function languageHost(home: string): Artifact {
  const sources = [path.join(here, "language-host"), ...bundleSources];
  return { folder: cliFolder(home), executable: "pulumi-language-nodejs", sources };
}

function plugin(home: string, name: PluginName): Artifact {
  const sources =
    name === "command" ? [path.join(here, "command-plugin"), ...bundleSources] : [goModule(name)];
  return { folder: pluginFolder(home, name), executable: `pulumi-resource-${name}`, sources };
}

/** The folder of a CLI of the pinned version on the PATH, with its language host; not this project's own command. */
async function cliOnPath(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? "").split(path.delimiter)) {
    const file = path.join(folder, "pulumi");
    const isOurs = () => realpathSync(file) === path.resolve(here, "..", "bin", "pulumi.js");
    if (!existsSync(file) || !existsSync(path.join(folder, "pulumi-language-nodejs")) || isOurs()) {
      continue;
    }
    const version = await output(file, ["version"], { env: environment }).catch(() => "");
    if (version.trim() === `v${cliVersion}`) {
      return folder;
    }
  }
  return undefined;
}

/** Where the CLI is, when it needs no more than that. */
export async function findCli(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = pulumiHome(environment);
  if (isInstalled(cli(home)) && isInstalled(languageHost(home))) {
    return cliFolder(home);
  }
  return existsSync(path.join(cliFolder(home), "pulumi")) ? undefined : cliOnPath(environment);
}

export function hasPlugin(environment: NodeJS.ProcessEnv, name: PluginName): boolean {
  return isInstalled(plugin(pulumiHome(environment), name));
}

/** Whether the CLI was built from source, as no download was to be had. */
export function isBuiltHere(home: string): boolean {
  return isOwn(cli(home)) && isInstalled(cli(home));
}

/** An error that tells what to provide when neither route to `what` is open. */
function noRoute(what: string, goMissing: string): Error {
  return new Error(
    `${what} is not installed, its download site (get.pulumi.com) does not answer, and it cannot be built here: ` +
      `${goMissing}. Provide one of the two: access to get.pulumi.com and github.com, or Go (https://go.dev/dl/) with a module proxy.`,
  );
}

async function goOrThrow(what: string, module: string): Promise<void> {
  const missing = await missingGo(module);
  if (missing) {
    throw noRoute(what, missing);
  }
}

/** Tries the official download; false when it is not to be had, which `progress` is told. */
async function downloaded(what: string, progress: Progress, download: () => Promise<void>): Promise<boolean> {
  if (!(await canDownload())) {
    return false;
  }
  try {
    progress(`${what}: downloading`);
    await download();
    return true;
  } catch (error) {
    progress(`${what}: the download failed (${(error as Error).message}), building it from source`);
    return false;
  }
}

async function locked(
  artifact: Artifact,
  what: string,
  progress: Progress,
  work: () => Promise<void>,
): Promise<void> {
  const file = path.join(
    path.dirname(path.dirname(artifact.folder)),
    `buswide-${path.basename(artifact.folder)}-${artifact.executable}`,
  );
  await withLock(file, () => progress(`${what}: waiting for another process that is at it`), work);
}

/**
 * Makes sure of the CLI and its language host, and returns their folder: installed already, else downloaded the
 * official way, else built from source. Errors: neither a download nor Go is to be had; a build fails.
 */
export async function ensureCli(environment: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const found = await findCli(environment);
  if (found) {
    return found;
  }
  const home = pulumiHome(environment);
  const [binary, host] = [cli(home), languageHost(home)];
  const what = `Pulumi ${cliVersion}`;
  await locked(binary, what, progress, async () => {
    if (!isInstalled(binary)) {
      if (
        await downloaded(what, progress, () =>
          downloadCli({ ...environment, PULUMI_HOME: home }, (line) => progress(`${what}: ${line}`)),
        )
      ) {
        await adopt(binary);
        await adopt(host);
        return;
      }
      await goOrThrow(what, cliProgram.module);
      progress(`${what}: building it from source`);
      await install(binary, (folder) =>
        buildGo(cliProgram, path.join(folder, binary.executable), (line) => progress(`${what}: ${line}`)),
      );
    }
    if (!isInstalled(host)) {
      progress(`${what}: making the language host`);
      await install(host, (folder) =>
        bundlePlugin(path.join(here, "language-host", "main.ts"), cliVersion, folder, host.executable),
      );
    }
  });
  return cliFolder(home);
}

/**
 * Makes sure of a plugin, by the same routes as the CLI, which has to be on the PATH of `environment`. Errors: as
 * for the CLI.
 */
export async function ensurePlugin(
  name: PluginName,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  const artifact = plugin(pulumiHome(environment), name);
  if (isInstalled(artifact)) {
    return;
  }
  const version = pluginVersions[name];
  const what = `${name} plugin ${version}`;
  await locked(artifact, what, progress, async () => {
    if (isInstalled(artifact)) {
      return;
    }
    const download = () => downloadPlugin(name, environment, (line) => progress(`${what}: ${line}`));
    if (await downloaded(what, progress, download)) {
      await adopt(artifact);
      return;
    }
    if (name === "command") {
      progress(`${what}: making its stand-in`);
      await install(artifact, (folder) =>
        bundlePlugin(path.join(here, "command-plugin", "main.ts"), version, folder, artifact.executable),
      );
      return;
    }
    const program = { module: goModule(name), package: ".", variables: { "main.version": version } };
    await goOrThrow(what, program.module);
    progress(`${what}: building it from source`);
    await install(artifact, (folder) =>
      buildGo(program, path.join(folder, artifact.executable), (line) => progress(`${what}: ${line}`)),
    );
  });
}
