import { spawn } from "child_process";
import { existsSync, openSync, readFileSync } from "fs";
import { mkdir, rm, writeFile } from "fs/promises";
import * as os from "os";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { aptInstall, isDebianFamily } from "./apt";
import { pulumiHome } from "./home";
import { withLock } from "./lock";
import { output, run, succeeds } from "./processes";
import { askSocket, socketOf } from "./socket";

const defaultSocket = "/var/run/docker.sock";
const startMs = 60_000;

/** Where an engine is, and who said so. */
export interface Endpoint {
  /** A URL as in DOCKER_HOST. */
  host: string;
  source: "DOCKER_HOST" | "context" | "socket";
}

/** The context that the docker command would use, unless it is the default one. */
function chosenContext(environment: NodeJS.ProcessEnv): string | undefined {
  const folder = environment.DOCKER_CONFIG || path.join(environment.HOME || os.homedir(), ".docker");
  const file = path.join(folder, "config.json");
  const configured = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { currentContext?: string }).currentContext
    : undefined;
  const context = environment.DOCKER_CONTEXT || configured;
  return context === "default" ? undefined : context || undefined;
}

/** The engine that the docker command would talk to: DOCKER_HOST, else its context, else a socket. */
export async function findEndpoint(environment: NodeJS.ProcessEnv): Promise<Endpoint> {
  if (environment.DOCKER_HOST) {
    return { host: environment.DOCKER_HOST, source: "DOCKER_HOST" };
  }
  const context = chosenContext(environment);
  if (context) {
    const format = ["context", "inspect", context, "--format", "{{.Endpoints.docker.Host}}"];
    return { host: (await output("docker", format, { env: environment })).trim(), source: "context" };
  }
  // A rootless engine and Docker Desktop keep theirs in the user's folders.
  const own = [
    environment.XDG_RUNTIME_DIR && path.join(environment.XDG_RUNTIME_DIR, "docker.sock"),
    path.join(environment.HOME || os.homedir(), ".docker", "run", "docker.sock"),
  ];
  const socket = [defaultSocket, ...own].find((candidate) => candidate && existsSync(candidate));
  return { host: `unix://${socket ?? defaultSocket}`, source: "socket" };
}

export type Answer = "running" | "forbidden" | "silent";

/** Whether an engine answers at `host`. Other places than a socket are asked through the docker command. */
export async function ping(host: string, environment: NodeJS.ProcessEnv): Promise<Answer> {
  const socket = socketOf(host);
  if (socket) {
    const answer = await askSocket(socket, "/_ping");
    return answer === 200 ? "running" : answer === "EACCES" ? "forbidden" : "silent";
  }
  const answered = await succeeds("docker", ["version", "--format", "{{.Server.Version}}"], {
    env: { ...environment, DOCKER_HOST: host },
    timeoutMs: 15_000,
  });
  return answered ? "running" : "silent";
}

const instruction =
  "Install Docker Engine and start it (https://docs.docker.com/engine/install/), or set DOCKER_HOST to one that runs elsewhere.";

/**
 * Makes sure of a Docker Engine and returns where it is. On Debian and Ubuntu, as root, a missing one is
 * installed and started. Errors: the engine that the user chose does not answer; the user may not use it; none
 * can be installed or started here, with what to do instead.
 */
