import { setTimeout as sleep } from "timers/promises";
import type { BrokerSampler } from "../brokers";
import type { Containers } from "../containers";
import { orphanQueuesOf, type BrokerQueues } from "../faults/orphanQueues";
import type { OrphanQueues } from "../results/leftovers";
import type { MeasurementInput } from "./input";
import type { SamplingSinks } from "./sampling";

/** Time between two readings, milliseconds: brokers count their queues anew every second. */
const againMs = 2_000;

/** Reads the brokers' queues before a workload's faults and after them. */
export class QueueWatch {
  private readonly readings = new Map<"before" | "after", BrokerQueues[]>();

  constructor(
    private readonly containers: Containers,
    private readonly input: Pick<MeasurementInput, "bus">,
    private readonly sampler: BrokerSampler | undefined,
    private readonly workload: string,
    private readonly sinks: SamplingSinks,
    private readonly pauseMs = againMs,
  ) {}

  /** Reads all of them, twice. Never fails: queues that can't be read leave no figures, and are said. */
  async read(when: "before" | "after"): Promise<void> {
    if (this.sampler?.queues === undefined) return;
    try {
      const first = await this.readAll();
      await sleep(this.pauseMs);
      this.readings.set(when, [first, await this.readAll()]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.sinks.warn(`queues of ${this.workload} ${when} its faults: ${message}`);
    }
  }

  /** What to add to a workload's leftovers: nothing unless the queues were read before and after. */
  get orphans(): { orphanQueues?: OrphanQueues[] } {
    const [before, after] = [this.readings.get("before"), this.readings.get("after")];
    return before && after ? { orphanQueues: orphanQueuesOf(before, after) } : {};
  }

  private async readAll(): Promise<BrokerQueues> {
    const { sampler, containers } = this;
    return new Map(
      await Promise.all(
        this.input.bus.brokers.map(
          async ({ name, container }) =>
            [name, (await sampler?.queues?.(containers, container)) ?? []] as const,
        ),
      ),
    );
  }
}
