import { execFile } from "child_process";
import { createHmac } from "crypto";
import Docker from "dockerode";
import { readFile, readlink } from "fs/promises";
import { cpus, hostname, release } from "os";
import { basename } from "path";
import { promisify } from "util";
import type { BrokerSampler } from "../brokers";
import type { Containers } from "../containers";
import { gatewaysByHost } from "../hosts/clocks";
import type { SshDestination } from "../hosts/destination";
import type { EngineOf, Engines } from "../hosts/engines";
import { runOnHost } from "../hosts/run";
import { metricsVersion } from "../metrics/prometheus";
import type { Provenance } from "../results/schema";
import type { Facts } from "./dependencies";
import type { MeasurementInput } from "./input";

const run = promisify(execFile);

/** Time any one question may take, milliseconds. */
const timeoutMs = 10_000;

type Warn = (message: string) => void;

/**
 * Finds out what the figures depend on: image digests, versions (asked of the containers as they run), the
 * commit, the machine. What can't be found out is left out and told to `warn`; it never fails a run.
 */
export async function gatherFacts(
  input: MeasurementInput,
  world: {
    engines: Engines;
    sampler: BrokerSampler | undefined;
    root: string;
    /** Whether this machine's processors are kept from idle states. */
    heldAwake: boolean;
  },
  warn: Warn,
): Promise<Facts> {
  const { engines, sampler, root, heldAwake } = world;
  const { containers } = engines;
  const ask = async <T>(what: string, question: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      warn(`${what} is not known: ${error instanceof Error ? error.message : String(error)}`);
      return otherwise;
    }
  };
  const { metrics } = input;
  const agents = input.sites.find((site) => site.agents !== undefined)?.agents;
  const unknown = { kernel: "unknown", cpu: "unknown", cores: 0, memoryBytes: 0, os: "unknown" };
  const here = new Docker();
  const gateways = gatewaysByHost(input);
  const dockers: (readonly [string, Docker])[] =
    engines.hosts.size === 0 ? [["", here]] : [...engines.hosts].sort(([a], [b]) => (a < b ? -1 : 1));
  const [versions, images, pulumi, sdk, agent, brokers, prometheus, commit, host, hosts] = await Promise.all([
    Promise.all(
      dockers.map(([name, docker]) =>
        ask(`the engine's version${name && ` on ${name}`}`, async () => (await docker.version()).Version, ""),
      ),
    ),
    imageDigests(engines.of, input, ask),
    ask("the version of pulumi", pulumiVersion, {}),
    ask("the version of @pulumi/pulumi", sdkVersion, {}),
    agents === undefined ? {} : ask("the agents' versions", () => agentVersions(containers, agents), {}),
    brokerVersions(containers, input, sampler, ask),
    metrics === undefined
      ? ""
      : ask("Prometheus' version", () => metricsVersion(containers, metrics.container), ""),
    ask("the commit", () => commitOf(root), {}),
    ask("the host", () => hostOf(here, { local: true, heldAwake }), unknown),
    Promise.all(
      [...engines.hosts].map(
        async ([name, docker]) =>
          [
            name,
            await ask(
              `the host ${name}`,
              async () => ({
                ...(await hostOf(docker, {
                  local: false,
                  machineId: await ask(
                    `the machine's id of ${name}`,
                    () => machineIdOn(input.hosts?.[name]),
                    undefined,
                  ),
                })),
                cpu: await processorOf(containers, gateways.get(name)),
              }),
              unknown,
            ),
          ] as const,
      ),
    ),
  ]);
  const engine = [...new Set(versions)].filter((version) => version !== "").join(", ");
  const { brokerVersions: byBroker, versions: ofBrokers } = brokers;
  return {
    images,
    versions: {
      ...pulumi,
      ...sdk,
      ...(engine === "" ? {} : { docker: engine }),
      node: process.version.slice(1),
      ...agent,
      ...ofBrokers,
      ...(prometheus === "" ? {} : { prometheus }),
    },
    ...commit,
    host,
    ...(hosts.length === 0 ? {} : { hosts: Object.fromEntries(hosts) }),
    ...targetOf(input.scenario),
    brokerVersions: byBroker,
  };
}

type Ask = <T>(what: string, question: () => Promise<T>, otherwise: T) => Promise<T>;

/** The id of an image is the SHA-256 of its configuration, which names the digests of its layers. */
async function imageDigests(
  engineOf: EngineOf,
  input: MeasurementInput,
  ask: Ask,
): Promise<Record<string, string>> {
  const digest = async (container: string): Promise<string> =>
    (await engineOf(container).getContainer(container).inspect()).Image;
  const pairs = await Promise.all(
    input.services.map(async ({ name, container }) => [
      name,
      await ask(`the image of ${name}`, () => digest(container), ""),
    ]),
  );
  return Object.fromEntries(pairs.filter(([, image]) => image !== "")) as Record<string, string>;
}

