import type { EngineEvent } from "@pulumi/pulumi/automation";
import { createReadStream, rmSync } from "fs";
import { join } from "path";
import { createInterface } from "readline";
import type { Bench } from "../benchmark";
import { timed } from "./pairs";

/** A preview's time in seconds, and how many resources of each type it registered: providers and the stack left out. */
export interface Previewed {
  readonly seconds: number;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Times a preview, and counts by the engine's events what it registers.
 * @param preview Runs it with further options of the CLI's.
 * Errors: it registers nothing.
 */
export async function previewed(
  { root }: Pick<Bench, "root">,
  stack: string,
  preview: (options: readonly string[]) => Promise<unknown>,
): Promise<Previewed> {
  const file = join(root, ".buswide", "stacks", `${stack}.${process.pid}.preview-events`);
  rmSync(file, { force: true });
  try {
    const seconds = await timed(() => preview(["--event-log", file]));
    const counts: Record<string, number> = {};
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const { resourcePreEvent } = JSON.parse(line) as EngineEvent;
      if (!resourcePreEvent) continue;
      const { type } = resourcePreEvent.metadata;
      if (!type.startsWith("pulumi:")) counts[type] = (counts[type] ?? 0) + 1;
    }
    if (Object.keys(counts).length === 0) throw new Error(`the preview of ${stack} registered nothing`);
    return { seconds, counts };
  } finally {
    rmSync(file, { force: true });
  }
}