export async function ensureEngine(
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<Endpoint> {
  const endpoint = await findEndpoint(environment);
  const answer = await ping(endpoint.host, environment);
  if (answer === "running") {
    return endpoint;
  }
  if (answer === "forbidden") {
    throw new Error(
      `this user may not use the Docker Engine at ${endpoint.host}: join the group "docker" (and log in again), or run as root`,
    );
  }
  if (endpoint.source !== "socket") {
    const who = endpoint.source === "context" ? "the current docker context" : "DOCKER_HOST";
    throw new Error(
      `no Docker Engine answers at ${endpoint.host}, which ${who} names: start it, or choose another`,
    );
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !isDebianFamily()) {
    throw new Error(`no Docker Engine answers at ${endpoint.host}. ${instruction}`);
  }
  const local: Endpoint = { host: `unix://${defaultSocket}`, source: "socket" };
  const folder = path.join(pulumiHome(environment), "buswide");
  await withLock(
    path.join(folder, "engine"),
    () => progress("Docker Engine: waiting for another process that is at it"),
    async () => {
      if ((await ping(local.host, environment)) !== "running") {
        await installEngine(progress);
        await startEngine(folder, environment, progress);
      }
    },
  );
  return local;
}

async function installEngine(progress: (line: string) => void): Promise<void> {
  if (!(await succeeds("dockerd", ["--version"]))) {
    progress("Docker Engine: installing docker.io");
    await aptInstall(["docker.io", "iptables"], (line) => progress(`Docker Engine: ${line}`));
  }
  // Later distributions ship the command apart from the engine.
  if (!(await succeeds("docker", ["--version"]))) {
    await aptInstall(["docker-cli"], (line) => progress(`Docker Engine: ${line}`));
  }
}

/** The process that a pid file names; undefined where that is no engine, as its number may belong to another by now. */
function engineOf(file: string): number | undefined {
  if (!existsSync(file)) {
    return undefined;
  }
  const pid = Number(readFileSync(file, "utf8"));
  const command = `/proc/${pid}/comm`;
  return existsSync(command) && readFileSync(command, "utf8").trim() === "dockerd" ? pid : undefined;
}

/** Removes the pid file of an engine that is gone. */
async function clearStalePid(file: string): Promise<void> {
  if (engineOf(file) === undefined) {
    await rm(file, { force: true });
  }
}

/**
 * Starts the Docker Engine anew if {@link ensureEngine} had started it, and if nobody misses anything meanwhile: there
 * is no container, running or not.
 * @returns Whether it did.
 * Errors: it does not end, or does not start again.
 */
export async function restartIdleEngine(
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
  start = startEngine,
): Promise<boolean> {
  const { host, source } = await findEndpoint(environment);
  if (source !== "socket" || host !== `unix://${defaultSocket}`) {
    return false;
  }
  const folder = path.join(pulumiHome(environment), "buswide");
  return withLock(
    path.join(folder, "engine"),
    () => progress("Docker Engine: waiting for another process that is at it"),
    async () => {
      const pid = engineOf(path.join(folder, "dockerd.pid"));
      if (pid === undefined) {
        return false;
      }
      const containers = await output("docker", ["ps", "--all", "--quiet"], { env: environment });
      if (containers.trim() !== "") {
        return false;
      }
      progress("Docker Engine: starting it anew");
      process.kill(pid, "SIGTERM");
      const deadline = Date.now() + startMs;
      while (existsSync(`/proc/${pid}`)) {
        if (Date.now() > deadline) {
          throw new Error(`the Docker Engine (process ${pid}) does not end within ${startMs / 1000} s`);
        }
        await sleep(100);
      }
      await start(folder, environment, progress);
      return true;
    },
  );
}

async function startEngine(
  folder: string,
  environment: NodeJS.ProcessEnv,
  progress: (line: string) => void,
): Promise<void> {
  const host = `unix://${defaultSocket}`;
  progress("Docker Engine: starting it");
  if (existsSync("/run/systemd/system")) {
    const started = await run("systemctl", ["start", "docker"]);
    if (started.code !== 0) {
      throw new Error(
        `the Docker Engine does not start: ${started.stderr.trim()}. See \`journalctl -u docker\`.`,
      );
    }
    await answered(host, environment, () => undefined);
    return;
  }
  await clearStalePid("/var/run/docker.pid");
  await mkdir(folder, { recursive: true });
  const log = path.join(folder, "dockerd.log");
  const descriptor = openSync(log, "a");
  const engine = spawn("dockerd", [], { detached: true, stdio: ["ignore", descriptor, descriptor] });
  let end: string | undefined;
  engine.on("error", (error) => (end = error.message));
  engine.on("exit", (code, signal) => (end = `it ended with ${code ?? signal}`));
  engine.unref();
  await answered(host, environment, () => {
    const last = () => readFileSync(log, "utf8").trim().split("\n").slice(-5).join("\n");
    return end && `${end}:\n${last()}\n(all of it in ${log})`;
  });
  await writeFile(path.join(folder, "dockerd.pid"), String(engine.pid));
}

/** Waits until the engine answers. Errors: `ended` tells of an end; it does not answer in time. */
async function answered(
  host: string,
  environment: NodeJS.ProcessEnv,
  ended: () => string | undefined,
): Promise<void> {
  const deadline = Date.now() + startMs;
  while ((await ping(host, environment)) !== "running") {
    const end = ended();
    if (end) {
      throw new Error(`the Docker Engine does not start: ${end}`);
    }
    if (Date.now() > deadline) {
      throw new Error(
        `the Docker Engine was started and does not answer at ${host} after ${startMs / 1000} s`,
      );
    }
    await sleep(250);
  }
}
