import { join } from "path";
import type { Containers } from "../containers";
import { tellOneTime } from "../hosts/clocks";
import type { ToolHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";
import type { Trace } from "./analysis";
import type { TracedServices } from "./input";
import { renderPage } from "./page";
import { renderReport } from "./report";
import { parseNotifications, spansOf, type Span } from "./spans";

/** Where services keep traces (images/openstack, buswide_openstack/traces.py): a file a trace. */
const folder = "/var/lib/openstack/traces";
/** What is told of the last spans is written by then: services have things to do once a server is active. Milliseconds. */
const settleMs = 2000;

/** Waits until services have written what they have to tell, or does not where `signal` is aborted. */
export async function settle(signal: AbortSignal): Promise<void> {
  await new Promise((done) => setTimeout(done, signal.aborted ? 0 : settleMs));
}

/** Errors: what services tell cannot be put in order, as they read clocks that are apart. */
export function mustShareClock(input: Pick<MeasurementInput, "clockShared" | "clocksAgree">): void {
  if (!tellOneTime(input))
    throw new Error("services of a trace read different clocks: what they tell cannot be put in order");
}

/**
 * Takes a trace's spans from wherever they are, out of the way of all that is measured, and leaves none there.
 * Errors: a container is gone; a line is no span's.
 */
export async function collectSpans(
  containers: Containers,
  { services: all }: Pick<MeasurementInput, "services">,
  { services, computes }: Pick<TracedServices, "services" | "computes">,
  traceId: string,
): Promise<Span[]> {
  const found = await Promise.all(
    [...services, ...computes].map(async (place): Promise<Span[]> => {
      const container = all.find(({ name }) => name === place.name)?.container;
      if (container === undefined) throw new Error(`there is no ${place.name} that was to keep traces`);
      const file = `${folder}/${traceId}.jsonl`;
      // A service that had nothing to do with it has no file.
      const read = await containers.exec(container, ["sh", "-c", '! [ -e "$0" ] || cat "$0"', file]);
      if (read.exitCode !== 0) throw new Error(`${place.name}: ${file}: ${read.stderr.trim()}`);
      await containers.exec(container, ["rm", "-f", file]);
      return spansOf(place, parseNotifications(read.stdout));
    }),
  );
  return found.flat();
}

/** Keeps a trace as OSProfiler reports it and as a page. Returns their paths in the run's folder. Errors: the disk. */
export async function keepTrace(
  hooks: Pick<ToolHooks, "keep">,
  workload: string,
  number: number,
  title: string,
  trace: Trace,
): Promise<string[]> {
  const [json, html] = ["json", "html"].map((type) => join("traces", workload, `${number}.${type}`));
  if (json === undefined || html === undefined) return [];
  await hooks.keep(json, renderReport(trace));
  await hooks.keep(html, renderPage(title, trace));
  return [html, json];
}
