import { spawn } from "child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "fs/promises";
import * as os from "os";
import * as path from "path";
import { Readable } from "stream";
import Docker from "dockerode";
import { aptInstall, isDebianFamily } from "./apt";
import { pulumiHome } from "./home";
import { withLock } from "./lock";
import { debianKeyring, keyFiles, signedBy } from "./machine/apt-keys";
import { type AptSource, aptReach, aptSources, release } from "./machine/apt-sources";
import { isReadable } from "./machine/files";
import { certificateBundle, machineFiles } from "./machine/settings";
import { succeeds } from "./processes";
import { socketOf } from "./socket";

type Progress = (line: string) => void;

const registryImage = `debian:${release}-slim`;
/** How long the engine may take to find the image in a registry, and between two signs of a download's life. */
const registryMs = 10_000;
const stallMs = 60_000;

/** What a container's root file system has beside its packages, as in Debian's own images: executable or not. */
const containerFiles: { [path: string]: { text: string; mode: number } } = {
  // Packages must not start their services while an image is built.
  "/usr/sbin/policy-rc.d": { text: "#!/bin/sh\nexit 101\n", mode: 0o755 },
  "/etc/apt/apt.conf.d/91buswide-container": {
    text: [
      'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };',
      'Acquire::Languages "none";',
      "",
    ].join("\n"),
    mode: 0o644,
  },
};

/** Whether an image of this name is at hand. */
async function exists(docker: Docker, name: string): Promise<boolean> {
  return (await docker.listImages({ filters: { reference: [name] } })).length > 0;
}

interface BuildEvent {
  stream?: string;
  status?: string;
  error?: string;
}

/** Reads an operation's events to the end. Errors: one of them tells of an error; none comes for too long. */
function follow(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  limits: { firstMs: number; nextMs: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const late = () => {
      reject(new Error(`the engine says nothing more${said ? ` after: ${said}` : ""}`));
      if (stream instanceof Readable) {
        stream.destroy();
      }
    };
    let timer = setTimeout(late, limits.firstMs);
    docker.modem.followProgress(
      stream,
      (error) => {
        clearTimeout(timer);
        return error ? reject(error) : resolve();
      },
      (event: BuildEvent) => {
        clearTimeout(timer);
        timer = setTimeout(late, limits.nextMs);
        said = (event.stream ?? event.status ?? "").trim() || said;
        if (event.error) {
          clearTimeout(timer);
          reject(new Error(event.error));
        }
      },
    );
  });
}

