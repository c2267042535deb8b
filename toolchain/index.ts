import * as path from "path";
import { backendEnvironment } from "./backend";
import { ensureBaseImage } from "./base-image";
import { ensureEngine } from "./engine";
import { pulumiHome } from "./home";
import { ensureCli, ensurePlugin, isBuiltHere } from "./install";
import type { PluginName } from "./versions";

export interface PrepareOptions {
  /** Whether the OpenStack plugin is needed; default: no. */
  openstack?: boolean;
  /** Told of every step that takes time, and every few seconds how far it is. */
  progress: (line: string) => void;
}

export { restartIdleEngine } from "./engine";

const projectFile = path.join(__dirname, "..", "Pulumi.yaml");

/**
 * Resources that the engine works on at one time, where the user has said nothing else. By itself it takes four a core; but making
 * a container or a network is mostly waiting: the Docker provider sleeps 2 s for each network that it makes or removes, and
 * 1 s at a time until a container is healthy.
 */
const parallelOperations = 24;

/** The settings of Pulumi's own that need nothing to be installed. */
async function settings(environment: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const home = pulumiHome(environment);
  return {
    ...environment,
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_PARALLEL: environment.PULUMI_PARALLEL ?? String(parallelOperations),
    ...(await backendEnvironment(environment, home, projectFile)),
  };
}

/**
 * Makes sure of the Pulumi CLI alone, and returns the environment to run it in. Errors: as for `prepare`.
 */
export async function prepareCli(progress: (line: string) => void): Promise<NodeJS.ProcessEnv> {
  const environment = await settings(process.env);
  const folder = await ensureCli(environment, progress);
  // Where the CLI had to be built, a plugin that is missing cannot be downloaded either: say so at once.
  const offline = isBuiltHere(pulumiHome(environment))
    ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }
    : {};
  return { ...offline, ...environment, PATH: [folder, environment.PATH].join(path.delimiter) };
}

/**
 * Makes sure of everything that a stack of this project needs of the machine (Pulumi's CLI and plugins, a Docker
 * Engine, the base image), and returns the environment to run the CLI in. What is there already is not touched;
 * it then takes some tenths of a second.
 * Errors: something is missing and can neither be downloaded nor made here; the message says what to provide.
 */
export async function prepare(options: PrepareOptions): Promise<NodeJS.ProcessEnv> {
  const [environment, engine] = await Promise.all([prepareTools(options), prepareEngine(options)]);
  return { ...environment, ...engine };
}

/** Of `prepare`, the CLI and its plugins alone: the environment to run the CLI in. Errors: as for `prepare`. */
export async function prepareTools({ openstack, progress }: PrepareOptions): Promise<NodeJS.ProcessEnv> {
  const plugins: PluginName[] = ["command", "docker", ...(openstack ? (["openstack"] as const) : [])];
  const environment = await prepareCli(progress);
  // One after the other: a Go build keeps all cores busy, and the next one finds its packages in the cache.
  for (const name of plugins) {
    await ensurePlugin(name, environment, progress);
  }
  return environment;
}

/**
 * Of `prepare`, the Docker Engine and the base image alone: what is to be added to the environment to find the engine. Errors: as
 * for `prepare`.
 */
export async function prepareEngine({
  progress,
}: Pick<PrepareOptions, "progress">): Promise<NodeJS.ProcessEnv> {
  const { host, source } = await ensureEngine(process.env, progress);
  // Only an unusual place has to be told: everything finds the usual socket by itself.
  const found = source === "socket" && host === "unix:///var/run/docker.sock" ? {} : { DOCKER_HOST: host };
  await ensureBaseImage({ ...process.env, ...found }, progress);
  return found;
}
