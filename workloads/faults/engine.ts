import type Docker from "dockerode";
import { z } from "zod";
import { brokerSamplers, type BrokerSampler, type DiskLimit } from "../brokers";
import type { Containers } from "../containers";
import type { EngineOf } from "../hosts/engines";
import type { PlannedServiceEpisode } from "../runner/input";

/** How a service's container stands while nothing is wrong with it: what every fault is undone to. */
export const standing = z.strictObject({
  service: z.string().describe("The service's name, `<site>/<service>`."),
  container: z.string(),
  id: z.string().describe("The engine's own, as another container may have the name later."),
  memoryBytes: z.number().describe("Limit of its memory, bytes; 0: none."),
  memoryAndSwapBytes: z.number().describe("Limit of memory and swap together, bytes; 0: none."),
  cpuQuota: z.number().describe("CPU time in a period, microseconds; 0: as much as it wants."),
  cpuPeriod: z.number().describe("A period, microseconds; 0: the kernel's own."),
  disk: z
    .strictObject({
      bus: z.string().describe("The kind of bus, which tells how the limit is set."),
      limitBytes: z.number().describe("The broker's own limit of free disk space."),
    })
    .optional()
    .describe("Absent: nothing is done to the service's disk."),
});
export type Standing = z.infer<typeof standing>;

/** A period of the kernel's CPU bandwidth control, microseconds: what engines and kernels use unless told otherwise. */
const usualPeriod = 100_000;

/** A limit of free space that no disk reaches, bytes: a pebibyte. */
const moreThanAnyDisk = 2 ** 50;

/** What was done to undo a fault, and when it was done, Unix time in seconds. */
export interface Restored {
  readonly done: readonly ("let go on" | "given its resources back" | "given its disk back" | "started")[];
  readonly time: number;
}

/**
 * Does to containers of Docker Engines what a timeline says, and undoes it. Errors of every method: the engine's, with
 * the container's name.
 */
export class ServiceFaults {
  constructor(
    private readonly engineOf: EngineOf,
    private readonly containers: Containers,
    private readonly samplers: Readonly<Record<string, BrokerSampler>> = brokerSamplers,
  ) {}

  /**
   * How a container stands. Errors: it is missing, or does not run.
   * @param bus The kind of bus whose disk is to be filled; absent: none is.
   */
  async standing(service: string, container: string, bus?: string): Promise<Standing> {
    const { Id, State, HostConfig } = await this.engineOf(container).getContainer(container).inspect();
    if (!State.Running || State.Paused) throw new Error(`${container}: it is not running`);
    return {
      service,
      container,
      id: Id,
      memoryBytes: Math.max(0, HostConfig.Memory ?? 0),
      memoryAndSwapBytes: Math.max(0, HostConfig.MemorySwap ?? 0),
      cpuQuota: Math.max(0, HostConfig.CpuQuota ?? 0),
      cpuPeriod: Math.max(0, HostConfig.CpuPeriod ?? 0),
      ...(bus === undefined
        ? {}
        : { disk: { bus, limitBytes: await this.limitOf(bus).read(this.containers, container) } }),
    };
  }

  /**
   * Begins a fault. Returns the Unix time, seconds, from which on it was there: of a service that ended when its last
   * process did, by the engine's clock; of others when the engine said so.
   */
  async begin(at: Standing, fault: PlannedServiceEpisode): Promise<number> {
    const container = this.container(at);
    const begun = now();
    switch (fault.what) {
      case "kill":
        await container.kill({ signal: "SIGKILL" });
        return this.endedAt(at, begun);
      case "stop":
      case "restart":
        await container.stop({ t: Math.ceil(fault.graceSeconds ?? 0) });
        return this.endedAt(at, begun);
      case "pause":
        await container.pause();
        return now();
      case "starve":
        await container.update({
          ...(fault.cpuPercent === undefined
            ? {}
            : { CpuPeriod: usualPeriod, CpuQuota: Math.round((fault.cpuPercent / 100) * usualPeriod) }),
          ...(fault.memoryBytes === undefined ? {} : await this.shortOfMemory(at, fault.memoryBytes)),
        });
        return now();
      case "fill":
        await this.setLimit(at, moreThanAnyDisk);
        return now();
    }
  }

  /**
   * Brings a container back to how it stood, whatever was done to it; nothing if it stands so. A container that is gone
   * has nothing to be undone.
   */
  async restore(at: Standing): Promise<Restored> {
    const container = this.container(at);
    const done: Restored["done"][number][] = [];
    const found = await inspected(container);
    if (found === undefined) return { done, time: now() };
    if (found.State.Paused) {
      await container.unpause();
      done.push("let go on");
    }
    if (differs(at, found.HostConfig)) {
      await container.update({
        ...(at.memoryBytes === 0 ? {} : { Memory: at.memoryBytes, MemorySwap: at.memoryAndSwapBytes || -1 }),
        CpuPeriod: at.cpuPeriod || usualPeriod,
        // Zero would leave what there is.
        CpuQuota: at.cpuQuota || -1,
      });
      done.push("given its resources back");
    }
    // One that ends has the limit of its configuration when it starts again.
    if (found.State.Running && at.disk !== undefined && (await this.isFilled(at, at.disk))) {
      await this.setLimit(at, at.disk.limitBytes);
      done.push("given its disk back");
    }
    if (found.State.Running) return { done, time: now() };
    const begun = now();
    await container.start();
    done.push("started");
    const { State } = await container.inspect();
    return { done, time: between(begun, Date.parse(State.StartedAt) / 1000, now()) };
  }

  private container({ container, id }: Standing): Docker.Container {
    return this.engineOf(container).getContainer(id);
  }

  private limitOf(bus: string): DiskLimit {
    const limit = this.samplers[bus]?.diskLimit;
    if (limit === undefined) throw new Error(`${bus} has no limit of free disk space`);
    return limit;
  }

  private async isFilled({ container }: Standing, disk: NonNullable<Standing["disk"]>): Promise<boolean> {
    return (await this.limitOf(disk.bus).read(this.containers, container)) !== disk.limitBytes;
  }

  private async setLimit({ service, container, disk }: Standing, bytes: number): Promise<void> {
    if (disk === undefined) throw new Error(`${service}: it was not noted what its disk's limit is`);
    await this.limitOf(disk.bus).set(this.containers, container, bytes);
  }

  private async shortOfMemory(at: Standing, spare: number): Promise<{ Memory: number; MemorySwap: number }> {
    const { memoryBytes } = await this.containers.usage(at.container);
    const wanted = Math.round(memoryBytes + spare);
    const limit = at.memoryBytes === 0 ? wanted : Math.min(wanted, at.memoryBytes);
    return { Memory: limit, MemorySwap: limit };
  }

  private async endedAt(at: Standing, begun: number): Promise<number> {
    const answered = now();
    const { State } = await this.container(at).inspect();
    return between(begun, Date.parse(State.FinishedAt) / 1000, answered);
  }
}

/** What the engine knows of a container; undefined if there is none. */
async function inspected(container: Docker.Container): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await container.inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function differs(at: Standing, limits: Docker.HostConfig): boolean {
  const cpu = Math.max(0, limits.CpuQuota ?? 0);
  return cpu !== at.cpuQuota || (at.memoryBytes !== 0 && (limits.Memory ?? 0) !== at.memoryBytes);
}

/** The engine's own time of something, where its clock puts it between the request and the answer; else the answer's. */
function between(asked: number, engines: number, answered: number): number {
  return engines >= asked && engines <= answered ? engines : answered;
}

function now(): number {
  return Date.now() / 1000;
}