/** The CLI is an ancestor of this process when it runs in a deployment; else whatever the PATH has. */
async function pulumiVersion(): Promise<Record<string, string>> {
  const program = (await ancestor("pulumi")) ?? "pulumi";
  const { stdout } = await run(program, ["version"], {
    timeout: timeoutMs,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return { pulumi: stdout.trim().replace(/^v/, "") };
}

async function ancestor(name: string): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  for (let pid = process.ppid; pid > 1;) {
    // The command's name may have blanks and brackets; the parent comes after the last bracket.
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    if (stat.includes(`(${name})`)) {
      const program = await readlink(`/proc/${pid}/exe`);
      if (basename(program) === name) return program;
    }
    pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  }
  return undefined;
}

async function sdkVersion(): Promise<Record<string, string>> {
  const text = await readFile(require.resolve("@pulumi/pulumi/package.json"), "utf8");
  return { "@pulumi/pulumi": (JSON.parse(text) as { version: string }).version };
}

/** What the agents' figures depend on, ombt among it, whichever tool makes the load. */
export const agentPackages: readonly string[] = [
  ...["oslo.messaging", "kombu", "amqp", "python-qpid-proton", "pyngus", "pyzmq", "confluent-kafka"],
  ...["eventlet", "ombt"],
];

const agentScript = `
import importlib.metadata as metadata, json, platform
versions = {"python": platform.python_version()}
for name in ${JSON.stringify(agentPackages)}:
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(versions))
`;

async function agentVersions(containers: Containers, container: string): Promise<Record<string, string>> {
  const { exitCode, stdout, stderr } = await containers.exec(container, ["python3", "-c", agentScript], {
    timeoutMs,
  });
  if (exitCode !== 0) throw new Error((stderr || stdout).trim());
  return JSON.parse(stdout) as Record<string, string>;
}

async function brokerVersions(
  containers: Containers,
  input: MeasurementInput,
  sampler: BrokerSampler | undefined,
  ask: Ask,
): Promise<{ versions: Record<string, string>; brokerVersions: Record<string, string> }> {
  const brokerVersions: Record<string, string> = {};
  const versions: Record<string, string> = {};
  if (sampler === undefined) return { versions, brokerVersions };
  const answers = await Promise.all(
    input.bus.brokers.map(({ name, container }) =>
      ask(`the version of ${name}`, () => sampler.versions(containers, container), {}),
    ),
  );
  for (const [at, { name }] of input.bus.brokers.entries()) {
    const found = answers[at] ?? {};
    Object.assign(versions, found);
    const [own] = Object.values(found);
    if (own !== undefined) brokerVersions[name] = own;
  }
  return { versions, brokerVersions };
}

/** Nothing outside a checkout, or without git. */
async function commitOf(root: string): Promise<Pick<Provenance, "commit" | "dirty">> {
  const git = async (...command: string[]): Promise<string> =>
    (await run("git", command, { cwd: root, timeout: timeoutMs })).stdout.trim();
  let commit: string;
  try {
    commit = await git("rev-parse", "HEAD");
  } catch {
    // Installed from an archive: that is no gap in what is known, there is no commit.
    return {};
  }
  return { commit, dirty: (await git("status", "--porcelain")) !== "" };
}

/** What a container's host calls its processors. */
async function processorOf(containers: Containers, container: string | undefined): Promise<string> {
  if (container === undefined) return "unknown";
  const read = ["sed", "-n", "s/^model name[^:]*: //p", "/proc/cpuinfo"];
  const { stdout } = await containers.exec(container, read, { timeoutMs });
  return stdout.split("\n")[0]?.trim() || "unknown";
}

/** What kind of target a scenario, as parsed, was on. */
export function targetOf(scenario: unknown): Pick<Provenance, "target"> {
  const { target } = (scenario ?? {}) as { readonly target?: { readonly kind?: unknown } };
  return typeof target?.kind === "string" ? { target: target.kind } : {};
}

/**
 * A machine's id for results: keyed, as machine-id(5) asks of whoever shows it to others, so that it tells machines
 * apart and nothing else.
 */
export function hashedId(id: string): Pick<Provenance["host"], "id"> {
  const known = id.trim();
  return known === "" ? {} : { id: createHmac("sha256", known).update("buswide").digest("hex").slice(0, 16) };
}

async function machineId(): Promise<string> {
  try {
    return await readFile("/etc/machine-id", "utf8");
  } catch {
    // Not every system has one; the engine's own id does as well.
    return "";
  }
}

/**
 * What a host has as its machine's id; empty: it has none; undefined: it is not known how the host is reached.
 * Errors: `HostError`.
 */
export async function machineIdOn(destination: SshDestination | undefined): Promise<string | undefined> {
  if (destination === undefined) return undefined;
  return runOnHost(destination, "cat /etc/machine-id 2>/dev/null || true", { timeoutMs });
}

/** Where an engine is: asked as this machine's own, which a setting of Docker's may still have elsewhere, or a host's. */
type Place =
  | { readonly local: true; readonly heldAwake: boolean }
  /** Without an id nothing is taken in its place: by another the host would be another machine. */
  | { readonly local: false; readonly machineId: string | undefined };

/** The engine's machine. What looks like this one by its name is a host all the same: machines made alike have one name. */
export async function hostOf(docker: Pick<Docker, "info">, place: Place): Promise<Provenance["host"]> {
  const info = (await docker.info()) as {
    KernelVersion: string;
    OperatingSystem: string;
    NCPU: number;
    MemTotal: number;
    Name: string;
    ID?: string;
  };
  const here = place.local && info.Name === hostname() && info.KernelVersion === release();
  const ownId = place.local ? (here ? await machineId() : "") : place.machineId;
  return {
    kernel: info.KernelVersion,
    cpu: here ? (cpus()[0]?.model.trim() ?? "unknown") : "unknown",
    cores: info.NCPU,
    memoryBytes: info.MemTotal,
    os: info.OperatingSystem,
    ...(ownId === undefined ? {} : hashedId(ownId.trim() || (info.ID ?? ""))),
    ...(here ? { heldAwake: place.heldAwake } : {}),
  };
}
