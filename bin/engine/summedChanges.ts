import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";
import { isOfMeasurement } from "./state";

/** Has the events of two updates, the first without a measurement, sum up as those of one. */
export class SummedChanges {
  /** What the first did, as it sums up. */
  #changes: OpMap = {};
  /** The measurement's parts that were removed, because the first has none. */
  #leftOut = 0;

  /** An event of the first. */
  first(event: EngineEvent): EngineEvent {
    const { resOutputsEvent: done, summaryEvent } = event;
    if (done && done.planning !== true && done.metadata.op === "delete" && isOfMeasurement(done.metadata.urn))
      this.#leftOut += 1;
    if (summaryEvent) this.#changes = summaryEvent.resourceChanges;
    return event;
  }

  /** An event of the second, which sums up both. */
  second(event: EngineEvent): EngineEvent {
    const { summaryEvent } = event;
    if (!summaryEvent) return event;
    const sums: Record<string, number> = { ...summaryEvent.resourceChanges };
    for (const [op, count] of Object.entries(this.#changes))
      if (op !== "same") sums[op] = (sums[op] ?? 0) + count - (op === "delete" ? this.#leftOut : 0);
    return { ...event, summaryEvent: { ...summaryEvent, resourceChanges: sums } };
  }
}
