import { setTimeout as sleep } from "timers/promises";
import type { Containers } from "../containers";
import type { BackgroundFindings } from "../results/patterns";
import type { MeasurementInput } from "../runner/input";
import { toolLeadSeconds } from "../runner/sampling";
import type { TraceHooks } from "../runner/dependencies";
import { placeOf } from "./addresses";
import { backgroundOf, parseLines, type Watched } from "./background";
import type { TracedServices } from "./input";
import type { Surroundings } from "./request";
import type { Place } from "./spans";

/** A service tells what it says to others while this is there (images/openstack, buswide_openstack/exchanges.py). */
const folder = "/var/lib/openstack/exchanges";

type WatchHooks = Pick<TraceHooks, "progress" | "backgroundStarted" | "backgroundEnded">;

/**
 * Watches what services tell each other while nobody asks anything of them, and leaves nothing of it there.
 * Errors: a container is gone; a line is none. Whatever they are, the others tell no longer. When `signal` is aborted, watching ends:
 * undefined.
 */
export async function watchBackground(
  containers: Containers,
  { services: all }: Pick<MeasurementInput, "services">,
  seconds: number,
  surroundings: Surroundings,
  { progress, backgroundStarted, backgroundEnded }: WatchHooks,
  signal: AbortSignal,
): Promise<BackgroundFindings | undefined> {
  const { services, computes } = surroundings.services;
  const places = placesOf(all, [...services, ...computes]);
  progress(`what services tell each other while nobody asks anything of them, for ${seconds} s`);
  const leave = () => inEach(containers, places, ["rm", "-rf", folder]);
  let found: BackgroundFindings;
  try {
    // What one before may have left that was killed.
    await inEach(containers, places, ["sh", "-c", 'rm -rf "$0" && mkdir -m 0700 "$0"', folder]);
    const startedAt = new Date(Date.now() + toolLeadSeconds * 1000);
    backgroundStarted(startedAt);
    await sleep(toolLeadSeconds * 1000 + seconds * 1000, undefined, { signal });
    backgroundEnded();
    const told = await inEach(containers, places, [
      "sh",
      "-c",
      '! [ -e "$0" ] || cat "$0"',
      `${folder}/all.jsonl`,
    ]);
    const watched = told.map(({ place, stdout }): Watched => ({ place, lines: parseLines(stdout) }));
    found = backgroundOf(watched, startedAt, seconds, surroundings);
  } catch (error) {
    // Where leaving fails as well, what went wrong before it is what matters.
    await Promise.allSettled([leave()]);
    if (signal.aborted) return undefined;
    throw error;
  }
  await leave();
  return found;
}

interface Contained {
  readonly place: Place;
  readonly container: string;
}

function placesOf(all: MeasurementInput["services"], services: TracedServices["services"]): Contained[] {
  return services.map((service) => {
    const { name } = service;
    const container = all.find((one) => one.name === name)?.container;
    if (container === undefined) throw new Error(`there is no ${name} that was to be watched`);
    return { place: placeOf(service), container };
  });
}

/** Runs a command in all containers, whatever becomes of it in some. Errors: the first that failed, when all have ended. */
async function inEach(
  containers: Containers,
  places: readonly Contained[],
  command: readonly string[],
): Promise<(Contained & { readonly stdout: string })[]> {
  const all = await Promise.allSettled(
    places.map(async (one) => {
      const { exitCode, stdout, stderr } = await containers.exec(one.container, [...command]);
      if (exitCode !== 0) throw new Error(`${one.place.name}: ${folder}: ${stderr.trim()}`);
      return { ...one, stdout };
    }),
  );
  return all.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
