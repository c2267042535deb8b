import Docker from "dockerode";
import type { Containers } from "../containers";
import { DockerContainers } from "../dockerContainers";
import { inParallel } from "../links/parallel";
import type { SshDestination } from "./destination";
import { HostError } from "./run";
import { openTunnel, type Tunnel } from "./tunnel";

/** The engine that runs a container, by the container's name. */
export type EngineOf = (container: string) => Docker;

/** How many connections are opened at one time: SSH servers turn away who comes with many at once. */
const opensAtATime = 8;

/** The Docker Engines that a stack's containers run on: this machine's, or those of hosts. */
export interface Engines {
  /** By host; empty where all containers run on this machine. */
  readonly hosts: ReadonlyMap<string, Docker>;
  /** The engine of a container, by its name. */
  readonly of: EngineOf;
  /** The containers of all of them. Times in their samples are by this machine's clock, as far as it is known how. */
  readonly containers: Containers;
  /** Tells how far hosts' clocks are ahead of this machine's, milliseconds. */
  setClocks(aheadMs: Readonly<Record<string, number>>): void;
  close(): void;
}

/** Where containers run. */
export interface EngineMap {
  /** By name, the hosts that have any. */
  readonly hosts: Readonly<Record<string, SshDestination>>;
  /** Container to host, by names; a container that is not in it runs on this machine. */
  readonly hostOf: Readonly<Record<string, string>>;
}

/** This machine's engine, for everything. */
export function localEngine(docker: Docker = new Docker()): Engines {
  return {
    hosts: new Map(),
    of: () => docker,
    containers: new DockerContainers(docker),
    setClocks: () => undefined,
    close: () => undefined,
  };
}

/**
 * Opens connections to the engines that a stack's containers run on, which stand until they are closed.
 * Errors: {@link HostError}: of every host that is not reached, and none is open then.
 */
export async function openEngines(
  { hosts, hostOf }: EngineMap,
  local: Docker = new Docker(),
): Promise<Engines> {
  if (Object.keys(hosts).length === 0) return localEngine(local);
  const { tunnels, lost } = await openTunnels(hosts);
  if (lost.size > 0) {
    for (const tunnel of tunnels.values()) tunnel.close();
    throw new HostError([...lost].map(([name, why]) => `${name}: ${why}`).join("\n"), true);
  }
  return enginesOf(tunnels, hostOf, local);
}

/** Tunnels to all hosts that can be reached, and why the others can't, in the order of the hosts, whoever answers first. */
export async function openTunnels(
  hosts: Readonly<Record<string, SshDestination>>,
): Promise<{ readonly tunnels: Map<string, Tunnel>; readonly lost: Map<string, string> }> {
  const found = new Map<string, Tunnel | HostError>();
  await inParallel(Object.entries(hosts), opensAtATime, async ([name, destination]) => {
    try {
      found.set(name, await openTunnel(destination));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      found.set(name, error);
    }
  });
  const tunnels = new Map<string, Tunnel>();
  const lost = new Map<string, string>();
  for (const name of Object.keys(hosts)) {
    const one = found.get(name);
    if (one instanceof HostError) lost.set(name, one.message);
    else if (one) tunnels.set(name, one);
  }
  return { tunnels, lost };
}

/** The engines at the other ends of tunnels, and this machine's. */
export function enginesOf(
  tunnels: ReadonlyMap<string, Tunnel>,
  hostOf: Readonly<Record<string, string>>,
  local: Docker,
): Engines {
  const engines = new Map([...tunnels].map(([name, { socketPath }]) => [name, new Docker({ socketPath })]));
  const readers = new Map([...engines].map(([name, docker]) => [name, new DockerContainers(docker)]));
  const here = new DockerContainers(local);
  const at = <T>(map: ReadonlyMap<string, T>, otherwise: T, container: string): T => {
    const host = Object.hasOwn(hostOf, container) ? hostOf[container] : undefined;
    if (host === undefined) return otherwise;
    const found = map.get(host);
    if (found === undefined) throw new Error(`${container} runs on ${host}, which there is no connection to`);
    // A request would say no more than that a socket does not answer.
    const broken = tunnels.get(host)?.broken();
    if (broken !== undefined) throw new Error(`the connection to ${host} is lost: ${broken}`);
    return found;
  };
  const clocks = new Map<string, number>();
  return {
    hosts: engines,
    of: (container) => at(engines, local, container),
    containers: new RoutedContainers(
      (container) => at(readers, here, container),
      (container) => clocks.get(hostOf[container] ?? "") ?? 0,
    ),
    setClocks: (aheadMs) => {
      for (const [host, ms] of Object.entries(aheadMs)) clocks.set(host, ms / 1000);
    },
    close: () => {
      for (const tunnel of tunnels.values()) tunnel.close();
    },
  };
}

/** Containers of several engines, each asked for its own. */
class RoutedContainers implements Containers {
  constructor(
    private readonly of: (container: string) => Containers,
    readonly clockAhead: (container: string) => number,
  ) {}

  // Each is a promise whatever happens: who asks for many at a time must hear of the others, too.
  async exec(...asked: Parameters<Containers["exec"]>): ReturnType<Containers["exec"]> {
    return this.of(asked[0]).exec(...asked);
  }

  async spawn(...asked: Parameters<Containers["spawn"]>): ReturnType<Containers["spawn"]> {
    return this.of(asked[0]).spawn(...asked);
  }

  async usage(container: string): ReturnType<Containers["usage"]> {
    const sample = await this.of(container).usage(container);
    return { ...sample, time: sample.time - this.clockAhead(container) };
  }

  async logs(container: string): ReturnType<Containers["logs"]> {
    return this.of(container).logs(container);
  }
}
