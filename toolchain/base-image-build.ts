import { spawn } from "child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "fs/promises";
import * as os from "os";
import * as path from "path";
import { Readable } from "stream";
import Docker from "dockerode";
import { aptInstall, isDebianFamily } from "./apt";
import { pulumiHome } from "./home";
import { withLock } from "./lock";
import { aptReach, aptSources, release } from "./machine/apt-sources";
import { certificateBundle, machineFiles } from "./machine/settings";
import { succeeds } from "./processes";
import { socketOf } from "./socket";

type Progress = (line: string) => void;

const registryImage = `debian:${release}-slim`;
/** How long the engine may take to find the image in a registry, and between two signs of a download's life. */
const registryMs = 10_000;
const stallMs = 60_000;

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

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

/** Has the engine pull the image; false when no registry that it can reach has it. */
async function pulled(docker: Docker, progress: Progress): Promise<boolean> {
  if (await exists(docker, registryImage)) {
    return true;
  }
  progress(`base image: asking for ${registryImage}`);
  try {
    const stream = await docker.pull(registryImage, { abortSignal: AbortSignal.timeout(registryMs) });
    await follow(docker, stream, { firstMs: registryMs, nextMs: stallMs });
    return true;
  } catch {
    // Why does not matter: the other way needs no registry.
    return false;
  }
}

/** The arguments of mmdebstrap(1) that make this release's smallest system as a tar archive on standard output. */
function bootstrapArguments(environment: NodeJS.ProcessEnv): string[] {
  const bundle = certificateBundle(environment);
  const reach = [...aptReach(), ...(bundle ? [`Acquire::https::CaInfo "${bundle}";`] : [])];
  const sources = aptSources().flatMap(({ uris, suites, components, trusted }) =>
    uris.flatMap((uri) =>
      suites.map(
        (suite) =>
          `deb ${trusted ? "[trusted=yes]" : `[signed-by=${debianKeyring}]`} ${uri} ${suite} ${components.join(" ")}`,
      ),
    ),
  );
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
    ...sources,
  ];
}

/** Makes the image `tag` of a system that is bootstrapped from packages. Errors: what mmdebstrap or the engine says. */
async function bootstrap(
  docker: Docker,
  tag: string,
  environment: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  if (!(await succeeds("mmdebstrap", ["--version"]))) {
    if (process.getuid?.() !== 0 || !isDebianFamily()) {
      throw new Error(
        `the image ${registryImage} cannot be pulled, and mmdebstrap, which would make it from packages, is not installed: ` +
          `provide a registry (or \`docker load\` the image), or install mmdebstrap`,
      );
    }
    await aptInstall(["mmdebstrap", "debian-archive-keyring"], (line) => progress(`base image: ${line}`));
  }
  progress(`base image: no registry answers, making it from ${release} packages`);
  const child = spawn("mmdebstrap", bootstrapArguments(environment), { stdio: ["ignore", "pipe", "pipe"] });
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
    const fromRegistry = await pulled(docker, progress);
    if (!fromRegistry && !(await exists(docker, rootfs))) {
      await bootstrap(docker, rootfs, environment, progress);
    }
    const folder = await mkdtemp(path.join(os.tmpdir(), "buswide-base-"));
    try {
      await writeContext(folder, fromRegistry ? registryImage : rootfs, environment);
      const stream = await docker.buildImage(
        { context: folder, src: await readdir(folder) },
        { t: tag, forcerm: true },
      );
      await follow(docker, stream, { firstMs: stallMs, nextMs: stallMs });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    if (!fromRegistry) {
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
