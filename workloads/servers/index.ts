import { join } from "path";
import { cloudOf, type Cloud } from "../cloud";
import type { Containers } from "../containers";
import { within } from "../probe/bounded";
import { forServers } from "../rally/task";
import { warmUp } from "../rally/warmUp";
import type { ServersFindings } from "../results/servers";
import type { ToolHooks } from "../runner/dependencies";
import type { MeasurementInput } from "../runner/input";
import { openWindow } from "../runner/sampling";
import { figuresOf } from "./figures";
import type { PlannedServers } from "./input";
import { eventsOf, type LoadEvent } from "./protocol";
import { RunningLoad } from "./runningLoad";

/** Until it has a token, and knows what servers are made of. */
const readyMs = 60_000;
/** What it takes besides the window and the wait: the last looks at servers, and their deletion. Seconds. */
const overheadSeconds = 180;

/**
 * Boots servers and asks for tokens at a steady rate from the container at its site, follows each server, and deletes it.
 * Before, each host boots one: its first takes it longer than any other.
 *
 * Errors: it cannot begin: no container, no control plane, a first server that does not come. What goes wrong later is
 * the record's. When `signal` is aborted, the load deletes what it made, and ends.
 */
export async function runServers(
  containers: Containers,
  input: Pick<MeasurementInput, "sites" | "controlPlane">,
  workload: PlannedServers,
  hooks: ToolHooks,
  signal: AbortSignal,
): Promise<ServersFindings> {
  const container = input.sites.find(({ name }) => name === workload.site)?.rally;
  if (container === undefined)
    throw new Error(`servers are to be asked for from ${workload.site}, where nothing asks`);
  const cloud = cloudOf(input, workload);
  if (cloud === undefined) throw new Error("servers are to be booted, and there is no control plane");
  hooks.progress(`a first server on each of ${cloud.hosts.length} hosts`);
  await warmUp(containers, container, cloud, signal);
  const load = await RunningLoad.start(containers, container, (count) => hooks.progress(count));
  const end = (): void => load.end();
  signal.addEventListener("abort", end, { once: true });
  try {
    load.tell(setupOf(workload, cloud));
    await within(load.said("ready"), readyMs, `the load at ${workload.site} getting ready`);
    const windowStarted = (at: Date): void => {
      hooks.windowStarted(at);
      load.tell({ start: at.getTime() / 1000 });
    };
    const startedAt = await openWindow({ windowStarted }, signal);
    const { waitSeconds, durationSeconds, timeoutSeconds } = workload;
    const longestMs = 1000 * (durationSeconds + waitSeconds + 2 * timeoutSeconds + overheadSeconds);
    const windowEnded = (): void => hooks.windowEnded();
    load.said("windowEnded").then(windowEnded, windowEnded);
    const failure = await within(load.over, longestMs, "the load's end").catch(reasonOf);
    const events = load.events;
    const file = join("servers", workload.name, "events.jsonl");
    await hooks.keep(file, events.map((one) => `${JSON.stringify(one)}\n`).join(""));
    return recordOf(workload, startedAt, events, { failure, interrupted: signal.aborted, file });
  } finally {
    signal.removeEventListener("abort", end);
    load.end();
  }
}

/** What the image's `servers-load` is told first. Secret. */
export function setupOf(workload: PlannedServers, { url, region, password }: Cloud): object {
  const { name, ratePerSecond, authenticationsPerSecond, durationSeconds, timeline = [] } = workload;
  return {
    ...{ url, region, password, flavor: forServers, image: forServers },
    wanted: {
      prefix: `load-${name}`,
      rate: ratePerSecond,
      authentications: authenticationsPerSecond,
      duration: durationSeconds,
      wait: workload.waitSeconds,
      timeout: workload.timeoutSeconds,
      quiet_from: Math.max(0, ...timeline.map(({ untilSeconds }) => untilSeconds)),
    },
  };
}

interface Ended {
  readonly failure: string | undefined;
  readonly interrupted: boolean;
  /** Where the events are, in the run's folder. */
  readonly file: string;
}

function recordOf(
  workload: PlannedServers,
  startedAt: Date,
  events: readonly LoadEvent[],
  { failure, interrupted, file }: Ended,
): ServersFindings {
  const { name, site, ratePerSecond, authenticationsPerSecond, timeoutSeconds, waitSeconds } = workload;
  const whole = eventsOf(events, "end").length > 0;
  const why = interrupted ? "interrupted" : (failure ?? (whole ? undefined : "the load ended early"));
  return {
    ...{ name, kind: "servers", site, versions: {}, startedAt: startedAt.toISOString() },
    status: why === undefined ? "complete" : "failed",
    ...(why === undefined ? {} : { failure: why }),
    durationSeconds: windowOf(workload, startedAt, events),
    ...{ ratePerSecond, authenticationsPerSecond, timeoutSeconds, waitSeconds },
    ...figuresOf(workload, startedAt.getTime() / 1000, events),
    reports: [file],
  };
}

/** As long as it was to be; of a load that broke off no longer than until then. */
function windowOf(
  { durationSeconds }: PlannedServers,
  startedAt: Date,
  events: readonly LoadEvent[],
): number {
  if (eventsOf(events, "windowEnded").length > 0) return durationSeconds;
  return Math.min(durationSeconds, Math.max(0, (Date.now() - startedAt.getTime()) / 1000));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
