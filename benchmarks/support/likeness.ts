import type Docker from "dockerode";
import { isDeepStrictEqual } from "util";
import type { Bench } from "../benchmark";
import type { Deployment } from "./deployment";

type Likeness = Readonly<Record<string, unknown>>;

/**
 * What Docker and the gateways themselves say of a deployment, by name: networks; containers with their image,
 * limits, privileges, environment and addresses; every gateway's classes and routes.
 */
export async function likenessOf(bench: Bench, { networks, containers }: Deployment): Promise<Likeness> {
  const { docker } = bench;
  const gateways = containers.filter(({ capabilities }) => capabilities !== undefined);
  const entries: (readonly [string, unknown])[] = await Promise.all([
    ...networks.map(
      async ({ name }) =>
        [`network ${name}`, networkLikeness(await docker.getNetwork(name).inspect())] as const,
    ),
    ...containers.map(
      async ({ name }) =>
        [`container ${name}`, containerLikeness(await docker.getContainer(name).inspect())] as const,
    ),
    ...gateways.map(
      async ({ name }) => [`what ${name} was told`, await gatewayLikeness(bench, name)] as const,
    ),
  ]);
  return Object.fromEntries(entries);
}

/** Throws unless both are alike, naming what differs. */
export function mustBeAlike(made: Likeness, other: Likeness): void {
  for (const name of new Set([...Object.keys(made), ...Object.keys(other)])) {
    if (isDeepStrictEqual(made[name], other[name])) continue;
    const shown = (value: unknown) => JSON.stringify(value);
    throw new Error(
      `what is compared is not the same: ${name}\n  ${shown(made[name])}\n  ${shown(other[name])}`,
    );
  }
}

function networkLikeness({ Driver, IPAM, Internal, Labels, Options }: Docker.NetworkInspectInfo) {
  return { Driver, addresses: IPAM?.Config, Internal, Labels, Options };
}

function containerLikeness({
  Image,
  Config,
  HostConfig,
  NetworkSettings,
  State,
}: Docker.ContainerInspectInfo) {
  const capabilities = (HostConfig.CapAdd ?? []) as string[];
  return {
    Image,
    running: State.Running,
    hostname: Config.Hostname,
    user: Config.User,
    environment: [...Config.Env].sort(),
    command: [Config.Entrypoint, Config.Cmd],
    labels: Config.Labels,
    memory: [HostConfig.Memory, HostConfig.MemorySwap],
    cpuShares: HostConfig.CpuShares,
    // Both spellings are one capability.
    capabilities: capabilities.map((name) => name.replace(/^CAP_/, "")),
    privileged: HostConfig.Privileged,
    sysctls: HostConfig.Sysctls ?? {},
    init: HostConfig.Init,
    restart: HostConfig.RestartPolicy?.Name,
    log: HostConfig.LogConfig,
    addresses: Object.fromEntries(
      Object.entries(NetworkSettings.Networks).map(([name, { IPAddress }]) => [name, IPAddress]),
    ),
  };
}

async function gatewayLikeness({ containers }: Bench, name: string) {
  const { exitCode, stdout, stderr } = await containers.exec(name, ["gateway", "status"]);
  if (exitCode !== 0) throw new Error(`${name}: gateway status: ${stderr.trim()}`);
  const { emulator, classes, routes } = JSON.parse(stdout) as {
    emulator: string;
    classes: Record<string, Record<string, unknown>>;
    routes: Record<string, string>;
  };
  const asked = Object.entries(classes).map(([neighbour, { id: _, counters: __, ...rest }]) => [
    neighbour,
    rest,
  ]);
  return { emulator, classes: Object.fromEntries(asked) as Record<string, unknown>, routes };
}
