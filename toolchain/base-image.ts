import { createHash } from "crypto";
import { release } from "./machine/apt-sources";
import { machineFiles, proxyArguments } from "./machine/settings";
import { askSocket, socketOf } from "./socket";

/** Raised when the image changes in a way that the machine's files do not show. */
const recipe = "1";

/**
 * The name of the base image with this machine's settings. It is a function of those settings alone, so that the
 * program can name the image without making it.
 */
export function baseImageTag(environment: NodeJS.ProcessEnv = process.env): string {
  const hash = createHash("sha256").update(JSON.stringify([recipe, release, machineFiles(environment)]));
  return `buswide/base:${release}-${hash.digest("hex").slice(0, 12)}`;
}

/**
 * What every build of a derived image is given: the machine's proxies, and its network, as a proxy or a mirror
 * may listen on its loopback interface.
 */
export function buildSettings(environment: NodeJS.ProcessEnv = process.env): {
  buildArgs: { [name: string]: string };
  networkMode: string;
} {
  return { buildArgs: proxyArguments(environment), networkMode: "host" };
}

/**
 * Makes sure of the base image and returns its name. Errors: no registry has its origin, and it cannot be
 * bootstrapped here; the engine fails to build it.
 */
export async function ensureBaseImage(
  environment: NodeJS.ProcessEnv = process.env,
  progress: (line: string) => void = () => undefined,
): Promise<string> {
  const tag = baseImageTag(environment);
  const socket = socketOf(environment.DOCKER_HOST ?? "unix:///var/run/docker.sock");
  if (socket && (await askSocket(socket, `/images/${tag}/json`)) === 200) {
    return tag;
  }
  // The program imports this file for the name alone, in every preview: what builds is loaded when it is needed.
  const { buildBaseImage } = await import("./base-image-build");
  await buildBaseImage(tag, environment, progress);
  return tag;
}