/** Asks the engine to pull the image, and returns its events. Errors: it refuses; it has no answer within `limitMs`. */
async function askForPull(docker: Docker, limitMs: number): Promise<NodeJS.ReadableStream> {
  // This signal would end the events as well: it must be over once they have come.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limitMs);
  try {
    return await docker.pull(registryImage, { abortSignal: controller.signal });
  } catch (error) {
    throw controller.signal.aborted
      ? new Error(`no registry has answered within ${limitMs / 1000} s`, { cause: error })
      : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Has the engine pull the image. Errors: no registry that it can reach has it; the download stands still. */
export async function pull(docker: Docker, limits = { firstMs: registryMs, nextMs: stallMs }): Promise<void> {
  await follow(docker, await askForPull(docker, limits.firstMs), limits);
}

/** Makes sure of the image that registries have. Returns why there is none; undefined when it is at hand. */
async function missingOrigin(docker: Docker, progress: Progress): Promise<string | undefined> {
  if (await exists(docker, registryImage)) {
    return undefined;
  }
  progress(`base image: asking for ${registryImage}`);
  try {
    await pull(docker);
    return undefined;
  } catch (error) {
    return (error as Error).message.trim();
  }
}

/**
 * The arguments of mmdebstrap(1) that make this release's smallest system as a tar archive on standard output. Keys
 * that are not Debian's lie in `keyFolder`.
 */
export function bootstrapArguments(
  environment: NodeJS.ProcessEnv,
  sources: readonly AptSource[],
  keyFolder: string,
): string[] {
  const bundle = certificateBundle(environment);
  const reach = [...aptReach(), ...(bundle ? [`Acquire::https::CaInfo "${bundle}";`] : [])];
  const lines = sources.flatMap(({ uris, suites, components, trusted, signers }) => {
    const option = trusted ? "trusted=yes" : `signed-by=${signedBy(signers, keyFolder).join(",")}`;
    return uris.flatMap((uri) =>
      suites.map((suite) => `deb [${option}] ${uri} ${suite} ${components.join(" ")}`),
    );
  });
  const unneeded = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*"];
  return [
    "--variant=minbase",
    "--format=tar",
    ...reach.map((line) => `--aptopt=${line}`),
    ...unneeded.map((glob) => `--dpkgopt=path-exclude=${glob}`),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    // These options name files of this machine; the image's own settings are laid over it afterwards.
    '--customize-hook=rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap',
    release,
    "-",
    ...lines,
  ];
}

/**
 * Makes sure of what bootstrapping from `sources` takes: mmdebstrap, and Debian's keys where they sign. Other
 * distributions have the one without the other. Errors: they cannot be installed here, with what to do instead.
 */
export async function ensureBootstrap(
  sources: readonly AptSource[],
  progress: Progress,
  keyring = debianKeyring,
): Promise<void> {
  const needsKeyring = sources.some(({ trusted, signers }) => !trusted && signers.length === 0);
  if ((!needsKeyring || isReadable(keyring)) && (await succeeds("mmdebstrap", ["--version"]))) {
    return;
  }
  const packages = ["mmdebstrap", "debian-archive-keyring"];
  if (process.getuid?.() !== 0 || !isDebianFamily()) {
    throw new Error(
      `${packages.join(" and ")}, which would make it from packages, are not both installed: ` +
        `provide a registry (or \`docker load\` the image), or install ${packages.join(" and ")}`,
    );
  }
  await aptInstall(packages, (line) => progress(`base image: ${line}`));
}

/** Makes a folder of the keys that are not Debian's, and has `work` use it. */
async function withKeys<T>(
  sources: readonly AptSource[],
  work: (keyFolder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "buswide-keys-"));
  try {
    // Apt checks signatures as a user of its own.
    await chmod(folder, 0o755);
    const signers = sources.flatMap((source) => source.signers);
    for (const [file, key] of Object.entries(keyFiles(signers, folder))) {
      await writeFile(file, key);
      await chmod(file, 0o644);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the image `tag` of a system that is bootstrapped from packages. Errors: what mmdebstrap or the engine says. */
async function bootstrap(
  docker: Docker,
  tag: string,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  const sources = aptSources();
  await ensureBootstrap(sources, progress);
  progress(`base image: making it from ${release} packages`);
  await withKeys(sources, (keyFolder) =>
    importBootstrapped(docker, tag, bootstrapArguments(environment, sources, keyFolder), progress),
  );
}

/** Has the engine import what mmdebstrap makes with `parameters`. Errors: as `bootstrap`. */
async function importBootstrapped(
  docker: Docker,
  tag: string,
  parameters: readonly string[],
  progress: Progress,
): Promise<void> {
  const child = spawn("mmdebstrap", parameters, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4000);
    const step = /^I: (.*)$/m.exec(text)?.[1];
    if (step) {
      progress(`base image: ${step.replace(/\.+$/, "")}`);
    }
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [repository, version] = tag.split(":");
  const importing = docker.importImage(child.stdout, { repo: repository, tag: version });
  const [code] = await Promise.all([
    ended,
    importing.then((stream) => follow(docker, stream, { firstMs: 600_000, nextMs: 600_000 })),
  ]);
  if (code !== 0) {
    await docker.getImage(tag).remove();
    throw new Error(
      `mmdebstrap ended with ${code ?? "a signal"}:\n${said.trim().split("\n").slice(-10).join("\n")}`,
    );
  }
}

/** Writes the build's folder: a Dockerfile that lays the machine's files over `origin`. */
async function writeContext(folder: string, origin: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const machine = Object.entries(machineFiles(environment)).map(([at, text]) => ({ at, text, mode: 0o644 }));
  const container = Object.entries(containerFiles).map(([at, file]) => ({ at, ...file }));
  for (const { at, text, mode } of [...machine, ...container]) {
    const file = path.join(folder, "files", at);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, text);
    await chmod(file, mode);
  }
  const lines = [`FROM ${origin}`, "COPY files/ /", 'LABEL io.buswide.image="base"', 'CMD ["bash"]', ""];
  await writeFile(path.join(folder, "Dockerfile"), lines.join("\n"));
}

/** Makes the base image `tag` unless it is there; two at once make it once. Errors: as `ensureBaseImage`. */
export async function buildBaseImage(
  tag: string,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  const docker = new Docker(endpointOptions(environment));
  if (await exists(docker, tag)) {
    return;
  }
  const waiting = () => progress("base image: waiting for another process that is at it");
  await withLock(path.join(pulumiHome(environment), "buswide", "base-image"), waiting, async () => {
    if (await exists(docker, tag)) {
      return;
    }
    const rootfs = `${tag.replace(/:.*/, "")}-rootfs:${tag.replace(/.*:/, "")}`;
    const missing = await missingOrigin(docker, progress);
    if (missing !== undefined && !(await exists(docker, rootfs))) {
      progress(`base image: ${registryImage} cannot be pulled (${missing})`);
      await bootstrap(docker, rootfs, environment, progress).catch((error: unknown) => {
        const { message } = error as Error;
        throw new Error(`the image ${registryImage} cannot be pulled (${missing}): ${message}`, {
          cause: error,
        });
      });
    }
    const folder = await mkdtemp(path.join(os.tmpdir(), "buswide-base-"));
    try {
      await writeContext(folder, missing === undefined ? registryImage : rootfs, environment);
      const stream = await docker.buildImage(
        { context: folder, src: await readdir(folder) },
        { t: tag, forcerm: true },
      );
      await follow(docker, stream, { firstMs: stallMs, nextMs: stallMs });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    if (missing !== undefined) {
      // The layers stay, as those of the base image.
      await docker.getImage(rootfs).remove();
    }
    progress(`base image: ${tag} is ready`);
  });
}

/** The engine as dockerode wants it told; it reads other settings (TLS, a usual socket) from its own environment. */
function endpointOptions(environment: NodeJS.ProcessEnv): Docker.DockerOptions {
  const host = environment.DOCKER_HOST;
  const socketPath = socketOf(host);
  if (socketPath) {
    return { socketPath };
  }
  if (!host || host === process.env.DOCKER_HOST) {
    return {};
  }
  const { protocol, hostname, port, username } = new URL(host);
  return protocol === "ssh:"
    ? {
        protocol: "ssh",
        host: hostname,
        port: port || 22,
        username,
        sshOptions: { agent: environment.SSH_AUTH_SOCK },
      }
    : { protocol: "http", host: hostname, port: port || 2375 };
}
